"""Holidays and worked weekends, as the State Council has published them (国务院办公厅放假安排)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple


class _Holiday(NamedTuple):
    """First and last day off, and the weekend days that are worked for them."""

    name: str
    first: date
    last: date
    worked: tuple[date, ...] = ()


_HOLIDAYS = (
    _Holiday("元旦", date(2025, 1, 1), date(2025, 1, 1)),
    _Holiday("春节", date(2025, 1, 28), date(2025, 2, 4), (date(2025, 1, 26), date(2025, 2, 8))),
    _Holiday("清明节", date(2025, 4, 4), date(2025, 4, 6)),
    _Holiday("劳动节", date(2025, 5, 1), date(2025, 5, 5), (date(2025, 4, 27),)),
    _Holiday("端午节", date(2025, 5, 31), date(2025, 6, 2)),
    _Holiday(
        "国庆节、中秋节", date(2025, 10, 1), date(2025, 10, 8),
        (date(2025, 9, 28), date(2025, 10, 11)),
    ),
    _Holiday("元旦", date(2026, 1, 1), date(2026, 1, 3), (date(2026, 1, 4),)),
    _Holiday("春节", date(2026, 2, 15), date(2026, 2, 23), (date(2026, 2, 14), date(2026, 2, 28))),
    _Holiday("清明节", date(2026, 4, 4), date(2026, 4, 6)),
    _Holiday("劳动节", date(2026, 5, 1), date(2026, 5, 5), (date(2026, 5, 9),)),
    _Holiday("端午节", date(2026, 6, 19), date(2026, 6, 21)),
    _Holiday("中秋节", date(2026, 9, 25), date(2026, 9, 27)),
    _Holiday(
        "国庆节", date(2026, 10, 1), date(2026, 10, 7), (date(2026, 9, 20), date(2026, 10, 10)),
    ),
)  # fmt: skip


def adjusted_days() -> Iterator[tuple[date, bool, str]]:
    """(day, is_worked, name) of each."""
    for item in _HOLIDAYS:
        for number in range((item.last - item.first).days + 1):
            yield item.first + timedelta(days=number), False, item.name
        for day in item.worked:
            yield day, True, f"{item.name}调休"
