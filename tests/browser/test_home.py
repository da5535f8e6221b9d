"""The first page in a browser: what waits, and the way to it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("role", ["registrar", "approver"])
def test_what_waits_is_one_click_away(visit: Visit, picture, role: str):
    page = visit(role)
    page.goto("/")
    expect(page.locator("h1")).to_have_text("今天等我办的")
    if role == "registrar":
        picture(page, "home-registrar")
    first = page.locator(".waiting a").first
    address = first.get_attribute("href")
    first.click()
    page.wait_for_url(f"**{address}")


def test_the_first_page_fits_a_phone(visit: Visit):
    page = visit("registrar", width=360, height=740, language="en", theme="dark")
    page.goto("/")
    assert fits(page)
