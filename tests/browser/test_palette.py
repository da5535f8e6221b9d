"""The field that finds everything, by the keyboard alone and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.roads import DEMO_STUDENT, fits

pytestmark = pytest.mark.browser


def test_slash_finds_a_learner_and_enter_opens_the_record(visit: Visit, picture):
    page = visit("registrar")
    page.goto("/rules")
    page.keyboard.press("/")
    field = page.locator("#palette [name=words]")
    expect(field).to_be_focused()
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    page.keyboard.type(DEMO_STUDENT)
    option = page.locator("#palette [role=option]", has_text=DEMO_STUDENT)
    expect(option).to_have_attribute("aria-selected", "true")
    picture(page, "palette")
    page.keyboard.press("Enter")
    expect(page.locator("#transcript")).to_be_visible()
    assert DEMO_STUDENT not in page.url


def test_arrows_choose_escape_closes_and_nothing_stays(visit: Visit):
    page = visit("approver")
    page.goto("/")
    page.keyboard.press("Control+k")
    options = page.locator("#palette [role=option]")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(options).to_have_count(0)


def test_a_slash_in_a_field_is_a_slash(visit: Visit):
    page = visit("registrar")
    page.goto("/learners")
    page.locator("main [name=words]").press("/")
    expect(page.locator("main [name=words]")).to_have_value("/")
    expect(page.locator("#palette")).to_be_hidden()


def test_on_a_phone_the_icon_opens_it(visit: Visit):
    page = visit("registrar", width=360, height=740, language="en", theme="dark")
    page.goto("/")
    page.locator(".palette-icon").click()
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    page.keyboard.type("20230101")
    expect(page.locator("#palette [role=option]")).to_have_count(6)
    assert fits(page)
