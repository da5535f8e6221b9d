"""Reviews that the actor may see: decisions that a later verdict contradicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.causes import Cause
from creditbank.domain.decisions import ReviewState
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility import verdict_from_dict
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One case. resolution, reason: "" while it is open. Shortfalls in hundredths."""

    review_case_id: int
    learner_id: int
    enrolment_id: int
    name: str
    student_no: str
    class_name: str
    institution_name: str
    institution_name_en: str
    subject_kind: str
    subject_id: int
    decision_id: int
    decided_on: date
    document_no: str
    frozen_verdict_id: int
    frozen_outcome: str
    verdict_id: int
    outcome: str
    shortfall_units: int
    opened_at: datetime
    resolution: str
    reason: str
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Review:
    """One case with both verdicts, and what led to the later one."""

    line: ReviewLine
    frozen: Verdict
    later: Verdict
    causes: tuple[Cause, ...]


_LINES = text("""
SELECT c.review_case_id, c.learner_id, c.enrolment_id, l.name, e.student_no, e.class_name,
  i.name AS institution_name, i.name_en AS institution_name_en, c.subject_kind, c.subject_id,
  c.decision_id, d.decided_on, d.document_no,
  c.frozen_verdict_id, f.outcome AS frozen_outcome, c.verdict_id, v.outcome,
  v.shortfall_units, c.opened_at, coalesce(r.resolution, '') AS resolution,
  coalesce(r.reason, '') AS reason, r.resolved_at
FROM review_cases c JOIN decisions d USING (decision_id)
JOIN verdicts f ON f.verdict_id = c.frozen_verdict_id
JOIN verdicts v ON v.verdict_id = c.verdict_id
JOIN enrolments e ON e.enrolment_id = c.enrolment_id
JOIN learners l ON l.learner_id = c.learner_id
JOIN institutions i ON i.institution_id = c.institution_id
LEFT JOIN review_resolutions r USING (review_case_id)
WHERE (cast(:id AS bigint) IS NULL OR c.review_case_id = :id)
  AND (:closed_too OR r.review_case_id IS NULL)
  AND (cast(:school AS int) IS NULL OR c.institution_id = :school)
  AND (cast(:after AS bigint) IS NULL OR c.review_case_id < :after)
ORDER BY c.review_case_id DESC LIMIT :limit
""")
_FINDINGS = text("""
SELECT verdict_id, findings, causes FROM verdicts WHERE verdict_id IN (:frozen, :later)
""")


def list_reviews(
    uow: UnitOfWork,
    actor: Actor,
    *,
    now: datetime,
    state: ReviewState = ReviewState.OPEN,
    limit: int = 50,
    cursor: str = "",
) -> Page[ReviewLine]:
    """The cases of the actor's school, or of the county, newest first. Raises ForbiddenError."""
    grant = decide(actor, Action.SEE_REVIEWS)
    limit = clamp(limit)
    after = decode_cursor(cursor, (int,))
    found = _lines(
        uow,
        actor,
        id=None,
        closed_too=state is ReviewState.ALL,
        after=None if after is None else after[0],
        limit=limit + 1,
    )
    page = page_of(found, limit, lambda line: (line.review_case_id,))
    learner_ids = [line.learner_id for line in page.items]
    record_access(uow.connection, actor, Action.SEE_REVIEWS, grant.mask, learner_ids, now)
    return page


def read_review(uow: UnitOfWork, actor: Actor, review_case_id: int, *, now: datetime) -> Review:
    """One case with both verdicts. Raises NotFoundError or ForbiddenError."""
    decide(actor, Action.SEE_REVIEWS)
    found = _lines(uow, actor, id=review_case_id, closed_too=True, after=None, limit=1)
    if not found:
        raise NotFoundError
    line = found[0]
    key = learner_key(uow.connection, line.learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_REVIEWS, key)
    record_access(uow.connection, actor, Action.SEE_REVIEWS, grant.mask, [line.learner_id], now)
    rows = uow.connection.execute(
        _FINDINGS, {"frozen": line.frozen_verdict_id, "later": line.verdict_id}
    )
    by_id = {row.verdict_id: row for row in rows}
    later = by_id[line.verdict_id]
    return Review(
        line=line,
        frozen=verdict_from_dict(by_id[line.frozen_verdict_id].findings),
        later=verdict_from_dict(later.findings),
        causes=tuple(map(Cause.parse, later.causes)),
    )


def _lines(uow: UnitOfWork, actor: Actor, **how: Any) -> list[ReviewLine]:  # noqa: ANN401
    rows = uow.connection.execute(_LINES, {"school": _school_of(actor), **how})
    return [ReviewLine(**row) for row in rows.mappings()]


def _school_of(actor: Actor) -> int | None:
    """The only school whose cases the actor sees; None for the county, which sees all."""
    is_county = decide(actor, Action.SEE_REVIEWS).scope is Scope.COUNTY
    return None if is_county else actor.institution_id or 0
