"""Status changes as far as the actor may see them: where each stands, who has it, until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, Role
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.status_changes import (
    AUTHORITIES,
    OFFICE_OF,
    RECEIVING_OFFICE_OF,
    ChangeState,
    Ends,
    key_of,
)
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.registry.routes import due_on
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.policies import policy_for
from creditbank.store.status_changes import ends_of
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ProofLine:
    """A document beside an application."""

    kind: str
    issued_on: date
    document_no: str
    issuer: str


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """What an office said."""

    office: str
    agrees: bool
    opinion: str
    document_no: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class StatusChangeLine:
    """One application; fields as in domain.status_changes.Application.

    offices: in their order; office: whose turn it is, "" where nobody's. due_on: the last day of
    its answer; days_left: working days until then, negative when it is overdue. notice_ends_on: of
    the public notice of a transfer.
    """

    status_change_id: int
    learner_id: int
    enrolment_id: int
    institution_id: int
    kind: str
    reason: str
    applied_on: date
    takes_effect_on: date
    until: date | None
    by_school: bool
    absent_hours: int
    absent_days: int
    ground: str
    note: str
    to_institution_id: int | None
    to_institution_name: str
    to_institution_name_en: str
    ends: Ends
    plan_id: int | None
    plan_name: str
    class_name: str
    offices: tuple[str, ...]
    applied_as: str
    applied_at: datetime
    state: str
    office: str
    notice_ends_on: date | None
    due_on: date | None
    days_left: int | None
    executed_at: datetime | None
    status_before: str
    status_after: str
    decision_id: int | None
    proofs: tuple[ProofLine, ...]
    opinions: tuple[OpinionLine, ...]


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """One that waits for the actor's office, and whose it is. due_on, days_left: as above."""

    status_change_id: int
    learner_id: int
    name: str
    student_no: str
    class_name: str
    institution_name: str
    institution_name_en: str
    to_institution_name: str
    kind: str
    applied_on: date
    takes_effect_on: date
    since: date
    due_on: date
    days_left: int


_LINES = text("""
SELECT c.status_change_id, c.learner_id, c.enrolment_id, c.institution_id, c.kind, c.reason,
  c.applied_on, c.takes_effect_on, c.until, c.by_school, c.absent_hours, c.absent_days, c.ground,
  c.note, c.to_institution_id, coalesce(t.name, '') AS to_institution_name,
  coalesce(t.name_en, '') AS to_institution_name_en,
  i.kind AS school_kind, t.kind AS to_kind, c.plan_id,
  coalesce(p.name, '') AS plan_name, c.class_name, c.offices, c.applied_as,
  c.applied_at, s.state, coalesce(s.office, '') AS office, s.since, s.notice_ends_on, x.executed_at,
  coalesce(x.status_before, '') AS status_before, coalesce(x.status_after, '') AS status_after,
  x.decision_id
FROM status_changes c JOIN status_change_states s USING (status_change_id)
  LEFT JOIN status_change_executions x USING (status_change_id)
  LEFT JOIN program_plans p ON p.plan_id = c.plan_id
  JOIN institutions i ON i.institution_id = c.institution_id
  LEFT JOIN institutions t ON t.institution_id = c.to_institution_id
WHERE (cast(:ids AS bigint[]) IS NULL OR c.status_change_id = ANY (:ids))
  AND (cast(:learner_id AS int) IS NULL OR c.learner_id = :learner_id)
ORDER BY c.status_change_id DESC
""")
_PROOFS = text("""
SELECT status_change_id, kind, issued_on, document_no, issuer FROM status_change_proofs
WHERE status_change_id = ANY (:ids) ORDER BY kind
""")
_OPINIONS = text("""
SELECT status_change_id, office, agrees, opinion, document_no, given_at
FROM status_change_opinions WHERE status_change_id = ANY (:ids) ORDER BY given_at
""")
_WAITING = text("""
SELECT s.status_change_id, s.learner_id, l.name, e.student_no, e.class_name,
  i.name AS institution_name, i.name_en AS institution_name_en, c.kind, c.applied_on,
  c.takes_effect_on, s.since, s.institution_id, coalesce(t.name, '') AS to_institution_name
FROM status_change_states s JOIN status_changes c USING (status_change_id)
  JOIN enrolments e ON e.enrolment_id = s.enrolment_id
  JOIN learners l ON l.learner_id = s.learner_id
  JOIN institutions i ON i.institution_id = s.institution_id
  LEFT JOIN institutions t ON t.institution_id = s.to_institution_id
WHERE s.state = 'waiting' AND s.status_change_id > :after
  AND (s.office = :own AND s.institution_id = :school
    OR s.office = :receiving AND s.to_institution_id = :school
    OR :is_county AND s.office = ANY (:authorities) AND (s.office = 'county'
      OR cast(:section AS text) IS NULL OR :section = CASE WHEN 'general_high_school' =
        CASE s.office WHEN 'authority_out' THEN i.kind ELSE t.kind END
        THEN 'general' ELSE 'vocational' END))
ORDER BY s.status_change_id LIMIT :limit
""")


def read_changes(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[StatusChangeLine, ...]:
    """All of a learner, the latest first; one line in the access log. Raises NotFoundError."""
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_STATUS_CHANGES, key)
    found = changes_of(uow, learner_id, now=now)
    record_access(uow.connection, actor, Action.SEE_STATUS_CHANGES, grant.mask, [learner_id], now)
    return found


def changes_of(uow: UnitOfWork, learner_id: int, *, now: datetime) -> tuple[StatusChangeLine, ...]:
    """The same for who has decided and noted the access."""
    return tuple(_lines(uow.connection, now, ids=None, learner_id=learner_id))


def changes_by_id(
    uow: UnitOfWork, status_change_ids: Sequence[int], *, now: datetime
) -> dict[int, StatusChangeLine]:
    """Some, by number, as far as the reach shows; for who has decided and noted the access."""
    found = _lines(uow.connection, now, ids=list(status_change_ids), learner_id=None)
    return {line.status_change_id: line for line in found}


def read_one_change(
    uow: UnitOfWork, actor: Actor, status_change_id: int, *, now: datetime
) -> StatusChangeLine:
    """One with its opinions; one line in the access log. Raises NotFoundError."""
    decide(actor, Action.SEE_STATUS_CHANGES)
    found = changes_by_id(uow, [status_change_id], now=now).get(status_change_id)
    if found is None:
        raise NotFoundError
    key = key_of(found.learner_id, found.ends, ChangeState(found.state))
    grant = decide(actor, Action.SEE_STATUS_CHANGES, key)
    seen = [found.learner_id]
    record_access(uow.connection, actor, Action.SEE_STATUS_CHANGES, grant.mask, seen, now)
    return found


def list_waiting_changes(
    uow: UnitOfWork, actor: Actor, *, now: datetime, limit: int = 50, cursor: str = ""
) -> Page[WaitingChange]:
    """Those that wait for the actor's office, the oldest application first.

    Raises ForbiddenError or InvalidInputError for a foreign cursor.
    """
    grant = decide(actor, Action.SEE_WAITING_CHANGES)
    limit = clamp(limit)
    after = decode_cursor(cursor, (int,)) or [0]
    found = waiting_changes(uow, actor, now=now, after=int(after[0]), limit=limit + 1)
    page = page_of(found, limit, lambda line: (line.status_change_id,))
    seen = [line.learner_id for line in page.items]
    record_access(uow.connection, actor, Action.SEE_WAITING_CHANGES, grant.mask, seen, now)
    return page


def waiting_changes(
    uow: UnitOfWork, actor: Actor, *, now: datetime, after: int = 0, limit: int
) -> list[WaitingChange]:
    """The same, for who has decided and names nobody, or notes the access. after: a number."""
    how: dict[str, Any] = {
        "own": OFFICE_OF[actor.role],
        "receiving": RECEIVING_OFFICE_OF.get(actor.role),
        "school": actor.institution_id,
        "is_county": actor.role is Role.COUNTY,
        "authorities": [*AUTHORITIES],
        "section": actor.section,
        "after": after,
        "limit": limit,
    }
    with uow.everywhere():  # the enrolment of who wants to come is at another school
        rows = list(map(dict, uow.connection.execute(_WAITING, how).mappings()))
    ages = _Ages(uow.connection, now)
    found = []
    for row in rows:
        since = local_date(row.pop("since"))
        due, left = ages.of(row.pop("institution_id"), row["applied_on"], since)
        found.append(WaitingChange(**row, since=since, due_on=due, days_left=left))
    return found


def _lines(
    connection: Connection, now: datetime, **which: list[int] | int | None
) -> Iterator[StatusChangeLine]:
    rows = list(map(dict, connection.execute(_LINES, which).mappings()))
    if not rows:
        return
    ids = [row["status_change_id"] for row in rows]
    proofs = [tuple(row) for row in connection.execute(_PROOFS, {"ids": ids})]
    opinions = [tuple(row) for row in connection.execute(_OPINIONS, {"ids": ids})]
    ages = _Ages(connection, now)
    for row in rows:
        number = row["status_change_id"]
        since = local_date(row.pop("since"))
        institution_id = row["institution_id"]
        kind, to_kind = row.pop("school_kind"), row.pop("to_kind")
        due = ages.of(institution_id, row["applied_on"], since) if row["office"] else None
        yield StatusChangeLine(
            **row | {"offices": tuple(row["offices"])},
            ends=ends_of(institution_id, kind, row["to_institution_id"], to_kind),
            due_on=due and due[0],
            days_left=None if due is None else due[1],
            proofs=tuple(ProofLine(*rest) for key, *rest in proofs if key == number),
            opinions=tuple(OpinionLine(*rest) for key, *rest in opinions if key == number),
        )


class _Ages:
    """Until when offices have to answer; calendar and rules are read once, when first asked for."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._today = local_date(now)
        self._calendar: SchoolCalendar | None = None

    def of(self, institution_id: int, applied_on: date, since: date) -> tuple[date, int]:
        """The last day, and how many working days are left."""
        if self._calendar is None:
            self._calendar = school_calendar(self._connection)
        policy = policy_for(self._connection, institution_id, applied_on)
        due = due_on(since, policy, self._calendar)
        return due, self._calendar.working_days(self._today, due)
