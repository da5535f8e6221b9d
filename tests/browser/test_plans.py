"""A registrar writes a plan, the approver puts it in force, and a cohort is moved to it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser
PLAN = "SELECT plan_id FROM program_plans WHERE code = '770101-2021' AND version = {}"


def open_editor(page: Page, county: LiveCounty) -> None:
    page.goto(f"/plans/{county.scalar(PLAN.format(1))}/edit")
    expect(page.locator("#faults .fault-list")).to_be_visible()


def switch(page: Page, name: str) -> None:
    page.locator(".editor-bar .tab").get_by_text(name).click()
    expect(page.locator(".editor-bar .tab[aria-current]")).to_have_text(name)


def test_faults_are_shown_beside_the_text_while_it_is_written(visit: Visit, county, picture):
    page = visit("registrar")
    open_editor(page, county)
    switch(page, "文本（YAML）")
    text = page.locator("[name=text]")
    written = text.input_value()
    lines = written.split("\n")
    expect(page.locator(".gutter li")).to_have_count(len(lines))
    at = next(number for number, line in enumerate(lines, start=1) if "code: RX," in line)
    text.fill(written.replace("credits_min: '8'", "credits_min: '80'"))
    place = page.locator("#faults .wrong .place", has_text=f"第 {at} 行")
    expect(place).to_be_visible()
    expect(page.locator("#faults .wrong", has_text="P5")).to_contain_text("RX")
    expect(page.locator(".gutter li").nth(at - 1)).to_have_class("wrong")
    place.click()
    assert page.evaluate("document.activeElement.name") == "text"
    assert "code: RX," in page.evaluate(
        "(field => field.value.slice(field.selectionStart, field.selectionEnd))"
        "(document.activeElement)"
    )
    picture(page, "plan-editor")
    text.press("End")
    text.press("Enter")
    expect(page.locator(".gutter li")).to_have_count(len(lines) + 1)


def test_the_two_views_are_switched_without_losing_what_was_typed(visit: Visit, county):
    page = visit("registrar")
    open_editor(page, county)
    page.fill("[name=name]", "改到一半的方案")
    page.fill("[name='courses.0.credits']", "很多")
    invalid = page.locator("[name='courses.0.credits'][aria-invalid]")
    expect(invalid).to_be_visible()
    switch(page, "文本（YAML）")
    text = page.locator("[name=text]")
    assert "name: 改到一半的方案" in text.input_value()
    assert "credits: 很多" in text.input_value()
    text.fill(text.input_value().replace("credits: 很多", "credits: '2'"))
    switch(page, "表单")
    expect(page.locator("[name='courses.0.credits']")).to_have_value("2")
    expect(page.locator("[name=name]")).to_have_value("改到一半的方案")
    page.get_by_role("button", name="增加课程").click()
    rows = page.locator(".rows-courses tbody tr")
    expect(rows.last.locator("input").first).to_be_focused()
    page.keyboard.type("NEW1")
    expect(rows.last.locator("input").first).to_have_value("NEW1")
    count = rows.count()
    rows.last.get_by_role("button").click()
    expect(rows).to_have_count(count - 1)


def test_a_version_is_written_put_in_force_and_a_cohort_moved(visit: Visit, county: LiveCounty):
    page = visit("registrar")
    open_editor(page, county)
    page.fill("[name='blocks.6.credits_min']", "7")
    page.fill("[name='blocks.5.credits_min']", "10")
    expect(page.locator("#faults [data-usable=yes]")).to_be_visible()
    page.locator(".editor-bar .actions").get_by_role("button", name="保存").click()
    page.wait_for_url("**/plans/*")
    expect(page.locator(".facts")).to_contain_text("2 草稿")
    page.get_by_role("button", name="与其他版本比较").click()
    expect(page.locator(".changes").first).to_contain_text("要求学分 9 → 10")

    plan_id = county.scalar(PLAN.format(2))
    boss = visit("approver")
    boss.goto(f"/plans/{plan_id}")
    boss.fill("[name=entry_year]", "2040")
    boss.fill("[name=document_no]", "测教〔2026〕1号")
    boss.get_by_role("button", name="施行于新年级").click()
    expect(boss.locator("#versions-title ~ details")).to_contain_text("施行于 2040 级")

    followers = "SELECT count(*) FROM enrolments WHERE plan_id = :id AND entry_year = :year"
    year = county.scalar("SELECT max(entry_year) FROM cohort_plans WHERE entry_year < 2040")
    before = county.scalar(PLAN.format(1))
    expected = county.scalar(followers + " AND is_open", id=before, year=year)
    page.goto(f"/plans/{plan_id}")
    page.fill("[name=entry_year]", str(year))
    expect(page.locator("#cohort-preview")).to_contain_text(f"{expected} 名在籍学生将改按这一版本")
    page.fill("[name=document_no]", "测教〔2026〕2号")
    page.fill("[name=reason]", "新标准")
    page.get_by_role("button", name="迁移在读年级").click()
    expect(page.locator("#versions-title ~ details")).to_contain_text(f"{expected} 人重新判定")
    assert county.scalar(followers, id=plan_id, year=year) == expected


@pytest.mark.parametrize("address", ["/plans", "/plans/1", "/plans/1/edit", "/plans/new"])
def test_the_pages_fit_a_phone(visit: Visit, address: str):
    page = visit("registrar", width=360, height=740)
    page.goto(address)
    assert fits(page)


@pytest.mark.parametrize("width", [360, 1024, 1440])
def test_no_field_of_the_editor_is_beside_its_card(visit: Visit, width: int):
    page = visit("registrar", width=width, height=900)
    page.goto("/plans/1/edit")
    wider = "box => box.scrollWidth - box.clientWidth"
    assert [box.evaluate(wider) for box in page.locator(".editor .scroll").all()] == [0, 0]


def test_a_student_reads_the_plan_on_a_phone(visit: Visit):
    page = visit("student", width=360, height=740)
    page.locator(".verdict-foot").get_by_text("培养方案").first.click()
    expect(page.locator("#blocks-title")).to_be_visible()
    expect(page.locator("#cohort-form")).to_have_count(0)
    assert fits(page)
