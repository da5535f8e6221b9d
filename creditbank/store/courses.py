"""Courses of a school, by code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select, text
from sqlmodel import col

from creditbank.tables.courses import Course

# Two arrays instead of a list of pairs: the statement stays the same however many are asked for.
_UNITS = text("""
SELECT institution_id, code, units FROM courses
WHERE (institution_id, code) IN (
  SELECT * FROM unnest(cast(:institution_ids AS int[]), cast(:codes AS text[])))
""")


class CourseRow(NamedTuple):
    """A course as posting needs it: units in hundredths, hours theory and practice together.

    practice_hours: those of practice among them.
    """

    code: str
    name: str
    units: int
    hours: int
    practice_hours: int
    nature: str


def load_course(connection: Connection, institution_id: int, code: str) -> CourseRow | None:
    """The school's course with this code, if it has one."""
    row = connection.execute(
        select(
            col(Course.code),
            col(Course.name),
            col(Course.units),
            col(Course.theory_hours) + col(Course.practice_hours),
            col(Course.practice_hours),
            col(Course.nature),
        ).where(col(Course.institution_id) == institution_id, col(Course.code) == code)
    ).first()
    return None if row is None else CourseRow(*row)


def course_units(
    connection: Connection, keys: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    """Hundredths of a credit by (institution_id, course code), of the courses that exist."""
    wanted = sorted(keys)
    rows = connection.execute(
        _UNITS,
        {"institution_ids": [key[0] for key in wanted], "codes": [key[1] for key in wanted]},
    )
    return {(row.institution_id, row.code): row.units for row in rows}
