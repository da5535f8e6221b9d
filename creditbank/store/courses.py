"""Courses of a school, by code."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select
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
