"""The road of an exception: entered by the registrar, approved by another, told at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import click_twice, fits, open_learner, stay, stayed

pytestmark = pytest.mark.browser
_SOMEBODY = """
SELECT student_no FROM enrolments WHERE institution_id = 1 AND status = '01'
ORDER BY learner_id DESC LIMIT 1 OFFSET :at
"""


def panel(page: Page):
    return page.locator("#exceptions")


def choose(page: Page, name: str) -> None:
    panel(page).locator(".tabs").get_by_text(name).click()
    expect(panel(page).locator("[aria-current]")).to_have_text(name)


@pytest.mark.parametrize(("width", "at"), [(1440, 7), (360, 8)])
def test_one_enters_it_another_approves_it_and_the_verdict_follows(
    visit: Visit, county: LiveCounty, picture: Callable[..., None], width: int, at: int
):
    number = str(county.scalar(_SOMEBODY, at=at))
    document = f"平职〔2026〕{uuid.uuid4().hex[:6]}号"
    registrar = visit("registrar", width=width)
    open_learner(registrar, number)
    for kind in ("增列课程", "指定模块", "不予计入", "降低要求"):
        choose(registrar, kind)
        assert fits(registrar)
    stay(registrar)
    panel(registrar).get_by_role("button", name="录入，送批准").click()
    expect(panel(registrar).locator(".fault").first).to_be_visible()
    panel(registrar).get_by_label("降低哪一项要求").select_option(label="总学分")
    panel(registrar).get_by_label("降为多少学分").fill("120.5")
    panel(registrar).get_by_label("原因").fill("因病休学，经研究同意")
    panel(registrar).get_by_label("文号").fill(document)
    panel(registrar).get_by_role("button", name="录入，送批准").click()
    expect(panel(registrar).locator(".notice")).to_contain_text("已录入，待批准")
    entered = panel(registrar).locator(".exception", has_text=document)
    expect(entered).to_contain_text("总学分的要求降为 120.5 学分")
    expect(entered.get_by_role("button")).to_have_count(0)
    expect(registrar.locator("#verdicts")).not_to_contain_text(document)
    assert fits(registrar)
    assert stayed(registrar)
    picture(registrar, f"exception-entered-{width}", full=True)

    approver = visit("approver", width=width)
    approver.goto("/exceptions")
    assert fits(approver)
    picture(approver, f"exceptions-{width}")
    approver.locator("tr", has_text=document).get_by_role("link").click()
    waiting = panel(approver).locator(".exception", has_text=document)
    picture(approver, f"exception-waiting-{width}", full=True)
    stay(approver)
    click_twice(waiting.get_by_role("button", name="批准", exact=True))
    expect(waiting).to_contain_text("已批准")
    expect(approver.locator("#verdicts")).to_contain_text(document)
    expect(approver.locator("#verdicts")).to_contain_text("120.5")
    assert stayed(approver)
    assert fits(approver)
    picture(approver, f"exception-approved-{width}", full=True)
    rulings = county.scalar(
        "SELECT count(*) FROM exception_rulings r JOIN plan_exceptions x USING (plan_exception_id)"
        " WHERE x.document_no = :document",
        document=document,
    )
    assert rulings == 1

    waiting.get_by_text("撤销", exact=True).click()
    waiting.get_by_label("原因").fill("决定有误")
    waiting.get_by_label("文号").fill("平职撤1号")
    waiting.get_by_role("button", name="撤销这一项").click()
    expect(waiting).to_contain_text("已撤销")
    expect(approver.locator("#verdicts")).not_to_contain_text(document)
