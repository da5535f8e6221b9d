"""月报: one page and one file with the same numbers, of any month that has begun."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, text

from creditbank.domain.county_figures import CohortCount, CountyFigures, Place
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.monthly_reports import TARGETS, ReportDay, last_day, report_lines
from creditbank.domain.permissions import Role
from creditbank.papers.rendering import render_report
from creditbank.web import monthly_reports
from tests.factories.county import NOW
from tests.factories.policies import shipped_policy
from tests.functional.web.conftest import Reader, Visitor

STUDYING = text("""
SELECT enrolment_id AS id, study_mode, status, is_open FROM enrolments
JOIN institutions i USING (institution_id)
WHERE status = '01' AND i.kind = 'vocational_school' ORDER BY enrolment_id LIMIT 1
""")
AS_BEFORE = text("""
UPDATE enrolments SET study_mode = :study_mode, status = :status, is_open = :is_open
WHERE enrolment_id = :id
""")
PDF, SHEET = "/indicators/report.pdf", "/indicators/report.xlsx"


def words(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [re.sub(r"\s+", "", page.get_textpage().get_text_bounded()) for page in document]


def table(reader: Reader, name: str) -> list[Any]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(reader.get(SHEET).data))
    return book.get_sheet_by_name(name).to_python()


def test_the_report_is_one_page_and_the_same_bytes_each_time(visitor: Visitor):
    reader = visitor(Role.COUNTY)
    answer = reader.get(f"{PDF}?month=2026-06")
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    (page,) = words(answer.data)
    assert "职业教育月报·2026年6月" in page
    assert "截至2026-06-30" in page
    assert reader.get(f"{PDF}?month=2026-06").data == answer.data


def test_the_file_holds_the_figures_of_the_page_as_numbers(visitor: Visitor):
    reader = visitor(Role.AUDITOR)
    rows = table(reader, "月报")[3:]
    (page,) = words(reader.get(PDF).data)
    line = {row[0]: row for row in rows}
    present = line["中职全日制在校生（人）"]
    assert (present[1] > 0, present[2]) == (True, 5500)
    assert line["按期毕业率（最近一届）"][2] == 0.95
    for name, value, *_ in rows:
        shown = f"{value:,.0f}" if isinstance(value, float) and value.is_integer() else value
        shown = f"{value:.1%}" if isinstance(value, float) and 0 < value < 1 else shown
        assert re.sub(r"\s+", "", f"{name}{shown}") in page
    assert not [name for name in reader.county.names.values() if name in page]


def test_the_file_holds_what_the_charts_show(visitor: Visitor):
    reader = visitor(Role.COUNTY)
    entrants = table(reader, "招生人数")[2:]
    assert entrants[0] == ["年级", "中职", "普高"]
    assert sum(row[1] for row in entrants[1:]) > 0
    assert len(table(reader, "互转、互认、替代")[3:]) == 12


@contextmanager
def changed(owner_engine: Engine, change: str) -> Iterator[None]:
    """One who studies at the vocational school, otherwise for a while."""
    with owner_engine.begin() as connection:
        row = dict(connection.execute(STUDYING).mappings().one())
        connection.execute(text(f"UPDATE enrolments SET {change} WHERE enrolment_id = :id"), row)
    try:
        yield
    finally:
        with owner_engine.begin() as connection:
            connection.execute(AS_BEFORE, row)


def test_who_studies_part_time_is_not_counted_as_full_time(visitor: Visitor, owner_engine: Engine):
    reader = visitor(Role.COUNTY)
    before, school = table(reader, "月报")[3][1], table(reader, "各校")[1][1]
    with changed(owner_engine, "study_mode = 'part_time'"):
        assert table(reader, "月报")[3][1] == before - 1
        assert table(reader, "各校")[1][1] == school
        assert "其中非全日制 1" in reader.get("/indicators").get_data(as_text=True)


@pytest.mark.parametrize("status", ["03", "07"])
def test_who_left_in_another_system_is_not_in_school(
    visitor: Visitor, owner_engine: Engine, status: str
):
    reader = visitor(Role.COUNTY)
    before = table(reader, "月报")[3][1]
    with changed(owner_engine, f"status = '{status}', is_open = false"):
        assert table(reader, "月报")[3][1] == before - 1


def test_no_school_is_left_out_without_a_word(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monthly_reports, "_SCHOOLS_MAX", 1)
    reader = visitor(Role.COUNTY)
    schools = len(table(reader, "各校")) - 1
    (page,) = words(reader.get(PDF).data)
    assert f"另有{schools - 1}所学校见同月的Excel文件" in page


def test_as_many_schools_as_are_shown_stand_on_the_one_page(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crowded(said: dict[str, Any], day: date) -> bytes:
        school = said["schools"][0] | {"name": "平阳县第一高级职业技术中等专业综合实验学校"}
        return render_report(said | {"schools": [school] * most, "notes": said["notes"] * 2}, day)

    most = monthly_reports._SCHOOLS_MAX
    monkeypatch.setattr(monthly_reports, "render_report", crowded)
    (page,) = words(visitor(Role.COUNTY).get(PDF).data)
    assert page.count("综合实验学校") == most


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
    assert lines["学分完成率"].value.text == lines["职普比（招生）"].value.text == "—"
    assert lines["学分完成率"].share is None
    majors = lines["3+2 专业（个）"]
    assert (majors.value.text, majors.share) == ("0", 0)


def test_a_target_that_is_passed_is_said_to_be():
    where = Place(institution_id=1, major_code="A", entry_year=2023)
    counts = CohortCount(
        place=where, kind=InstitutionKind.VOCATIONAL_SCHOOL, entrants=6000, enrolled=6000, away=10,
        part_time=215, cohort=1000, on_time=949, is_due=True,
    )  # fmt: skip
    day = ReportDay(CountyFigures(day=NOW.date(), cohorts=(counts,)), (6, 1))
    lines = {item.name: item for item in report_lines(day, day, day, shipped_policy())}
    present = lines["中职全日制在校生（人）"]
    assert (present.value.cell, present.target.cell, present.share) == (5775, 5500, 1050)
    graduated = lines["按期毕业率（最近一届）"]
    assert (graduated.value.text, graduated.share) == (
        "94.9%",
        998,
    )  # of 95%, not of whole percents
