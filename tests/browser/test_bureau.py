"""The bureau's page: counts by school and major, that add up."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser


def test_counts_by_school_and_major_add_up(visit: Visit, county: LiveCounty, picture):
    page = visit("county")
    page.goto("/indicators")
    expect(page.locator("h1")).to_have_text("全县统计")
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
