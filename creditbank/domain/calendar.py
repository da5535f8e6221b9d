"""The county's calendar day. The clock itself is read at the edges and passed in."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

_COMMON_YEAR = 2001
COUNTY_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")


def local_date(now: datetime) -> date:
    """The day in the county at a moment (aware)."""
    return now.astimezone(COUNTY_TIME).date()


@lru_cache(maxsize=10_000)
def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_of_year(written: str, year: int) -> date:
    """The day that a month and day such as 11-20 name in a year. Raises ValueError."""
    return date.fromisoformat(f"{year}-{written}")


def is_month_day(written: str) -> bool:
    """Whether it names a day of every year."""
    try:
        return f"{day_of_year(written, _COMMON_YEAR):%m-%d}" == written
    except ValueError:
        return False
