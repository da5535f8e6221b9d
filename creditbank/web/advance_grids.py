"""A class as a grid, filled in by hand or from a file: cells, faults by cell, read and recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import Response, render_template, request

from creditbank.domain.credits import credits_text, units_from_text
from creditbank.domain.errors import BusyError, InvalidInputError, Message, Problem
from creditbank.domain.sheets import clean_text, problem_at
from creditbank.exchange.advance_sheets import advance_sheet_template, read_advance_sheet
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.advance_previews import Goer, StepPreview
from creditbank.services.advance_commands import TakenSteps
from creditbank.web.advance_steps import Came, done_rows, goer_rows
from creditbank.web.advance_views import (
    UNPROCESSABLE,
    AdvanceRow,
    chosen_numbers,
    head_of,
    row_of,
)
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.languages import in_language
from creditbank.web.pages import is_fragment
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is filled in of a class, and what stands of it.

    kind: of its step, as pages name it; sheet: the title of its file; check: of one cell; form:
    before anything was sent; extras: what else its template looks at.
    """

    kind: str
    template: str
    sheet: str
    preview: StepPreview
    columns: Sequence[Column]
    known: Values
    check: Check
    form: Form
    extras: Mapping[str, object] = field(default_factory=dict)


def show(
    grid: Grid,
    form: Form | None = None,
    sent: SentGrid | None = None,
    *,
    taken: TakenSteps | None = None,
    is_preview: bool = False,
) -> str:
    """The page, or the part of it that htmx asks for. sent: what came in and was not recorded."""
    preview, shown = grid.preview, sent or SentGrid(grid.known)
    _going, refused = goer_rows(preview.goers, Came())
    return render_template(
        f"parts/{grid.template}" if is_fragment() else grid.template,
        head=head_of(preview.agreement, preview.terms.quota),
        kind=grid.kind,
        form=form or grid.form,
        columns=grid.columns,
        lines=grid_lines(preview.goers, grid.columns, shown),
        sent=shown,
        is_preview=is_preview,
        refused=refused,
        problems={},
        replayed=taken.replayed if taken else False,
        done=done_rows(preview, taken.steps) if taken else [],
        **grid.extras,
    )


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


def uploaded(grid: Grid) -> str | tuple[str, int]:
    """The file that came in, read into the grid; nothing is recorded yet."""
    file = request.files.get("file")
    try:
        content = file.read() if file else b""
        sent = read_grid(content, grid.preview.goers, grid.columns, grid.check)
    except (InvalidInputError, BusyError) as error:
        return show(grid, grid.form.with_problems(refusal_problems(error))), UNPROCESSABLE
    page = show(grid, sent=sent, is_preview=True)
    return page if sent.is_clean else (page, UNPROCESSABLE)


def recorded(
    read: Callable[[], Grid], form: Form, record: Callable[[Values, str], TakenSteps]
) -> str | tuple[str, int]:
    """Record what is new in the grid that came in, or nothing.

    read: the grid as it stands. record: the service's, of the lines that say something else and the
    hash of the file that says all of it, "" where something was typed.
    """
    grid = read()
    values = sent_cells(grid.columns)
    faults = checked(values, grid.check)
    if faults:
        return show(grid, form, SentGrid(values, faults)), UNPROCESSABLE
    new = {number: cells for number, cells in values.items() if _says_more(grid, number, cells)}
    is_file = bool(form.value("source")) and form.value("digest") == digest_of(values)
    try:
        taken = record(new, form.value("source")[:64] if is_file else "")
    except (InvalidInputError, BusyError) as error:
        keys = [column.key for column in grid.columns]
        refused, faults = refused_cells(form, error, [*new], keys)
        return show(read(), refused, SentGrid(values, faults)), UNPROCESSABLE
    return show(read(), taken=taken)


def _says_more(grid: Grid, number: int, cells: Mapping[str, str]) -> bool:
    """Whether a line says something else than what stands; always where nothing is typed."""
    said = {
        column.key: credits_text(units_from_text(text)) if column.is_number else text
        for column in grid.columns
        if (text := cells[column.key])
    }
    return not grid.columns or said != grid.known.get(number, {})


def _whose(goer: Goer | None, name: str, seen: Values) -> Message | None:
    if goer is None:
        return _UNKNOWN
    if name and name != goer.line.name:
        return _NAME
    if goer.line.enrolment_id in seen:
        return _TWICE
    return goer.problem.message if goer.problem else None


def template_file(grid: Grid) -> Response:
    """The list to be filled in, with what is known already."""
    rows = []
    for goer in grid.preview.goers:
        if goer.problem is None:
            stands = grid.known.get(goer.line.enrolment_id, {})
            cells = (stands.get(item.key, "") for item in grid.columns)
            rows.append((goer.line.student_no, goer.line.name, *cells))
    content = advance_sheet_template(
        grid.sheet, [item.heading for item in grid.columns], rows, made_on=today()
    )
    response = Response(content, content_type=XLSX)
    response.headers["Content-Disposition"] = (
        f"attachment; filename*=UTF-8''{quote(grid.sheet)}.xlsx"
    )
    return response


_UNKNOWN = Message("这个学号不在本班名单中,请核对。", "Nobody of this class has this number.")
_NAME = Message("学号与姓名不一致,请核对。", "Number and name are not the same learner's.")
_TWICE = Message("同一学生出现了两次,请删去一行。", "This learner stands here twice.")
