"""How many semesters a learner was suspended for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from creditbank.domain.enrolments import Term
from creditbank.domain.school_calendar import SchoolCalendar, TermDays
from creditbank.domain.status_changes import Suspension

_DAY = timedelta(days=1)


def suspended_semesters(suspensions: Sequence[Suspension], calendar: SchoolCalendar) -> int:
    """The whole terms that lie within suspensions, by their first day; one is not halved.

    One that lasts counts up to the day it was granted for, so that the time of study is known
    beforehand; the day on which the learner resumes sets it right.
    """
    return sum(
        first <= days.starts_on and days.ends_on <= last
        for first, last in _spans(suspensions)
        for days in _terms(first, last, calendar)
    )


def _spans(suspensions: Sequence[Suspension]) -> list[tuple[date, date]]:
    """First and last days away; suspensions that follow without a break are one."""
    spans: list[tuple[date, date]] = []
    for item in suspensions:
        last = item.until if item.resumed_on is None else item.resumed_on - _DAY
        if spans and item.starts_on <= spans[-1][1] + _DAY:
            spans[-1] = spans[-1][0], max(last, spans[-1][1])
        else:
            spans.append((item.starts_on, last))
    return spans


def _terms(first: date, last: date, calendar: SchoolCalendar) -> Iterator[TermDays]:
    """The terms that a span may cover."""
    term = Term.containing(first)
    while True:
        days = term_days(term, calendar)
        if days.starts_on > last:
            return
        yield days
        year, half = term.first_year, term.semester
        term = Term(year, 2) if half == 1 else Term(year + 1, 1)


def term_days(term: Term, calendar: SchoolCalendar) -> TermDays:
    """First and last day of a term; of one that is not published yet the usual ones."""
    published = calendar.term(term)
    if published is not None:
        return published
    year = term.first_year
    if term.semester == 1:
        return TermDays(date(year, 9, 1), date(year + 1, 1, 31))
    return TermDays(date(year + 1, 2, 1), date(year + 1, 8, 31))
