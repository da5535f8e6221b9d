"""County indicators from counts by school, major and cohort: sums and shares, and nobody's name.

A count holds whoever it is about once, so that parts add up to the whole. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from creditbank.domain.institutions import InstitutionKind


class Flow(StrEnum):
    """What happens on a day and is counted by the month."""

    TRANSFERS = "transfers"
    """互转 between the two kinds of school, on the day that they took effect."""
    RECOGNITIONS = "recognitions"
    """学分互认笔数: courses that were recognised."""
    SUBSTITUTIONS = "substitutions"
    """创新学分替代笔数: substitutions that somebody approved."""
    GRADUATIONS = "graduations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Of what school, major and cohort a count is."""

    institution_id: int
    major_code: str
    entry_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortCount:
    """One cohort of a major at a school on a day.

    entrants: who began there; enrolled: who is in school, of whom away: suspended, and part_time:
    there, and not full-time. cohort: all but
    those who transferred out or died; on_time: who graduated by the summer that the plan has;
    is_due: whether that summer has come.
    """

    place: Place
    kind: InstitutionKind
    entrants: int
    enrolled: int
    away: int
    part_time: int = 0
    cohort: int
    on_time: int
    is_due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressCounted:
    """What was earned of what the plan expected on a day, in hundredths, and who is warned."""

    place: Place
    noted_on: date
    learners: int
    expected_units: int
    earned_units: int
    yellow: int
    red: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceCount:
    """Members of agreements whose first stage has ended, and how many of them have advanced."""

    place: Place
    finishing_year: int
    members: int
    advanced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCount:
    """How often something happened in a month, which is named by its first day."""

    place: Place
    month: date
    flow: Flow
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of the county is looked at; None for all of it."""

    institution_id: int | None = None
    major_code: str | None = None
    entry_year: int | None = None

    def holds(self, place: Place) -> bool:
        """Whether a count is of this part."""
        return (
            self.institution_id in {None, place.institution_id}
            and self.major_code in {None, place.major_code}
            and self.entry_year in {None, place.entry_year}
        )


_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyFigures:
    """The counts of a day. progress: of the last day that they were noted on until then."""

    day: date
    cohorts: tuple[CohortCount, ...] = ()
    progress: tuple[ProgressCounted, ...] = ()
    advances: tuple[AdvanceCount, ...] = ()
    flows: tuple[FlowCount, ...] = ()

    def within(self, part: Part) -> CountyFigures:
        """The same of one part."""
        return replace(
            self,
            cohorts=tuple(item for item in self.cohorts if part.holds(item.place)),
            progress=tuple(item for item in self.progress if part.holds(item.place)),
            advances=tuple(item for item in self.advances if part.holds(item.place)),
            flows=tuple(item for item in self.flows if part.holds(item.place)),
        )

    @property
    def present(self) -> int:
        """在校生: in school and not suspended."""
        return sum(item.enrolled - item.away for item in self.cohorts)

    def present_of(self, kind: InstitutionKind) -> int:
        """The same of one kind of school."""
        found = (item for item in self.cohorts if item.kind is kind)
        return sum(item.enrolled - item.away for item in found)

    @property
    def part_time(self) -> int:
        """Of those in school who study 非全日制."""
        return sum(item.part_time for item in self.cohorts)

    def full_time_of(self, kind: InstitutionKind) -> int:
        """全日制在校生 of one kind of school."""
        part_time = sum(item.part_time for item in self.cohorts if item.kind is kind)
        return self.present_of(kind) - part_time

    def entrants_by_year(self, kind: InstitutionKind) -> Mapping[int, int]:
        """Who entered schools of a kind, by year."""
        found: Counter[int] = Counter()
        for item in self.cohorts:
            if item.kind is kind:
                found[item.place.entry_year] += item.entrants
        return found

    @property
    def completion(self) -> Share:
        """学分完成率: earned of expected by now."""
        return Share(
            sum(item.earned_units for item in self.progress),
            sum(item.expected_units for item in self.progress),
        )

    @property
    def warned(self) -> tuple[int, int]:
        """How many are warned: red, yellow."""
        red = sum(item.red for item in self.progress)
        return red, sum(item.yellow for item in self.progress)

    @property
    def graduation_by_cohort(self) -> Mapping[int, Share]:
        """按期毕业率 by year of entry, of the cohorts whose summer has come."""
        due = [item for item in self.cohorts if item.is_due and item.cohort]
        return shares(due, lambda item: item.place.entry_year, _on_time)

    @property
    def advance_by_year(self) -> Mapping[int, Share]:
        """转段率 by the year in which the first stage ended."""
        return shares(self.advances, lambda item: item.finishing_year, _advanced)

    def months(self, flow: Flow) -> Mapping[date, int]:
        """How often something happened by month."""
        found: Counter[date] = Counter()
        for item in self.flows:
            if item.flow is flow:
                found[item.month] += item.count
        return found


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole."""

    part: int
    whole: int

    def __add__(self, other: Share) -> Share:
        """Both together."""
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def tenths(self) -> int | None:
        """In tenths of a percent, rounded down; None of nothing."""
        return self.part * 1000 // self.whole if self.whole else None


_Item = TypeVar("_Item")


def shares(
    items: Iterable[_Item], key: Callable[[_Item], _Key], share: Callable[[_Item], Share]
) -> dict[_Key, Share]:
    """The shares of groups, in the order of their keys."""
    found: dict[_Key, Share] = {}
    for item in items:
        at = key(item)
        found[at] = found.get(at, Share(0, 0)) + share(item)
    return dict(sorted(found.items()))


def completed(item: ProgressCounted) -> Share:
    """学分完成率 of one count."""
    return Share(item.earned_units, item.expected_units)


def _on_time(item: CohortCount) -> Share:
    return Share(item.on_time, item.cohort)


def _advanced(item: AdvanceCount) -> Share:
    return Share(item.advanced, item.members)


def ratio_text(vocational: int, general: int) -> str:
    """职普比 such as "1.04 : 1"; "" where there is nobody on the other side."""
    if not general:
        return ""
    hundredths = (vocational * 200 // general + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02d} : 1"


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def month_before(month: date, count: int = 1) -> date:
    """The month so many months earlier."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
