"""月报: a month on one page as PDF, and the same numbers as an Excel file."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
_COHORTS = 4
_SCHOOLS_MAX = 12
"""So that one page holds them."""
_NOTES = (
    "在校生：在籍、不含休学，按月末。职普比：中职人数比普高人数；招生按最近一个入学年级。",
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
    """The same numbers."""
    found = _read()
    head = ("指标", "本月", "目标", "完成", "上月", "去年同期")
    rows = [
        (line.name, line.value, line.target, _percent(line), line.last, line.year_ago)
        for line in found.lines
    ]
    schools = [
        (item["name"], item["present"], item["completion"], item["warned"], item["graduation"])
        for item in _schools(found)
    ]
    tables = [
        SheetTable("月报", head, rows, (found.title, f"{found.month:%Y-%m}，截至 {found.day}")),
        SheetTable("各校", ("学校", "在校生", "学分完成率", "预警", "按期毕业率"), schools),
    ]
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
    month = f"{found.month.year}年{found.month.month}月"
    return {
        "office": found.names.bureau,
        "title": f"职业教育月报 · {month}",
        "span": f"截至 {found.day}",
        "made_on": today().isoformat(),
        "source": "学分银行：数据由账本和学籍记录汇总，不含个人信息",
        "lines": [
            {
                "name": line.name,
                "value": line.value,
                "target": line.target,
                "share": line.share,
                "percent": _percent(line),
                "last": line.last,
                "year_ago": line.year_ago,
            }
            for line in found.lines
        ],
        "charts": [_entrants(found.figures), _flows(found)],
        "schools": _schools(found),
        "notes": list(_NOTES),
    }


def _percent(line: ReportLine) -> str:
    return "" if line.share is None else f"{line.share // 10}%"


def _entrants(figures: CountyFigures) -> dict[str, Any]:
    kinds = (InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.GENERAL_HIGH_SCHOOL)
    counts = [figures.entrants_by_year(kind) for kind in kinds]
    years = sorted({year for item in counts for year in item})[-_COHORTS:]
    groups = [(f"{year}级", [item.get(year, 0) for item in counts]) for year in years]
    return _chart("招生人数", ("中职", "普高"), groups)


def _flows(found: _Report) -> dict[str, Any]:
    months = [month_before(found.month, back) for back in range(11, -1, -1)]
    by_flow = [
        found.figures.months(flow)
        for flow in (Flow.TRANSFERS, Flow.RECOGNITIONS, Flow.SUBSTITUTIONS)
    ]
    groups = [(f"{month.month}月", [item.get(month, 0) for item in by_flow]) for month in months]
    return _chart("近12个月：互转、互认、替代", ("互转", "互认", "替代"), groups)


def _chart(
    title: str, series: tuple[str, ...], groups: list[tuple[str, list[int]]]
) -> dict[str, Any]:
    most = max((value for _, values in groups for value in values), default=0) or 1
    return {
        "title": title,
        "series": list(series),
        "groups": [
            {
                "label": label,
                "values": [
                    {"text": str(value) if value else "", "share": value * 1000 // most}
                    for value in values
                ],
            }
            for label, values in groups
        ],
    }


def _schools(found: _Report) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for school, (name, _english, _kind) in list(found.names.schools.items())[:_SCHOOLS_MAX]:
        part = found.figures.within(Part(institution_id=school))
        graduated = part.graduation_by_cohort
        rows.append(
            {
                "name": name,
                "present": f"{part.present:,}",
                "share": part.completion.tenths or 0,
                "completion": share_text(part.completion),
                "warned": str(sum(part.warned)),
                "graduation": share_text(graduated[max(graduated)]) if graduated else "—",
            }
        )
    return rows
