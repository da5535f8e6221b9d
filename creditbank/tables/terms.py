"""学年学期 of the county's calendar."""

from datetime import date

from sqlmodel import Field

from creditbank.tables.base import Row


class AcademicTerm(Row, table=True):
    """One term, such as 2025-2026-1."""

    __tablename__ = "academic_terms"

    code: str = Field(primary_key=True, max_length=11)
    starts_on: date
    ends_on: date
