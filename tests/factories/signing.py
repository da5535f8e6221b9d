"""A college's signed calls, as a client of our own makes them."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from creditbank.domain.access import Actor
from creditbank.domain.college_keys import KeyScope, SignedCall, header
from creditbank.domain.permissions import Role
from creditbank.domain.webhooks import OFFERED, EventKind
from creditbank.services.college_keys import CreateCollegeKey, create_college_key
from creditbank.services.webhooks import AddEndpoint, EndpointSecret, Sealing, add_endpoint
from creditbank.settings import DEVELOPMENT_KEY
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs calls with a key."""

    key_id: str
    secret: str

    def header(
        self, method: str, target: str, body: bytes = b"", *, ahead: float = 0, nonce: str = ""
    ) -> str:
        """The value of Authorization. ahead: seconds by which this clock is ahead."""
        call = SignedCall(method, target, body)
        timestamp = int(time.time() + ahead)
        return header(self.secret, call, self.key_id, timestamp, nonce or secrets.token_hex(16))

    def headers(self, method: str, target: str, body: bytes = b"") -> dict[str, str]:
        """The header of a call."""
        return {"Authorization": self.header(method, target, body)}


def content(body: Any) -> bytes:
    """A body as it is sent; nothing for None."""
    return b"" if body is None else json.dumps(body).encode()


def sent(signer: Signer, method: str, target: str, body: Any = None) -> dict[str, Any]:
    """What a test client is given to send a signed call."""
    data = content(body)
    headers = signer.headers(method, target, data)
    found: dict[str, Any] = {"method": method, "headers": headers}
    return found if body is None else found | {"data": data, "content_type": "application/json"}


def make_signer(
    owner: Engine,
    college: Actor,
    *,
    now: Any,
    scopes: frozenset[KeyScope] = frozenset(KeyScope),
    agreement_ids: frozenset[int] = frozenset(),
    days: int = 365,
) -> Signer:
    """A key of a college's account, with all scopes unless told."""
    command = CreateCollegeKey(
        college_id=college.institution_id or 0,
        label="测试",
        scopes=scopes,
        agreement_ids=agreement_ids,
        valid_days=days,
    )
    with UnitOfWork(owner, EVERYWHERE) as uow:
        made = create_college_key(uow, college, command, secret_key=DEVELOPMENT_KEY, now=now)
    return Signer(made.key_id, made.secret)


def make_webhook(
    owner: Engine,
    college: Actor,
    url: str,
    *,
    now: Any,
    kinds: frozenset[EventKind] = frozenset(OFFERED),
) -> int:
    """An endpoint of a college that is told of everything; its number."""
    return add_webhook(owner, college, url, now=now, kinds=kinds).webhook_endpoint_id


def add_webhook(
    owner: Engine,
    college: Actor,
    url: str,
    *,
    now: Any,
    kinds: frozenset[EventKind] = frozenset(OFFERED),
) -> EndpointSecret:
    """The same, with its secret."""
    command = AddEndpoint(college_id=college.institution_id or 0, url=url, kinds=kinds)
    sealing = Sealing(DEVELOPMENT_KEY, loopback=True)
    with UnitOfWork(owner, EVERYWHERE) as uow:
        return add_endpoint(uow, college, command, sealing, now=now)


def college_actor(account_id: int, institution_id: int) -> Actor:
    """A college's account."""
    return Actor(account_id, Role.COLLEGE, institution_id)


def make_access(
    owner: Engine, first: Actor, second: Actor, *, names: tuple[str, str, str], now: Any
) -> dict[str, Any]:
    """What CountyInSmall says of two colleges; names: of its own, the other's, and of nothing."""
    own, other, absent = names
    spare = {own: first, other: second}

    def spare_keys() -> dict[str, str]:
        made = {
            name: make_signer(owner, college, now=now, days=1000).key_id
            for name, college in spare.items()
        }
        return made | {absent: "cck_0000000000000000"}

    return {
        "college": first,
        "other_college": second,
        "signer": make_signer(owner, first, now=now, days=1000),
        "other_signer": make_signer(owner, second, now=now, days=1000),
        "spare_keys": spare_keys(),
        "ended_keys": spare_keys(),
        "webhooks": {
            **{
                name: make_webhook(owner, college, "https://one.example/hook", now=now)
                for name, college in spare.items()
            },
            absent: 2_000_000_000,
        },
    }
