"""Deliveries: made when they are due, tried again by the schedule of the rules, written down.

No transaction is open while a receiver is waited for. A delivery is claimed for a while; where the
process dies it is made again, under the same webhook-id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from creditbank.domain.calendar import local_date
from creditbank.domain.policy_kinds import WEBHOOK_WAITS
from creditbank.domain.webhooks import (
    DeliveryState,
    EndpointState,
    Sent,
    payload,
    read_waits,
    signatures,
)
from creditbank.sealing import unseal
from creditbank.store import webhook_events as rows
from creditbank.store import webhooks
from creditbank.store.policies import COUNTY_ALONE, policy_for
from creditbank.store.unit_of_work import UnitOfWork

CLAIMED_MAX = 40
CLAIMED_FOR = timedelta(minutes=2)
AT_ONCE = 8
GONE = 410
"""The receiver says that it wants nothing more."""
Send = Callable[[str, Mapping[str, str], bytes], Sent]
"""(url, headers, body) -> what came of it; raises nothing."""


@dataclass(frozen=True, slots=True)
class Postman:
    """What deliveries need from outside. clock: the time of day; jitter: from 0 to 1."""

    open_unit: Callable[[], UnitOfWork]
    send: Send
    secret_key: str
    clock: Callable[[], datetime]
    jitter: Callable[[], float]


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one round did. disabled: endpoints that have failed for too long; their college acts."""

    delivered: int = 0
    failed: int = 0
    withheld: int = 0
    disabled: tuple[int, ...] = ()


def deliver_webhooks(postman: Postman) -> DeliveryReport:
    """One round over what is due, several at once."""
    now = postman.clock()
    with postman.open_unit() as uow:
        claimed = rows.claim_deliveries(
            uow.connection, now=now, until=now + CLAIMED_FOR, limit=CLAIMED_MAX
        )
    if not claimed:
        return DeliveryReport()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = list(pool.map(lambda number: _deliver(postman, number), claimed))
    return DeliveryReport(
        delivered=sum(item.delivered for item in made),
        failed=sum(item.failed for item in made),
        withheld=sum(item.withheld for item in made),
        disabled=tuple(sorted({number for item in made for number in item.disabled})),
    )


def _deliver(postman: Postman, webhook_delivery_id: int) -> DeliveryReport:
    now = postman.clock()
    with postman.open_unit() as uow:
        due = rows.due_delivery(uow.connection, webhook_delivery_id, today=local_date(now))
        if due is None:
            return DeliveryReport()
        endpoint = webhooks.endpoint_row(uow.connection, due.webhook_endpoint_id)
        is_off = endpoint is None or endpoint.state is not EndpointState.ACTIVE
        if endpoint is None or is_off or not due.may_know:
            state = DeliveryState.FAILED if is_off else DeliveryState.WITHHELD
            rows.move_delivery(
                uow.connection, due, state, attempts=due.attempts, next_attempt_at=now
            )
            return DeliveryReport(withheld=not is_off, failed=is_off)
        living = webhooks.live_secrets(uow.connection, due.webhook_endpoint_id, now=now)
    body = payload(due.kind, due.happened_at, due.data)
    headers = _headers(postman, due, living, body, now)
    sent = postman.send(endpoint.url, headers, body)
    with postman.open_unit() as uow:
        return _record(uow, postman, due, sent, at=now)


def _headers(
    postman: Postman, due: rows.DueDelivery, living: list[tuple[int, bytes]], body: bytes,
    now: datetime,
) -> dict[str, str]:  # fmt: skip
    endpoint, timestamp = due.webhook_endpoint_id, int(now.timestamp())
    secrets = [
        unseal(postman.secret_key, sealed, purpose=webhooks.purpose_of(endpoint, version))
        for version, sealed in living
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": "creditbank-webhooks",
        "Connection": "close",
        "webhook-id": due.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(secrets, due.message_id, timestamp, body),
    }


def _record(
    uow: UnitOfWork, postman: Postman, due: rows.DueDelivery, sent: Sent, *, at: datetime
) -> DeliveryReport:
    connection, attempts = uow.connection, due.attempts + 1
    rows.add_attempt(connection, due, sent, at=at)
    if sent.is_delivered:
        rows.move_delivery(
            connection, due, DeliveryState.DELIVERED, attempts=attempts, next_attempt_at=at
        )
        return DeliveryReport(delivered=1)
    policy = policy_for(connection, COUNTY_ALONE, local_date(at))
    waits = read_waits(policy.text(WEBHOOK_WAITS))
    if attempts <= len(waits) and sent.status != GONE:
        wait = waits[attempts - 1] * (0.9 + 0.2 * postman.jitter())
        rows.move_delivery(
            connection, due, DeliveryState.WAITING, attempts=attempts, next_attempt_at=at + wait
        )
        return DeliveryReport(failed=1)
    rows.move_delivery(connection, due, DeliveryState.FAILED, attempts=attempts, next_attempt_at=at)
    endpoint = due.webhook_endpoint_id
    if sent.status != GONE and rows.was_delivered_since(connection, endpoint, due.created_at):
        return DeliveryReport(failed=1)
    webhooks.lock_endpoints(connection, due.college_id)
    stands = webhooks.endpoint_row(connection, endpoint)
    if stands is None or stands.state is not EndpointState.ACTIVE:
        return DeliveryReport(failed=1)
    changed = webhooks.Changed(endpoint, due.college_id, EndpointState.DISABLED, None)
    webhooks.add_state(connection, changed, now=at)
    return DeliveryReport(failed=1, disabled=(endpoint,))
