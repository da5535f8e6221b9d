"""Courses of a school, by code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select, tuple_
from sqlmodel import col

from creditbank.tables.courses import Course


class CourseRow(NamedTuple):
    """A course as posting needs it: units in hundredths, hours theory and practice together."""

    code: str
    name: str
    units: int
    hours: int
    nature: str


def load_course(connection: Connection, institution_id: int, code: str) -> CourseRow | None:
    """The school's course with this code, if it has one."""
    row = connection.execute(
        select(
            col(Course.code),
            col(Course.name),
            col(Course.units),
            col(Course.theory_hours) + col(Course.practice_hours),
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
        select(col(Course.institution_id), col(Course.code), col(Course.units)).where(
            tuple_(col(Course.institution_id), col(Course.code)).in_(wanted)
        )
    )
    return {(row.institution_id, row.code): row.units for row in rows}
