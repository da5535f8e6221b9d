"""The rules in force at a school or in the county: each with what it rests on, and its history.

Rules name nobody, but those who decided them: staff see those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.policies import Authority, PolicyScalar, PolicyValue
from creditbank.domain.policy_keys import POLICY_KEYS
from creditbank.domain.policy_kinds import PolicyKey
from creditbank.store.policies import COUNTY_ALONE, known_values, policy_for
from creditbank.store.policy_files import load_policy_files
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One key. value: None where none is set; to_come: the next other one, if one is decided.

    own_schools: how many schools have a value of their own (0 when a school asks).
    """

    key: PolicyKey
    value: PolicyValue | None
    to_come: PolicyValue | None
    own_schools: int


@dataclass(frozen=True, slots=True)
class PolicyList:
    """The values in force on a day. institution_id: None for the county's rules."""

    institution_id: int | None
    as_of: date
    items: tuple[PolicyLine, ...]


class RecordState(StrEnum):
    """Where a value stands in time."""

    TO_COME = "to_come"
    IN_FORCE = "in_force"
    STANDS_BACK = "stands_back"
    """Its day has come, and another value stands above it: a nearer or a later one."""


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """One value of one key, by whom and since when. decided_by: "" for what ships as a file."""

    value: PolicyScalar
    authority: Authority
    institution_id: int | None
    institution_name: str
    institution_name_en: str
    effective_from: date
    reference: str
    reason: str
    decided_by: str
    decided_at: datetime | None
    state: RecordState


@dataclass(frozen=True, slots=True)
class PolicyHistory:
    """A key with all its values, the latest day first; of schools those that the actor sees."""

    line: PolicyLine
    records: tuple[PolicyRecord, ...]


_OWN = text("""
SELECT key, count(DISTINCT institution_id) AS schools FROM (
  SELECT key, institution_id, effective_from FROM school_policy_values
  UNION ALL SELECT key, institution_id, effective_from FROM policy_changes
  WHERE institution_id IS NOT NULL) AS own
WHERE effective_from <= :day GROUP BY key
""")
_RECORDS = text("""
SELECT r.*, coalesce(i.name, '') AS institution_name,
  coalesce(i.name_en, '') AS institution_name_en, coalesce(a.display_name, '') AS decided_by
FROM (
  SELECT policy_change_id AS decided, authority, institution_id, value, effective_from, reference,
    reason, decided_by AS account_id, decided_at FROM policy_changes WHERE key = :key
  UNION ALL
  SELECT 0, 'school', institution_id, value, effective_from, reference, '', NULL, NULL
  FROM school_policy_values WHERE key = :key) AS r
LEFT JOIN institutions i ON i.institution_id = r.institution_id
LEFT JOIN accounts a ON a.account_id = r.account_id
WHERE cast(:school AS int) IS NULL OR r.institution_id IS NULL OR r.institution_id = :school
ORDER BY r.decided DESC
""")
_AUTHORITIES = {"county": Authority.COUNTY, "school": Authority.SCHOOL}


def list_policies(
    uow: UnitOfWork, actor: Actor, *, now: datetime, institution_id: int | None = None
) -> PolicyList:
    """The values in force at the actor's school; for the bureau the county's, or a school's.

    Raises ForbiddenError, or InvalidInputError for a school that is not the actor's.
    """
    school = _school(actor, institution_id)
    found, today = _Found(uow, school, now), local_date(now)
    return PolicyList(school, today, tuple(found.line(key) for key in POLICY_KEYS.values()))


def policy_history(
    uow: UnitOfWork, actor: Actor, key: str, *, now: datetime, institution_id: int | None = None
) -> PolicyHistory:
    """All values of one key. Raises as list_policies, and NotFoundError for an unknown key."""
    school = _school(actor, institution_id)
    known = POLICY_KEYS.get(key)
    if known is None:
        raise NotFoundError
    line, today = _Found(uow, school, now).line(known), local_date(now)
    rows = uow.connection.execute(_RECORDS, {"key": key, "school": school})
    records = [
        PolicyRecord(
            value=row.value["value"],
            authority=_AUTHORITIES[row.authority],
            institution_id=row.institution_id,
            institution_name=row.institution_name,
            institution_name_en=row.institution_name_en,
            effective_from=row.effective_from,
            reference=row.reference,
            reason=row.reason,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            state=RecordState.STANDS_BACK,
        )
        for row in rows
    ]
    records += [_shipped(value) for value in load_policy_files() if value.key == key]
    return PolicyHistory(line, tuple(_placed(records, line, today)))


def _school(actor: Actor, institution_id: int | None) -> int | None:
    grant = decide(actor, Action.SEE_POLICIES)
    if grant.scope is not Scope.SCHOOL:
        return institution_id
    if actor.institution_id is None or institution_id not in {None, actor.institution_id}:
        raise refused(_NOT_YOURS)
    return actor.institution_id


_NOT_YOURS = Problem(
    "not_found",
    Message("只能查看本校的规定。", "You can see the rules of your own school only."),
    field="institution_id",
)


class _Found:
    """What one list is made of, read once."""

    def __init__(self, uow: UnitOfWork, school: int | None, now: datetime) -> None:
        connection, today, at = uow.connection, local_date(now), school or COUNTY_ALONE
        self._values = policy_for(connection, at, today).values
        later = {value.effective_from for value in known_values(connection, at)}
        self._later = [
            policy_for(connection, at, day).values for day in sorted(later) if day > today
        ]
        counted = connection.execute(_OWN, {"day": today}) if school is None else ()
        self._own: Mapping[str, int] = {row.key: row.schools for row in counted}

    def line(self, key: PolicyKey) -> PolicyLine:
        value = self._values.get(key.key)
        to_come = next(
            (found[key.key] for found in self._later if found.get(key.key) not in {None, value}),
            None,
        )
        own = 0 if key.is_county_only else self._own.get(key.key, 0)
        return PolicyLine(key, value, to_come, own)


def _shipped(value: PolicyValue) -> PolicyRecord:
    return PolicyRecord(
        value=value.value,
        authority=value.authority,
        institution_id=None,
        institution_name="",
        institution_name_en="",
        effective_from=value.effective_from,
        reference=value.reference,
        reason="",
        decided_by="",
        decided_at=None,
        state=RecordState.STANDS_BACK,
    )


def _placed(records: list[PolicyRecord], line: PolicyLine, today: date) -> list[PolicyRecord]:
    """The latest day first, each with its state; of two alike the one decided later is in force."""
    found: list[PolicyRecord] = []
    held: set[int | None] = set()
    for record in records:
        state = RecordState.STANDS_BACK
        if record.effective_from > today:
            state = RecordState.TO_COME
        elif record.institution_id not in held and _is(record, line.value):
            state = RecordState.IN_FORCE
            held.add(record.institution_id)
        found.append(replace(record, state=state))
    found.sort(key=lambda record: (record.effective_from, record.authority), reverse=True)
    return found


def _is(record: PolicyRecord, value: PolicyValue | None) -> bool:
    return value is not None and (
        (record.authority, record.effective_from, record.reference, record.value)
        == (value.authority, value.effective_from, value.reference, value.value)
        and record.institution_id == value.institution_id
    )
