"""The bureau tries a rule out, sees whom it touches, and puts it in force on a day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveCounty, Visit, evaluated, today
from tests.browser.roads import fits, go

pytestmark = pytest.mark.browser

SHARE = "至多替代应修选修学分的比例"


def try_out(page: Page, value: str) -> None:
    page.locator("#trial form[method=get] [name=value]").fill(value)
    page.locator("#trial form[method=get] [type=submit]").click()
    expect(page.locator("#simulation")).to_be_visible()


def test_a_value_is_tried_out_listed_and_put_in_force(
    visit: Visit, county: LiveCounty, picture, tmp_path: Path
):
    page = visit("county")
    go(page, "规则")
    expect(page.locator("h1")).to_have_text("规则")
    page.get_by_role("link", name=SHARE).click()
    expect(page.locator("h1")).to_have_text(SHARE)

    before = evaluated(county).scalar("SELECT count(*) FROM verdicts")
    try_out(page, "10")
    expect(page.locator("#simulation h2")).to_be_focused()
    figures = [
        int(text.replace(",", "")) for text in page.locator("#simulation .figure").all_inner_texts()
    ]
    assert figures[0] == sum(figures[1:])
    assert figures[0] == county.scalar("SELECT count(*) FROM enrolments WHERE is_open")
    assert figures[2] > 0
    schools = page.locator("#simulation table.diverging").first.locator("td.number")
    assert sum(map(int, schools.all_inner_texts())) == figures[2]
    assert county.scalar("SELECT count(*) FROM verdicts") == before
    picture(page, "simulation", full=True)

    with page.expect_download() as started:
        page.get_by_role("link", name="下载 Excel 名单").click()
    file = tmp_path / "list.xlsx"
    started.value.save_as(file)
    names = openpyxl.load_workbook(file).worksheets[1]
    assert names.max_row - 1 >= figures[2]

    day = today() + timedelta(days=40)
    change = page.locator("#change")
    expect(change.locator("[name=value]")).to_have_value("10")
    change.locator("[name=effective_from]").fill(day.isoformat())
    change.locator("[type=submit]").click()
    expect(page.locator("#reference-fault")).to_be_visible()
    page.locator("#change [name=reference]").fill("平教字〔2026〕12号")
    page.locator("#change [type=submit]").click()
    expect(page.locator(".notice.tone-good")).to_contain_text("已登记")
    expect(page.get_by_role("row").filter(has_text="平教字〔2026〕12号")).to_contain_text("待施行")


def test_a_wrong_value_is_said_at_its_field_and_the_keyboard_goes_there(visit: Visit):
    page = visit("county")
    page.goto("/rules/substitution.cap_units")
    field = page.locator("#trial form[method=get] [name=value]")
    field.fill("八")
    field.press("Enter")
    expect(page.locator("#value-fault")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("八")


def test_an_approver_tries_another_plan_on_a_cohort(visit: Visit):
    page = visit("approver", width=1440)
    page.goto("/rules/plans")
    page.locator("[name=cohort]").select_option(index=0)
    page.locator("[name=plan_id]").select_option(index=2)
    page.locator("#plan-form [type=submit]").click()
    expect(page.locator("#simulation .figure").first).to_be_visible()
    assert fits(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_fit_a_phone(visit: Visit, language: str):
    page = visit("county", width=360, height=740, language=language)
    for address in ("/rules", "/rules/substitution.share_percent", "/rules/plans"):
        page.goto(address)
        assert fits(page), address
    page.goto("/rules/substitution.share_percent/simulation?value=10")
    expect(page.locator("#simulation")).to_be_visible()
    assert fits(page)
