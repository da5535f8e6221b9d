"""The college's road: its agreed cohorts, who is on track, who is not, and why."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LiveCounty, Visit, today
from tests.browser.roads import fits

pytestmark = pytest.mark.browser


def test_the_college_sees_its_own_agreements_only(visit: Visit, county: LiveCounty):
    page = visit("college")
    page.goto("/agreements")
    expect(page.locator("h1")).to_have_text("贯通培养协议")
    own = county.scalar(
        "SELECT count(*) FROM articulation_agreements a JOIN accounts c"
        " ON c.institution_id = a.college_id WHERE c.username = 'college'"
        " AND :today BETWEEN a.valid_from AND a.valid_to",
        today=today(),
    )
    expect(page.locator("main tbody tr")).to_have_count(int(str(own)))
    foreign = county.scalar(
        "SELECT min(agreement_id) FROM articulation_agreements WHERE college_id <>"
        " (SELECT institution_id FROM accounts WHERE username = 'college')"
    )
    page.goto(f"/agreements/{foreign}")
    expect(page.locator("h1")).to_have_text("没有找到")


def test_who_is_not_on_track_stands_first_with_the_reason(visit: Visit, picture):
    page = visit("college")
    page.goto("/agreements")
    page.locator("main tbody th > a").last.click()
    first = page.locator("main tbody tr").first
    expect(first.locator(".badge")).to_have_text("未达转段资格")
    expect(first.locator(".marks")).not_to_be_empty()
    picture(page, "college-cohort")
    page.locator("[name=outcome]").select_option("qualified")
    expect(page.locator("main tbody .badge").first).to_have_text("具备转段资格")
    expect(page.locator("main tbody .marks")).to_have_count(0)


def test_the_college_reads_the_record_behind_a_line(visit: Visit):
    page = visit("college")
    page.goto("/agreements")
    page.locator("main tbody th > a").last.click()
    page.locator("main tbody th > a").first.click()
    expect(page.locator("#transcript")).to_be_visible()
    expect(page.locator("#verdicts article")).to_have_count(2)
    expect(page.locator("main form:not([action$=credentials])")).to_have_count(0)


def test_the_cohort_fits_a_phone(visit: Visit):
    page = visit("college", width=360, height=740)
    page.goto("/agreements")
    page.locator("main tbody th > a").last.click()
    assert fits(page)
