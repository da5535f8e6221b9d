"""What a table in a file says, whatever its format: cells as text, and what is wrong in them.

What belongs here: the words that creditbank.exchange hands to creditbank.services. Reading files
is exchange's, knowing learners and courses is the services'.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from creditbank.domain.errors import Message, Problem

CELL_TEXT_MAX = 2_000
_DAY = re.compile(
    r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:T00:00:00)?", re.ASCII
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_POWER_OF_TEN = re.compile(r"\d(?:\.(\d+))?[Ee]\+(\d{2,3})", re.ASCII)


class CellFault(StrEnum):
    """Why a cell's value can't be believed."""

    DIGITS_LOST = "digits_lost"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    ERROR_VALUE = "error_value"
    NOT_FINITE = "not_finite"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class FaultyCell:
    """A fault and where it stands; row and column from 1."""

    row: int
    column: int
    fault: CellFault


@dataclass(frozen=True, slots=True)
class MergedRange:
    """Cells shown as one; rows and columns from 1, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def name(self) -> str:
        """Such as "E12:E13"."""
        first = cell_name(self.first_row, self.first_column)
        return f"{first}:{cell_name(self.last_row, self.last_column)}"


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """One visible sheet. rows[0] is row 1; texts are NFKC and trimmed, "" where nothing stands.

    hidden: rows that the file does not show, from 1; they are read like the others.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    faults: tuple[FaultyCell, ...] = ()
    merged: tuple[MergedRange, ...] = ()
    hidden: tuple[int, ...] = ()

    def text(self, row: int, column: int) -> str:
        """The text at a row and column from 1; "" outside the sheet."""
        if not 1 <= row <= len(self.rows) or not 1 <= column <= len(self.rows[row - 1]):
            return ""
        return self.rows[row - 1][column - 1]


class GradeMark(NamedTuple):
    """One mark as written. course: a header such as "数学(GG03)", a code or a name.

    term and exam_kind: as the row says, "" where only the sheet says it. column: its letters.
    """

    column: str
    course: str
    mark: str
    term: str = ""
    exam_kind: str = ""
    proof: str = ""


class GradeRow(NamedTuple):
    """One learner's row, with the marks that are written in it."""

    row: int
    student_no: str
    name: str
    marks: tuple[GradeMark, ...]


@dataclass(frozen=True, slots=True)
class GradeSheet:
    """A class grade sheet as read, before anybody knows who the learners are.

    header_row: where the headings stand. course_columns: letters and heading of each course column
    of a wide sheet, those without marks included. field_columns: letters of the columns that a long
    sheet has for course_code, term and exam_kind. blank_count: course cells in which nothing is
    written. term and exam_kind: as the sheet's head says, "" if it does not. identity: what the
    numbers of its rows are: student_no, national_student_no or citizen_id. skipped_rows: sums and
    notes, in which no learner stands.
    """

    rows: tuple[GradeRow, ...]
    problems: tuple[Problem, ...] = ()
    header_row: int = 0
    student_no_column: str = ""
    name_column: str = ""
    course_columns: tuple[tuple[str, str], ...] = ()
    field_columns: Mapping[str, str] = field(default_factory=dict)
    blank_count: int = 0
    term: str = ""
    exam_kind: str = ""
    identity: str = "student_no"
    skipped_rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row of a table with a heading; cells: by field, "" where empty."""

    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListedTable:
    """A table of one thing in each row, as read. columns: the letters of each field's column."""

    rows: tuple[ListedRow, ...]
    columns: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def column_letters(column: int) -> str:
    """1 -> "A", 27 -> "AA"."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """(12, 3) -> "C12"."""
    return f"{column_letters(column)}{row}"


def problem_at(code: str, message: Message, *, row: int, column: str, heading: str = "") -> Problem:
    """A problem whose message begins with its place: "第12行 E列(数学 GG03): …"."""
    return Problem(
        code,
        Message(
            f"第{row}行 {column}列{f'({heading})' if heading else ''}: {message.zh}",
            f"Row {row}, column {column}{f' ({heading})' if heading else ''}: {message.en}",
        ),
        field=column,
        row=row,
    )


def clean_text(text: str) -> str:
    """NFKC (full width becomes half width), no invisible characters, trimmed, of limited length."""
    kept = _INVISIBLE.sub("", text[:CELL_TEXT_MAX])
    return unicodedata.normalize("NFKC", kept).strip()


def day_of(text: str) -> date | None:
    """The day that a cell names, however it is written; None for any other text.

    A month alone is none: 2026-12 is not the second of January.
    """
    match = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        return None


def has_lost_digits(text: str) -> bool:
    """Whether this is how a table writes a number too long for it: 3.70124E+17, 2.03E+09."""
    written = _POWER_OF_TEN.fullmatch(text)
    return written is not None and len(written[1] or "") < int(written[2])


def written_out(text: str) -> str:
    """A number of which a table kept every digit: 2.025010101E+09 is 2025010101; else the text."""
    written = _POWER_OF_TEN.fullmatch(text)
    if written is None or len(written[1] or "") != int(written[2]):
        return text
    return f"{text[0]}{written[1]}"


def digits_lost_message(place: str, heading: str) -> Message:
    """What to say of a long number whose last digits are gone; place such as "C12"."""
    return Message(
        f"{place}:{heading or '数值'}被存成了数字,末位已丢失,请把该列设为文本后重新填写。",
        f"{place}: the value was stored as a number and has lost its last digits; format the "
        "column as text and type it again.",
    )
