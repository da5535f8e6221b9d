"""The bureau's page: counts by school and major, that add up."""

from __future__ import annotations

import re

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser


def test_counts_by_school_and_major_add_up(visit: Visit, county: LiveCounty, picture):
    page = visit("county")
    page.goto("/indicators")
    expect(page.locator("h1")).to_have_text("全县统计")
    expect(page.locator(".charts figure").first).to_be_visible()
    picture(page, "bureau")
    schools = page.locator("section.card")
    expect(schools).to_have_count(3)
    total = sum(
        int(re.sub(r"\D", "", schools.nth(at).locator(".card-head .muted").inner_text()))
        for at in range(3)
    )
    assert total == county.scalar("SELECT count(*) FROM enrolments")
    majors = schools.first.locator("table").first.locator("td.number").all_inner_texts()
    first = schools.first.locator(".card-head .muted").inner_text()
    assert sum(map(int, majors)) == int(re.sub(r"\D", "", first))


def test_one_cohort_can_be_chosen(visit: Visit):
    page = visit("county", width=360, height=740)
    page.goto("/indicators")
    assert fits(page)
    page.locator("[name=year]").select_option(index=1)
    page.wait_for_url("**/indicators?year=*")
    assert fits(page)


def test_a_school_a_major_and_its_cohorts_are_a_click_away(visit: Visit):
    page = visit("county")
    page.goto("/indicators")
    page.locator("#chart-completion ~ table a", has_text="职业教育中心").click()
    expect(page.locator("h1")).to_contain_text("职业教育中心")
    major = page.locator("#chart-completion ~ table a").first
    name = major.inner_text()
    major.click()
    expect(page.locator("h1")).to_contain_text(name)
    expect(page.locator("#chart-completion ~ table tbody tr").first).to_contain_text("级")


def test_every_chart_of_columns_has_its_numbers_as_a_table(visit: Visit):
    page = visit("county")
    page.goto("/indicators")
    charts = page.locator(".columns-chart")
    assert charts.count() > 1
    for at in range(charts.count()):
        groups = charts.nth(at).locator(".staves li").count()
        assert charts.nth(at).locator("table tbody tr").count() == groups


def test_the_month_is_one_page_to_download(visit: Visit):
    page = visit("county")
    page.goto("/indicators")
    address = page.locator(".report-form").get_attribute("action")
    month = page.locator("[name=month]").input_value()
    answer = page.context.request.get(f"{address}?month={month}")
    assert len(pypdfium2.PdfDocument(answer.body())) == 1
