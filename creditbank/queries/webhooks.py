"""A college's endpoints, and what became of each delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, Role
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.college_keys import colleges
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.store.webhooks import EndpointRow, endpoint_row, endpoints_of


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery. status, error, answer, took_ms, attempted_at: of the last attempt, if any."""

    webhook_delivery_id: int
    message_id: str
    kind: str
    data: Mapping[str, Any]
    state: str
    attempts: int
    next_attempt_at: datetime
    happened_at: datetime
    status: int | None
    error: str
    answer: str
    took_ms: int | None
    attempted_at: datetime | None


_DELIVERIES = text("""
SELECT d.webhook_delivery_id, v.message_id, v.kind, v.data, d.state, d.attempts, d.next_attempt_at,
  v.created_at AS happened_at, a.status, coalesce(a.error, '') AS error,
  coalesce(a.answer, '') AS answer, a.took_ms, a.attempted_at
FROM webhook_deliveries d JOIN webhook_events v USING (webhook_event_id)
  LEFT JOIN webhook_attempts a
    ON a.webhook_delivery_id = d.webhook_delivery_id AND a.attempt = d.attempts
WHERE d.webhook_endpoint_id = :endpoint
  AND (cast(:after AS bigint) IS NULL OR d.webhook_delivery_id < :after)
ORDER BY d.webhook_delivery_id DESC LIMIT :limit
""")


def list_endpoints(uow: UnitOfWork, actor: Actor) -> tuple[EndpointRow, ...]:
    """The endpoints of the actor's college, or of all for the county. Raises ForbiddenError."""
    decide(actor, Action.MANAGE_WEBHOOKS)
    ids = [number for number, _, _ in managed_colleges(uow, actor)]
    return tuple(endpoints_of(uow.connection, ids))


def managed_colleges(uow: UnitOfWork, actor: Actor) -> list[tuple[int, str, str]]:
    """Whose keys and endpoints the actor manages: number, name, English name."""
    decide(actor, Action.MANAGE_WEBHOOKS)
    found = colleges(uow.connection)
    if actor.role is Role.COLLEGE:
        return [item for item in found if item[0] == actor.institution_id]
    return found


def list_deliveries(
    uow: UnitOfWork, actor: Actor, webhook_endpoint_id: int, *, limit: int = 50, cursor: str = ""
) -> Page[DeliveryLine]:
    """The deliveries to one endpoint, the newest first. NotFoundError for another college's."""
    decide(actor, Action.MANAGE_WEBHOOKS)
    endpoint = endpoint_row(uow.connection, webhook_endpoint_id)
    is_college = actor.role is Role.COLLEGE
    if endpoint is None or (is_college and endpoint.college_id != actor.institution_id):
        raise NotFoundError
    limit, after = clamp(limit), decode_cursor(cursor, (int,))
    rows = uow.connection.execute(
        _DELIVERIES,
        {
            "endpoint": webhook_endpoint_id,
            "after": None if after is None else after[0],
            "limit": limit + 1,
        },
    )
    found = [DeliveryLine(*row) for row in rows]
    return page_of(found, limit, lambda item: (item.webhook_delivery_id,))
