"""Rows pasted from a table (tab-separated text), turned into commands of one kind.

Reads only: what comes out goes to services.credits.post_batch once there are no problems.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from creditbank.domain.access import Action, Actor, decide
from creditbank.domain.awards import CertificateLevel, TeamRole
from creditbank.domain.calendar import local_date
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import ForbiddenError, InvalidInputError, Message, Problem
from creditbank.domain.labels import (
    AWARD_LEVELS,
    AWARD_RANKS,
    CERTIFICATE_LEVELS,
    INNOVATION_CATEGORIES,
    TEAM_ROLES,
    Code,
    code_of,
    written_names,
)
from creditbank.domain.ledger import EntryKind
from creditbank.domain.sheets import (
    GradeMark,
    GradeRow,
    GradeSheet,
    cell_name,
    clean_text,
    column_letters,
    digits_lost_message,
    has_lost_digits,
    problem_at,
)
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostCredit,
    PostInnovationCredit,
)
from creditbank.services.course_headings import folded
from creditbank.services.credits import BATCH_MAX, check_many
from creditbank.services.grade_resolution import resolve_sheet
from creditbank.services.written_marks import RefusedCellError
from creditbank.store.grade_imports import EnrolledLearner, learners_by_student_no
from creditbank.store.unit_of_work import UnitOfWork

NUMBER, NAME = "学号", "姓名"
PASTED_COLUMNS: Mapping[EntryKind, tuple[str, ...]] = {
    EntryKind.COURSE: (NUMBER, NAME, "课程", "学年学期", "考试性质", "成绩"),
    EntryKind.COMPETITION: (
        NUMBER, NAME, "赛事", "级别", "等级", "团队角色", "证书编号", "文号", "日期",
    ),
    EntryKind.INNOVATION: (
        NUMBER, NAME, "类别", "名称", "数量", "证书等级", "证书编号", "有效期至", "日期",
    ),
}  # fmt: skip
"""The columns of each kind, in this order unless the first row is a heading that says otherwise."""

_SYNONYMS = {
    "课程代码": "课程", "课程名称": "课程", "学期": "学年学期", "赛事名称": "赛事", "获奖级别": "级别",
    "获奖等级": "等级", "成果名称": "名称", "获奖日期": "日期", "取得日期": "日期",
}  # fmt: skip
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_TEXT_MAX = 1_000_000
_WIDTHS = {"赛事": 100, "名称": 100, "证书编号": 60, "文号": 60}
_COLUMN_OF_FIELD = {
    "course_code": "课程", "mark": "成绩", "exam_kind": "考试性质", "term": "学年学期",
    "certificate_no": "证书编号", "title": "名称", "event": "赛事", "earned_on": "日期",
    "quantity": "数量", "learner_id": NUMBER,
}  # fmt: skip
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Row:
    """One pasted row. cells: text by heading; columns: letters by heading."""

    row: int
    cells: Mapping[str, str]
    columns: Mapping[str, str]

    def problem(self, error: RefusedCellError) -> Problem:
        return self.at(error.code, error.message, error.field)

    def at(self, code: str, message: Message, heading: str) -> Problem:
        column = self.columns.get(heading, self.columns[NUMBER])
        return problem_at(code, message, row=self.row, column=column, heading=heading)


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
    rows, problems = _pasted_rows(text, kind)
    if kind is EntryKind.COURSE:
        found = _course_rows(uow, actor.institution_id, rows, term, exam_kind, local_date(now))
    else:
        found = _award_rows(uow, actor.institution_id, rows, kind)
    commands = [command for command, _ in found.made]
    made_of = [row for _, row in found.made]
    problems += found.problems
    problems += [
        _placed(problem, made_of)
        for problem in (check_many(uow, actor, commands, now=now) if commands else ())
    ]
    return PastedCommands(
        commands=tuple(commands),
        rows=tuple(row.row for row in made_of),
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
    )


@dataclass(slots=True)
class _Found:
    made: list[tuple[PostCredit, _Row]]
    problems: list[Problem]


def _placed(problem: Problem, made_of: Sequence[_Row]) -> Problem:
    if problem.row is None:
        return problem
    row = made_of[problem.row - 1]
    heading = _COLUMN_OF_FIELD.get(problem.field, NUMBER)
    if heading not in row.columns:
        heading = "赛事" if "赛事" in row.columns else NUMBER
    return row.at(problem.code, problem.message, heading)


def _pasted_rows(text: str, kind: EntryKind) -> tuple[list[_Row], list[Problem]]:
    lines = _lines(text)
    headings = PASTED_COLUMNS[kind]
    start = 0
    if lines and NUMBER in [_heading(cell) for cell in lines[0]]:
        headings = tuple(_heading(cell) for cell in lines[0])
        start = 1
    columns = {heading: column_letters(at) for at, heading in enumerate(headings, start=1)}
    rows: list[_Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines[start:], start=start + 1):
        cut = [at for at, cell in enumerate(line, start=1) if has_lost_digits(cell)]
        if cut:
            column = column_letters(cut[0])
            heading = headings[cut[0] - 1] if cut[0] <= len(headings) else ""
            message = digits_lost_message(cell_name(number, cut[0]), heading)
            problems.append(Problem("digits_lost", message, field=column, row=number))
        elif any(line):
            rows.append(_Row(number, dict(zip(headings, line, strict=False)), columns))
    return rows, problems


def _lines(text: str) -> list[list[str]]:
    if len(text) > _TEXT_MAX:
        raise InvalidInputError(_TOO_MUCH)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    lines = [[clean_text(cell) for cell in line] for line in reader]
    if sum(any(line) for line in lines) > BATCH_MAX + 1:
        raise InvalidInputError(_TOO_MUCH)
    return lines


def _heading(text: str) -> str:
    bare = re.sub(r"[\s*:]", "", text)
    return _SYNONYMS.get(bare, bare)


def _course_rows(
    uow: UnitOfWork,
    institution_id: int,
    rows: Sequence[_Row],
    term: Term | None,
    exam_kind: ExamKind | None,
    today: date,
) -> _Found:
    by_number = {row.row: row for row in rows}
    columns = rows[0].columns if rows else {}
    sheet = GradeSheet(
        rows=tuple(
            GradeRow(
                row=row.row,
                student_no=row.cells.get(NUMBER, ""),
                name=row.cells.get(NAME, ""),
                marks=(
                    GradeMark(
                        column=columns.get("成绩", ""),
                        course=row.cells.get("课程", ""),
                        mark=row.cells.get("成绩", ""),
                        term=row.cells.get("学年学期", ""),
                        exam_kind=row.cells.get("考试性质", ""),
                    ),
                ),
            )
            for row in rows
        ),
        student_no_column=columns.get(NUMBER, ""),
        name_column=columns.get(NAME, ""),
    )
    resolution = resolve_sheet(
        uow.connection, institution_id, sheet, term=term, exam_kind=exam_kind, today=today
    )
    made = [(mark.command, by_number[mark.row]) for mark in resolution.marks]
    return _Found([*made], resolution.problems)


def _award_rows(
    uow: UnitOfWork, institution_id: int, rows: Sequence[_Row], kind: EntryKind
) -> _Found:
    make = _competition if kind is EntryKind.COMPETITION else _innovation
    learners = learners_by_student_no(
        uow.connection, institution_id, {row.cells.get(NUMBER, "") for row in rows}
    )
    found = _Found([], [])
    for row in rows:
        try:
            found.made.append((make(row, _learner(row, learners).learner_id), row))
        except RefusedCellError as error:
            found.problems.append(row.problem(error))
    return found


def _learner(row: _Row, learners: Mapping[str, EnrolledLearner]) -> EnrolledLearner:
    learner = learners.get(row.cells.get(NUMBER, ""))
    if learner is None:
        raise RefusedCellError(
            code="unknown_learner",
            zh="本校没有这个学号,请核对。",
            en="your school has no learner with this number; check it.",
            field=NUMBER,
        )
    if folded(row.cells.get(NAME, "")) != folded(learner.name):
        raise RefusedCellError(
            code="name_differs",
            zh="姓名与该学号在册的姓名不一致(可能串行),请核对。",
            en="the name is not the one on record for this number (a shifted row?); check it.",
            field=NAME,
        )
    return learner


def _competition(row: _Row, learner_id: int) -> PostCredit:
    return PostCompetitionCredit(
        learner_id=learner_id,
        event=_text(row, "赛事", required=True),
        level=_code(row, "级别", AWARD_LEVELS),
        rank=_code(row, "等级", AWARD_RANKS),
        team_role=_optional(row, "团队角色", TEAM_ROLES, TeamRole.INDIVIDUAL),
        certificate_no=_text(row, "证书编号"),
        document_no=_text(row, "文号"),
        earned_on=_day(row, "日期"),
    )


def _innovation(row: _Row, learner_id: int) -> PostCredit:
    until = row.cells.get("有效期至", "")
    return PostInnovationCredit(
        learner_id=learner_id,
        category=_code(row, "类别", INNOVATION_CATEGORIES),
        title=_text(row, "名称", required=True),
        quantity=_quantity(row),
        certificate_level=_optional(row, "证书等级", CERTIFICATE_LEVELS, CertificateLevel.NONE),
        certificate_no=_text(row, "证书编号"),
        valid_until=_day(row, "有效期至") if until else None,
        earned_on=_day(row, "日期"),
    )


def _text(row: _Row, heading: str, *, required: bool = False) -> str:
    text = row.cells.get(heading, "")
    if required and not text:
        raise _refused(heading, f"缺少{heading},请填写。", "this must be filled in.")
    if len(text) > _WIDTHS[heading]:
        raise _refused(
            heading,
            f"超过{_WIDTHS[heading]}个字,请缩短。",
            f"longer than {_WIDTHS[heading]} characters.",
        )
    return text


def _code(row: _Row, heading: str, labels: Mapping[Code, tuple[str, ...]]) -> Code:
    code = code_of(labels, row.cells.get(heading, ""))
    if code is None:
        names = written_names(labels)
        raise _refused(heading, f"无法识别,可填:{names}。", f"it is one of {names}.")
    return code


def _optional(
    row: _Row, heading: str, labels: Mapping[Code, tuple[str, ...]], default: Code
) -> Code:
    return _code(row, heading, labels) if row.cells.get(heading) else default


def _quantity(row: _Row) -> int:
    text = row.cells.get("数量", "") or "1"
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10_000):
        raise _refused("数量", "应为正整数(天数、小时数,其他填1)。", "a whole number above 0.")
    return int(text)


def _day(row: _Row, heading: str) -> date:
    match = _DATE.fullmatch(row.cells.get(heading, "").partition("T")[0].partition(" ")[0])
    return _or_refuse(
        lambda: date(*(int(part) for part in match.groups())) if match else None, heading
    )


def _or_refuse(make: Callable[[], Value | None], heading: str) -> Value:
    try:
        value = make()
    except ValueError:
        value = None
    if value is None:
        raise _refused(
            heading, "日期无法识别,请写成 2025-06-30。", "write the date such as 2025-06-30."
        )
    return value


def _refused(heading: str, zh: str, en: str) -> RefusedCellError:
    return RefusedCellError(code="cell_invalid", zh=zh, en=en, field=heading)


_TOO_MUCH = Message(
    f"粘贴的内容过多,一次最多{BATCH_MAX}行,请分批粘贴。",
    f"Too much was pasted: at most {BATCH_MAX} rows at once; paste it in parts.",
)
