"""The road of a suspension: applied for, agreed to by four offices, ended by a resumption."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from creditbank.domain.calendar import local_date
from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import click_twice, fits, open_learner, stay, stayed

pytestmark = pytest.mark.browser
_SOMEBODY = """
SELECT student_no FROM enrolments WHERE institution_id = 1 AND status = '01'
ORDER BY learner_id DESC LIMIT 1 OFFSET :at
"""
_STATUS = "SELECT status FROM enrolments WHERE institution_id = 1 AND student_no = :number"
OFFICES = ("advisor", "registrar", "approver", "county")


def panel(page: Page):
    return page.locator("#status-changes")


def show(page: Page) -> Page:
    """Scroll to the panel."""
    panel(page).evaluate("panel => panel.scrollIntoView()")
    return page


def choose(page: Page, name: str) -> None:
    panel(page).locator(".tabs").get_by_text(name, exact=True).click()
    expect(panel(page).locator("[aria-current=true]")).to_have_text(name)


def agree(page: Page, name: str, document: str) -> None:
    """Sign in the queue, with a double click."""
    page.goto("/status-changes")
    mine = page.locator("#waiting section", has_text=name)
    assert fits(page)
    mine.get_by_label("文号").fill(document)
    click_twice(mine.get_by_role("button", name="签署同意"))
    expect(page.locator("#waiting .notice")).to_be_visible()
    expect(mine).to_have_count(0)


@pytest.mark.parametrize(("width", "at"), [(1440, 17), (360, 18)])
def test_a_suspension_and_the_way_back(
    visit: Visit, county: LiveCounty, picture: Callable[..., None], width: int, at: int
):
    number = str(county.scalar(_SOMEBODY, at=at))
    document = f"平职学〔2026〕{uuid.uuid4().hex[:6]}号"
    registrar = visit("registrar", width=width)
    open_learner(registrar, number)
    name = registrar.locator("h1").inner_text()
    panel(registrar).get_by_text("申请异动").click()
    for kind in ("转专业", "转班级", "退学", "开除学籍", "死亡", "休学"):
        choose(registrar, kind)
        assert fits(registrar)
    stay(registrar)
    panel(registrar).get_by_role("button", name="提交申请").click()
    expect(panel(registrar).locator(".notice")).to_contain_text("SU1")
    picture(show(registrar), f"change-refused-{width}")
    assert fits(registrar)
    panel(registrar).get_by_label("日期").nth(1).fill("2026-01-05")
    panel(registrar).get_by_label("日期").nth(2).fill("2026-01-05")
    panel(registrar).get_by_label("编号").first.fill("诊字18号")
    panel(registrar).get_by_label("出具单位").first.fill("县人民医院")
    click_twice(panel(registrar).get_by_role("button", name="提交申请"))
    expect(panel(registrar).locator(".notice")).to_contain_text("已提交申请")
    expect(panel(registrar)).to_contain_text("待班主任办理")
    assert stayed(registrar)
    picture(show(registrar), f"change-applied-{width}")

    for username in OFFICES:
        office = visit(username, width=width)
        office.goto("/status-changes")
        picture(office, f"changes-{username}-{width}")
        agree(office, number, document)
    assert county.scalar(_STATUS, number=number) == "02"
    registrar.reload()
    expect(registrar.locator("#learner-head")).to_contain_text("休学")
    expect(panel(registrar)).to_contain_text("在读 → 休学")
    expect(registrar.locator("#verdicts")).to_be_visible()
    picture(show(registrar), f"change-executed-{width}")

    panel(registrar).get_by_text("申请异动").click()
    choose(registrar, "复学")
    today = local_date(datetime.now(UTC))
    panel(registrar).get_by_label("生效日期").fill(today.isoformat())
    for at_date in (1, 2):
        panel(registrar).get_by_label("日期").nth(at_date).fill(
            (today - timedelta(days=1)).isoformat()
        )
    panel(registrar).get_by_role("button", name="提交申请").click()
    expect(panel(registrar).locator(".notice")).to_contain_text("已提交申请")
    for username in OFFICES[1:]:
        agree(visit(username, width=width), number, document)
    registrar.reload()
    expect(registrar.locator("#learner-head")).to_contain_text("在读")
    expect(panel(registrar)).to_contain_text("休学 → 在读")
    assert county.scalar(_STATUS, number=number) == "01"
    assert name in registrar.title()


def test_the_family_sees_who_has_it_and_the_school_what_runs_out(
    visit: Visit, picture: Callable[..., None]
):
    student = visit("student", width=360)
    panel(student).get_by_text("申请异动").click()
    assert fits(student)
    panel(student).get_by_label("日期").nth(1).fill("2026-01-05")
    panel(student).get_by_label("日期").nth(2).fill("2026-01-05")
    panel(student).get_by_role("button", name="提交申请").click()
    expect(panel(student)).to_contain_text("待班主任办理")
    picture(show(student), "change-family-360")
    panel(student).get_by_role("button", name="撤回申请").click()
    expect(panel(student)).to_contain_text("已撤回")
    approver = visit("approver", width=360)
    approver.goto("/deadlines")
    assert fits(approver)
    picture(approver, "deadlines-360")
