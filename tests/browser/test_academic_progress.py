"""学业预警 in a browser: from the classes to a learner, and a note of what was agreed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser


def test_an_advisor_finds_who_is_behind_and_notes_what_was_agreed(visit: Visit, picture):
    page = visit("advisor")
    page.goto("/academic-progress")
    page.locator(".levels a.is-bad").click()
    first = page.locator(".progress-rows > li").first
    expect(first.locator(".badge").first).to_have_text("红色预警")
    first.get_by_text("记录联系").click()
    first.get_by_label("联系对象").select_option("guardian")
    first.get_by_label("商定内容").fill("与家长约定暑期补修数学")
    picture(page, "academic-warnings")
    first.get_by_role("button", name="保存").click()
    expect(page.locator(".progress-rows")).to_contain_text("与家长约定暑期补修数学")


def test_the_list_fits_a_phone(visit: Visit):
    page = visit("advisor", width=360, height=740, language="en", theme="dark")
    page.goto("/academic-progress?level=warned")
    assert fits(page)
