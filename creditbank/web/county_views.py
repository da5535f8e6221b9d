"""The bureau's figures in words: tiles, charts by part of the county, charts over time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from creditbank.domain.county_figures import (
    CountyFigures,
    Flow,
    Part,
    Place,
    ProgressCounted,
    Share,
    completed,
    month_before,
    month_of,
    ratio_text,
    shares,
)
from creditbank.domain.institutions import InstitutionKind
from creditbank.queries.county_figures import MONTHS, Names
from creditbank.web.county_charts import (
    About,
    BarChart,
    ColumnChart,
    Series,
    Value,
    bar_row,
    column_chart,
)
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, named

VOCATIONAL, GENERAL = InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.GENERAL_HIGH_SCHOOL
_YEARS = 5
_FULL_TENTHS = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """One number at the top, and what is said below it. tone: of a number that asks for a look."""

    value: str
    text: str
    more: str = ""
    tone: str = ""


def percent(share: Share) -> str:
    """Such as 93.4%; a dash of nothing."""
    tenths = share.tenths
    return "—" if tenths is None else f"{tenths // 10}.{tenths % 10}%"


def tiles(found: CountyFigures, whole: CountyFigures, part: Part) -> list[Figure]:
    """The figures of the part that is looked at; of the whole county also how it is divided."""
    red, yellow = found.warned
    graduated, advanced = found.graduation_by_cohort, found.advance_by_year
    figures = [
        Figure(f"{found.present:,}", _("在校生"), _present_note(found)),
        Figure(percent(found.completion), _("学分完成率"), _("已得学分占应得学分")),
        Figure(
            f"{red + yellow:,}",
            _("学业预警"),
            _("红色 %(red)s，黄色 %(yellow)s", red=red, yellow=yellow),
            "bad" if red else "",
        ),
        _latest(graduated, _("按期毕业率"), _l_cohort),
        _latest(advanced, _("转段率"), _l_year),
        *(
            Figure(f"{_of_school_year(found, flow):,}", text, _("本学年"))
            for flow, text in (
                (Flow.TRANSFERS, _("普职互转人数")),
                (Flow.RECOGNITIONS, _("学分互认笔数")),
                (Flow.SUBSTITUTIONS, _("创新学分替代笔数")),
            )
        ),
    ]
    if part == Part():
        figures[1:1] = _ratios(whole)
    return figures


def _present_note(found: CountyFigures) -> str:
    if not found.part_time:
        return _("在籍，不含休学")
    return _("在籍，不含休学；其中非全日制 %(count)s", count=f"{found.part_time:,}")


def _ratios(whole: CountyFigures) -> list[Figure]:
    """职普比, by who entered last and by who is in school."""
    vocational, general = (whole.entrants_by_year(kind) for kind in (VOCATIONAL, GENERAL))
    year = max({*vocational, *general}, default=whole.day.year)
    entered = ratio_text(vocational.get(year, 0), general.get(year, 0))
    present = ratio_text(whole.present_of(VOCATIONAL), whole.present_of(GENERAL))
    return [
        Figure(entered or "—", _("职普比（招生）"), _("%(year)s 级", year=year)),
        Figure(present or "—", _("职普比（在校生）"), _("中职 : 普高")),
    ]


def _l_cohort(year: int) -> str:
    return _("%(year)s 级", year=year)


def _cohort(year: int) -> str:
    """Under a column, where there is little room."""
    return _("%(entered)s级", entered=year)


def _l_year(year: int) -> str:
    return _("%(year)s 年转段", year=year)


def _latest(found: Mapping[int, Share], text: str, label: Callable[[int], str]) -> Figure:
    if not found:
        return Figure("—", text)
    year = max(found)
    share = found[year]
    more = f"{label(year)} {share.part}/{share.whole}"
    return Figure(percent(share), text, more)


def _of_school_year(found: CountyFigures, flow: Flow) -> int:
    begins = date(found.day.year - (found.day.month < 9), 9, 1)  # noqa: PLR2004 (September)
    return sum(count for month, count in found.months(flow).items() if month >= begins)


@dataclass(frozen=True, slots=True)
class Grouping:
    """By what a part is divided further. place: of a count to its group; name, url: of a group."""

    head: str
    group: Callable[[Place], Hashable]
    name: Callable[[Any], str]
    url: Callable[[Any], str]


def grouping_of(part: Part, names: Names) -> Grouping:
    """The county by school, a school by major, a major by cohort."""
    year = {"year": part.entry_year} if part.entry_year else {}
    if part.institution_id is None:
        return Grouping(
            _("学校"),
            lambda place: place.institution_id,
            lambda school: named(*names.schools[school][:2]),
            lambda school: url_for("web.indicators", **_args(year, school=school)),
        )
    if part.major_code is None:
        return Grouping(
            _("专业"),
            lambda place: place.major_code,
            lambda code: names.majors.get((part.institution_id or 0, code), code),
            lambda code: url_for(
                "web.indicators", **_args(year, school=part.institution_id, major=code)
            ),
        )
    return Grouping(_("年级"), lambda place: place.entry_year, _l_cohort, lambda _year: "")


def _args(year: Mapping[str, int], **more: Any) -> dict[str, Any]:  # noqa: ANN401 (of an address)
    return {**year, **more}


def part_charts(found: CountyFigures, grouping: Grouping) -> list[BarChart]:
    """学分完成率 and warnings, by what the part is divided into."""
    progress = [item for item in found.progress if item.expected_units]
    if not progress:
        return []
    done = shares(progress, lambda item: grouping.group(item.place), completed)
    levels: dict[Hashable, tuple[int, int, int]] = {}
    for item in progress:
        red, yellow, all_of_them = levels.get(grouping.group(item.place), (0, 0, 0))
        levels[grouping.group(item.place)] = (
            red + item.red, yellow + item.yellow, all_of_them + item.learners,
        )  # fmt: skip
    most = max(red + yellow for red, yellow, _all in levels.values())
    return [
        BarChart(
            About(
                "completion",
                _("学分完成率"),
                grouping.head,
                _("已得学分占培养方案到目前为止应得学分，每名学生至多按应得计。"),
            ),
            (),
            tuple(
                bar_row(
                    grouping.name(key), grouping.url(key), percent(share),
                    [(share.part, "progress")], share.whole,
                )
                for key, share in sorted(done.items(), key=lambda one: one[1].tenths or 0)
            ),
        ),
        BarChart(
            About("warnings", _("学业预警人数"), grouping.head, _("预警 / 学生")),
            (Series(_("红色"), "bad"), Series(_("黄色"), "warn")),
            tuple(
                bar_row(
                    grouping.name(key), grouping.url(key), f"{red + yellow} / {everybody:,}",
                    [(red, "bad"), (yellow, "warn")], most,
                )
                for key, (red, yellow, everybody) in sorted(
                    levels.items(), key=lambda one: -(one[1][0] + one[1][1])
                )
            ),
            is_share=False,
        ),
    ]  # fmt: skip


def time_charts(
    found: CountyFigures, progress: Iterable[ProgressCounted], part: Part
) -> list[ColumnChart]:
    """What changes with the cohorts and the months; those without anything are left out."""
    months = [month_before(month_of(found.day), back) for back in range(MONTHS - 2, -1, -1)]
    charts = [
        *([_ratio_chart(found)] if part.institution_id is None else []),
        _share_chart("graduation", _("按期毕业率"), found.graduation_by_cohort, _cohort),
        _share_chart("advance", _("转段率"), found.advance_by_year, str),
        _completion_chart(months, progress),
        column_chart(
            About("flows", _("互转、互认与创新学分替代"), _("月份")),
            [
                (
                    _month_label(month, is_first=month == months[0]),
                    [_number(found.months(flow).get(month, 0)) for flow in _FLOWS],
                )
                for month in months
            ],
            series=(
                Series(_("互转人数"), "progress"),
                Series(_("互认笔数"), "good"),
                Series(_("替代笔数"), "other"),
            ),
        ),
    ]
    return [chart for chart in charts if not chart.is_empty]


_UNBROKEN = "\N{NO-BREAK SPACE}"
_FLOWS = (Flow.TRANSFERS, Flow.RECOGNITIONS, Flow.SUBSTITUTIONS)


def _ratio_chart(found: CountyFigures) -> ColumnChart:
    vocational, general = (found.entrants_by_year(kind) for kind in (VOCATIONAL, GENERAL))
    years = sorted({*vocational, *general})[-_YEARS:]
    groups = []
    for year in years:
        pair = vocational.get(year, 0), general.get(year, 0)
        ratio = ratio_text(*pair)
        label = f"{_cohort(year)} {ratio.replace(' ', _UNBROKEN)}"
        groups.append((label, [_number(pair[0]), _number(pair[1])]))
    return column_chart(
        About("ratio", _("招生职普比"), _("年级")),
        groups,
        series=(Series(_("中职"), "progress"), Series(_("普高"), "neutral")),
    )


def _share_chart(
    key: str, title: str, found: Mapping[int, Share], label: Callable[[int], str]
) -> ColumnChart:
    groups: list[tuple[str, Sequence[Value]]] = [
        (f"{label(year)} {share.part}/{share.whole}", [(share.tenths, percent(share))])
        for year, share in list(found.items())[-_YEARS:]
    ]
    series = (Series(title, "good"),)
    return column_chart(About(key, title, _("年级")), groups, series=series, top=_FULL_TENTHS)


def _completion_chart(months: Sequence[date], progress: Iterable[ProgressCounted]) -> ColumnChart:
    done = shares(progress, lambda item: month_of(item.noted_on), completed)
    known = [month for month in months if month in done]
    groups = [
        (
            _month_label(month, is_first=month == known[0]),
            [(done[month].tenths, percent(done[month]))],
        )
        for month in known
    ]
    return column_chart(
        About("trend", _("学分完成率（逐月）"), _("月份")),
        groups if len(groups) > 1 else [],
        series=(Series(_("学分完成率"), "progress"),),
        top=_FULL_TENTHS,
    )


def _number(count: int) -> Value:
    return count, f"{count:,}"


def _month_label(of: date, *, is_first: bool) -> str:
    """Short enough to stand under a column: the year only where it begins."""
    number = f"{of.month}月" if language() == "zh" else f"{of:%b}"
    return f"{number} {of.year}" if is_first or of.month == 1 else number
