"""The county's school calendar."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlmodel import col

from creditbank.domain.school_calendar import SchoolCalendar, TermDays
from creditbank.tables.terms import AcademicTerm, AdjustedDay


def terms_by_code(connection: Connection) -> dict[str, TermDays]:
    """Every term of the calendar, by its code such as 2025-2026-1."""
    rows = connection.execute(
        select(col(AcademicTerm.code), col(AcademicTerm.starts_on), col(AcademicTerm.ends_on))
    )
    return {row[0]: TermDays(*row[1:]) for row in rows}


def school_calendar(connection: Connection) -> SchoolCalendar:
    """Terms, and the days on which offices work other than the week has it."""
    days = connection.execute(select(col(AdjustedDay.day), col(AdjustedDay.is_worked))).all()
    return SchoolCalendar(
        terms_by_code(connection),
        holidays=frozenset(day for day, is_worked in days if not is_worked),
        workdays=frozenset(day for day, is_worked in days if is_worked),
    )
