"""Suppositions on a phone 360 pixels wide: tap, see the verdict move, and nothing is saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import DEMO_STUDENT, fits, open_learner, stay, stayed

pytestmark = pytest.mark.browser


def suppose(page: Page) -> None:
    """From the learner's page to the suppositions."""
    page.get_by_role("button", name="假如……结论会怎样").click()
    expect(page.locator("h1")).to_have_text("假如……结论会怎样")


def edges(item: Locator) -> tuple[float, float]:
    """Where it begins and ends, from the top of the page."""
    box = item.bounding_box()
    assert box is not None
    return box["y"], box["y"] + box["height"]


def after(page: Page):
    return page.locator(".what-if-sum .side").nth(1)


def test_what_comes_next_begins_with_the_cheapest_way(visit: Visit):
    page = visit("student", width=360, height=740)
    first = page.locator("#verdicts .gap-first")
    expect(first).to_contain_text("最省的补法：《")
    expect(first).to_contain_text("共 2 学分，约 36 学时。")
    assert fits(page)


def test_a_tapped_course_moves_the_ring_at_once_and_nothing_is_saved(
    visit: Visit, county: LiveCounty, picture
):
    before = county.scalar("SELECT count(*) FROM ledger_entries")
    page = visit("student", width=360, height=740)
    suppose(page)
    stay(page)
    expect(after(page)).to_contain_text("98%")
    expect(page.locator(".what-if-detail")).to_contain_text("还没有假设什么")
    page.locator(".chip", has_text="短视频制作").click()
    expect(after(page).locator(".ring")).to_have_attribute(
        "aria-label", "已计入 170 学分，要求 170 学分"
    )
    expect(page.locator(".moved .block-row")).to_contain_text("任选课")
    expect(page.locator(".not-saved")).to_be_in_viewport()
    below = edges(page.locator(".what-if-sum .said"))[0]
    for part in page.locator(".sides .ring, .sides .badge").all():
        assert edges(part)[1] <= below
    assert stayed(page)
    assert fits(page)
    picture(page, "what-if-phone")
    page.locator(".chip", has_text="短视频制作").click()
    expect(after(page)).to_contain_text("98%")
    assert county.scalar("SELECT count(*) FROM ledger_entries") == before


def test_a_prize_counts_as_its_posting_would(visit: Visit):
    page = visit("student", width=360, height=740)
    suppose(page)
    page.locator(".chip-row", has_text="市级").locator(".chip", has_text="一等奖").click()
    expect(page.locator(".moved .block-row")).to_contain_text("8 / 8")
    page.locator("summary", has_text="哪些记录会变").click()
    expect(page.locator(".what-if-detail .history")).to_contain_text("竞赛学分（2）")


def test_the_other_kind_of_school_is_compared_with_what_it_would_recognise(visit: Visit):
    page = visit("student", width=360, height=740)
    suppose(page)
    page.locator("[name=plan_id]").select_option(label="普通高中课程方案")
    expect(page.locator(".what-if-detail")).to_contain_text("带过去的学分")
    expect(page.locator(".what-if-detail")).to_contain_text("时限已过，这里只作比较")
    assert fits(page)


def test_a_registrar_supposes_that_an_entry_is_taken_back(visit: Visit):
    page = visit("registrar")
    open_learner(page, DEMO_STUDENT)
    suppose(page)
    page.locator("summary", has_text="假如某条记录被冲销").click()
    page.locator("details.card .chip").first.click()
    expect(page.locator(".what-if-detail .history")).to_contain_text("不在账上")


def test_the_page_speaks_english(visit: Visit):
    page = visit("student", width=360, height=740, language="en", theme="dark")
    expect(page.locator(".gap-first").first).to_contain_text("The least you need")
    page.get_by_role("button", name="What if … ?").click()
    expect(page.locator(".not-saved")).to_contain_text("Only supposed: nothing was saved.")
    assert fits(page)
