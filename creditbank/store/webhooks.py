"""Endpoints of colleges, their states and sealed secrets as rows. Nothing here decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from creditbank.domain.webhooks import EndpointState
from creditbank.tables.webhooks import WebhookEndpoint, WebhookEndpointState, WebhookSecret


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One endpoint as it stands. reason: why it is in its state; version: of its secret."""

    webhook_endpoint_id: int
    college_id: int
    url: str
    kinds: tuple[str, ...]
    state: EndpointState
    reason: str
    changed_at: datetime
    created_at: datetime
    version: int
    rotated_at: datetime
    previous_until: datetime

    def is_told_of(self, kind: str) -> bool:
        """Whether it is told of events of a kind."""
        return self.state is EndpointState.ACTIVE and kind in self.kinds


_ENDPOINTS = """
SELECT e.webhook_endpoint_id, e.college_id, e.url, e.kinds, s.state, s.reason, s.changed_at,
  e.created_at, k.version, k.created_at AS rotated_at, k.previous_until
FROM webhook_endpoints e
  JOIN LATERAL (SELECT * FROM webhook_endpoint_states x
    WHERE x.webhook_endpoint_id = e.webhook_endpoint_id
    ORDER BY x.webhook_endpoint_state_id DESC LIMIT 1) s ON true
  JOIN LATERAL (SELECT * FROM webhook_secrets y
    WHERE y.webhook_endpoint_id = e.webhook_endpoint_id ORDER BY y.version DESC LIMIT 1) k ON true
"""
_ONE = text(f"{_ENDPOINTS} WHERE e.webhook_endpoint_id = :id")
_OF_COLLEGES = text(
    f"{_ENDPOINTS} WHERE e.college_id = ANY (:colleges) AND s.state <> 'removed'"
    " ORDER BY e.webhook_endpoint_id"
)
_SECRETS = text("""
SELECT version, sealed FROM (
  SELECT *, min(previous_until) OVER (
      ORDER BY version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS until
  FROM webhook_secrets
  WHERE webhook_endpoint_id = :id) s
WHERE until IS NULL OR until > :now ORDER BY version DESC
""")


def purpose_of(webhook_endpoint_id: int, version: int) -> str:
    """What a secret is sealed for."""
    return f"webhook/{webhook_endpoint_id}/{version}"


def endpoint_row(connection: Connection, webhook_endpoint_id: int) -> EndpointRow | None:
    """One endpoint, whatever has become of it."""
    row = connection.execute(_ONE, {"id": webhook_endpoint_id}).first()
    return None if row is None else _row(row)


def endpoints_of(connection: Connection, college_ids: Sequence[int]) -> list[EndpointRow]:
    """The endpoints of colleges, without those that were removed."""
    rows = connection.execute(_OF_COLLEGES, {"colleges": list(college_ids)})
    return [_row(row) for row in rows]


def _row(row: Any) -> EndpointRow:  # noqa: ANN401 (a row)
    values = {**row._mapping}  # noqa: SLF001 (as SQLAlchemy has it)
    kinds, state = values.pop("kinds"), values.pop("state")
    return EndpointRow(**values, kinds=tuple(kinds), state=EndpointState(state))


def live_secrets(
    connection: Connection, webhook_endpoint_id: int, *, now: datetime
) -> list[tuple[int, bytes]]:
    """Version and sealed secret: the one in force and those whose overlap has not ended."""
    rows = connection.execute(_SECRETS, {"id": webhook_endpoint_id, "now": now})
    return [(row.version, row.sealed) for row in rows]


def add_endpoint(
    connection: Connection, college_id: int, url: str, kinds: Sequence[str], *, by: int,
    now: datetime,
) -> int:  # fmt: skip
    """A new endpoint; its state and secret follow."""
    made = connection.execute(
        insert(WebhookEndpoint)
        .values(college_id=college_id, url=url, kinds=list(kinds), created_by=by, created_at=now)
        .returning(WebhookEndpoint.webhook_endpoint_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())


@dataclass(frozen=True, slots=True)
class Changed:
    """An endpoint's next state. by: None where it failed for too long."""

    webhook_endpoint_id: int
    college_id: int
    state: EndpointState
    by: int | None


def add_state(connection: Connection, changed: Changed, *, now: datetime) -> None:
    """The state that speaks from now on."""
    connection.execute(
        insert(WebhookEndpointState).values(
            webhook_endpoint_id=changed.webhook_endpoint_id,
            college_id=changed.college_id,
            state=changed.state.value,
            reason="failing" if changed.by is None else "asked",
            changed_by=changed.by,
            changed_at=now,
        )
    )


@dataclass(frozen=True, slots=True)
class NewSecret:
    """The next secret of an endpoint. previous_until: until when the one before signs as well."""

    webhook_endpoint_id: int
    college_id: int
    version: int
    sealed: bytes
    previous_until: datetime


def add_secret(connection: Connection, secret: NewSecret, *, by: int, now: datetime) -> None:
    """The secret that signs from now on."""
    connection.execute(
        insert(WebhookSecret).values(
            webhook_endpoint_id=secret.webhook_endpoint_id,
            college_id=secret.college_id,
            version=secret.version,
            sealed=secret.sealed,
            previous_until=secret.previous_until,
            created_by=by,
            created_at=now,
        )
    )


def lock_endpoints(connection: Connection, college_id: int) -> None:
    """One change of a college's endpoints after the other."""
    connection.execute(text("SELECT pg_advisory_xact_lock(370128, :id)"), {"id": college_id})
