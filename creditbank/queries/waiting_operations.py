"""What waits about the installation itself, and what an account was told and has not read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Action
from creditbank.queries.health import health
from creditbank.queries.messages import count_unread
from creditbank.queries.waiting import Waiting, counted, school_of
from creditbank.store.unit_of_work import UnitOfWork

_ENDPOINTS = text("""
SELECT count(*) AS waiting, min(since) AS since, cast(NULL AS date) AS until, min(number) AS number
FROM (SELECT DISTINCT ON (s.webhook_endpoint_id) s.changed_at AS since, s.state, s.reason,
    s.webhook_endpoint_id AS number
  FROM webhook_endpoint_states s WHERE cast(:school AS int) IS NULL OR s.college_id = :school
  ORDER BY s.webhook_endpoint_id, s.webhook_endpoint_state_id DESC) AS found
WHERE found.state = 'disabled' AND found.reason = 'failing' AND :limit > 0
""")


def failing_webhooks(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Addresses of colleges that are told nothing any more, as they failed for too long."""
    return counted(uow, _ENDPOINTS, {"school": school_of(actor, Action.MANAGE_WEBHOOKS)})


def set_aside(uow: UnitOfWork, _actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Learners whose evaluation failed again and again: how many, and never who."""
    found = health(uow, now=now).quarantined
    return (Waiting(count=found),) if found else ()


def late_evaluations(uow: UnitOfWork, _actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Verdicts do not follow: the process that rings is silent, or the oldest mark is old."""
    found = health(uow, now=now)
    return () if found.is_ready else (Waiting(count=max(1, found.pending)),)


def unread_messages(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Messages that wait to be read."""
    found = count_unread(uow, actor)
    return (Waiting(count=found),) if found else ()
