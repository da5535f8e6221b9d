"""学分认定申报: handed in on a phone, reviewed by the keyboard alone, confirmed, objected to."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser


def photo(width: int = 3200, height: int = 2400) -> bytes:
    """As a phone takes it: large."""
    written = io.BytesIO()
    Image.effect_noise((width // 8, height // 8), 40).resize((width, height)).save(
        written, "JPEG", quality=95
    )
    return written.getvalue()


def hand_in(page: Page) -> None:
    """Fill in the form for volunteering and send it."""
    page.get_by_role("button", name="申报学分").first.click()
    page.get_by_role("link", name="志愿服务").click()
    page.get_by_label("服务单位和内容").fill("县敬老院周末志愿服务")
    page.get_by_label("小时数").fill("45")
    expect(page.locator("#claim-value strong")).to_have_text("1 学分")
    page.get_by_label("取得日期").fill("2026-05-20")
    page.locator("input[type=file]").set_input_files(
        {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    expect(page.locator("[data-claim-chosen] img")).to_have_count(1)


def test_a_student_hands_in_a_photo_on_a_phone(visit: Visit, county: LiveCounty, picture):
    page = visit("student", width=360, height=740)
    expect(page.locator("#claims")).to_contain_text("学分认定申报")
    hand_in(page)
    assert fits(page)
    picture(page, "claim-form-phone", full=True)
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("h1")).to_have_text("县敬老院周末志愿服务")
    expect(page.locator(".claim-steps [aria-current]")).to_contain_text("初审")
    assert fits(page)
    picture(page, "claim-phone")
    sent = county.scalar(
        "SELECT max(byte_count) FROM claim_files JOIN claims USING (claim_id)"
        " WHERE opened_by = 3 AND claim_id = (SELECT max(claim_id) FROM claims)"
    )
    assert isinstance(sent, int)
    assert sent < len(photo())
    page.goto(page.url.rsplit("/claims", 1)[0])
    page.goto("/")
    page.get_by_role("link", name="全部申报").click()
    expect(page.locator(".claim-card").first).to_contain_text("待初审")
    picture(page, "claims-phone", full=True)


def test_the_desk_is_led_by_the_keyboard_alone(visit: Visit, county: LiveCounty, picture):
    page = visit("registrar")
    page.goto("/claims/reviews")
    heading = page.locator("#claim-sheet-title")
    count = page.locator(".claim-queue li").count()
    assert count >= 4
    picture(page, "claim-desk")
    first = heading.inner_text()
    page.keyboard.press("j")
    expect(heading).not_to_have_text(first)
    page.keyboard.press("k")
    expect(heading).to_have_text(first)
    page.keyboard.press("+")
    expect(page.locator("[data-claim-pages]")).to_have_class("claim-pages is-2")
    page.keyboard.press("r")
    page.keyboard.press("1")
    expect(page.locator("[data-claim-reason]")).to_have_value("照片不清楚，请重拍")
    page.keyboard.press("Enter")
    expect(page.locator(".claim-queue li")).to_have_count(count - 1)
    expect(page.locator(".claim-sheet .notice")).to_contain_text("退回补正")
    page.keyboard.press("a")
    expect(page.locator(".claim-queue li")).to_have_count(count - 2)
    expect(page.locator(".claim-sheet .notice").first).to_contain_text("待终审")


def test_the_committee_confirms_what_is_ticked(visit: Visit, picture):
    page = visit("approver")
    page.goto("/claims/confirmations")
    picture(page, "claim-confirmations", full=True)
    boxes = page.locator("input[name=claim_id]")
    count = boxes.count()
    boxes.first.check()
    page.get_by_role("button", name="通过所选（1）").click()
    expect(page.locator(".notice.tone-good")).to_contain_text("已通过终审")
    expect(boxes).to_have_count(count - 1)


def test_whoever_belongs_to_the_school_sees_the_notice(visit: Visit, picture):
    page = visit("teacher")
    page.goto("/claims/notice")
    expect(page.locator("tbody tr").first).to_contain_text("*")
    picture(page, "claim-notice", full=True)
