"""The county's school calendar: terms, and the days on which offices work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from creditbank.domain.enrolments import Term

_SATURDAY = 5
_DAY = timedelta(days=1)


class TermDays(NamedTuple):
    """First and last day of a term."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """terms: by code, such as 2025-2026-1.

    holidays: days off besides weekends; workdays: weekend days that are worked (调休).
    """

    terms: Mapping[str, TermDays] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def term(self, term: Term) -> TermDays | None:
        """Its days, None while the county has not published them."""
        return self.terms.get(term.code)

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on the day."""
        if day in self.workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def due(self, day: date, working_days: int) -> date:
        """The last of so many working days after a day: what came on Monday is due from Tuesday."""
        for following in _days_after(day):
            working_days -= self.is_working_day(following)
            if working_days <= 0:
                return following
        raise AssertionError  # days do not end

    def working_days(self, first: date, last: date) -> int:
        """How many there are after `first`, up to `last`; negative where `last` is before it."""
        if last < first:
            return -self.working_days(last, first)
        return sum(
            self.is_working_day(first + timedelta(days=number))
            for number in range(1, (last - first).days + 1)
        )


def _days_after(day: date) -> Iterator[date]:
    while True:
        day += _DAY
        yield day
