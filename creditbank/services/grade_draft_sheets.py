"""A sheet that is being entered, read as a file would be: which cells may be posted, and why not.

The same resolution, the same look at the ledger and the same checks as of an uploaded sheet, so
that the same marks come to the same entries whichever way they came in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, Problem
from creditbank.domain.grade_drafts import LEARNERS_MAX
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import GradeMark, GradeRow, GradeSheet, column_letters
from creditbank.services.credits import check_many
from creditbank.services.grade_imports import against_ledger, placed
from creditbank.services.grade_resolution import ResolvedMark, resolve_sheet
from creditbank.services.school_rules import SchoolRules
from creditbank.services.second_person import is_failed
from creditbank.services.waits import posting
from creditbank.store.grade_drafts import DraftSeat, KeptDraft, cells_of, seats_of
from creditbank.store.unit_of_work import UnitOfWork

_NUMBER, _NAME = "A", "B"
FIRST_COURSE = 3
"""The column of the first course, as a file would have it."""
Place = tuple[int, str]
"""A cell: enrolment and course code."""


@dataclass(frozen=True, slots=True)
class CellVerdict:
    """What would become of a cell. problem: why it cannot be posted, without its place.

    is_booked: it stands in the ledger already. is_failed: the mark does not pass.
    """

    problem: Message | None = None
    is_booked: bool = False
    is_failed: bool = False


@dataclass(frozen=True, slots=True)
class JudgedSheet:
    """What would become of a sheet. problems: with their places, as of a file."""

    new: tuple[ResolvedMark, ...]
    booked: tuple[ResolvedMark, ...]
    problems: tuple[Problem, ...]
    cells: Mapping[Place, CellVerdict]
    learner_ids: tuple[int, ...]


def judge_sheet(
    uow: UnitOfWork,
    actor: Actor,
    draft: KeptDraft,
    *,
    now: datetime,
    action: Action,
    only: Collection[Place] | None = None,
) -> JudgedSheet:
    """Judge what is written in a sheet, or in some of its cells; posts nothing.

    Locks the learners' heads until the unit of work ends, so keep that short. Raises BusyError.
    """
    seats = seats_of(uow.connection, draft, limit=LEARNERS_MAX)
    written = {
        (cell.enrolment_id, cell.course_code): cell.written
        for cell in cells_of(uow.connection, draft.grade_draft_id)
        if cell.written
    }
    places = written.keys() if only is None else written.keys() & set(only)
    sheet = _sheet(draft, seats, {place: written[place] for place in places})
    resolution = resolve_sheet(
        uow.connection,
        draft.institution_id,
        sheet,
        term=draft.term,
        exam_kind=draft.exam_kind,
        today=local_date(now),
    )
    new, booked, conflicts = against_ledger(uow, draft.institution_id, resolution.marks)
    problems = [*resolution.problems, *conflicts]
    if new:
        commands = [mark.command for mark in new]
        with posting():
            problems += placed(check_many(uow, actor, commands, now=now, action=action), new)
    problems.sort(key=lambda problem: problem.row or 0)
    return JudgedSheet(
        new=tuple(new),
        booked=tuple(booked),
        problems=tuple(problems),
        cells=_verdicts(uow, draft, seats, places, (new, booked, problems)),
        learner_ids=tuple(seat.learner_id for seat in seats),
    )


def _sheet(
    draft: KeptDraft, seats: Sequence[DraftSeat], written: Mapping[Place, str]
) -> GradeSheet:
    """The sheet as a file would hold it: row 1 is the first learner, C the first course."""
    columns = _columns(draft)
    rows = (
        GradeRow(
            row=number,
            student_no=seat.student_no,
            name=seat.name,
            marks=tuple(
                GradeMark(column=column, course=code, mark=written[seat.enrolment_id, code])
                for column, code in columns.items()
                if (seat.enrolment_id, code) in written
            ),
        )
        for number, seat in enumerate(seats, start=1)
    )
    return GradeSheet(
        rows=tuple(row for row in rows if row.marks),
        student_no_column=_NUMBER,
        name_column=_NAME,
        course_columns=tuple(columns.items()),
    )


def _columns(draft: KeptDraft) -> dict[str, str]:
    """Course codes by the letters of their columns."""
    return {
        column_letters(number): code
        for number, code in enumerate(draft.course_codes, start=FIRST_COURSE)
    }


def _verdicts(
    uow: UnitOfWork,
    draft: KeptDraft,
    seats: Sequence[DraftSeat],
    places: Collection[Place],
    found: tuple[Sequence[ResolvedMark], Sequence[ResolvedMark], Sequence[Problem]],
) -> dict[Place, CellVerdict]:
    new, booked, problems = found
    columns, rules = _columns(draft), SchoolRules(uow.connection)
    enrolments = {number: seat.enrolment_id for number, seat in enumerate(seats, start=1)}
    verdicts = dict.fromkeys(places, CellVerdict())
    for marks, is_booked in ((new, False), (booked, True)):
        for mark in marks:
            failed = is_failed(mark.command, draft.institution_id, rules)
            verdicts[enrolments[mark.row], columns[mark.column]] = CellVerdict(
                is_booked=is_booked, is_failed=failed
            )
    for problem in problems:
        verdict = CellVerdict(problem=without_place(problem.message))
        enrolment = enrolments.get(problem.row or 0)
        for place in places:
            # Whoever is not found is not found in all cells; without a row it is the whole sheet.
            is_here = problem.row is None or place[0] == enrolment
            if is_here and place[1] == columns.get(problem.field, place[1]):
                verdicts[place] = verdict
    return verdicts


def without_place(message: Message) -> Message:
    """A problem's message without the row and column before it: the cell itself shows where."""
    return Message(_behind_place(message.zh), _behind_place(message.en))


def _behind_place(text: str) -> str:
    before, colon, rest = text.partition(": ")
    return rest if colon and before.startswith(("第", "Row ")) else text
