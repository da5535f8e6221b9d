"""月报: one page of county figures for a month, against targets, last month and the year before.

Pure: figures of three days and the targets in force make the lines that PDF and Excel show. In
Chinese, as the county's office reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from creditbank.domain.county_figures import CountyFigures, Flow, Share, month_of, ratio_text
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.policies import Policy

TARGETS = (
    "target.present_learners", "target.entrants_percent", "target.majors_to_college",
    "target.majors_to_bachelor", "target.completion_percent", "target.graduation_percent",
    "target.advance_percent",
)  # fmt: skip
"""Policy keys of what the county means to reach."""
_VOCATIONAL, _GENERAL = InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.GENERAL_HIGH_SCHOOL
_FULL = 1000


@dataclass(frozen=True, slots=True)
class ReportDay:
    """The figures of one day. majors: 3+2 and 3+4 majors with an agreement and learners."""

    figures: CountyFigures
    majors: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure: as it is written, and as a cell of a sheet holds it, a share as a part of one.

    number: what is compared with a target of the same kind; None where there is no figure.
    """

    number: int | None
    text: str
    cell: int | float | str


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One indicator. share: thousandths of the target; None where there is none, or no figure."""

    name: str
    value: Measured
    target: Measured
    share: int | None
    last: Measured
    year_ago: Measured


_NOTHING = Measured(None, "—", "—")
_NO_TARGET = Measured(None, "", "")
_Read = Callable[[ReportDay], Measured]


def report_lines(
    this: ReportDay, last: ReportDay, year_ago: ReportDay, targets: Policy
) -> Iterator[ReportLine]:
    """The indicators in their order; what happened is that of the month of each day."""
    for name, key, written, read in _INDICATORS:
        found = read(this)
        aim = targets.integer(key) if key else 0
        target = written(aim) if aim else _NO_TARGET
        has_share = bool(target.number) and found.number is not None
        yield ReportLine(
            name=name,
            value=found,
            target=target,
            share=(found.number or 0) * _FULL // (target.number or 1) if has_share else None,
            last=read(last),
            year_ago=read(year_ago),
        )


def _present(item: ReportDay) -> Measured:
    return _counted(item.figures.full_time_of(_VOCATIONAL))


def _entrants(item: ReportDay) -> Measured:
    """职普比 of the latest year of entry: the number is vocational in percent of general."""
    vocational, general = (item.figures.entrants_by_year(kind) for kind in (_VOCATIONAL, _GENERAL))
    year = max({*vocational, *general}, default=0)
    return _ratio(vocational.get(year, 0), general.get(year, 0))


def _all_present(item: ReportDay) -> Measured:
    return _ratio(item.figures.present_of(_VOCATIONAL), item.figures.present_of(_GENERAL))


def _completion(item: ReportDay) -> Measured:
    return _shared(item.figures.completion)


def _graduation(item: ReportDay) -> Measured:
    return _latest(item.figures.graduation_by_cohort)


def _advance(item: ReportDay) -> Measured:
    return _latest(item.figures.advance_by_year)


def _warned(item: ReportDay) -> Measured:
    return _counted(sum(item.figures.warned)) if item.figures.progress else _NOTHING


def _happened(flow: Flow) -> _Read:
    def read(item: ReportDay) -> Measured:
        return _counted(item.figures.months(flow).get(month_of(item.figures.day), 0))

    return read


def _counted(count: int) -> Measured:
    return Measured(count, f"{count:,}", count)


def _ratio(vocational: int, general: int) -> Measured:
    text = ratio_text(vocational, general)
    return Measured((vocational * 200 // general + 1) // 2, text, text) if text else _NOTHING


def _shared(share: Share) -> Measured:
    """In tenths of a percent."""
    tenths = share.tenths
    return _NOTHING if tenths is None else Measured(tenths, share_text(share), tenths / _FULL)


def share_text(share: Share) -> str:
    """Such as 93.4%; a dash of nothing."""
    tenths = share.tenths
    return "—" if tenths is None else f"{tenths // 10}.{tenths % 10}%"


def _latest(found: Mapping[int, Share]) -> Measured:
    return _shared(found[max(found)]) if found else _NOTHING


def _percent(aim: int) -> Measured:
    return Measured(aim * 10, f"{aim}%", aim / 100)


def _ratio_aim(aim: int) -> Measured:
    text = f"{aim // 100}.{aim % 100:02d} : 1"
    return Measured(aim, text, text)


_INDICATORS: tuple[tuple[str, str, Callable[[int], Measured], _Read], ...] = (
    ("中职全日制在校生（人）", "target.present_learners", _counted, _present),
    ("职普比（招生）", "target.entrants_percent", _ratio_aim, _entrants),
    ("职普比（在校生）", "", _counted, _all_present),
    (
        "3+2 专业（个）",
        "target.majors_to_college",
        _counted,
        lambda item: _counted(item.majors[0]),
    ),
    (
        "3+4 专业（个）",
        "target.majors_to_bachelor",
        _counted,
        lambda item: _counted(item.majors[1]),
    ),
    ("学分完成率", "target.completion_percent", _percent, _completion),
    ("按期毕业率（最近一届）", "target.graduation_percent", _percent, _graduation),
    ("转段率（最近一届）", "target.advance_percent", _percent, _advance),
    ("学业预警（人）", "", _counted, _warned),
    ("当月批准毕业（人）", "", _counted, _happened(Flow.GRADUATIONS)),
    ("当月普职互转（人）", "", _counted, _happened(Flow.TRANSFERS)),
    ("当月学分互认（笔）", "", _counted, _happened(Flow.RECOGNITIONS)),
    ("当月创新学分替代（笔）", "", _counted, _happened(Flow.SUBSTITUTIONS)),
)


def last_day(month: date, today: date) -> date:
    """The day of a month's figures: its last one, of the month that runs the day of today."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return min(today, date.fromordinal(following.toordinal() - 1))
