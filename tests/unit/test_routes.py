"""Applications go from office to office, each with its working days."""

from __future__ import annotations

from datetime import date

import pytest

from creditbank.domain.policy_faults import what_is_wrong
from creditbank.domain.policy_keys import POLICY_KEYS
from creditbank.domain.policy_kinds import OFFICES
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.status_changes import (
    APPLIED_FOR,
    BY_FAMILY,
    PROOFS,
    REASONS,
    TRANSITIONS,
    ChangeKind,
    Office,
)
from creditbank.registry.routes import due_on, route
from tests.factories.policies import shipped_policy

NATIONAL_DAY = frozenset(date(2026, 10, day) for day in (1, 2, 5, 6, 7))
CALENDAR = SchoolCalendar({}, NATIONAL_DAY, frozenset({date(2026, 9, 26), date(2026, 10, 10)}))


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


def test_an_office_has_its_working_days_from_when_the_one_before_it_agreed():
    policy = shipped_policy()
    assert due_on(date(2026, 9, 28), policy, CALENDAR) == date(2026, 10, 16)
    assert due_on(date(2026, 10, 8), policy, CALENDAR) == date(2026, 10, 21)


def test_what_is_offered_within_a_school_has_a_way_offices_and_its_own_reasons():
    assert set(APPLIED_FOR) >= BY_FAMILY | set(REASONS) | set(PROOFS)
    assert all(len(set(reasons)) == len(reasons) for reasons in REASONS.values())


def test_every_kind_that_is_applied_for_has_its_offices():
    policy = shipped_policy()
    for kind in APPLIED_FOR:
        offices = route(kind, policy)
        assert offices
        assert len(set(offices)) == len(offices)
    assert route(ChangeKind.TRANSFER_OUT, policy)[-1] is Office.COUNTY
    assert route(ChangeKind.TRANSFER_OUT, policy, crosses=True)[-2:] == (
        Office.AUTHORITY_OUT, Office.AUTHORITY_IN,
    )  # fmt: skip
    assert set(APPLIED_FOR) == set(TRANSITIONS)


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


@pytest.mark.parametrize("name", ["transfer_out", "transfer_across"])
@pytest.mark.parametrize(
    ("value", "is_right"),
    [
        ("receiving_registrar receiving_principal county", True),
        ("registrar receiving_registrar receiving_principal authority_out authority_in", True),
        ("receiving_registrar", False),
        ("receiving_registrar receiving_principal", False),
        ("registrar principal receiving_registrar county", False),
    ],
)
def test_a_transfer_is_answered_by_the_receiving_school_and_the_bureau(name, value, is_right):
    key = POLICY_KEYS[f"{OFFICES}{name}"]
    assert (what_is_wrong(key, value) is None) is is_right
