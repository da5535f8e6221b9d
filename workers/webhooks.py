"""The task that tells colleges: what has changed becomes events, what is due is delivered.

Deliveries wait for receivers, evaluations for nobody: a round of deliveries runs in a thread beside
the worker's tasks, with connections of its own, one round at a time. Where the process ends, what
was not delivered is delivered by another one.
"""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from functools import cache

import structlog

from creditbank.db import APPLICATION, make_engine
from creditbank.domain.webhooks import HTTPS_PORTS
from creditbank.services.signed_calls import forget_spent_nonces
from creditbank.services.webhook_deliveries import Postman, deliver_webhooks
from creditbank.services.webhook_events import announce_changes, announce_checkpoint
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.webhook_client import WebhookSender
from workers.app import app
from workers.database import open_unit

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _postman() -> Postman:
    settings = Settings.from_environment()
    own = make_engine(settings.database_url, pool_size=2, role=APPLICATION)
    return Postman(
        open_unit=lambda: UnitOfWork(own, EVERYWHERE, EVERYBODY),
        send=WebhookSender(
            loopback=settings.webhook_loopback, ports=HTTPS_PORTS | settings.webhook_ports
        ),
        secret_key=settings.secret_key,
        clock=_now,
        jitter=random.SystemRandom().random,
    )


def _checkpoint_every() -> timedelta:
    return timedelta(minutes=Settings.from_environment().checkpoint_minutes)


_delivering = threading.Lock()


@app.task(name="tell_colleges")
def tell_colleges_task() -> None:
    """One round; what was not taken is tried again when it is due."""
    now = _now()
    announce_changes(open_unit, now=now)
    with open_unit() as uow:
        announce_checkpoint(uow, every=_checkpoint_every(), now=now)
        forget_spent_nonces(uow, now=now)
    if _delivering.acquire(blocking=False):
        threading.Thread(target=_deliver, name="webhooks", daemon=True).start()


def _deliver() -> None:
    try:
        report = deliver_webhooks(_postman())
    finally:
        _delivering.release()
    for webhook_endpoint_id in report.disabled:
        log.error("webhook_endpoint_disabled", webhook_endpoint_id=webhook_endpoint_id)
    if report.failed:
        log.warning("webhooks_not_taken", failed=report.failed)
