"""The record on one's own phone: without a network, and handed on by a link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.conftest import PATIENCE_MS, LiveCounty, Visit, sign_in
from tests.browser.lost_network import Relay
from tests.browser.roads import fits

pytestmark = pytest.mark.browser

KEPT = """() => caches.open('creditbank-pages').then(c => c.keys())
  .then(keys => keys.map(key => key.url).filter(url => !url.includes('owner')))"""
WIPED = f"""async () => {{
  while ((await ({KEPT})()).length) await new Promise(again => setTimeout(again, 50));
}}"""
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture
def relay(county: LiveCounty) -> Iterator[Relay]:
    """The way to the county, which can be cut."""
    made = Relay(urlsplit(county.url).port or 0)
    yield made
    made.cut()


@contextmanager
def phone(browser: Browser, relay: Relay) -> Iterator[BrowserContext]:
    """A phone of nobody yet."""
    context = browser.new_context(base_url=relay.url, viewport=PHONE, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def own_page(context: BrowserContext, username: str = "student") -> Page:
    """Signed in, and the page is kept."""
    page = context.new_page()
    sign_in(page, username)
    expect(page.locator("#device [data-kept]")).to_be_visible()
    return page


def kept_pages(page: Page) -> list[str]:
    """What lies on the phone."""
    found: list[str] = page.evaluate(KEPT)
    return found


def test_without_a_network_the_last_state_is_shown_and_says_so(
    browser: Browser, relay: Relay, picture: Callable[..., None]
):
    with phone(browser, relay) as context:
        page = own_page(context)
        expect(page.locator(".offline-banner")).to_be_hidden()
        own = page.url
        relay.cut()
        page.goto("/")
        assert page.url.partition("#")[0] == own.partition("#")[0]
        expect(page.locator(".offline-banner")).to_contain_text("离线：显示")
        expect(page.locator(".glance strong").first).to_have_text("还差 2 学分")
        expect(page.locator(".gap-first")).to_contain_text("最省的补法")
        expect(page.locator("#toasts")).to_be_empty()
        expect(page.locator("#sharing [type=submit]").first).to_be_disabled()
        expect(page.locator(".top form[action='/sign-out'] button")).to_be_enabled()
        assert fits(page)
        picture(page, "student-phone-offline")
        page.goto(f"{own}/looks")
        expect(page.locator("h1")).to_have_text("没有网络")
        relay.mend()
        page.goto(own)
        expect(page.locator(".offline-banner")).to_be_hidden()
        expect(page.locator("#sharing [type=submit]").first).to_be_enabled()


def test_signing_out_and_whoever_signs_in_next_wipe_the_phone(browser: Browser, relay: Relay):
    with phone(browser, relay) as context:
        page = own_page(context)
        assert kept_pages(page)
        page.locator(".person > summary").click()
        page.locator(".top").get_by_role("button", name="退出").click()
        page.wait_for_url("**/sign-in")
        assert kept_pages(page) == []
        page = own_page(context)
        relay.cut()
        page.reload()
        page.locator(".person > summary").click()
        page.locator(".top").get_by_role("button", name="退出").click()
        expect(page.locator("#left")).to_contain_text("已删除")
        assert kept_pages(page) == []
        relay.mend()
        page.goto("/")
        expect(page.locator("#device [data-kept]")).to_be_visible()
        assert kept_pages(page)
        context.clear_cookies()
        page.goto("/learners")
        page.wait_for_url("**/sign-in**")
        page.evaluate(WIPED)  # behind the answer


def test_on_a_phone_of_others_nothing_is_kept(browser: Browser, relay: Relay):
    with phone(browser, relay) as context:
        page = own_page(context)
        page.get_by_role("button", name="这不是我的手机").click()
        expect(page.locator("#device [data-not-kept]")).to_be_visible()
        assert kept_pages(page) == []
        page.reload()
        expect(page.locator("#device [data-not-kept]")).to_be_visible()
        assert kept_pages(page) == []


def test_a_paper_is_handed_on_by_a_link_and_withdrawn(visit: Visit, picture: Callable[..., None]):
    student = visit("student", width=360, height=740)
    student.locator("#credentials [type=submit]").click()
    expect(student.locator("#credentials .notice")).to_be_visible()
    student.get_by_role("link", name="把证明发给别人看").click()
    student.get_by_text("30 天").click()
    student.get_by_role("button", name="生成链接").click()
    link = student.locator("[data-link]").input_value()
    expect(student.locator(".qr svg")).to_be_visible()
    assert fits(student)
    picture(student, "share-link-phone")
    stranger = visit(width=360, height=740)
    answer = stranger.goto(link)
    assert answer is not None
    assert answer.headers["referrer-policy"] == "no-referrer"
    expect(stranger.locator("article")).to_contain_text("有效")
    assert stranger.request.get(f"{link}/file").headers["content-type"] == "application/pdf"
    assert fits(stranger)
    picture(stranger, "shared-paper-phone")
    student.reload()
    student.goto(student.url)
    expect(student.locator("#shares .plain-list")).to_contain_text("打开 1 次，看文件 1 次")
    student.get_by_role("button", name="收回").click()
    expect(student.locator("#shares .notice")).to_contain_text("已收回")
    gone = stranger.goto(link)
    assert gone is not None
    assert gone.status == 404
    assert stranger.request.get(f"{link}/file").status == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_ones_own_fits_a_phone_with_large_text(visit: Visit, language: str):
    page = visit("student", width=360, height=740, language=language)
    own = page.url.partition("#")[0]
    parts = ("", "/timeline?before=2025-2026-1", "/shares", "/looks", "/claims", "/gap", "/history")
    for address in (f"{own}{part}" for part in parts):
        page.goto(address)
        assert fits(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert fits(page), address
        small = page.locator(
            "main.wide :is(a[role=button], button, select, .own-tabs a):visible"
        ).evaluate_all("all => all.filter(it => it.getBoundingClientRect().height < 44).length")
        assert small == 0, address


def test_the_phone_says_who_looked(visit: Visit, picture: Callable[..., None]):
    student = visit("student", width=360, height=740)
    own = student.url.partition("#")[0]
    visit("registrar").goto(own)
    student.get_by_role("link", name="谁看过我的档案").click()
    expect(student.locator(".looks-day").first).to_contain_text("教务员")
    expect(student.locator(".looks-day").first).to_contain_text("查看档案：看了学籍、成绩和结论")
    assert fits(student)
    picture(student, "looks-phone")
