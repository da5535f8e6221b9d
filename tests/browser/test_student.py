"""The student's road, on a phone 360 pixels wide."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser


def top(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return float(box["y"])


def test_the_student_sees_the_verdict_first_then_what_is_missing(visit: Visit, picture):
    page = visit("student", width=360, height=740)
    card = page.locator("#verdicts article").first
    expect(card.locator(".said")).to_contain_text("还不能毕业")
    expect(card.locator(".ring")).to_have_attribute("aria-label", "已计入 168 学分，要求 170 学分")
    expect(card.locator(".blocks > li")).to_have_count(8)
    expect(card.locator(".marks").first).to_contain_text("任选课 还差 2 学分")
    expect(card.locator(".marks").first).to_contain_text("可修（学分）：")
    expect(card.locator(".marks").first).to_contain_text("竞赛、创新学分可自动替代")
    assert top(card) < top(page.locator("#transcript"))
    assert fits(page)
    expect(page.locator(".gap-first")).to_be_visible()
    picture(page, "student-phone")


def test_credits_stand_by_term_and_earlier_ones_are_fetched(visit: Visit):
    page = visit("student", width=360, height=740)
    terms = page.locator("#transcript .timeline-term")
    expect(terms.filter(has_text="2025-2026学年第二学期")).to_be_visible()
    before = terms.count()
    page.get_by_role("button", name="更早的学期").click()
    expect(terms.nth(before)).to_be_visible()
    expect(page.locator("#transcript")).to_contain_text("计入 专业核心课 3 学分")
    assert fits(page)


def test_the_advance_is_said_condition_by_condition(visit: Visit):
    page = visit("student", width=360, height=740)
    advance = page.locator("#verdicts article").nth(1)
    expect(advance).to_contain_text("转段条件")
    expect(advance.locator(".marks li").first).to_contain_text("须取得中级")


def test_a_student_applies_and_changes_nothing_and_sees_nobody_else(
    visit: Visit, county: LiveCounty
):
    page = visit("student", width=360, height=740)
    for own in ("#status-changes", "#sharing", "#credentials"):
        expect(page.locator(f"{own} form")).to_have_count(1)
    expect(page.locator("main form")).to_have_count(3)
    other = county.scalar("SELECT max(learner_id) FROM learners")
    page.goto(f"/learners/{other}")
    expect(page.locator("h1")).to_have_text("没有找到")


def test_the_page_speaks_english_in_the_dark(visit: Visit, picture):
    page = visit("student", width=360, height=740, language="en", theme="dark")
    expect(page.locator(".said").first).to_contain_text("Not ready to graduate yet")
    assert fits(page)
    expect(page.locator(".gap-first")).to_be_visible()
    picture(page, "student-phone-dark")
