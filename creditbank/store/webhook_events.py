"""Events, deliveries and attempts as rows. Names nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from creditbank.domain.webhooks import DeliveryState, Sent
from creditbank.tables.webhooks import WebhookAttempt, WebhookDelivery, WebhookEvent


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something to tell one college. learner_id, agreement_id: whom and what it is about."""

    college_id: int
    kind: str
    message_id: str
    data: Mapping[str, Any]
    agreement_id: int | None = None
    learner_id: int | None = None


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery to make. may_know: whether the college may still be told of it."""

    webhook_delivery_id: int
    webhook_event_id: int
    webhook_endpoint_id: int
    college_id: int
    attempts: int
    created_at: datetime
    message_id: str
    kind: str
    data: Mapping[str, Any]
    happened_at: datetime
    may_know: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A college, and the last checkpoint it was told of. at, data: None before the first."""

    college_id: int
    at: datetime | None
    data: Any


_CHECKPOINTS = 0x6362_6370
_LEAD = text("SELECT pg_try_advisory_xact_lock(:number)")
_TOLD = text("""
SELECT c.college_id, v.created_at, v.data
FROM (SELECT DISTINCT college_id FROM webhook_endpoints
  WHERE 'checkpoint.published' = ANY (kinds)) c
LEFT JOIN LATERAL (SELECT created_at, data FROM webhook_events
  WHERE college_id = c.college_id AND kind = 'checkpoint.published'
  ORDER BY created_at DESC LIMIT 1) v ON true
ORDER BY c.college_id
""")
_CLAIM = text("""
UPDATE webhook_deliveries SET next_attempt_at = :until WHERE webhook_delivery_id IN (
  SELECT webhook_delivery_id FROM webhook_deliveries
  WHERE state = 'waiting' AND next_attempt_at <= :now
  ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED)
RETURNING webhook_delivery_id
""")
_DUE = text("""
SELECT d.webhook_delivery_id, d.webhook_event_id, d.webhook_endpoint_id, d.college_id, d.attempts,
  d.created_at, v.message_id, v.kind, v.data, v.created_at AS happened_at,
  (v.agreement_id IS NULL OR EXISTS (SELECT FROM agreements_on(:today) a
    WHERE a.agreement_id = v.agreement_id AND a.college_id = d.college_id
      AND :today BETWEEN a.valid_from AND a.valid_to))
  AND (v.learner_id IS NULL OR EXISTS (SELECT FROM shared_members s
    WHERE s.agreement_id = v.agreement_id AND s.learner_id = v.learner_id)) AS may_know
FROM webhook_deliveries d JOIN webhook_events v USING (webhook_event_id)
WHERE d.webhook_delivery_id = :id AND d.state = 'waiting'
""")
_RECORD = text("""
UPDATE webhook_deliveries SET state = :state, attempts = :attempts, next_attempt_at = :next
WHERE webhook_delivery_id = :id AND state = 'waiting'
""")
_EVENTS_SINCE = text("""
SELECT webhook_event_id FROM webhook_events
WHERE college_id = :college AND kind = ANY (:kinds) AND created_at >= :since
ORDER BY webhook_event_id LIMIT :limit
""")
_DELIVERED_SINCE = text("""
SELECT EXISTS (SELECT FROM webhook_deliveries d JOIN webhook_attempts a USING (webhook_delivery_id)
  WHERE d.webhook_endpoint_id = :endpoint AND a.error = '' AND a.attempted_at >= :since)
""")


def lead_checkpoints(connection: Connection) -> bool:
    """Whether this transaction tells of checkpoints; False while another one does."""
    return bool(connection.execute(_LEAD, {"number": _CHECKPOINTS}).scalar_one())


def told_of_checkpoints(connection: Connection) -> list[Told]:
    """Colleges that ever had an endpoint for checkpoints, and when they were told of one last."""
    return [Told(*row) for row in connection.execute(_TOLD)]


def add_event(connection: Connection, event: NewEvent, *, now: datetime) -> int:
    """A new event; its number."""
    made = connection.execute(
        insert(WebhookEvent)
        .values(
            message_id=event.message_id,
            college_id=event.college_id,
            kind=event.kind,
            agreement_id=event.agreement_id,
            learner_id=event.learner_id,
            data=dict(event.data),
            created_at=now,
        )
        .returning(WebhookEvent.webhook_event_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())


def add_deliveries(
    connection: Connection, college_id: int, pairs: Sequence[tuple[int, int]], *, now: datetime
) -> None:
    """Deliveries of (event, endpoint), due at once."""
    if pairs:
        shared = {"college_id": college_id, "state": "waiting", "attempts": 0}
        shared |= {"next_attempt_at": now, "created_at": now}
        connection.execute(
            insert(WebhookDelivery),
            [{"webhook_event_id": e, "webhook_endpoint_id": to, **shared} for e, to in pairs],
        )


def claim_deliveries(
    connection: Connection, *, now: datetime, until: datetime, limit: int
) -> list[int]:
    """Deliveries that are due, which nobody else will take before `until`."""
    asked = {"now": now, "until": until, "limit": limit}
    return sorted(connection.execute(_CLAIM, asked).scalars())


def due_delivery(
    connection: Connection, webhook_delivery_id: int, *, today: date
) -> DueDelivery | None:
    """One claimed delivery with what it tells; None where it waits no more."""
    row = connection.execute(_DUE, {"id": webhook_delivery_id, "today": today}).first()
    return None if row is None else DueDelivery(*row)


def add_attempt(connection: Connection, due: DueDelivery, sent: Sent, *, at: datetime) -> None:
    """What came of an attempt."""
    connection.execute(
        insert(WebhookAttempt).values(
            webhook_delivery_id=due.webhook_delivery_id,
            attempt=due.attempts + 1,
            college_id=due.college_id,
            status=sent.status,
            error=sent.fault.value,
            answer=sent.answer,
            took_ms=sent.took_ms,
            attempted_at=at,
        )
    )


def move_delivery(
    connection: Connection, due: DueDelivery, state: DeliveryState, *, attempts: int,
    next_attempt_at: datetime,
) -> None:  # fmt: skip
    """What has become of a delivery."""
    connection.execute(
        _RECORD,
        {"id": due.webhook_delivery_id, "state": state, "attempts": attempts,
         "next": next_attempt_at},
    )  # fmt: skip


def was_delivered_since(connection: Connection, webhook_endpoint_id: int, since: datetime) -> bool:
    """Whether an endpoint has taken anything since a moment."""
    asked = {"endpoint": webhook_endpoint_id, "since": since}
    return bool(connection.execute(_DELIVERED_SINCE, asked).scalar_one())


def events_since(
    connection: Connection, college_id: int, kinds: Sequence[str], since: datetime, *, limit: int
) -> list[int]:
    """A college's events since a moment, the oldest first."""
    asked = {"college": college_id, "kinds": list(kinds), "since": since, "limit": limit}
    return list(connection.execute(_EVENTS_SINCE, asked).scalars())


def event_of_college(connection: Connection, college_id: int, message_id: str) -> int | None:
    """The number of a college's event."""
    query = text(
        "SELECT webhook_event_id FROM webhook_events"
        " WHERE college_id = :college AND message_id = :message"
    )
    found = connection.execute(query, {"college": college_id, "message": message_id}).scalar()
    return None if found is None else int(found)
