"""Measurements that print JSON. They are no tests: nothing here fails for being slow."""
