"""Finding learners, and the head of a learner's page."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, FieldMask, Role, Scope
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork

TEXT_MAX = 50


@dataclass(frozen=True, slots=True)
class FoundLearner:
    """One line of a search."""

    learner_id: int
    name: str
    student_no: str
    class_name: str
    institution_name: str
    institution_name_en: str
    status: str
    sort_key: str
    enrolment_id: int


@dataclass(frozen=True, slots=True)
class EnrolmentSummary:
    """One enrolment as the head of a page shows it."""

    enrolment_id: int
    institution_id: int
    institution_name: str
    institution_name_en: str
    student_no: str
    plan_id: int
    plan_name: str
    major_code: str
    major_name: str
    class_name: str
    entry_year: int
    status: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class LearnerSummary:
    """Who the learner is; identity numbers are never part of it."""

    learner_id: int
    account_no: str
    name: str
    sex: str
    ledger_seq: int
    facts_seq: int
    enrolments: tuple[EnrolmentSummary, ...]


_FIND = text("""
SELECT l.learner_id, l.name, e.student_no, e.class_name, i.name AS institution_name,
  i.name_en AS institution_name_en, e.status, l.sort_key, e.enrolment_id
FROM learners l JOIN enrolments e USING (learner_id) JOIN institutions i USING (institution_id)
WHERE (cast(:school AS int) IS NULL OR e.institution_id = :school)
  AND (:prefix = '' OR l.initials LIKE :initials OR replace(l.sort_key, ' ', '') LIKE :pinyin
    OR l.name LIKE :name OR e.student_no LIKE :number
    OR l.national_student_no = :whole OR l.account_no = :whole)
  AND (cast(:after AS int) IS NULL OR (l.sort_key, e.enrolment_id) > (
    SELECT a.sort_key, b.enrolment_id FROM enrolments b JOIN learners a USING (learner_id)
    WHERE b.enrolment_id = :after))
ORDER BY l.sort_key, e.enrolment_id LIMIT :limit
""")
_SUMMARY = text("""
SELECT l.learner_id, l.account_no, l.name, l.sex, coalesce(h.ledger_seq, 0) AS ledger_seq,
  coalesce(h.facts_seq, 0) AS facts_seq
FROM learners l LEFT JOIN learner_heads h USING (learner_id) WHERE l.learner_id = :id
""")
_ENROLMENTS = text("""
SELECT e.enrolment_id, e.institution_id, i.name AS institution_name,
  i.name_en AS institution_name_en, e.student_no, e.plan_id, p.name AS plan_name, e.major_code,
  coalesce(m.name, '') AS major_name, e.class_name, e.entry_year, e.status, e.is_open
FROM enrolments e JOIN institutions i USING (institution_id) JOIN program_plans p USING (plan_id)
LEFT JOIN majors m ON m.code = e.major_code AND m.catalogue_year = e.catalogue_year
WHERE e.learner_id = :id ORDER BY e.is_open DESC, e.entered_on DESC, e.enrolment_id
""")


def find_learners(
    uow: UnitOfWork,
    actor: Actor,
    wanted: str,
    *,
    now: datetime,
    limit: int = 20,
    cursor: str = "",
) -> Page[FoundLearner]:
    """Learners by name, pinyin, initials or the start of the student number, in pinyin order.

    By 学籍号 and account number only in whole: they are not guessed at bit by bit.
    """
    grant = decide(actor, Action.FIND_LEARNERS)
    limit = clamp(limit)
    after = decode_cursor(cursor, (int,))
    prefix = _like(unicodedata.normalize("NFKC", wanted).strip()[:TEXT_MAX])
    rows = uow.connection.execute(
        _FIND,
        {
            "school": actor.institution_id if grant.scope is Scope.SCHOOL else None,
            "prefix": prefix,
            "initials": f"{prefix.upper()}%",
            "pinyin": f"{prefix.lower().replace(' ', '')}%",
            "name": f"%{prefix}%",
            "number": f"{prefix}%",
            "whole": unicodedata.normalize("NFKC", wanted).strip().upper(),
            "after": None if after is None else after[0],
            "limit": limit + 1,
        },
    )
    page = page_of(
        [FoundLearner(**row) for row in rows.mappings()],
        limit,
        lambda item: (item.enrolment_id,),
    )
    record_access(
        uow.connection, actor, Action.FIND_LEARNERS, grant.mask,
        [item.learner_id for item in page.items], now,
    )  # fmt: skip
    return page


def learner_summary(
    uow: UnitOfWork,
    actor: Actor,
    learner_id: int,
    *,
    now: datetime,
    action: Action = Action.SEE_LEARNER,
) -> LearnerSummary:
    """The learner's head, as far as the actor may see it. Raises NotFoundError."""
    grant = decide(actor, action, learner_key(uow.connection, learner_id, as_of=local_date(now)))
    row = uow.connection.execute(_SUMMARY, {"id": learner_id}).mappings().first()
    if row is None:
        raise NotFoundError
    enrolments = uow.connection.execute(_ENROLMENTS, {"id": learner_id}).mappings()
    record_access(uow.connection, actor, action, grant.mask, [learner_id], now)
    return LearnerSummary(
        **row, enrolments=tuple(EnrolmentSummary(**enrolment) for enrolment in enrolments)
    )


def own_learner_ids(actor: Actor) -> tuple[int, ...]:
    """Whom a student or guardian sees as their own."""
    own = {Role.STUDENT, Role.GUARDIAN}
    return tuple(sorted(actor.learner_ids)) if actor.role in own else ()


def _like(prefix: str) -> str:
    """The text with LIKE's own signs escaped; NUL, which PostgreSQL refuses, dropped."""
    escaped = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("\x00", "")


__all__ = [
    "EnrolmentSummary",
    "FieldMask",
    "FoundLearner",
    "LearnerSummary",
    "find_learners",
    "learner_summary",
    "own_learner_ids",
]
