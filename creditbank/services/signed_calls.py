"""A signed call: whose it is, if everything about it is right; else one refusal for all faults."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from creditbank.domain.calendar import local_date
from creditbank.domain.college_keys import (
    CLOCKS_APART_MAX,
    NONCES_KEPT,
    KeyScope,
    SignedCall,
    SignedHeader,
    may_use,
    read_header,
    signature,
)
from creditbank.domain.errors import SignedOutError
from creditbank.domain.permissions import PERMISSIONS, Action, Role
from creditbank.sealing import unseal
from creditbank.services.accounts import Reach, actor_of
from creditbank.store.college_keys import (
    KeyRow,
    forget_nonces,
    key_row,
    live_secrets,
    spend_nonce,
)
from creditbank.store.unit_of_work import UnitOfWork

_NOBODYS_SECRET = secrets.token_urlsafe(32)


def actor_of_signed_call(
    uow: UnitOfWork,
    authorization: str,
    call: SignedCall,
    action: Action,
    *,
    secret_key: str,
    now: datetime,
) -> Reach | None:
    """The actor behind a signed call that may ask for the action; None for any that is not taken.

    None is returned, not raised: the nonce is spent, so the unit of work must end well.
    """
    said = read_header(authorization)
    if said is None:
        return None
    key = key_row(uow.connection, said.key_id)
    is_signed = _is_signed(uow, said, call, secret_key=secret_key, now=now)
    if not is_signed or key is None or not _is_alive(key, now) or not _is_now(said, now):
        return None
    if not spend_nonce(uow.connection, said.key_id, said.nonce, now=now):
        return None
    scopes, is_held = frozenset(map(KeyScope, key.scopes)), key.agreement_ids is not None
    is_offered = (action, Role.COLLEGE) in PERMISSIONS
    if is_offered and not may_use(scopes, action, is_held=is_held):
        return None
    return _reach(uow, key, as_of=local_date(now))


def _reach(uow: UnitOfWork, key: KeyRow, *, as_of: date) -> Reach | None:
    """None where the account is closed, or has become another college's or another role's."""
    try:
        found = actor_of(uow, key.account_id, as_of=as_of)
    except SignedOutError:
        return None
    actor = replace(found.actor, key_id=key.key_id)
    if (actor.role, actor.institution_id) != (Role.COLLEGE, key.college_id):
        return None
    if key.agreement_ids is not None:
        actor = replace(actor, agreement_ids=actor.agreement_ids & set(key.agreement_ids))
    return replace(found, actor=actor)


def forget_spent_nonces(uow: UnitOfWork, *, now: datetime) -> int:
    """Sweep nonces that no call could be repeated with; how many."""
    return forget_nonces(uow.connection, used_before=now - NONCES_KEPT)


def _is_signed(
    uow: UnitOfWork, said: SignedHeader, call: SignedCall, *, secret_key: str, now: datetime
) -> bool:
    """Whether a living secret made the signature; every comparison takes its time."""
    living = [
        unseal(secret_key, item.sealed, purpose=item.purpose).decode()
        for item in live_secrets(uow.connection, said.key_id, now=now)
    ]
    matches = [
        hmac.compare_digest(
            signature(secret, call, said.key_id, said.timestamp, said.nonce), said.signature
        )
        for secret in (living or [_NOBODYS_SECRET])
    ]
    return any(matches) and bool(living)


def _is_alive(key: KeyRow, now: datetime) -> bool:
    return key.revoked_at is None and key.expires_at > now


def _is_now(said: SignedHeader, now: datetime) -> bool:
    sent = datetime.fromtimestamp(0, UTC) + timedelta(seconds=said.timestamp)
    return abs(now - sent) <= CLOCKS_APART_MAX
