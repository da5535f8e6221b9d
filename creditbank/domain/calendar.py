"""The county's calendar day. The clock itself is read at the edges and passed in."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

COUNTY_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")


def local_date(now: datetime) -> date:
    """The day in the county at a moment (aware)."""
    return now.astimezone(COUNTY_TIME).date()
