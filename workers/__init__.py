"""Celery workers, the relay that wakes them, and the daily round."""
