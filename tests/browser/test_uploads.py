"""A registrar's own sheet: asked about, mended with the keyboard alone, posted, taken back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits

_PUPILS = """
SELECT string_agg(e.student_no || ':' || l.name, ';' ORDER BY e.student_no) FROM (
  SELECT * FROM enrolments WHERE is_open AND institution_id = (
    SELECT institution_id FROM accounts WHERE username = 'registrar')
    AND entry_year = 2025 ORDER BY student_no LIMIT 4) e JOIN learners l USING (learner_id)
"""


pytestmark = pytest.mark.browser


def own_sheet(county: LiveCounty, target: Path) -> Path:
    """As a teacher keeps it: a title, a column of the school's own, sums below."""
    pupils = [pupil.split(":") for pupil in str(county.scalar(_PUPILS)).split(";")]
    marks = ("9O", "九十", "八十五分", "77")
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["2025级期末成绩"])
        rows.writerow(["序号", "学生学号", "学生姓名", "劳动教育成绩", "家访情况"])
        for at, ((number, name), mark) in enumerate(zip(pupils, marks, strict=True), start=1):
            rows.writerow([at, number, name, mark, "已访"])
        rows.writerow(["", "平均分", "", "82.5", ""])
    return target


def test_a_schools_own_sheet_is_mended_with_the_keyboard(
    visit: Visit, county: LiveCounty, tmp_path: Path, picture: Callable[..., None]
):
    page: Page = visit("registrar")
    page.goto("/grade-sheets")
    page.locator("[name=sheet]").set_input_files(own_sheet(county, tmp_path / "期末.csv"))
    page.locator("[name=term]").first.select_option(index=1)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator("#columns-title")).to_be_visible()
    picture(page, "upload-columns", full=True)
    page.locator("#import select").select_option("-")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".mends > li")).to_have_count(3)
    picture(page, "upload-mends", full=True)
    for left in (3, 2, 1):
        expect(page.locator(".mends > li")).to_have_count(left)
        expect(page.locator(".mend button:focus")).to_contain_text("改为")
        if left == 1:
            page.set_viewport_size({"width": 360, "height": 740})
            assert fits(page)
            picture(page, "upload-mends-phone", full=True)
            page.set_viewport_size({"width": 1440, "height": 900})
        page.keyboard.press("Enter")
    expect(page.locator("#clean-title")).to_contain_text("4 个成绩可以入账")
    page.locator("#import form [type=submit]").first.click()
    expect(page.locator("#import")).to_contain_text("已入账 4 个成绩")
    page.locator(".take-back summary").click()
    page.fill("[name=reason]", "传错了学期")
    picture(page, "upload-take-back", full=True)
    page.get_by_role("button", name="冲销整批").click()
    expect(page.locator("#import")).to_contain_text("整批冲销")
    expect(page.locator(".take-back")).to_have_count(0)
