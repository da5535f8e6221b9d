"""The Celery application: messages are wake-ups without content, results live in the database.

Run as `celery -A workers.app worker --pool solo`. A worker that loses Redis may exit; whoever
supervises it starts it again (compose.yaml, `creditbank up`), and no verdict depends on a message.
"""

from __future__ import annotations

from celery import Celery

from creditbank.broker import QUEUE, TIMEOUT_SECONDS
from creditbank.settings import Settings

RELEASE_ROUND_SECONDS = 600.0
_MAILS = {
    "task": "mail_messages",
    "schedule": 60.0,
    "options": {"expires": 60.0},  # rounds that no worker came for do not pile up
}
_CREDENTIALS = {
    "task": "check_credentials",
    "schedule": 60.0,
    "options": {"expires": 60.0},
}
_COLLEGES = {"task": "tell_colleges", "schedule": 5.0, "options": {"expires": 5.0}}


def make_celery(settings: Settings) -> Celery:
    """Celery on this installation's Redis; every wait ends."""
    celery = Celery(
        "creditbank",
        broker=settings.broker_url,
        include=[
            "workers.drain",
            "workers.days",
            "workers.mails",
            "workers.credentials",
            "workers.webhooks",
        ],
    )
    waits = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "visibility_timeout": 60,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    }
    celery.conf.update(
        broker_transport_options=waits,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=TIMEOUT_SECONDS,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=False,
        task_serializer="json",
        accept_content=["json"],
        task_store_errors_even_if_ignored=False,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        timezone="Asia/Shanghai",
        beat_schedule={
            "mark-for-new-day": {"task": "mark_for_new_day", "schedule": RELEASE_ROUND_SECONDS},
            "check-credentials": _CREDENTIALS,
            "tell-colleges": _COLLEGES,
            **({"mail-messages": _MAILS} if settings.smtp_url else {}),
        },
    )
    return celery


app = make_celery(Settings.from_environment())
