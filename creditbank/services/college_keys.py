"""Keys of a college: made, renewed and ended by its own account or by the county.

The secret is shown once, and kept sealed: the signature of a call cannot be checked without it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.college_keys import (
    LABEL_MAX,
    OVERLAP_MAX,
    SECRET_BYTES,
    UNHELD,
    VALID_DAYS_MAX,
    KeyScope,
)
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action, Role
from creditbank.domain.sheets import clean_text
from creditbank.sealing import seal
from creditbank.store import college_keys as rows
from creditbank.store.agreements import load_agreements
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCollegeKey:
    """A key of a college; college_id: of the actor's own where it is a college.

    agreement_ids: those it is held to, none for all. valid_days: from today.
    """

    college_id: int
    label: str
    scopes: frozenset[KeyScope]
    agreement_ids: frozenset[int] = frozenset()
    valid_days: int = 365


@dataclass(frozen=True, slots=True)
class CollegeKeySecret:
    """What is shown once: the key's id, and the text that calls are signed with."""

    key_id: str
    secret: str


def create_college_key(
    uow: UnitOfWork, actor: Actor, command: CreateCollegeKey, *, secret_key: str, now: datetime
) -> CollegeKeySecret:
    """A new key with its first secret.

    secret_key: the installation's, that secrets are sealed under. Asked twice it makes two keys:
    the secret is in no answer that is kept. Raises ForbiddenError, or InvalidInputError
    with every field that is wrong.
    """
    college_id = named_college(uow, actor, Action.MANAGE_COLLEGE_KEYS, command.college_id)
    connection = uow.connection
    is_college = actor.role is Role.COLLEGE
    account = actor.account_id if is_college else rows.acting_account(connection, college_id)
    problems = tuple(_problems(uow, command, college_id, account, as_of=local_date(now)))
    if problems or account is None:
        raise InvalidInputError(_WRONG, problems=problems)
    key = rows.KeyRow(
        key_id=f"cck_{secrets.token_hex(8)}",
        college_id=college_id,
        account_id=account,
        label=clean_text(command.label),
        scopes=tuple(sorted(command.scopes)),
        agreement_ids=tuple(sorted(command.agreement_ids)) or None,
        expires_at=now + timedelta(days=command.valid_days),
        created_at=now,
        version=1,
        rotated_at=now,
        previous_until=now,
        revoked_at=None,
    )
    rows.add_key(connection, key, created_by=actor.account_id)
    return _new_secret(uow, actor, key, secret_key=secret_key, now=now)


def rotate_college_key(
    uow: UnitOfWork, actor: Actor, key_id: str, *, overlap: timedelta, secret_key: str,
    now: datetime,
) -> CollegeKeySecret:  # fmt: skip
    """Another secret; the one before it is taken until overlap (at most 30 days) is over.

    Those before end with it, or with their own overlap if that is sooner. Raises ForbiddenError, or
    NotFoundError for a key that is not the actor's or has ended.
    """
    rows.lock_key(uow.connection, key_id)
    key = _living(uow, actor, key_id, now)
    until = now + min(max(overlap, timedelta(0)), OVERLAP_MAX)
    renewed = replace(key, version=key.version + 1, previous_until=until)
    return _new_secret(uow, actor, renewed, secret_key=secret_key, now=now)


def revoke_college_key(uow: UnitOfWork, actor: Actor, key_id: str, *, now: datetime) -> None:
    """End a key at once; ending it again changes nothing. Raises as rotate_college_key."""
    rows.lock_key(uow.connection, key_id)
    key = _own(uow, actor, key_id)
    if key.revoked_at is None:
        rows.add_revocation(uow.connection, key_id, key.college_id, by=actor.account_id, now=now)


def named_college(uow: UnitOfWork, actor: Actor, action: Action, college_id: int) -> int:
    """The college that something new is for. Refused where it is not the actor's, or none."""
    decide(actor, action)
    is_own = actor.role is not Role.COLLEGE or college_id == actor.institution_id
    if not is_own or college_id not in {number for number, _, _ in rows.colleges(uow.connection)}:
        raise refused(_COLLEGE)
    return college_id


def own_college(actor: Actor, action: Action, college_id: int) -> int:
    """The college that an actor manages: its own, or for the county the one that is named."""
    decide(actor, action)
    if actor.role is Role.COLLEGE and college_id != actor.institution_id:
        raise NotFoundError
    return college_id


def _own(uow: UnitOfWork, actor: Actor, key_id: str) -> rows.KeyRow:
    decide(actor, Action.MANAGE_COLLEGE_KEYS)
    key = rows.key_row(uow.connection, key_id)
    if key is None:
        raise NotFoundError
    own_college(actor, Action.MANAGE_COLLEGE_KEYS, key.college_id)
    return key


def _living(uow: UnitOfWork, actor: Actor, key_id: str, now: datetime) -> rows.KeyRow:
    key = _own(uow, actor, key_id)
    if key.revoked_at is not None or key.expires_at <= now:
        raise NotFoundError
    return key


def _new_secret(
    uow: UnitOfWork, actor: Actor, key: rows.KeyRow, *, secret_key: str, now: datetime
) -> CollegeKeySecret:
    """The secret of a key's version; the one before is taken until key.previous_until."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    purpose = rows.purpose_of(key.key_id, key.version)
    sealed = seal(secret_key, secret.encode(), purpose=purpose)
    rows.add_secret(uow.connection, key, sealed, by=actor.account_id, now=now)
    return CollegeKeySecret(key.key_id, secret)


def _problems(
    uow: UnitOfWork,
    command: CreateCollegeKey,
    college_id: int,
    account: int | None,
    *,
    as_of: date,
) -> Iterator[Problem]:
    if not 1 <= len(clean_text(command.label)) <= LABEL_MAX:
        yield Problem("label_missing", _LABEL, field="label")
    if not command.scopes:
        yield Problem("scopes_missing", _SCOPES, field="scopes")
    if command.agreement_ids and UNHELD in command.scopes:
        yield Problem("scope_of_all", _UNHELD, field="scopes")
    if not 1 <= command.valid_days <= VALID_DAYS_MAX:
        yield Problem("valid_days", _DAYS, field="valid_days")
    found = load_agreements(uow.connection, command.agreement_ids, as_of=as_of)
    if {item.agreement_id for item in found.values() if item.college_id == college_id} != set(
        command.agreement_ids
    ):
        yield Problem("agreement_unknown", _AGREEMENTS, field="agreement_ids")
    if account is None:
        yield Problem("account_missing", _ACCOUNT, field="college_id")


_WRONG = Message("有几处需要修改,没有生成密钥。", "Some fields need mending; no key was made.")
_LABEL = Message(
    f"请填写用途(1-{LABEL_MAX}字)。", f"Say what it is for (1 to {LABEL_MAX} characters)."
)
_SCOPES = Message("请至少选择一项权限。", "Choose at least one scope.")
_UNHELD = Message(
    f"限于部分协议的密钥不能管理通知({UNHELD}):接收地址会收到本院校全部协议的通知。",
    f"A key that is held to some agreements cannot have {UNHELD}: endpoints are told of all"
    " agreements of the college.",
)
_DAYS = Message(f"有效期为1至{VALID_DAYS_MAX}天。", f"It is valid for 1 to {VALID_DAYS_MAX} days.")
_AGREEMENTS = Message("请选择本院校的协议。", "Choose agreements of the college.")
_COLLEGE = Problem(
    "college_unknown",
    Message("请选择有贯通培养协议的本院校。", "Choose your own college, one with agreements."),
    field="college_id",
)
_ACCOUNT = Message(
    "该院校还没有账号,请先为它开通账号。", "The college has no account yet; open one first."
)
