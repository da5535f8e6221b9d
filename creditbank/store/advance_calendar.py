"""The advance's year: the pattern that ships, and the days the county has put in force over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, insert, text

from creditbank.domain.advance_calendar import AdvanceStep, CalendarDay, days_in_order
from creditbank.domain.agreements import EducationLevel
from creditbank.store.policy_files import FOLDER
from creditbank.tables.agreement_terms import AdvanceCalendarDay

FILE = FOLDER / "advance_calendar.yaml"
_ANNOUNCED = text("""
SELECT step, starts_on, ends_on, document_no FROM advance_calendar_days
WHERE finishing_year = :year AND post_level = :level ORDER BY advance_calendar_day_id
""")


def calendar_of(
    connection: Connection, finishing_year: int, post_level: EducationLevel
) -> tuple[CalendarDay, ...]:
    """The days of each step of a year, in the order of the steps; what was announced last speaks.

    None for a level that nobody advances to.
    """
    rows = connection.execute(_ANNOUNCED, {"year": finishing_year, "level": post_level.value})
    announced = (
        CalendarDay(
            finishing_year=finishing_year,
            post_level=post_level,
            step=AdvanceStep(row.step),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            document_no=row.document_no,
            is_announced=True,
        )
        for row in rows
    )
    return days_in_order(pattern_days(finishing_year, post_level), announced)


def pattern_days(finishing_year: int, post_level: EducationLevel) -> tuple[CalendarDay, ...]:
    """When the steps usually are, in one year."""
    pattern = _patterns().get(post_level.value)
    if pattern is None:
        return ()
    return tuple(
        CalendarDay(
            finishing_year=finishing_year,
            post_level=post_level,
            step=AdvanceStep(step),
            starts_on=_day(finishing_year, said, "from"),
            ends_on=_day(finishing_year, said, "to"),
            document_no=pattern["document_no"],
        )
        for step, said in pattern["steps"].items()
    )


def insert_days(
    connection: Connection,
    days: Iterable[CalendarDay],
    *,
    reason: str,
    decided_by: int,
    now: datetime,
) -> None:
    """Put days in force."""
    decided = {"reason": reason, "decided_by": decided_by, "decided_at": now}
    for day in days:
        values = asdict(day)
        del values["is_announced"]
        values |= {"post_level": day.post_level.value, "step": day.step.value}
        connection.execute(insert(AdvanceCalendarDay).values(**values, **decided))


@cache
def _patterns() -> Mapping[str, Mapping[str, Any]]:
    return read_patterns(FILE)


def read_patterns(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """The patterns of a file by level."""
    found: Mapping[str, Mapping[str, Any]] = yaml.safe_load(path.read_text("utf-8"))["patterns"]
    return found


def _day(finishing_year: int, said: Mapping[str, Any], name: str) -> date:
    return date.fromisoformat(f"{finishing_year - said['years_before']}-{said[name]}")
