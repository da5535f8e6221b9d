"""Sheets of marks that are being entered: the school's list, and one with all that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.courses import ExamKind
from creditbank.domain.errors import NotFoundError
from creditbank.domain.grade_drafts import LEARNERS_MAX, DraftState
from creditbank.domain.permissions import Action
from creditbank.domain.policies import Policy
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.booked_marks import booked_marks
from creditbank.store.grade_drafts import (
    DraftCell,
    DraftSeat,
    KeptDraft,
    KeptStep,
    cells_of,
    read_draft,
    seats_of,
    steps_of,
)
from creditbank.store.grade_imports import TaughtCourse, courses_of
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork

_OF_A_NORMAL_EXAM = frozenset({ExamKind.DEFERRED, ExamKind.ABSENT, ExamKind.EXEMPT})
"""What a word in a normal sheet makes of an attempt."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One sheet of the list. marks: cells that are written; since, by: of its last step."""

    grade_draft_id: int
    class_name: str
    term_code: str
    exam_kind: ExamKind
    state: DraftState
    marks: int
    since: datetime
    by: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class PostedMark:
    """What the ledger says of a cell. is_locked: there is nothing more to enter.

    After a deferral the exam itself comes.
    """

    mark: str
    exam_kind: ExamKind
    is_locked: bool


@dataclass(frozen=True, slots=True)
class DraftSheet:
    """One sheet with all that it shows. others: courses that can be added as columns.

    policy: the school's rules of today, by which it may be posted.
    """

    draft: KeptDraft
    seats: tuple[DraftSeat, ...]
    courses: tuple[TaughtCourse, ...]
    others: tuple[TaughtCourse, ...]
    cells: Mapping[tuple[int, str], DraftCell]
    posted: Mapping[tuple[int, str], PostedMark]
    steps: tuple[KeptStep, ...]
    policy: Policy


_LINES = text("""
SELECT d.grade_draft_id, d.class_name, d.term_code, d.exam_kind, d.state,
  (SELECT count(*) FROM grade_draft_cells c WHERE c.grade_draft_id = d.grade_draft_id
    AND c.written <> '') AS marks,
  s.taken_at AS since, coalesce(t.display_name, '') AS by, d.changed_at,
  a.display_name AS changed_by
FROM grade_drafts d JOIN accounts a ON a.account_id = d.changed_by
  JOIN LATERAL (SELECT taken_at, taken_by FROM grade_draft_steps s
    WHERE s.grade_draft_id = d.grade_draft_id ORDER BY grade_draft_step_id DESC LIMIT 1) s ON true
  LEFT JOIN accounts t ON t.account_id = s.taken_by
WHERE d.institution_id = :school AND (d.grade_draft_id < :before OR :before = 0)
  AND (d.state IN ('draft', 'submitted', 'returned') OR NOT :is_open)
ORDER BY d.grade_draft_id DESC LIMIT :limit
""")


def list_drafts(
    uow: UnitOfWork, actor: Actor, *, is_open: bool = True, limit: int = 50, cursor: str = ""
) -> Page[DraftLine]:
    """The sheets of the actor's school, the newest first; is_open: only those not done.

    Names no learner. Raises ForbiddenError, InvalidInputError.
    """
    decide(actor, Action.SEE_GRADE_DRAFTS)
    limit = clamp(limit)
    asked = {
        "school": actor.institution_id, "is_open": is_open, "limit": limit + 1,
        "before": (decode_cursor(cursor, (int,)) or [0])[0],
    }  # fmt: skip
    lines = [
        DraftLine(
            **dict(row)
            | {"state": DraftState(row["state"]), "exam_kind": ExamKind(row["exam_kind"])}
        )
        for row in uow.connection.execute(_LINES, asked).mappings()
    ]
    return page_of(lines, limit, lambda line: (line.grade_draft_id,))


def read_sheet(uow: UnitOfWork, actor: Actor, grade_draft_id: int, *, now: datetime) -> DraftSheet:
    """One sheet of the actor's school; one line in the access log. Raises NotFoundError."""
    grant = decide(actor, Action.SEE_GRADE_DRAFTS)
    draft = read_draft(uow.connection, grade_draft_id)
    if draft is None or draft.institution_id != actor.institution_id:
        raise NotFoundError
    seats = seats_of(uow.connection, draft, limit=LEARNERS_MAX)
    learner_ids = [seat.learner_id for seat in seats]
    record_access(uow.connection, actor, Action.SEE_GRADE_DRAFTS, grant.mask, learner_ids, now)
    taught = {course.code: course for course in courses_of(uow.connection, draft.institution_id)}
    return DraftSheet(
        draft=draft,
        seats=tuple(seats),
        courses=tuple(taught[code] for code in draft.course_codes),
        others=tuple(course for code, course in taught.items() if code not in draft.course_codes),
        cells={
            (cell.enrolment_id, cell.course_code): cell
            for cell in cells_of(uow.connection, grade_draft_id)
        },
        posted=_posted(uow, draft, seats),
        steps=tuple(steps_of(uow.connection, grade_draft_id)),
        policy=policy_for(uow.connection, draft.institution_id, local_date(now)),
    )


def _posted(
    uow: UnitOfWork, draft: KeptDraft, seats: list[DraftSeat]
) -> dict[tuple[int, str], PostedMark]:
    """What stands in the ledger of the attempts that the sheet is about."""
    enrolments = {seat.learner_id: seat.enrolment_id for seat in seats}
    booked = booked_marks(
        uow.connection,
        draft.institution_id,
        learner_ids=enrolments,
        terms=[draft.term],
        course_codes=draft.course_codes,
    )
    kinds = {draft.exam_kind}
    if draft.exam_kind is ExamKind.NORMAL:
        kinds |= _OF_A_NORMAL_EXAM
    found: dict[tuple[int, str], PostedMark] = {}
    for key, entry in booked.items():
        kind = ExamKind(key.exam_kind)
        if kind not in kinds or entry.mark is None:
            continue
        place = enrolments[key.learner_id], key.course_code
        other = found.get(place)
        if other is None or not other.is_locked:
            found[place] = PostedMark(
                entry.mark, kind, is_locked=kind is not ExamKind.DEFERRED or draft.exam_kind is kind
            )
    return found
