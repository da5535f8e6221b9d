"""A class as a grid, filled in by hand or from a file: cells, faults by cell, the file read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import Response, request

from creditbank.domain.errors import BusyError, InvalidInputError, Message, Problem
from creditbank.domain.sheets import clean_text, problem_at
from creditbank.exchange.advance_sheets import advance_sheet_template, read_advance_sheet
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.advance_previews import Goer
from creditbank.web.advance_views import UNPROCESSABLE, AdvanceRow, chosen_numbers, row_of
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.languages import in_language
from creditbank.web.visits import today

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_MAX = 60
Values = Mapping[int, Mapping[str, str]]
Check = Callable[[str, str], Message | None]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. heading: in the file, in Chinese; hint: below its name on the page."""

    key: str
    name: str
    heading: str
    hint: str = ""
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it is drawn. name: of its input."""

    name: str
    text: str
    faults: tuple[str, ...]
    label: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class GridLine:
    """One learner's line."""

    row: AdvanceRow
    cells: tuple[Cell, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentGrid:
    """What came in. faults: by (enrolment, column), "" for the line. problems: of a file."""

    values: Values
    faults: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    source: str = ""
    digest: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.faults and not self.problems


Draw = Callable[[Form, SentGrid | None], str]


def grid_lines(goers: Sequence[Goer], columns: Sequence[Column], sent: SentGrid) -> list[GridLine]:
    """The grid of who goes along."""
    return [_line(goer, columns, sent) for goer in goers if goer.problem is None]


def _line(goer: Goer, columns: Sequence[Column], sent: SentGrid) -> GridLine:
    number = goer.line.enrolment_id
    values = sent.values.get(number, {})
    return GridLine(
        row_of(goer.line),
        tuple(
            Cell(
                f"{column.key}_{number}",
                values.get(column.key, ""),
                sent.faults.get((number, column.key), ()),
                f"{goer.line.name} {column.name}",
                column.is_number,
            )
            for column in columns
        ),
        sent.faults.get((number, ""), ()),
    )


def sent_cells(columns: Sequence[Column]) -> dict[int, dict[str, str]]:
    """What was typed, by enrolment; where anything can be, lines without are left out."""
    found = {}
    for number in chosen_numbers(request.form.getlist("enrolment_id")):
        cells = {
            column.key: clean_text(request.form.get(f"{column.key}_{number}", ""))[:CELL_MAX]
            for column in columns
        }
        if any(cells.values()) or not columns:
            found[number] = cells
    return found


def checked(values: Values, check: Check) -> dict[tuple[int, str], tuple[str, ...]]:
    """What is wrong with which cell."""
    return {
        (number, key): (in_language(message),)
        for number, cells in values.items()
        for key, text in cells.items()
        if text and (message := check(key, text)) is not None
    }


def digest_of(values: Values) -> str:
    """SHA-256 hex of what a file said: values that were changed afterwards are not the file's."""
    content = sorted((number, sorted(cells.items())) for number, cells in values.items())
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def read_grid(
    content: bytes, goers: Sequence[Goer], columns: Sequence[Column], check: Check
) -> SentGrid:
    """A file against the cohort: who is meant, and what is wrong, by row and column.

    Raises InvalidInputError for a file that is none, BusyError.
    """
    parsed = read_workbook(content)
    table = read_advance_sheet(parsed.sheets, {item.key: item.heading for item in columns})
    known = {goer.line.student_no: goer for goer in goers}
    values: dict[int, dict[str, str]] = {}
    problems = list(table.problems)
    for row in table.rows:
        goer = known.get(row.cells["student_no"])
        message = _whose(goer, row.cells["name"], values)
        if goer is None or message is not None:
            at = table.columns["student_no"]
            said = message or _UNKNOWN
            problems.append(problem_at("learner", said, row=row.row, column=at, heading="学号"))
            continue
        cells = {item.key: row.cells.get(item.key, "")[:CELL_MAX] for item in columns}
        if any(cells.values()):
            values[goer.line.enrolment_id] = cells
        problems += [
            problem_at(
                "cell", found, row=row.row, column=table.columns[item.key], heading=item.heading
            )
            for item in columns
            if cells[item.key] and (found := check(item.key, cells[item.key])) is not None
        ]
    return SentGrid(
        values,
        checked(values, check),
        tuple(sorted(problems, key=lambda item: item.row or 0)),
        parsed.file_hash,
        digest_of(values),
    )


def refused_cells(
    form: Form, error: InvalidInputError | BusyError, lines: Sequence[int], keys: Collection[str]
) -> tuple[Form, dict[tuple[int, str], tuple[str, ...]]]:
    """What a service said of single cells or lines, by (enrolment, column); the rest by the form.

    lines: enrolments in the order that was sent. keys: of the columns.
    """
    faults: dict[tuple[int, str], tuple[str, ...]] = {}
    general: list[Problem] = []
    for problem in refusal_problems(error):
        if problem.row is None or not 0 < problem.row <= len(lines):
            general.append(problem)
            continue
        place = lines[problem.row - 1], problem.field if problem.field in keys else ""
        faults[place] = (*faults.get(place, ()), in_language(problem.message))
    return form.with_problems(general), faults


def uploaded(
    goers: Sequence[Goer], columns: Sequence[Column], check: Check, form: Form, draw: Draw
) -> str | tuple[str, int]:
    """The file that came in, read into the grid; nothing is recorded yet. draw: the page."""
    file = request.files.get("file")
    try:
        sent = read_grid(file.read() if file else b"", goers, columns, check)
    except (InvalidInputError, BusyError) as error:
        return draw(form.with_problems(refusal_problems(error)), None), UNPROCESSABLE
    page = draw(form, sent)
    return page if sent.is_clean else (page, UNPROCESSABLE)


def _whose(goer: Goer | None, name: str, seen: Values) -> Message | None:
    if goer is None:
        return _UNKNOWN
    if name and name != goer.line.name:
        return _NAME
    if goer.line.enrolment_id in seen:
        return _TWICE
    return goer.problem.message if goer.problem else None


def template_file(
    title: str, columns: Sequence[Column], goers: Sequence[Goer], values: Values
) -> Response:
    """The list to be filled in, with what is known already."""
    rows = [
        (
            goer.line.student_no,
            goer.line.name,
            *(values.get(goer.line.enrolment_id, {}).get(item.key, "") for item in columns),
        )
        for goer in goers
        if goer.problem is None
    ]
    content = advance_sheet_template(
        title, [item.heading for item in columns], rows, made_on=today()
    )
    response = Response(content, content_type=XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title)}.xlsx"
    return response


_UNKNOWN = Message("这个学号不在本班名单中,请核对。", "Nobody of this class has this number.")
_NAME = Message("学号与姓名不一致,请核对。", "Number and name are not the same learner's.")
_TWICE = Message("同一学生出现了两次,请删去一行。", "This learner stands here twice.")
