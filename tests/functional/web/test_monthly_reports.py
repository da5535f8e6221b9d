"""月报: one page and one file with the same numbers, of any month that has begun."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from creditbank.domain.county_figures import CountyFigures
from creditbank.domain.monthly_reports import TARGETS, ReportDay, last_day, report_lines
from creditbank.domain.permissions import Role
from tests.factories.county import NOW
from tests.factories.policies import shipped_policy
from tests.functional.web.conftest import Visitor

PDF, SHEET = "/indicators/report.pdf", "/indicators/report.xlsx"


def words(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [re.sub(r"\s+", "", page.get_textpage().get_text_bounded()) for page in document]


def test_the_report_is_one_page_and_the_same_bytes_each_time(visitor: Visitor):
    reader = visitor(Role.COUNTY)
    answer = reader.get(f"{PDF}?month=2026-06")
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    (page,) = words(answer.data)
    assert "职业教育月报·2026年6月" in page
    assert "截至2026-06-30" in page
    assert reader.get(f"{PDF}?month=2026-06").data == answer.data


def test_the_file_holds_the_lines_of_the_page(visitor: Visitor):
    reader = visitor(Role.AUDITOR)
    book = CalamineWorkbook.from_filelike(io.BytesIO(reader.get(SHEET).data))
    rows = book.get_sheet_by_name("月报").to_python()[3:]
    (page,) = words(reader.get(PDF).data)
    line = {row[0]: row for row in rows}["中职全日制在校生（人）"]
    assert line[2] == "5,500"
    assert int(str(line[1])) > 0
    for name, value, *_ in rows:
        assert re.sub(r"\s+", "", f"{name}{value}") in page
    assert not [name for name in reader.county.names.values() if name in page]


@pytest.mark.parametrize("month", ["2026-08", "2026-13", "2026", "x", "2026-06-30"])
def test_a_month_that_is_none_or_to_come_is_not_found(visitor: Visitor, month: str):
    assert visitor(Role.COUNTY).get(f"{PDF}?month={month}").status_code == 404


def test_a_month_ends_on_its_last_day_or_today():
    today = NOW.date()
    assert last_day(today.replace(month=2, day=1), today) == today.replace(month=2, day=28)
    assert last_day(today.replace(day=1), today) == today
    assert last_day(today.replace(year=2025, month=12, day=1), today).isoformat() == "2025-12-31"


def test_without_any_figure_there_are_dashes_and_no_shares():
    nothing = ReportDay(CountyFigures(day=NOW.date()), (0, 0))
    policy = shipped_policy()
    assert all(policy.integer(key) > 0 for key in TARGETS)
    lines = {line.name: line for line in report_lines(nothing, nothing, nothing, policy)}
    assert lines["学分完成率"].value == lines["职普比（招生）"].value == "—"
    assert lines["学分完成率"].share is None
    assert (lines["3+2 专业（个）"].value, lines["3+2 专业（个）"].share) == ("0", 0)
