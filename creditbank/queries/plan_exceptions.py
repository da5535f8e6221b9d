"""Exceptions from the plan as far as the actor may see them; who waits for a ruling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import PERMISSIONS, Action
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """One exception; fields as in domain.plan_exceptions.

    reason, ruling_reason: "" for who may not read why. ruled_at, ruling_*: of the last ruling.
    """

    plan_exception_id: int
    learner_id: int
    enrolment_id: int
    kind: str
    subject: str
    block_code: str
    ledger_seq: int | None
    units: int | None
    reason: str
    document_no: str
    decided_on: date
    entered_at: datetime
    state: str
    ruling_reason: str
    ruling_document_no: str
    ruled_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingException:
    """One that waits for a second person, and whose it is."""

    plan_exception_id: int
    learner_id: int
    name: str
    student_no: str
    class_name: str
    kind: str
    document_no: str
    decided_on: date
    entered_at: datetime


# Of those that stand on the same place the latest speaks, as eligibility.exceptions has it.
_LINES = text("""
SELECT x.plan_exception_id, x.learner_id, x.enrolment_id, x.kind, x.subject, x.block_code,
  x.ledger_seq, x.units, x.reason, x.document_no, x.decided_on, x.entered_at,
  CASE WHEN r.ruling IS NULL THEN 'waiting' WHEN r.ruling <> 'approved' THEN r.ruling
    WHEN row_number() OVER (PARTITION BY x.enrolment_id, x.kind, x.subject, x.ledger_seq,
        CASE x.kind WHEN 'block' THEN x.block_code END, r.ruling
      ORDER BY x.decided_on DESC, x.plan_exception_id DESC) = 1 THEN 'standing'
    ELSE 'replaced' END AS state,
  coalesce(r.reason, '') AS ruling_reason, coalesce(r.document_no, '') AS ruling_document_no,
  r.ruled_at
FROM plan_exceptions x LEFT JOIN LATERAL (
  SELECT * FROM exception_rulings WHERE plan_exception_id = x.plan_exception_id
  ORDER BY ruling = 'withdrawn' DESC LIMIT 1) r ON true
WHERE x.learner_id = :learner_id
ORDER BY x.plan_exception_id DESC
""")
_WAITING = text("""
SELECT x.plan_exception_id, x.learner_id, l.name, e.student_no, e.class_name, x.kind,
  x.document_no, x.decided_on, x.entered_at
FROM plan_exceptions x JOIN enrolments e USING (enrolment_id)
  JOIN learners l ON l.learner_id = x.learner_id
WHERE x.institution_id = :school AND x.plan_exception_id > :after
  AND NOT EXISTS (SELECT FROM exception_rulings r
    WHERE r.plan_exception_id = x.plan_exception_id)
ORDER BY x.plan_exception_id LIMIT :limit
""")


def read_exceptions(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[ExceptionLine, ...]:
    """All that were entered, the latest first; one line in the access log. Raises NotFoundError."""
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_EXCEPTIONS, key)
    found = exceptions_of(uow, actor, learner_id)
    record_access(uow.connection, actor, Action.SEE_EXCEPTIONS, grant.mask, [learner_id], now)
    return found


def exceptions_of(uow: UnitOfWork, actor: Actor, learner_id: int) -> tuple[ExceptionLine, ...]:
    """The same for who has decided and noted the access."""
    rows = uow.connection.execute(_LINES, {"learner_id": learner_id}).mappings()
    lines = (ExceptionLine(**row) for row in rows)
    if (Action.READ_EXCEPTION_REASONS, actor.role) in PERMISSIONS:
        return tuple(lines)
    return tuple(replace(line, reason="", ruling_reason="") for line in lines)


def list_waiting(
    uow: UnitOfWork, actor: Actor, *, now: datetime, limit: int = 50, cursor: str = ""
) -> Page[WaitingException]:
    """Those of the actor's school that nobody has ruled on, the oldest first.

    Raises ForbiddenError or InvalidInputError for a foreign cursor.
    """
    grant = decide(actor, Action.SEE_WAITING_EXCEPTIONS)
    limit = clamp(limit)
    after = decode_cursor(cursor, (int,)) or [0]
    how: dict[str, Any] = {
        "school": actor.institution_id,
        "after": after[0],
        "limit": limit + 1,
    }
    found = [WaitingException(**row) for row in uow.connection.execute(_WAITING, how).mappings()]
    page = page_of(found, limit, lambda line: (line.plan_exception_id,))
    seen = [line.learner_id for line in page.items]
    record_access(uow.connection, actor, Action.SEE_WAITING_EXCEPTIONS, grant.mask, seen, now)
    return page
