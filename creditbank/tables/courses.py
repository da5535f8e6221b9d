"""Courses as a school teaches them. What a course counts for is said by a plan, not here."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row


class Course(Row, table=True):
    """One course. units in hundredths of a credit; hours are class hours (学时)."""

    __tablename__ = "courses"
    __table_args__ = (
        UniqueConstraint("institution_id", "code"),
        CheckConstraint("units > 0 and units <= 6000", name="units"),
        CheckConstraint("theory_hours >= 0 and practice_hours >= 0", name="hours"),
    )

    course_id: int | None = Field(default=None, primary_key=True)
    institution_id: int = Field(foreign_key="institutions.institution_id")
    code: str = Field(max_length=20)
    name: str = Field(max_length=100)
    name_en: str = Field(default="", max_length=200)
    units: int
    theory_hours: int
    practice_hours: int
    nature: str = Field(max_length=1)
