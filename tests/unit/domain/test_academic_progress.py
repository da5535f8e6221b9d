"""What should have been earned by now, and from when on that is a warning."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from creditbank.domain.academic_progress import (
    Shares,
    WarningLevel,
    completion_percent,
    expected_units,
    is_share,
    level_of,
    needed,
    next_count,
    progress_of,
    semesters_passed,
    share_of,
)
from creditbank.domain.courses import CourseNature
from creditbank.domain.plans import Block, Plan, PlanCourse
from creditbank.domain.school_calendar import TermDays

SHARES = Shares(Fraction(2, 3), Fraction(1, 2))
GENERAL = Block("GG", "公共基础", "General", CourseNature.REQUIRED, 1000)
CHOICE = Block("RX", "任选", "Electives", CourseNature.FREE_ELECTIVE, 600)
PRACTICE = Block("HD", "活动", "Activities", CourseNature.PRACTICE, 600)
TERMS = {
    "2025-2026-1": TermDays(date(2025, 9, 1), date(2026, 1, 31)),
    "2025-2026-2": TermDays(date(2026, 2, 1), date(2026, 7, 15)),
    "2026-2027-1": TermDays(date(2026, 9, 1), date(2027, 1, 31)),
}


def course(code: str, block: str, units: int, semester: int) -> PlanCourse:
    return PlanCourse(code, code, block, units, 0, 0, semester)


PLAN = Plan(
    plan_id=1, code="P", version=1, name="P", institution_id=1, major_code="660103",
    catalogue_year=2021, years=3, units_min=2200, blocks=(GENERAL, CHOICE, PRACTICE),
    courses=(
        course("A", "GG", 400, 1), course("B", "GG", 600, 2), course("C", "RX", 600, 2),
        course("D", "RX", 600, 3), course("E", "RX", 1200, 4),
    ),
    conditions=(),
)  # fmt: skip


def passed(on: date, *, entry_year: int = 2025, suspended: int = 0, grace_days: int = 30) -> int:
    return semesters_passed(
        TERMS, entry_year=entry_year, suspended=suspended, on=on, grace_days=grace_days
    )


@pytest.mark.parametrize(
    ("block", "semesters", "units"),
    [
        (GENERAL, 0, 0), (GENERAL, 1, 400), (GENERAL, 2, 1000), (GENERAL, 6, 1000),
        (CHOICE, 1, 0), (CHOICE, 2, 150), (CHOICE, 3, 300), (CHOICE, 4, 600),
        (PRACTICE, 0, 0), (PRACTICE, 2, 200), (PRACTICE, 6, 600), (PRACTICE, 9, 600),
    ],
)  # fmt: skip
def test_a_block_is_expected_as_far_as_it_was_on_offer(block, semesters, units):
    assert expected_units(PLAN, block, semesters) == units


@pytest.mark.parametrize(
    ("earned", "level"),
    [(0, "red"), (499, "red"), (500, "yellow"), (666, "yellow"), (667, "none"), (2000, "none")],
)
def test_the_shares_are_exact(earned: int, level: str):
    assert level_of(earned, 1000, SHARES) == WarningLevel(level)


def test_two_thirds_exactly_is_no_warning():
    assert level_of(800, 1200, SHARES) is WarningLevel.NONE
    assert level_of(799, 1200, SHARES) is WarningLevel.YELLOW


def test_nobody_is_warned_before_a_semester_is_over():
    found = progress_of(PLAN, {}, semesters=0, shares=SHARES)
    assert (found.expected, found.level) == (0, WarningLevel.NONE)


def test_what_is_behind_is_said_block_by_block_the_furthest_first():
    found = progress_of(PLAN, {"GG": 700, "RX": 450}, semesters=2, shares=SHARES)
    assert (found.expected, found.earned, found.level) == (1350, 1150, WarningLevel.NONE)
    assert [(block.code, block.behind) for block in found.behind] == [("GG", 300), ("HD", 200)]


def test_a_term_is_over_once_its_marks_can_be_in_the_books():
    assert passed(date(2026, 2, 1)) == 0
    assert passed(date(2026, 3, 2)) == 0
    assert passed(date(2026, 3, 3)) == 1
    assert passed(date(2026, 3, 3), grace_days=0) == 1
    assert passed(date(2026, 9, 1)) == 2


def test_suspended_semesters_are_taken_off_and_nobody_has_less_than_none():
    assert passed(date(2026, 9, 1), suspended=1) == 1
    assert passed(date(2026, 9, 1), suspended=5) == 0
    assert passed(date(2026, 9, 1), entry_year=2026) == 0
    assert passed(date(2026, 9, 1), entry_year=2024) == 4


@pytest.mark.parametrize(
    "written", ["", "2", "2/", "/3", "3/2", "0/3", "2/3/4", "-1/2", "½", "1/2000"]
)
def test_what_is_no_share_is_refused(written: str):
    assert not is_share(written)


def test_a_share_is_read_as_it_is_written():
    assert share_of(" 2 / 3 ") == Fraction(2, 3)


def test_completion_counts_nobody_for_more_than_all():
    one = progress_of(PLAN, {"GG": 1350}, semesters=2, shares=SHARES)
    none = replace(one, earned=0)
    more = replace(one, earned=9000)
    assert completion_percent([more, none]) == 50
    assert completion_percent([progress_of(PLAN, {}, semesters=0, shares=SHARES)]) is None


@pytest.mark.parametrize(
    ("expected", "share", "found"),
    [(5533, Fraction(1, 2), 2767), (5533, Fraction(2, 3), 3689), (600, Fraction(2, 3), 400)],
)
def test_what_is_needed_is_the_least_that_is_not_warned(
    expected: int, share: Fraction, found: int
) -> None:
    assert needed(expected, share) == found
    shares = Shares(yellow=share, red=share)
    assert level_of(found, expected, shares) is WarningLevel.NONE
    assert level_of(found - 1, expected, shares) is not WarningLevel.NONE


def test_the_next_term_counts_once_its_days_of_grace_are_over() -> None:
    for on, coming in (
        (date(2026, 3, 2), date(2026, 3, 3)),
        (date(2026, 3, 3), date(2026, 8, 15)),
        (date(2027, 3, 3), None),
    ):
        assert next_count(TERMS, on=on, grace_days=30) == coming
