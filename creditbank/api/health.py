"""Health for whoever watches: does the process live, and do verdicts follow postings."""

from __future__ import annotations

from typing import Any

from flask import current_app
from redis import Redis

from creditbank.api.calls import now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.broker import answers
from creditbank.domain.permissions import Action
from creditbank.queries.health import health
from schemas.health import HealthSchema, ReadinessSchema

BROKER = "creditbank_broker"
"""The application's extension that holds the broker's client; it is only asked whether it lives."""
blueprint = Blueprint("health", "运行状况 Health")


@blueprint.reads("/health", Action.SEE_HEALTH, HealthSchema())
def get_health() -> dict[str, Any]:
    """进程存活 Whether the process answers."""
    return {"status": "ok"}


@blueprint.reads("/ready", Action.SEE_HEALTH, ReadinessSchema())
def get_readiness() -> dict[str, Any]:
    """数据库、消息服务、唤醒进程与最早待算 Database, broker, relay and the oldest mark.

    503 without the database. Without broker or relay posting works and verdicts are computed when
    they are asked for: degraded, but no reason to take this process out of service.
    """
    with unit_of_work() as uow:
        found = health(uow, now=now())
    broker: Redis = current_app.extensions[BROKER]
    has_broker = answers(broker)
    return {
        "status": "ready" if has_broker and found.is_ready else "degraded",
        "database": True,
        "broker": has_broker,
        "relay_seconds": found.relay_seconds,
        "oldest_mark_seconds": found.oldest_mark_seconds,
        "pending": found.pending,
        "quarantined": found.quarantined,
    }
