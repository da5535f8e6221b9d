"""Applications go from office to office, each with its working days."""

from __future__ import annotations

from datetime import date

import pytest

from creditbank.domain.policy_keys import OFFICES, POLICY_KEYS, ROUTED, what_is_wrong
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.status_changes import TRANSITIONS, ChangeKind, Office
from creditbank.registry.routes import ChangeState, Opinion, Standing, route, standing
from tests.factories.policies import shipped_policy

NATIONAL_DAY = frozenset(date(2026, 10, day) for day in (1, 2, 5, 6, 7))
CALENDAR = SchoolCalendar({}, NATIONAL_DAY, frozenset({date(2026, 9, 26), date(2026, 10, 10)}))
BOTH = (Office.REGISTRAR, Office.PRINCIPAL)
APPLIED = date(2026, 9, 28)


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 9, 21), 5, date(2026, 9, 26)),  # the Saturday is worked
        (date(2026, 9, 25), 1, date(2026, 9, 26)),
        (date(2026, 9, 26), 1, date(2026, 9, 28)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 28), 10, date(2026, 10, 16)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(day, count, due):
    assert CALENDAR.due(day, count) == due
    assert CALENDAR.working_days(day, due) == count
    assert CALENDAR.working_days(due, day) == -count


@pytest.mark.parametrize(
    ("opinions", "expected"),
    [
        ([], Standing(ChangeState.WAITING, Office.REGISTRAR, date(2026, 10, 16))),
        (
            [Opinion(Office.REGISTRAR, agrees=True, on=date(2026, 10, 8))],
            Standing(ChangeState.WAITING, Office.PRINCIPAL, date(2026, 10, 21)),
        ),
        (
            [Opinion(Office.REGISTRAR, agrees=False, on=date(2026, 10, 8))],
            Standing(ChangeState.REFUSED),
        ),
        (
            [
                Opinion(Office.REGISTRAR, agrees=True, on=date(2026, 10, 8)),
                Opinion(Office.PRINCIPAL, agrees=True, on=date(2026, 10, 9)),
            ],
            Standing(ChangeState.AGREED),
        ),
    ],
)
def test_an_application_waits_for_one_office_at_a_time(opinions, expected):
    found = standing(BOTH, opinions, APPLIED, calendar=CALENDAR, office_days=10)
    assert found == expected


def test_every_kind_that_is_applied_for_has_its_offices():
    policy = shipped_policy()
    for kind in ROUTED:
        offices = route(kind, policy)
        assert offices
        assert len(set(offices)) == len(offices)
    assert route(ChangeKind.TRANSFER_OUT, policy)[-1] is Office.COUNTY
    assert set(ROUTED) | {ChangeKind.GRADUATION, ChangeKind.COMPLETION, ChangeKind.LEAVING} == set(
        TRANSITIONS
    )


@pytest.mark.parametrize(
    ("value", "is_right"),
    [
        ("registrar", True),
        ("advisor registrar county", True),
        ("registrar registrar", False),
        ("registrar teacher", False),
        ("", False),
        (7, False),
    ],
)
def test_offices_are_known_and_named_once(value, is_right):
    key = POLICY_KEYS[f"{OFFICES}suspension"]
    assert (what_is_wrong(key, value) is None) is is_right
