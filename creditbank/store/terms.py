"""The county's school calendar."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlmodel import col

from creditbank.tables.terms import AcademicTerm


class TermDays(NamedTuple):
    """First and last day of a term."""

    starts_on: date
    ends_on: date


def terms_by_code(connection: Connection) -> dict[str, TermDays]:
    """Every term of the calendar, by its code such as 2025-2026-1."""
    rows = connection.execute(
        select(col(AcademicTerm.code), col(AcademicTerm.starts_on), col(AcademicTerm.ends_on))
    )
    return {row[0]: TermDays(*row[1:]) for row in rows}
