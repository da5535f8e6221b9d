"""Signing in and out, languages, keyboards, and what happens when the network goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SESSION, Visit
from tests.browser.roads import DEMO_STUDENT, open_learner

pytestmark = pytest.mark.browser

_UNLABELLED = """
[...document.querySelectorAll("main :is(input, select, textarea, button)")]
  .filter((field) => field.type !== "hidden" && !field.hidden)
  .filter((field) => !(field.labels?.length || field.textContent.trim() || field.ariaLabel))
  .map((field) => field.outerHTML)
"""


def test_signed_out_nothing_is_visible_but_the_form(visit: Visit):
    page = visit()
    for address in ("/", "/learners", "/learners/1", "/grade-sheets", "/indicators"):
        page.goto(address)
        expect(page.locator("main form").first).to_have_attribute("action", "/sign-in")
        expect(page.locator(".top-links")).to_have_count(0)


def test_a_wrong_password_says_neither_which_nor_whom(visit: Visit):
    page = visit()
    page.goto("/sign-in")
    page.fill("[name=username]", "registrar")
    page.fill("[name=password]", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_have_text("用户名或密码不正确。")


def test_after_signing_out_the_back_button_shows_nothing(visit: Visit):
    page = visit("registrar", fresh=True)
    open_learner(page, DEMO_STUDENT)
    page.locator(".person > summary").click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/sign-in")
    page.go_back()
    expect(page.locator("#transcript")).to_have_count(0)


def test_signing_in_leads_back_to_the_page_that_was_asked_for(visit: Visit):
    page = visit()
    page.goto("/agreements")
    page.fill("[name=username]", "registrar")
    page.fill("[name=password]", "pingyin-2020")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agreements")


def test_the_language_changes_in_place_and_stays(visit: Visit):
    page = visit("registrar")
    page.goto("/paste?kind=competition")
    page.locator(".person > summary").click()
    page.get_by_role("button", name="English").click()
    page.wait_for_url("**/paste?kind=competition")
    expect(page.locator("h1")).to_have_text("Paste rows")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/learners")
    expect(page.locator("h1")).to_have_text("Find a student")


def test_light_or_dark_is_chosen_and_stays(visit: Visit):
    page = visit("registrar", fresh=True)
    page.goto("/grade-sheets")
    page.locator(".person > summary").click()
    page.get_by_role("button", name="深色").click()
    page.wait_for_url("**/grade-sheets")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/rules")
    ground = "getComputedStyle(document.body).getPropertyValue('--cb-page').trim()"
    assert page.evaluate(ground) == "#10171b"


def test_on_a_narrow_screen_the_ways_lie_over_the_page_while_they_are_wanted(visit: Visit):
    page = visit("registrar", fresh=True)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/grade-sheets")
    ways = page.get_by_role("navigation", name="主导航")
    expect(ways).to_be_hidden()
    page.locator("[data-side-open]").press("Enter")
    expect(ways).to_be_visible()
    page.keyboard.press("Escape")
    expect(ways).to_be_hidden()
    expect(page.locator("[data-side-open]")).to_be_focused()


def test_the_keyboard_alone_reaches_the_content(visit: Visit):
    page = visit("registrar")
    page.goto("/grade-sheets")
    page.keyboard.press("Tab")
    expect(page.get_by_text("跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("address", ["/", "/paste", "/grade-sheets", "/learners/1"])
def test_every_field_has_a_label(visit: Visit, address: str):
    page = visit("registrar")
    page.goto(address)
    assert page.evaluate(_UNLABELLED) == []


def test_a_lost_connection_is_said(visit: Visit):
    page = visit("registrar")
    page.goto("/learners/1")
    page.context.set_offline(True)
    page.locator("#post-panel .tabs a").nth(1).click()
    expect(page.locator("#toasts .toast")).to_contain_text("连接中断")
    page.context.set_offline(False)


def test_an_ended_session_leads_back_to_the_form(visit: Visit):
    page = visit("registrar")
    page.goto("/learners/1")
    page.context.clear_cookies(name=SESSION)
    page.locator("#post-panel .tabs a").nth(1).click()
    page.wait_for_url("**/sign-in*")
    expect(page.locator("#transcript")).to_have_count(0)


def test_a_printed_record_holds_every_term_and_no_buttons(visit: Visit):
    page = visit("registrar")
    page.goto("/learners/1")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("#post")).to_be_hidden()
    expect(page.locator("details.term:not([open])")).to_have_count(0)
    expect(page.locator("tr.course button:visible")).to_have_count(0)
