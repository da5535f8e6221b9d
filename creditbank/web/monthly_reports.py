"""月报: a month on one page as PDF, and the same numbers as an Excel file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import NotFound

from creditbank.domain.access import declares
from creditbank.domain.county_figures import (
    CountyFigures,
    Flow,
    Part,
    Share,
    month_before,
    month_of,
)
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.monthly_reports import ReportLine, last_day, report_lines, share_text
from creditbank.domain.permissions import Action
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook
from creditbank.papers.rendering import render_report
from creditbank.queries.county_figures import Names, county_targets, figure_names, report_day
from creditbank.web.pages import month, pages
from creditbank.web.visits import actor, now, today, unit_of_work

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OFFERED = 12
_COHORTS, _FULL = 4, 1000
_SCHOOLS_MAX = 12
"""On one page; the sheet has all of them."""
_NOTES = (
    "在校生：在籍、不含休学，按月末；首行只计全日制，职普比和各校情况计全部。职普比：中职人数比普高人数；招生按最近一个入学年级。",
    "学分完成率：已得学分占培养方案到当月应得学分，每名学生至多按应得计；取月内最后一次统计，没有统计的月份为“—”。",
    "按期毕业率、转段率：最近一届到期的年级。当月各项按生效或入账日期计。目标见规则“学业预警与目标”。",
)


@dataclass(frozen=True, slots=True)
class _Report:
    """All that both files show."""

    month: date
    day: date
    names: Names
    figures: CountyFigures
    lines: tuple[ReportLine, ...]

    @property
    def title(self) -> str:
        return f"{self.names.bureau}职业教育月报"

    @property
    def file_name(self) -> str:
        return f"职业教育月报{self.month:%Y-%m}"


def report_months() -> list[tuple[str, str]]:
    """The months that are offered, each as it is asked for and written; the present one first."""
    offered = [month_before(month_of(today()), back) for back in range(_OFFERED)]
    return [(f"{item:%Y-%m}", month(item)) for item in offered]


@pages.get("/indicators/report.pdf")
@declares(Action.SEE_INDICATORS)
def monthly_report() -> Response:
    """One A4 page, the same bytes on the same day."""
    found = _read()
    pdf = render_report(_spoken(found), today())
    return _file(pdf, "application/pdf", f"{found.file_name}.pdf", disposition="inline")


@pages.get("/indicators/report.xlsx")
@declares(Action.SEE_INDICATORS)
def monthly_report_sheet() -> Response:
    """The same numbers as numbers, those of the charts among them, and every school."""
    found = _read()
    head = ("指标", "本月", "目标", "完成", "上月", "去年同期")
    rows = [
        (
            line.name, line.value.cell, line.target.cell,
            "" if line.share is None else line.share / _FULL, line.last.cell, line.year_ago.cell,
        )
        for line in found.lines
    ]  # fmt: skip
    schools = [
        (of.name, of.present, _cell(of.completion), of.warned, _cell(of.graduation))
        for of in _schools(found)
    ]
    tables = [
        SheetTable("月报", head, rows, (found.title, f"{found.month:%Y-%m}，截至 {found.day}")),
        SheetTable("各校", ("学校", "在校生", "学分完成率", "预警", "按期毕业率"), schools),
        *(
            SheetTable(chart.sheet, (chart.head, *chart.series),
                       [(label, *values) for label, values in chart.groups], (chart.title,))
            for chart in _charts(found)
        ),
    ]  # fmt: skip
    book = tables_workbook(tables, made_on=today())
    return _file(book, _XLSX, f"{found.file_name}.xlsx", disposition="attachment")


def _file(content: bytes, kind: str, name: str, *, disposition: str) -> Response:
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _read() -> _Report:
    """The month that the address names, the present one by default; none that is to come."""
    written = request.args.get("month") or f"{today():%Y-%m}"
    match = _MONTH.fullmatch(written)
    if match is None:
        raise NotFound
    month = date(int(match[1]), int(match[2]), 1)
    if month > today():
        raise NotFound
    with unit_of_work() as uow:
        this, last, year_ago = (
            report_day(uow, actor(), day=last_day(month_before(month, back), today()), now=now())
            for back in (0, 1, 12)
        )
        day = this.figures.day
        targets = county_targets(uow, actor(), day=day)
        names = figure_names(uow, actor())
    lines = tuple(report_lines(this, last, year_ago, targets))
    return _Report(month, day, names, this.figures, lines)


def _spoken(found: _Report) -> dict[str, Any]:
    """What the template looks at."""
    month, schools = f"{found.month.year}年{found.month.month}月", _schools(found)
    return {
        "office": found.names.bureau,
        "title": f"职业教育月报 · {month}",
        "span": f"截至 {found.day}",
        "made_on": today().isoformat(),
        "source": "学分银行：数据由账本和学籍记录汇总，不含个人信息",
        "lines": [
            {
                "name": line.name,
                "value": line.value.text,
                "target": line.target.text,
                "share": None if line.share is None else min(_FULL, line.share),
                "percent": _percent(line),
                "last": line.last.text,
                "year_ago": line.year_ago.text,
            }
            for line in found.lines
        ],
        "charts": [*map(_drawn, _charts(found))],
        "schools": [
            {
                "name": of.name,
                "present": f"{of.present:,}",
                "share": of.completion.tenths or 0,
                "completion": share_text(of.completion),
                "warned": str(of.warned),
                "graduation": share_text(of.graduation),
            }
            for of in schools[:_SCHOOLS_MAX]
        ],
        "notes": [*_NOTES, *_left_out(len(schools) - _SCHOOLS_MAX)],
    }


def _left_out(count: int) -> tuple[str, ...]:
    return (f"各校情况：另有 {count} 所学校见同月的 Excel 文件。",) if count > 0 else ()


def _percent(line: ReportLine) -> str:
    return "" if line.share is None else f"{line.share // 10}%"


@dataclass(frozen=True, slots=True)
class _Chart:
    """Counts in groups. sheet, head: what its sheet and that one's first column are called."""

    title: str
    sheet: str
    head: str
    series: tuple[str, ...]
    groups: tuple[tuple[str, tuple[int, ...]], ...]


def _charts(found: _Report) -> tuple[_Chart, _Chart]:
    kinds = (InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.GENERAL_HIGH_SCHOOL)
    entrants = [found.figures.entrants_by_year(kind) for kind in kinds]
    years = sorted({year for item in entrants for year in item})[-_COHORTS:]
    months = [month_before(found.month, back) for back in range(11, -1, -1)]
    flows = [
        found.figures.months(flow)
        for flow in (Flow.TRANSFERS, Flow.RECOGNITIONS, Flow.SUBSTITUTIONS)
    ]
    return (
        _Chart(
            "招生人数", "招生人数", "年级", ("中职", "普高"),
            tuple((f"{of}级", tuple(item.get(of, 0) for item in entrants)) for of in years),
        ),
        _Chart(
            "近12个月：互转、互认、替代", "互转、互认、替代", "月份", ("互转", "互认", "替代"),
            tuple((f"{of:%Y-%m}", tuple(item.get(of, 0) for item in flows)) for of in months),
        ),
    )  # fmt: skip


def _drawn(chart: _Chart) -> dict[str, Any]:
    """Lengths in thousandths of the longest; a month stands under its column without its year."""
    most = max((value for _, values in chart.groups for value in values), default=0) or 1
    return {
        "title": chart.title,
        "series": list(chart.series),
        "groups": [
            {
                "label": f"{int(label[-2:])}月" if chart.head == "月份" else label,
                "values": [
                    {"text": str(value) if value else "", "share": value * _FULL // most}
                    for value in values
                ],
            }
            for label, values in chart.groups
        ],
    }


@dataclass(frozen=True, slots=True)
class _School:
    """The figures of one school."""

    name: str
    present: int
    completion: Share
    warned: int
    graduation: Share


def _schools(found: _Report) -> list[_School]:
    rows = []
    for school, (name, _english, _kind) in found.names.schools.items():
        part = found.figures.within(Part(institution_id=school))
        graduated = part.graduation_by_cohort
        rows.append(
            _School(
                name=name,
                present=part.present,
                completion=part.completion,
                warned=sum(part.warned),
                graduation=graduated[max(graduated)] if graduated else Share(0, 0),
            )
        )
    return rows


def _cell(share: Share) -> float | str:
    return share_text(share) if share.tenths is None else share.tenths / _FULL
