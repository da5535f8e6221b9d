"""学业预警: what a learner should have earned by now, what is earned, and how far behind that is.

Earned less than a share of the plan to date is a yellow warning, less than a smaller share a red
one; which shares is a rule of the county or the school. Pure: days and rules are arguments.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from creditbank.domain.enrolments import Term, semester_no
from creditbank.domain.plans import Block, Plan
from creditbank.domain.policies import Policy
from creditbank.domain.school_calendar import TermDays

YELLOW_SHARE, RED_SHARE = "progress.yellow_share", "progress.red_share"
GRACE_DAYS = "progress.grace_days"
_SEMESTERS_PER_YEAR = 2
_PARTS_MAX = 1000


class WarningLevel(StrEnum):
    """How far behind the plan to date, from not at all."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"

    @property
    def rank(self) -> int:
        """0, 1, 2: the higher, the worse."""
        return (WarningLevel.NONE, WarningLevel.YELLOW, WarningLevel.RED).index(self)


class ContactWith(StrEnum):
    """With whom a warning was talked over."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the plan to date: who has earned less is warned."""

    yellow: Fraction
    red: Fraction

    @classmethod
    def of(cls, policy: Policy) -> Shares:
        """The shares in force."""
        return cls(share_of(policy.text(YELLOW_SHARE)), share_of(policy.text(RED_SHARE)))


@dataclass(frozen=True, slots=True)
class BlockProgress:
    """One block of the plan, in hundredths. earned: of whatever counts there, also beyond."""

    code: str
    name: str
    name_en: str
    expected: int
    earned: int

    @property
    def behind(self) -> int:
        """What is missing of the plan to date."""
        return max(0, self.expected - self.earned)


# Thousands in a school stand in its blocks at some hundred places.
_block = functools.lru_cache(16_384)(BlockProgress)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a learner stands after so many semesters; units in hundredths."""

    semesters: int
    expected: int
    earned: int
    level: WarningLevel
    blocks: tuple[BlockProgress, ...] = ()

    @property
    def behind(self) -> tuple[BlockProgress, ...]:
        """The blocks that are behind, the furthest first."""
        found = [block for block in self.blocks if block.behind]
        return tuple(sorted(found, key=lambda block: -block.behind))


@dataclass(frozen=True, slots=True)
class Due:
    """The day from which the plan expects more, and how much, in hundredths."""

    on: date
    expected: int


def needed(expected: int, share: Fraction) -> int:
    """The least that is no less than a share of what is expected, in hundredths."""
    return math.ceil(share * expected)


def next_count(terms: Mapping[str, TermDays], *, on: date, grace_days: int) -> date | None:
    """The day from which the term that runs, or has just ended, counts; None for an open end."""
    grace = timedelta(days=grace_days)
    ends = (days.ends_on for days in terms.values() if days.ends_on + grace >= on)
    last = min(ends, default=None)
    return None if last is None else last + grace + timedelta(days=1)


def share_of(written: str) -> Fraction:
    """The share that a rule writes as "2/3". Raises ValueError for what is none, or more than 1."""
    above, bar, below = written.partition("/")
    parts = (above.strip(), below.strip())
    if not bar or not all(part.isascii() and part.isdecimal() for part in parts):
        raise ValueError(written)
    numbers = tuple(map(int, parts))
    if not 0 < numbers[0] <= numbers[1] <= _PARTS_MAX:
        raise ValueError(written)
    return Fraction(*numbers)


def is_share(written: str) -> bool:
    """Whether share_of can read it."""
    try:
        share_of(written)
    except ValueError:
        return False
    return True


def semesters_passed(
    terms: Mapping[str, TermDays], *, entry_year: int, suspended: int, on: date, grace_days: int
) -> int:
    """How many of the learner's own semesters are over, suspended ones apart.

    A term is over some days after its end, when its marks are in the books.
    """
    ended = on - timedelta(days=grace_days)
    over = [Term.parse(code) for code, days in terms.items() if days.ends_on < ended]
    last = max(over, key=lambda term: (term.first_year, term.semester), default=None)
    if last is None:
        return 0
    found = semester_no(entry_year=entry_year, term=last, suspended_semesters=suspended)
    return max(0, found)


def expected_units(plan: Plan, block: Block, semesters: int) -> int:
    """What the plan has a block earn in its first semesters.

    Of a block with a choice of courses as large a part of what it asks as has been on offer; of one
    without courses the same each semester.
    """
    listed = [course for course in plan.courses if course.block_code == block.code]
    offered = sum(course.units for course in listed)
    if not offered:
        total = _SEMESTERS_PER_YEAR * plan.years
        return block.units_min * min(semesters, total) // total
    passed = sum(course.units for course in listed if course.semester_no <= semesters)
    return block.units_min * passed // offered


def progress_of(
    plan: Plan, earned: Mapping[str, int], *, semesters: int, shares: Shares
) -> Progress:
    """Where somebody stands who has earned so much by block, all that counts there.

    More in one block makes up for less in another one as far as the warning goes; what is behind
    is said block by block.
    """
    to_date = expected_by_block(plan, semesters)
    return progress_against(plan, to_date, earned, semesters=semesters, shares=shares)


def expected_by_block(plan: Plan, semesters: int) -> tuple[int, ...]:
    """The plan to date: expected_units of each block in the order of the plan."""
    return tuple(expected_units(plan, block, semesters) for block in plan.blocks)


def progress_against(
    plan: Plan,
    to_date: Sequence[int],
    earned: Mapping[str, int],
    *,
    semesters: int,
    shares: Shares,
) -> Progress:
    """As progress_of, for many who follow one plan: to_date is the same for all of them."""
    blocks = tuple(
        _block(block.code, block.name, block.name_en, expected, earned.get(block.code, 0))
        for block, expected in zip(plan.blocks, to_date, strict=True)
    )
    expected = sum(block.expected for block in blocks)
    total = sum(earned.values())
    return Progress(semesters, expected, total, level_of(total, expected, shares), blocks)


def level_of(earned: int, expected: int, shares: Shares) -> WarningLevel:
    """The warning for so much of so much; none while nothing is expected."""
    if _is_less(earned, shares.red, expected):
        return WarningLevel.RED
    is_yellow = _is_less(earned, shares.yellow, expected)
    return WarningLevel.YELLOW if is_yellow else WarningLevel.NONE


def _is_less(earned: int, share: Fraction, expected: int) -> bool:
    """Than a share of what is expected; in whole numbers, as a school asks it of thousands."""
    return earned * share.denominator < share.numerator * expected


def completion_percent(found: Iterable[Progress]) -> int | None:
    """学分完成率 of some learners: earned of expected, no more than all of it; None of nothing."""
    items = [item for item in found if item.expected]
    expected = sum(item.expected for item in items)
    earned = sum(min(item.earned, item.expected) for item in items)
    return earned * 100 // expected if expected else None
