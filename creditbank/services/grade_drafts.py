"""Entering marks in a sheet on a page: opening it, its columns, and saving cells as they are typed.

Nothing here is in the ledger; how a sheet gets there is services.grade_draft_steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import ForbiddenError, Message, NotFoundError, Problem, refused
from creditbank.domain.grade_drafts import (
    CELL_MAX,
    COURSES_MAX,
    EDITABLE,
    EDITS_MAX,
    LEARNERS_MAX,
    DraftStep,
)
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.services.course_entries import refused_term
from creditbank.services.waits import posting
from creditbank.store.grade_drafts import (
    CellEdit,
    DraftCell,
    KeptDraft,
    SheetKey,
    add_step,
    cells_of,
    courses_of_class,
    next_change,
    open_draft_row,
    read_draft,
    seats_of,
    set_courses,
    write_cells,
)
from creditbank.store.grade_imports import courses_of
from creditbank.store.terms import terms_by_code
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraft:
    """Which sheet: a class of the actor's school, a term, and what kind of exam."""

    class_name: str
    entry_year: int
    term: Term
    exam_kind: ExamKind = ExamKind.NORMAL


@dataclass(frozen=True, slots=True)
class SavedCells:
    """What a save came to. conflicts: cells that somebody else changed meanwhile, as they stand."""

    change_no: int
    saved: tuple[DraftCell, ...]
    conflicts: tuple[DraftCell, ...]


def open_draft(uow: UnitOfWork, actor: Actor, command: OpenDraft, *, now: datetime) -> int:
    """The open sheet of a class, term and kind; a new one has the courses of the plan's term.

    Raises ForbiddenError, NotFoundError for a class that the school does not have, or
    InvalidInputError for a term that has not begun.
    """
    decide(actor, Action.IMPORT_GRADES)
    school = _school(actor)
    refusal = refused_term(command.term, terms_by_code(uow.connection), local_date(now))
    if refusal is not None:
        raise refused(refusal)
    which = SheetKey(
        school, command.class_name, command.entry_year, command.term, command.exam_kind
    )
    courses = courses_of_class(uow.connection, which)
    if courses is None:
        raise NotFoundError
    draft, is_new = open_draft_row(
        uow.connection, which, courses[:COURSES_MAX], by=actor.account_id, now=now
    )
    if is_new:
        add_step(uow.connection, draft, DraftStep.OPENED, by=actor.account_id, now=now)
    return draft.grade_draft_id


def own_draft(
    uow: UnitOfWork, actor: Actor, grade_draft_id: int, *, for_update: bool = False
) -> KeptDraft:
    """A sheet of the actor's school. Raises NotFoundError, BusyError."""
    with posting():
        draft = read_draft(uow.connection, grade_draft_id, for_update=for_update)
    if draft is None or draft.institution_id != actor.institution_id:
        raise NotFoundError
    return draft


def open_for_changes(uow: UnitOfWork, actor: Actor, grade_draft_id: int) -> KeptDraft:
    """The same, locked, to be changed by who enters marks. InvalidInputError where it is closed."""
    decide(actor, Action.IMPORT_GRADES)
    draft = own_draft(uow, actor, grade_draft_id, for_update=True)
    if draft.state not in EDITABLE:
        raise refused(NOT_OPEN)
    return draft


def save_cells(
    uow: UnitOfWork,
    actor: Actor,
    grade_draft_id: int,
    edits: Sequence[CellEdit],
    *,
    now: datetime,
) -> SavedCells:
    """Keep what was typed, whether it can be posted or not.

    A cell that somebody else has changed since it was seen stays as it is and comes back as a
    conflict, unless both wrote the same: so a save whose answer was lost may be sent again. Raises
    NotFoundError, ForbiddenError, BusyError, or InvalidInputError for a sheet that is closed and
    for what no page sends.
    """
    draft = open_for_changes(uow, actor, grade_draft_id)
    if not 0 < len(edits) <= EDITS_MAX:
        raise refused(_EDIT_COUNT)
    wanted = _cleaned(uow, draft, edits)
    before = _by_place(uow, draft)
    changes = [
        _after_own(edit, before.get(place), actor)
        for place, edit in wanted.items()
        if edit.written != (before[place].written if place in before else "")
    ]
    change_no = draft.change_no
    if changes:
        change_no = next_change(uow.connection, grade_draft_id, by=actor.account_id, now=now)
        write_cells(
            uow.connection, draft, changes, change_no=change_no, by=actor.account_id, now=now
        )
    after = _by_place(uow, draft)
    # What was never written, and is cleared, stands nowhere; it is answered all the same.
    stands = {
        place: after.get(place, DraftCell(*place, "", 0, 0, actor.account_id, "", now))
        for place in wanted
    }
    kept = {place for place, cell in stands.items() if cell.written == wanted[place].written}
    return SavedCells(
        change_no=change_no,
        saved=tuple(cell for place, cell in stands.items() if place in kept),
        conflicts=tuple(cell for place, cell in stands.items() if place not in kept),
    )


def add_course(
    uow: UnitOfWork, actor: Actor, grade_draft_id: int, course_code: str, *, now: datetime
) -> None:
    """One more column, behind the others. Raises as save_cells does."""
    draft = open_for_changes(uow, actor, grade_draft_id)
    if course_code not in {course.code for course in courses_of(uow.connection, _school(actor))}:
        raise refused(_NO_COURSE)
    if course_code in draft.course_codes:
        return
    if len(draft.course_codes) >= COURSES_MAX:
        raise refused(_TOO_MANY_COURSES)
    _set_courses(uow, actor, draft, (*draft.course_codes, course_code), now=now)


def remove_course(
    uow: UnitOfWork, actor: Actor, grade_draft_id: int, course_code: str, *, now: datetime
) -> None:
    """One column less, if nothing is written in it: no mark goes by a click."""
    draft = open_for_changes(uow, actor, grade_draft_id)
    cells = cells_of(uow.connection, grade_draft_id)
    if any(cell.course_code == course_code and cell.written for cell in cells):
        raise refused(_COLUMN_WRITTEN)
    left = tuple(code for code in draft.course_codes if code != course_code)
    _set_courses(uow, actor, draft, left, now=now)


def _set_courses(
    uow: UnitOfWork, actor: Actor, draft: KeptDraft, codes: Sequence[str], *, now: datetime
) -> None:
    set_courses(uow.connection, draft.grade_draft_id, codes)
    next_change(uow.connection, draft.grade_draft_id, by=actor.account_id, now=now)


def _cleaned(
    uow: UnitOfWork, draft: KeptDraft, edits: Sequence[CellEdit]
) -> dict[tuple[int, str], CellEdit]:
    """By cell, as a file's cells are cleaned; of several of one cell the last."""
    seats = {seat.enrolment_id for seat in seats_of(uow.connection, draft, limit=LEARNERS_MAX)}
    found: dict[tuple[int, str], CellEdit] = {}
    for edit in edits:
        if edit.enrolment_id not in seats or edit.course_code not in draft.course_codes:
            raise refused(_NO_CELL)
        written = clean_text(edit.written)
        if len(written) > CELL_MAX:
            raise refused(_TOO_LONG)
        found[edit.enrolment_id, edit.course_code] = edit._replace(written=written)
    return found


def _after_own(edit: CellEdit, stands: DraftCell | None, actor: Actor) -> CellEdit:
    """Nobody is in conflict with what they saved themselves just before: its answer was lost."""
    is_own = stands is not None and stands.writer_id == actor.account_id
    if is_own and stands is not None and stands.version == edit.version + 1:
        return edit._replace(version=stands.version)
    return edit


def _by_place(uow: UnitOfWork, draft: KeptDraft) -> dict[tuple[int, str], DraftCell]:
    cells = cells_of(uow.connection, draft.grade_draft_id)
    return {(cell.enrolment_id, cell.course_code): cell for cell in cells}


def _school(actor: Actor) -> int:
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id


NOT_OPEN = Problem(
    "sheet_closed",
    Message(
        "这张录入表已经提交、入账或作废,不能再改。",
        "This sheet was submitted, posted or discarded; it cannot be changed.",
    ),
    field="state",
)
_EDIT_COUNT = Problem(
    "cell_count",
    Message(f"一次保存1至{EDITS_MAX}格。", f"A save holds between 1 and {EDITS_MAX} cells."),
)
_NO_CELL = Problem(
    "no_such_cell",
    Message(
        "该生已不在本班,或该课程列已移除,请刷新页面。",
        "The learner has left the class or the column was removed; reload the page.",
    ),
)
_TOO_LONG = Problem(
    "cell_too_long",
    Message(f"一格最多{CELL_MAX}个字。", f"At most {CELL_MAX} characters in a cell."),
)
_NO_COURSE = Problem(
    "unknown_course",
    Message("本校没有这门课程,请重新选择。", "Your school has no such course; choose another."),
    field="course_code",
)
_TOO_MANY_COURSES = Problem(
    "course_count",
    Message(f"一张表最多{COURSES_MAX}门课程。", f"A sheet holds at most {COURSES_MAX} courses."),
    field="course_code",
)
_COLUMN_WRITTEN = Problem(
    "column_written",
    Message("这一列还有成绩,请先清空再移除。", "There are marks in this column; clear them first."),
    field="course_code",
)
