"""Class grade sheets: where the heading stands, what is a course, which cells can't be believed.

Two forms: wide (学号, 姓名, then a column for each course) and long (学号, 姓名, 课程代码,
学年学期, 考试性质, 成绩: a row for each mark).
Whether the learners and courses exist is not known here: that is services.grade_imports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from creditbank.domain.columns import MatchedTable
from creditbank.domain.errors import Message, Problem
from creditbank.domain.labels import term_within
from creditbank.domain.sheets import (
    GradeMark,
    GradeRow,
    GradeSheet,
    MergedRange,
    ParsedSheet,
    column_letters,
    problem_at,
)
from creditbank.exchange.headed_tables import (
    bare_heading,
    cell_problems,
    heading_rows,
    hides_data,
    merged_problem,
)
from creditbank.exchange.heading_words import heading_words, summary_words
from creditbank.exchange.refusals import Refusal, refusal

NUMBER, NAME, COURSE, MARK, TERM, EXAM_KIND = "学号", "姓名", "课程", "成绩", "学年学期", "考试性质"
_SYNONYMS = {
    "课程代码": COURSE,
    "课程号": COURSE,
    "课程名称": COURSE,
    "学期": TERM,
    "总评成绩": MARK,
    "学生姓名": NAME,
}
_IGNORED = frozenset(
    {
        "序号", "班级", "性别", "专业", "备注", "学籍号", "身份证号", "身份证件号", "身份证号码",
        "总分", "平均分", "平均学分绩点", "名次", "签名",
    }
)  # fmt: skip
_FIELDS = {
    "name": NAME, "course": COURSE, "mark": MARK, "term": TERM, "exam_kind": EXAM_KIND,
}  # fmt: skip
"""Where a matched table has what; whom a row is about stands in the first of its identities."""
_STUDENT_NO = re.compile(r"[0-9A-Za-z-]{1,20}")
_CODE = re.compile(r"[A-Za-z0-9-]{2,20}")


_Cells = Sequence[str]
_Places = Collection[tuple[int, int]]
_MarksOf = Callable[[int, _Cells, _Places], tuple[GradeMark, ...]]


@dataclass(slots=True)
class _Layout:
    """Where things stand in one sheet; rows and columns from 1."""

    sheet: ParsedSheet
    header_row: int
    first_row: int
    columns: dict[str, int] = field(default_factory=dict)
    courses: dict[int, str] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)
    identity: str = "student_no"
    skipped: list[int] = field(default_factory=list)

    @property
    def is_long(self) -> bool:
        return COURSE in self.columns and MARK in self.columns


def read_grade_sheet(sheets: Sequence[ParsedSheet]) -> GradeSheet:
    """The grade sheet among the sheets of a file: the first that has the heading.

    Raises InvalidInputError when none has it, or when there is nothing below it. Faults of single
    cells are in GradeSheet.problems, each with its row and column.
    """
    if not any(text for sheet in sheets for row in sheet.rows for text in row):
        raise refusal(Refusal.EMPTY_FILE)
    layout = next((found for sheet in sheets if (found := _layout(sheet))), None)
    if layout is None:
        raise refusal(Refusal.WRONG_TEMPLATE)
    return _read(layout)


def read_matched_grades(table: MatchedTable) -> GradeSheet:
    """The grade sheet of a table whose columns are known. Raises InvalidInputError if it is empty.

    Rows below the learners that sum up or say something are left out; skipped_rows names them.
    """
    words = heading_words("grades")
    places = table.places
    identity = next(field for field in words.identities if field in places)
    layout = _Layout(table.sheet, table.header_row, table.first_row, identity=identity)
    layout.columns = {word: places[field] for field, word in _FIELDS.items() if field in places}
    layout.columns[NUMBER] = places[identity]
    layout.headings = {column.number: column.heading for column in table.columns}
    layout.courses = {} if layout.is_long else dict(table.courses)
    return _read(layout)


def _read(layout: _Layout) -> GradeSheet:
    problems = list(_faults(layout))
    rows = tuple(_rows(layout, problems))
    if not problems and not any(row.marks for row in rows):
        raise refusal(Refusal.NO_ROWS)
    term, exam_kind = head_parameters(layout.sheet, layout.header_row)
    return GradeSheet(
        rows=rows,
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
        header_row=layout.header_row,
        student_no_column=column_letters(layout.columns[NUMBER]),
        name_column=column_letters(layout.columns[NAME]),
        course_columns=tuple(
            (column_letters(column), heading) for column, heading in layout.courses.items()
        ),
        field_columns={
            name: column_letters(layout.columns[heading])
            for name, heading in (("course_code", COURSE), ("term", TERM), ("exam_kind", EXAM_KIND))
            if layout.is_long and heading in layout.columns
        },
        blank_count=_expected_marks(layout, rows) - sum(len(row.marks) for row in rows),
        term=term,
        exam_kind=exam_kind,
        identity=layout.identity,
        skipped_rows=tuple(layout.skipped),
    )


def _expected_marks(layout: _Layout, rows: Sequence[GradeRow]) -> int:
    return len(rows) * (1 if layout.is_long else len(layout.courses))


def _layout(sheet: ParsedSheet) -> _Layout | None:
    found = heading_rows(sheet, {NUMBER, NAME}, _SYNONYMS)
    return None if found is None else _columns(_Layout(sheet, *found))


def _columns(layout: _Layout) -> _Layout | None:
    """Sort the headings into known columns and courses; None if it is no grade sheet after all."""
    width = max(len(row) for row in layout.sheet.rows)
    for column in range(1, width + 1):
        heading = _column_heading(layout, column)
        layout.headings[column] = heading
        known = _heading(heading)
        if known in {NUMBER, NAME, COURSE, MARK, TERM, EXAM_KIND}:
            layout.columns.setdefault(known, column)
        elif heading and known not in _IGNORED:
            layout.courses[column] = heading
    if layout.is_long:
        layout.courses.clear()
    is_grade_sheet = {NUMBER, NAME} <= layout.columns.keys() and (layout.is_long or layout.courses)
    return layout if is_grade_sheet else None


def _heading(text: str) -> str:
    return bare_heading(text, _SYNONYMS)


def _column_heading(layout: _Layout, column: int) -> str:
    """The text over a column; of two rows of heading the lower counts, unless it is a code."""
    texts = [
        text
        for row in range(layout.header_row, layout.first_row)
        if (text := layout.sheet.text(row, column))
    ]
    if len(texts) > 1 and _CODE.fullmatch(texts[-1]):
        return f"{texts[-2]}({texts[-1]})"
    return texts[-1] if texts else ""


def head_parameters(sheet: ParsedSheet, header_row: int) -> tuple[str, str]:
    """Term and exam kind from the cells above the heading: a label with its value to the right.

    Where no label names the term, a title may.
    """
    titled = ""
    found = {TERM: "", EXAM_KIND: ""}
    for row in sheet.rows[: header_row - 1]:
        for column, text in enumerate(row):
            label, _, value = text.partition(":")
            key = _heading(label)
            if key in found and not found[key]:
                found[key] = value.strip() or next((cell for cell in row[column + 1 :] if cell), "")
            elif term := term_within(text):
                titled = titled or term.code
    return found[TERM] or titled, found[EXAM_KIND]


def _used_columns(layout: _Layout) -> set[int]:
    return {*layout.columns.values(), *layout.courses}


def _faults(layout: _Layout) -> Iterator[Problem]:
    """Cells that can't be believed."""
    used = _used_columns(layout)
    yield from cell_problems(layout.sheet, layout.header_row, used, layout.headings)
    for area in layout.sheet.merged:
        if _is_over_data(area, layout, used):
            yield merged_problem(area, layout.first_row, zh="成绩", en="mark")


def _is_over_data(area: MergedRange, layout: _Layout, used: set[int]) -> bool:
    columns = range(area.first_column, area.last_column + 1)
    # 制表人 and the like across a row: over number and name both, where no number stands.
    is_note = columns.start <= layout.columns[NUMBER] and not _STUDENT_NO.fullmatch(
        layout.sheet.text(area.first_row, layout.columns[NUMBER])
    )
    return hides_data(area, layout.first_row, used) and not (is_note and len(columns) > 1)


def _rows(layout: _Layout, problems: list[Problem]) -> Iterator[GradeRow]:
    faulty = {(cell.row, cell.column) for cell in layout.sheet.faults}
    is_number = cache(_STUDENT_NO.fullmatch)
    marks_of = _long_marks(layout) if layout.is_long else _wide_marks(layout)
    number_at, name_at = layout.columns[NUMBER], layout.columns[NAME]
    # With a column of nothing before them, cells are found by their numbers; behind, by any.
    blank = ("",) * (max(_used_columns(layout)) + 1)
    for row, cells in enumerate(layout.sheet.rows[layout.first_row - 1 :], layout.first_row):
        padded = ("", *cells, *blank[len(cells) :])
        number, name = padded[number_at], padded[name_at]
        marks = marks_of(row, padded, faulty)
        if (row, number_at) in faulty or not (number or name or marks):
            continue
        if is_number(number):
            yield GradeRow(row, number, name, marks)
        elif _sums_up(cells):
            layout.skipped.append(row)
        elif name or marks:
            problems.append(_bad_number(row, layout))


def _sums_up(cells: Sequence[str]) -> bool:
    """Whether a row without a number is a sum or a note below the learners."""
    first = next((text for text in cells if text), "").replace(" ", "")
    return first.startswith(summary_words())


def _long_marks(layout: _Layout) -> _MarksOf:
    """How the one mark of a row is read from its cells; 0 stands for a column that is not there."""
    course_at, mark_at, term_at, kind_at = (
        layout.columns.get(heading, 0) for heading in (COURSE, MARK, TERM, EXAM_KIND)
    )
    letters = column_letters(mark_at)

    def marks_of(row: int, cells: _Cells, faulty: _Places) -> tuple[GradeMark, ...]:
        course, mark = cells[course_at], cells[mark_at]
        if not (course or mark) or (row, mark_at) in faulty:
            return ()
        return (GradeMark(letters, course, mark, cells[term_at], cells[kind_at]),)

    return marks_of


def _wide_marks(layout: _Layout) -> _MarksOf:
    """How the marks of a row are read from the columns of courses."""
    columns = [
        (column, column_letters(column), heading) for column, heading in layout.courses.items()
    ]

    def marks_of(row: int, cells: _Cells, faulty: _Places) -> tuple[GradeMark, ...]:
        return tuple(
            GradeMark(letters, heading, cells[column])
            for column, letters, heading in columns
            if cells[column] and (row, column) not in faulty
        )

    return marks_of


def _bad_number(row: int, layout: _Layout) -> Problem:
    return problem_at(
        "student_no_format",
        Message(
            "缺少学号或学号格式不对,请填写学号(1-20位字母数字);说明文字请移到表外。",
            "The student number is missing or malformed (1-20 letters and digits); move notes out "
            "of the table.",
        ),
        row=row,
        column=column_letters(layout.columns[NUMBER]),
        heading=NUMBER,
    )
