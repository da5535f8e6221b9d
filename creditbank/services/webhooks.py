"""Endpoints of a college: added, renewed, switched off and on, tried out, told again.

Secrets are shown once and kept sealed: every delivery is signed with them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.domain.webhooks import (
    ENDPOINTS_MAX,
    HTTPS_PORTS,
    OFFERED,
    OVERLAP_MAX,
    REPLAYED_MAX,
    SECRET_BYTES,
    EndpointState,
    EventKind,
    is_url,
    secret_text,
)
from creditbank.sealing import seal
from creditbank.services.college_keys import named_college, own_college
from creditbank.services.webhook_events import new_message_id
from creditbank.store import webhook_events as events
from creditbank.store import webhooks as rows
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEndpoint:
    """Tell a college at this address of events of these kinds."""

    college_id: int
    url: str
    kinds: frozenset[EventKind]


@dataclass(frozen=True, slots=True)
class EndpointSecret:
    """What is shown once: what deliveries are signed with, as whsec_ and base64."""

    webhook_endpoint_id: int
    secret: str


@dataclass(frozen=True, slots=True)
class Sealing:
    """What this installation seals secrets with, whether it may send to itself, to which ports."""

    secret_key: str
    loopback: bool = False
    ports: frozenset[int] = HTTPS_PORTS


def add_endpoint(
    uow: UnitOfWork, actor: Actor, command: AddEndpoint, sealing: Sealing, *, now: datetime
) -> EndpointSecret:
    """A new endpoint with its first secret. Asked again with the same address it is refused.

    Raises ForbiddenError or InvalidInputError.
    """
    college_id = named_college(uow, actor, Action.MANAGE_WEBHOOKS, command.college_id)
    connection = uow.connection
    rows.lock_endpoints(connection, college_id)
    there = rows.endpoints_of(connection, [college_id])
    problems = tuple(_problems(command, there, sealing))
    if problems:
        raise InvalidInputError(_WRONG, problems=problems)
    number = rows.add_endpoint(
        connection, college_id, command.url, sorted(command.kinds), by=actor.account_id, now=now
    )
    changed = rows.Changed(number, college_id, EndpointState.ACTIVE, actor.account_id)
    rows.add_state(connection, changed, now=now)
    secret = rows.NewSecret(number, college_id, 1, b"", now)
    return _keep_secret(uow, actor, secret, sealing, now=now)


def rotate_endpoint_secret(
    uow: UnitOfWork, actor: Actor, webhook_endpoint_id: int, sealing: Sealing, *,
    overlap: timedelta, now: datetime,
) -> EndpointSecret:  # fmt: skip
    """Another secret; until overlap (at most 7 days) is over, deliveries carry both signatures."""
    found = _own(uow, actor, webhook_endpoint_id)
    until = now + min(max(overlap, timedelta(0)), OVERLAP_MAX)
    secret = rows.NewSecret(webhook_endpoint_id, found.college_id, found.version + 1, b"", until)
    return _keep_secret(uow, actor, secret, sealing, now=now)


def change_endpoint(
    uow: UnitOfWork, actor: Actor, webhook_endpoint_id: int, state: EndpointState, *, now: datetime
) -> None:
    """Switch it off, on again, or remove it for good; the same state again changes nothing."""
    found = _own(uow, actor, webhook_endpoint_id)
    if found.state is not state:
        changed = rows.Changed(webhook_endpoint_id, found.college_id, state, actor.account_id)
        rows.add_state(uow.connection, changed, now=now)


def ping_endpoint(uow: UnitOfWork, actor: Actor, webhook_endpoint_id: int, *, now: datetime) -> str:
    """Send it an event of no meaning; the event's message id. Refused where it is switched off."""
    found = _active(uow, actor, webhook_endpoint_id)
    event = events.NewEvent(found.college_id, EventKind.PING, new_message_id(), {})
    number = events.add_event(uow.connection, event, now=now)
    pairs = [(number, webhook_endpoint_id)]
    events.add_deliveries(uow.connection, found.college_id, pairs, now=now)
    return event.message_id


def replay_events(
    uow: UnitOfWork, actor: Actor, webhook_endpoint_id: int, *, message_id: str = "",
    since: datetime | None = None, now: datetime,
) -> int:  # fmt: skip
    """Tell an endpoint again of one event, or of all since a moment; how many, at most 1,000.

    They keep their webhook-id. What the college may no longer know is withheld as the first time.
    """
    found = _active(uow, actor, webhook_endpoint_id)
    connection, college_id = uow.connection, found.college_id
    if message_id:
        number = events.event_of_college(connection, college_id, message_id)
        if number is None:
            raise NotFoundError
        numbers = [number]
    else:
        numbers = events.events_since(
            connection, college_id, found.kinds, since or now, limit=REPLAYED_MAX
        )
    pairs = [(number, webhook_endpoint_id) for number in numbers]
    events.add_deliveries(connection, college_id, pairs, now=now)
    return len(pairs)


def _own(uow: UnitOfWork, actor: Actor, webhook_endpoint_id: int) -> rows.EndpointRow:
    decide(actor, Action.MANAGE_WEBHOOKS)
    found = rows.endpoint_row(uow.connection, webhook_endpoint_id)
    if found is None:
        raise NotFoundError
    own_college(actor, Action.MANAGE_WEBHOOKS, found.college_id)
    rows.lock_endpoints(uow.connection, found.college_id)
    found = rows.endpoint_row(uow.connection, webhook_endpoint_id)
    if found is None or found.state is EndpointState.REMOVED:
        raise NotFoundError
    return found


def _active(uow: UnitOfWork, actor: Actor, webhook_endpoint_id: int) -> rows.EndpointRow:
    found = _own(uow, actor, webhook_endpoint_id)
    if found.state is not EndpointState.ACTIVE:
        raise refused(_OFF)
    return found


def _keep_secret(
    uow: UnitOfWork, actor: Actor, secret: rows.NewSecret, sealing: Sealing, *, now: datetime
) -> EndpointSecret:
    raw = secrets.token_bytes(SECRET_BYTES)
    purpose = rows.purpose_of(secret.webhook_endpoint_id, secret.version)
    sealed = seal(sealing.secret_key, raw, purpose=purpose)
    kept = rows.NewSecret(
        secret.webhook_endpoint_id, secret.college_id, secret.version, sealed,
        secret.previous_until,
    )  # fmt: skip
    rows.add_secret(uow.connection, kept, by=actor.account_id, now=now)
    return EndpointSecret(secret.webhook_endpoint_id, secret_text(raw))


def _problems(
    command: AddEndpoint, there: list[rows.EndpointRow], sealing: Sealing
) -> Iterator[Problem]:
    if not is_url(command.url, loopback=sealing.loopback, ports=sealing.ports):
        yield Problem("url_unfit", _url(sealing.ports), field="url")
    if not command.kinds or not command.kinds <= set(OFFERED):
        yield Problem("kinds_missing", _KINDS, field="kinds")
    if any(item.url == command.url for item in there):
        yield Problem("url_there", _THERE, field="url")
    if len(there) >= ENDPOINTS_MAX:
        yield Problem("endpoints_many", _MANY, field="url")


def _url(ports: frozenset[int]) -> Message:
    allowed = ", ".join(map(str, sorted(ports)))
    return Message(
        f"请填写公网可达的 https 地址(端口 {allowed};不含账号和 # 部分,不超过300个字符)。",
        f"Give an https address on the public network (port {allowed}), without a user or a"
        " fragment, of at most 300 characters.",
    )


_WRONG = Message(
    "有几处需要修改,没有添加接收地址。", "Some fields need mending; no endpoint was added."
)
_KINDS = Message("请至少选择一种通知。", "Choose at least one kind of event.")
_THERE = Message("这个地址已经添加。", "This address is there already.")
_MANY = Message(
    f"最多{ENDPOINTS_MAX}个接收地址,请先删除不用的。",
    f"There are {ENDPOINTS_MAX} endpoints at most; remove one that is not used.",
)
_OFF = Problem(
    "endpoint_off",
    Message("接收地址已停用,请先启用。", "The endpoint is switched off; switch it on first."),
    field="webhook_endpoint_id",
)
