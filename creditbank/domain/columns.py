"""What the columns of an uploaded table mean: a field, a course, or nothing.

What belongs here: the words in which a file's headings, a school's answers about them and the
readers of files speak. Finding the meaning of a heading is exchange's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.sheets import ParsedSheet, column_letters

IGNORED = "-"
"""The meaning of a column that is not read."""
_COURSE = "course:"
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One column. heading: as written, of several rows joined by "/"; meaning: "" while unknown.

    key: the heading as it is compared and remembered. suggested: what it may well mean.
    """

    number: int
    heading: str
    key: str
    meaning: str = ""
    suggested: str = ""

    @property
    def letters(self) -> str:
        """Such as "C"."""
        return column_letters(self.number)


@dataclass(frozen=True, slots=True)
class MatchedTable:
    """A table with the rows of its heading and what its columns mean; rows from 1.

    missing: groups of fields of which none was found; unknown columns have no meaning.
    """

    sheet: ParsedSheet
    header_row: int
    first_row: int
    columns: tuple[Column, ...]
    missing: tuple[tuple[str, ...], ...] = ()

    @property
    def unknown(self) -> tuple[Column, ...]:
        """What has to be asked."""
        return tuple(column for column in self.columns if not column.meaning)

    @property
    def is_clear(self) -> bool:
        """Whether nothing has to be asked."""
        return not self.unknown and not self.missing

    @property
    def signature(self) -> str:
        """The same for every file with these headings in this order."""
        text = "|".join(column.key for column in self.columns)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def places(self) -> Mapping[str, int]:
        """Field and number of its column."""
        return {
            column.meaning: column.number
            for column in reversed(self.columns)
            if column.meaning not in {"", IGNORED} and course_in(column.meaning) is None
        }

    @property
    def courses(self) -> Mapping[int, str]:
        """What is written for the course of each course column."""
        return {
            column.number: course
            for column in self.columns
            if (course := course_in(column.meaning)) is not None
        }

    @property
    def hidden_rows(self) -> tuple[int, ...]:
        """Rows below the heading that the file does not show and that say something."""
        rows = self.sheet.rows
        return tuple(
            row
            for row in self.sheet.hidden
            if self.first_row <= row <= len(rows) and any(rows[row - 1])
        )

    def samples(self, column: Column) -> tuple[str, ...]:
        """Some of what stands in a column."""
        rows = range(self.first_row, len(self.sheet.rows) + 1)
        texts = (self.sheet.text(row, column.number) for row in rows)
        return tuple(dict.fromkeys(text for text in texts if text))[:_SAMPLES]


def course_meaning(course: str) -> str:
    """The meaning of a column that holds the marks of a course."""
    return _COURSE + course


def course_in(meaning: str) -> str | None:
    """The course of a meaning; None where it is no course."""
    return meaning.removeprefix(_COURSE) if meaning.startswith(_COURSE) else None
