"""学年学期 of the county's calendar, and its days off."""

from datetime import date

from sqlmodel import Field

from creditbank.tables.base import Row


class AcademicTerm(Row, table=True):
    """One term, such as 2025-2026-1."""

    __tablename__ = "academic_terms"

    code: str = Field(primary_key=True, max_length=11)
    starts_on: date
    ends_on: date


class AdjustedDay(Row, table=True):
    """A holiday, or a day of a weekend that is worked (调休), as the county publishes it."""

    __tablename__ = "adjusted_days"

    day: date = Field(primary_key=True)
    is_worked: bool
    name: str = Field(max_length=40)
