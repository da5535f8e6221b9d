"""The task that tells colleges: what has changed becomes events, what is due is delivered."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache

import structlog

from creditbank.services.signed_calls import forget_spent_nonces
from creditbank.services.webhook_deliveries import Postman, deliver_webhooks
from creditbank.services.webhook_events import announce_changes, announce_checkpoint
from creditbank.settings import Settings
from creditbank.webhook_client import WebhookSender
from workers.app import app
from workers.database import open_unit

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _postman() -> Postman:
    settings = Settings.from_environment()
    return Postman(
        open_unit=open_unit,
        send=WebhookSender(loopback=settings.webhook_loopback),
        secret_key=settings.secret_key,
        clock=_now,
        jitter=random.SystemRandom().random,
    )


def _checkpoint_every() -> timedelta:
    return timedelta(minutes=Settings.from_environment().checkpoint_minutes)


@app.task(name="tell_colleges")
def tell_colleges_task() -> None:
    """One round; what was not taken is tried again when it is due."""
    announce_changes(open_unit, now=_now())
    with open_unit() as uow:
        announce_checkpoint(uow, every=_checkpoint_every(), now=_now())
    report = deliver_webhooks(_postman())
    for webhook_endpoint_id in report.disabled:
        log.error("webhook_endpoint_disabled", webhook_endpoint_id=webhook_endpoint_id)
    if report.failed:
        log.warning("webhooks_not_taken", failed=report.failed)
    with open_unit() as uow:
        forget_spent_nonces(uow, now=_now())
