"""Signing in, sessions and API keys. The database answers; Redis has no part in it.

Accounts are not walled by row security; who may do what is domain.access.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, SignedOutError
from creditbank.domain.permissions import Role, Section
from creditbank.store import accounts as rows
from creditbank.store.unit_of_work import UnitOfWork, reach_of

IDLE_MAX = timedelta(minutes=30)
TRY_WINDOW = timedelta(minutes=10)
STRANGER_TRIES_MAX = 50
"""Wrong tries in the window for one name from places where it never signed in, and from one place
for all such names: whatever is guessed, and from however many places, more are not verified."""
KNOWN_TRIES_MAX = 10
"""Wrong tries in the window for one name from one place where it has signed in before: strangers
who use up the others do not lock the right user out."""
KNOWN_FOR = timedelta(days=90)
_KEY_PARTS = 3


@dataclass(frozen=True, slots=True)
class SignInRefusal:
    """Name or password is wrong, or there were too many tries; the message never says which name.

    retry_after: seconds until another try is looked at, 0 for at once.
    """

    message: Message
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A server-side session; content is the page layer's own small dictionary."""

    token: str
    account_id: int | None
    content: dict[str, Any]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """An actor and how far its unit of work may reach."""

    actor: Actor
    reach: str


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def sign_in(
    uow: UnitOfWork, *, username: str, password: str, address: str, now: datetime
) -> int | SignInRefusal:
    """The account id for a right name and password, else a refusal.

    A refusal is returned, not raised: the try must be counted, so the unit of work must end well.
    It is counted before the password is looked at, under a lock of the name's own, so that many
    tries at once are not more than many one by one.
    """
    name, place = _digest(f"name|{username}"), _digest(f"place|{address}")
    pair = _digest(f"known|{username}|{address}")
    connection = uow.connection
    rows.lock_subject(connection, name)
    known_at = rows.latest_try(connection, pair, since=now - KNOWN_FOR)
    if known_at is not None:
        limits = {_digest(f"pair|{username}|{address}"): KNOWN_TRIES_MAX}
    else:
        limits = {name: STRANGER_TRIES_MAX, place: STRANGER_TRIES_MAX}
    for subject, most in limits.items():
        tries = rows.tries(connection, subject, since=now - TRY_WINDOW)
        if len(tries) >= most:
            return SignInRefusal(_TOO_MANY, _seconds(tries[-most] + TRY_WINDOW - now))
    counted = rows.count_tries(connection, list(limits), now=now)
    found = rows.account_by_name(connection, username)
    is_right = _verified(found[1] if found else _nobodys_hash(), password)
    if found is None or not is_right:
        return SignInRefusal(_WRONG)
    rows.forget_tries(connection, counted)
    if known_at is None or now - known_at > TRY_WINDOW:
        rows.count_tries(connection, [pair], now=now)
    return found[0]


def _seconds(wait: timedelta) -> int:
    return max(1, int(wait.total_seconds()) + 1)


def actor_of(uow: UnitOfWork, account_id: int, *, as_of: date) -> Reach:
    """The actor behind an active account, with its reach. Raises SignedOutError for a closed one.

    A college reaches the schools of its agreements that are valid on the day, a student and a
    guardian the schools that hold their own records, everybody else their own institution.
    """
    row = rows.account(uow.connection, account_id, as_of=as_of)
    if row is None:
        raise SignedOutError
    actor = Actor(
        account_id=account_id,
        role=Role(row.role),
        institution_id=row.institution_id,
        learner_ids=frozenset(row.learner_ids or ()),
        agreement_ids=frozenset(row.agreement_ids or ()),
        display_name=row.display_name,
        section=Section(row.section) if row.section else None,
    )
    schools = frozenset(row.school_ids or ())
    if actor.role in {Role.STUDENT, Role.GUARDIAN}:
        with uow.everywhere():
            schools = rows.schools_of(uow.connection, actor.learner_ids)
    return Reach(actor, reach_of(actor, as_of=as_of, school_ids=schools))


def open_session(
    uow: UnitOfWork, account_id: int | None, content: dict[str, Any], *, now: datetime
) -> Session:
    """A new session with a fresh token."""
    token = secrets.token_urlsafe(32)
    rows.delete_idle_sessions(uow.connection, seen_before=now - IDLE_MAX)
    rows.insert_session(uow.connection, _digest(token), account_id, content, now=now)
    return Session(token, account_id, content, now)


def load_session(uow: UnitOfWork, token: str, *, now: datetime) -> Session | None:
    """The session of a token, unless it has ended or been idle for half an hour."""
    found = rows.session(uow.connection, _digest(token), seen_since=now - IDLE_MAX)
    return None if found is None else Session(token, *found)


def save_session(
    uow: UnitOfWork, token: str, content: dict[str, Any] | None, *, now: datetime
) -> None:
    """Keep the session alive, and its content; None leaves that as it is."""
    rows.update_session(uow.connection, _digest(token), content, now=now)


def end_session(uow: UnitOfWork, token: str) -> None:
    """End a session at once."""
    rows.delete_session(uow.connection, _digest(token))


def create_api_key(
    uow: UnitOfWork, username: str, label: str, *, now: datetime, days: int = 365
) -> str:
    """A new key `cbk_<id>_<secret>` for an account; shown once, only its hash is kept."""
    found = rows.account_by_name(uow.connection, username)
    if found is None:
        raise SignedOutError
    key_id, secret = secrets.token_hex(8), secrets.token_hex(24)
    expires_at = now + timedelta(days=days)
    rows.insert_api_key(uow.connection, key_id, _digest(secret), found[0], label, expires_at)
    return f"cbk_{key_id}_{secret}"


def actor_of_api_key(uow: UnitOfWork, key: str, *, now: datetime) -> Reach:
    """The actor behind a key. Raises SignedOutError for a key that is unknown or has expired.

    A college's calls are signed, see services.signed_calls: no key of this kind speaks for one.
    """
    parts = key.split("_")
    if len(parts) != _KEY_PARTS or parts[0] != "cbk":
        raise SignedOutError
    found = rows.api_key(uow.connection, parts[1][:16], now=now)
    if found is None or not hmac.compare_digest(found[0], _digest(parts[2])):
        raise SignedOutError
    reach = actor_of(uow, found[1], as_of=local_date(now))
    if reach.actor.role is Role.COLLEGE:
        raise SignedOutError
    return reach


def _verified(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


_WRONG = Message("用户名或密码不正确。", "Wrong name or password.")
_TOO_MANY = Message(
    "尝试次数过多,请十分钟后再试,或在您常用的设备所在网络登录。",
    "Too many tries; try again in ten minutes, or from where you usually sign in.",
)
