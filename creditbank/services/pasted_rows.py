"""Rows pasted from a table (tab-separated text), turned into commands of one kind.

Reads only: what comes out goes to services.credits.post_batch once there are no problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import ForbiddenError, Problem
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import GradeMark, GradeRow, GradeSheet
from creditbank.services.commands import PostCredit
from creditbank.services.credits import check_many
from creditbank.services.grade_resolution import resolve_sheet
from creditbank.services.named_learners import NAME, NUMBER, named_learner
from creditbank.services.pasted_awards import (
    RefusedRowError,
    competition_command,
    innovation_command,
)
from creditbank.services.pasted_table import PastedRow, read_pasted
from creditbank.services.second_person import second_person_problem
from creditbank.services.written_marks import RefusedCellError
from creditbank.store.grade_imports import learners_by_student_no
from creditbank.store.unit_of_work import UnitOfWork

_COLUMN_OF_FIELD = {
    "course_code": "课程", "mark": "成绩", "exam_kind": "考试性质", "term": "学年学期",
    "certificate_no": "证书编号", "title": "名称", "event": "赛事", "earned_on": "日期",
    "quantity": "数量", "learner_id": NUMBER, "proof_no": "免修证明",
    "certificate_level": "证书等级", "valid_until": "有效期至",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PastedCommands:
    """What was pasted. Post the commands only if there are no problems.

    rows: for each command the row it came from, as pasted, from 1 (a heading is row 1).
    """

    commands: tuple[PostCredit, ...]
    rows: tuple[int, ...]
    problems: tuple[Problem, ...]


def commands_from_pasted_text(  # noqa: PLR0913 (term and kind are the form's defaults)
    uow: UnitOfWork,
    actor: Actor,
    text: str,
    kind: EntryKind,
    *,
    now: datetime,
    term: Term | None = None,
    exam_kind: ExamKind | None = None,
) -> PastedCommands:
    """Commands from pasted rows, checked against the ledger too, with problems by row and column.

    kind: course, competition or innovation. term and exam_kind: for course rows that name none.
    Raises ForbiddenError, and InvalidInputError for too much text or too many rows.
    """
    decide(actor, Action.POST_CREDIT)
    if actor.institution_id is None:
        raise ForbiddenError
    rows, problems = read_pasted(text, kind)
    if kind is EntryKind.COURSE:
        found = _course_rows(uow, actor.institution_id, rows, term, exam_kind, local_date(now))
    else:
        found = award_rows(uow, actor.institution_id, rows, kind)
    found.problems[:0] = problems
    return check_rows(uow, actor, found, now=now)


@dataclass(slots=True)
class FoundRows:
    """Commands with the rows that they came from, and problems of the other rows."""

    made: list[tuple[PostCredit, PastedRow]]
    problems: list[Problem]


def check_rows(uow: UnitOfWork, actor: Actor, found: FoundRows, *, now: datetime) -> PastedCommands:
    """Ask the ledger what would refuse the commands; locks heads, see services.credits."""
    commands = [command for command, _ in found.made]
    made_of = [row for _, row in found.made]
    problems = found.problems + [
        _placed(problem, made_of)
        for problem in (check_many(uow, actor, commands, now=now) if commands else ())
    ]
    if actor.institution_id is not None and not problems:
        waits = second_person_problem(uow, actor.institution_id, commands, now=now)
        problems += [waits] if waits else []
    return PastedCommands(
        commands=tuple(commands),
        rows=tuple(row.row for row in made_of),
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
    )


def _placed(problem: Problem, made_of: Sequence[PastedRow]) -> Problem:
    if problem.row is None:
        return problem
    row = made_of[problem.row - 1]
    heading = _COLUMN_OF_FIELD.get(problem.field, NUMBER)
    if heading not in row.columns:
        heading = "赛事" if "赛事" in row.columns else NUMBER
    return row.at(problem.code, problem.message, heading)


def _course_rows(
    uow: UnitOfWork,
    institution_id: int,
    rows: Sequence[PastedRow],
    term: Term | None,
    exam_kind: ExamKind | None,
    today: date,
) -> FoundRows:
    by_number = {row.row: row for row in rows}
    columns = rows[0].columns if rows else {}
    sheet = GradeSheet(
        rows=tuple(
            GradeRow(
                row=row.row,
                student_no=row.text(NUMBER),
                name=row.text(NAME),
                marks=(
                    GradeMark(
                        column=columns.get("成绩", ""),
                        course=row.text("课程"),
                        mark=row.text("成绩"),
                        term=row.text("学年学期"),
                        exam_kind=row.text("考试性质"),
                        proof=row.text("免修证明"),
                    ),
                ),
            )
            for row in rows
        ),
        student_no_column=columns.get(NUMBER, ""),
        name_column=columns.get(NAME, ""),
        field_columns={
            field: columns[heading]
            for field, heading in _COLUMN_OF_FIELD.items()
            if heading in columns
        },
    )
    resolution = resolve_sheet(
        uow.connection, institution_id, sheet, term=term, exam_kind=exam_kind, today=today
    )
    made = [(mark.command, by_number[mark.row]) for mark in resolution.marks]
    return FoundRows([*made], resolution.problems)


def award_rows(
    uow: UnitOfWork, institution_id: int, rows: Sequence[PastedRow], kind: EntryKind
) -> FoundRows:
    """Commands of awards (competition) or achievements (innovation) from rows of one school."""
    make = competition_command if kind is EntryKind.COMPETITION else innovation_command
    learners = learners_by_student_no(
        uow.connection, institution_id, {row.text(NUMBER) for row in rows}
    )
    found = FoundRows([], [])
    for row in rows:
        refused: list[RefusedCellError] = []
        learner_id = 0
        try:
            learner_id = named_learner(learners, row.text(NUMBER), row.text(NAME)).learner_id
        except RefusedCellError as error:
            refused.append(error)
        try:
            command = make(row, learner_id)
        except RefusedRowError as error:
            refused += error.cells
        if refused:
            found.problems += map(row.problem, refused)
        else:
            found.made.append((command, row))
    return found
