"""Cut-offs of intakes and the days of their records, on the day before, on and after each."""

from __future__ import annotations

from datetime import date

import pytest

from creditbank.domain.policies import Authority, PolicyValue, resolve
from creditbank.domain.policy_faults import what_is_wrong
from creditbank.domain.policy_keys import POLICY_KEYS, read_value
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.status_changes import DeadlineKind
from creditbank.registry.intakes import cutoff, intake_deadlines
from creditbank.store.policy_files import load_policy_files

CALENDAR = SchoolCalendar(
    holidays=frozenset(date(2026, 10, day) for day in (1, 2, 5, 6, 7)),
    workdays=frozenset({date(2026, 9, 26), date(2026, 10, 10)}),
)
RECORD, CUTOFF = DeadlineKind.RECORD_DUE, DeadlineKind.INTAKE_CUTOFF


@pytest.mark.parametrize(
    ("entered_on", "last"),
    [
        (date(2026, 7, 1), date(2026, 11, 20)),
        (date(2026, 9, 1), date(2026, 11, 20)),
        (date(2026, 12, 31), date(2026, 11, 20)),
        (date(2027, 1, 1), date(2027, 4, 20)),
        (date(2027, 2, 22), date(2027, 4, 20)),
        (date(2027, 6, 30), date(2027, 4, 20)),
    ],
)
def test_an_intake_is_that_of_the_day_of_entry(entered_on, last):
    assert cutoff(entered_on, resolve(load_policy_files(), institution_id=1, as_of=last)) == last


def test_a_school_may_have_other_cut_offs():
    value = PolicyValue(
        "registration.autumn_cutoff", "10-31", Authority.SCHOOL, date(2026, 9, 1), "平职规1号", 1
    )
    policy = resolve((value, *load_policy_files()), institution_id=1, as_of=date(2026, 9, 2))
    assert cutoff(date(2026, 9, 1), policy) == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("entered_on", "day", "expected"),
    [
        # 20 working days after 1 September: 26 September is worked, 25 September is the 18th.
        (date(2026, 9, 1), date(2026, 8, 28), []),
        (date(2026, 9, 1), date(2026, 8, 29), [(RECORD, date(2026, 9, 28), False)]),
        (date(2026, 9, 1), date(2026, 9, 28), [(RECORD, date(2026, 9, 28), False)]),
        (date(2026, 9, 1), date(2026, 9, 29), [(RECORD, date(2026, 9, 28), True)]),
        (date(2026, 9, 1), date(2026, 10, 20), [(RECORD, date(2026, 9, 28), True)]),
        *(
            (
                date(2026, 9, 1),
                date(2026, *day),
                [(RECORD, date(2026, 9, 28), True), (CUTOFF, date(2026, 11, 20), is_over)],
            )
            for day, is_over in (
                ((10, 21), False),
                ((11, 19), False),
                ((11, 20), False),
                ((11, 21), True),
            )
        ),
        *(
            (
                date(2027, 2, 22),
                date(2027, 4, day),
                [(RECORD, date(2027, 3, 22), True), (CUTOFF, date(2027, 4, 20), is_over)],
            )
            for day, is_over in ((19, False), (20, False), (21, True))
        ),
    ],
)
def test_what_is_due_of_new_learners_is_said_in_time(entered_on, day, expected):
    policy = resolve(load_policy_files(), institution_id=1, as_of=day)
    found = intake_deadlines(entered_on, policy, CALENDAR, day)
    assert [tuple(item) for item in found] == expected


@pytest.mark.parametrize(
    ("written", "is_right"),
    [
        ("11-20", True),
        (" 04-20 ", True),
        ("02-28", True),
        ("02-29", False),
        ("11-31", False),
        ("13-01", False),
        ("4-20", False),
        ("1120", False),
        ("W10-1", False),
        ("", False),
        ("１１-20", False),
    ],
)
def test_a_cut_off_is_a_day_of_every_year(written, is_right):
    key = POLICY_KEYS["registration.autumn_cutoff"]
    assert (what_is_wrong(key, read_value(key, written)) is None) == is_right
