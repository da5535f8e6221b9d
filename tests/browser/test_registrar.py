"""The registrar's road: find, post the three kinds, see the verdict change, paste, import."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.services.commands import ReverseEntry
from creditbank.services.reversals import reverse_entry
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import (
    DEMO_STUDENT,
    EXACTLY_ENOUGH,
    choose_kind,
    fits,
    open_learner,
    stay,
    stayed,
    submit_credit,
)

pytestmark = pytest.mark.browser
_HEADER_ROW = 3
_TIME_FOR_NEWS = """() => new Promise((comes) => document.addEventListener(
  "htmx:beforeRequest", ({ detail }) => detail.elt.hasAttribute("data-poll") && comes()))"""
"""The page would ask again now; it does not while somebody writes."""


_ELIGIBLE = f"""
SELECT e.learner_id, e.student_no, e.institution_id, c.account_id, l.ledger_seq
{EXACTLY_ENOUGH}
ORDER BY h.enrolment_id, l.ledger_seq LIMIT 1
"""


def graduation(page: Page):
    return page.locator("#verdicts article").first


@pytest.fixture
def short_of_electives(county: LiveCounty) -> str:
    """The number of a learner whom two credits of electives keep from graduating.

    Another one on each call: one of the eligible, an elective of whom is reversed.
    """
    with UnitOfWork(county.engine, EVERYWHERE) as uow:
        row = uow.connection.execute(text(_ELIGIBLE)).one()
        actor = Actor(row.account_id, Role.REGISTRAR, institution_id=row.institution_id)
        command = ReverseEntry(
            learner_id=row.learner_id, ledger_seq=row.ledger_seq, reason="为测试"
        )
        reverse_entry(uow, actor, command, idempotency_key=str(uuid4()), now=datetime.now(UTC))
    return str(row.student_no)


def test_a_learner_is_found_by_name_initials_and_number(visit, county: LiveCounty):
    page = visit("registrar")
    row = str(
        county.scalar(
            "SELECT name || '|' || initials FROM learners JOIN enrolments USING (learner_id)"
            " JOIN account_learners USING (learner_id) JOIN accounts USING (account_id)"
            " WHERE student_no = :number AND username = 'student'",
            number=DEMO_STUDENT,
        )
    )
    for words in (*row.split("|"), row.split("|")[1].lower(), DEMO_STUDENT):
        page.goto("/learners")
        page.fill("main [name=words]", words)
        expect(page.locator("#found").get_by_text(DEMO_STUDENT)).to_be_visible()
        assert words not in page.url
    page.fill("main [name=words]", "查无此人")
    expect(page.locator("#found")).to_contain_text("没有找到")


def test_three_kinds_of_credit_change_the_verdict_without_reloading(
    visit: Visit, short_of_electives: str, picture
):
    page = visit("registrar")
    open_learner(page, short_of_electives)
    stay(page)
    expect(graduation(page)).to_have_attribute("data-outcome", "not_yet")

    choose_kind(page, "竞赛学分")
    page.locator("#post-panel [type=submit]").click()
    expect(page.locator("[name=event]")).to_be_focused()
    expect(page.locator("#event-fault")).to_have_text("请填写此项。")
    page.fill("[name=event]", "2026年山东省职业院校技能大赛数控车项目")
    page.select_option("[name=level]", "23")
    page.select_option("[name=rank]", "2")
    page.fill("[name=earned_on]", "2026-05-10")
    submit_credit(page)
    expect(graduation(page)).to_have_attribute("data-outcome", "eligible")
    expect(graduation(page)).to_have_attribute("data-stored", "yes")
    expect(page.locator("#transcript")).to_contain_text("2026年山东省职业院校技能大赛数控车项目")
    picture(page, "registrar-learner")

    choose_kind(page, "创新学分")
    page.select_option("[name=category]", "volunteering")
    page.fill("[name=title]", "社区服务")
    page.fill("[name=quantity]", "5")
    page.fill("[name=earned_on]", "2026-05-11")
    submit_credit(page)
    expect(page.locator("#post-panel .notice")).to_contain_text("没有获得学分")

    choose_kind(page, "课程学分")
    page.locator("[name=course_code]").select_option(index=1)
    page.select_option("[name=exam_kind]", "13")
    page.fill("[name=mark]", "101")
    page.locator("#post-panel [type=submit]").click()
    expect(page.locator("#mark-fault")).to_contain_text("超出0-100")
    page.fill("[name=mark]", "95")
    submit_credit(page)
    expect(page.locator("#post-panel .notice")).to_contain_text("此前已经获得")
    expect(page.locator("#transcript tr.course", has_text="重修").first).to_contain_text("95")
    page.locator("#history summary").click()
    expect(page.locator("#history li").first).to_contain_text("号账目入账")
    assert stayed(page)


def test_a_reversal_takes_the_verdict_back(visit: Visit, short_of_electives: str):
    page = visit("registrar")
    open_learner(page, short_of_electives)
    choose_kind(page, "竞赛学分")
    page.fill("[name=event]", "2026年全国职业院校技能大赛")
    page.select_option("[name=level]", "10")
    page.fill("[name=earned_on]", "2026-05-10")
    submit_credit(page)
    expect(graduation(page)).to_have_attribute("data-outcome", "eligible")
    row = page.locator("tr.award", has_text="2026年全国职业院校技能大赛")
    row.get_by_role("button").click()
    expect(page.locator("#transcript [name=reason]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#reason-fault")).to_have_text("请填写此项。")
    page.fill("#transcript [name=reason]", "录入有误")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("已冲销：录入有误")
    expect(graduation(page)).to_have_attribute("data-outcome", "not_yet")


def test_what_a_colleague_posts_appears_by_itself(visit: Visit, short_of_electives: str):
    watching, posting = visit("teacher"), visit("registrar")
    for page in (watching, posting):
        open_learner(page, short_of_electives)
    expect(graduation(watching)).to_have_attribute("data-outcome", "not_yet")
    choose_kind(posting, "创新学分")
    posting.select_option("[name=category]", "patent_invention")
    posting.fill("[name=title]", "一种可折叠工作台")
    posting.fill("[name=certificate_no]", "ZL202610000001.1")
    posting.fill("[name=earned_on]", "2026-05-11")
    submit_credit(posting)
    expect(graduation(watching)).to_have_attribute("data-outcome", "eligible")
    expect(watching.locator("#transcript")).to_contain_text("一种可折叠工作台")


def pasted(county: LiveCounty, count: int) -> list[list[str]]:
    found = str(
        county.scalar(
            "SELECT string_agg(student_no || ',' || name, ';') FROM (SELECT student_no, l.name"
            " FROM enrolments JOIN learners l USING (learner_id) JOIN institutions"
            " USING (institution_id) WHERE kind = 'vocational_school' AND is_open"
            " ORDER BY enrolment_id DESC LIMIT :count) AS found",
            count=count,
        )
    )
    return [item.split(",") for item in found.split(";")]


def test_rows_from_a_table_are_checked_cell_by_cell_and_posted_together(
    visit: Visit, county: LiveCounty, picture
):
    page = visit("registrar")
    page.goto("/paste?kind=innovation")
    learners = pasted(county, 3)
    rows = [
        [*who, "志愿服务", "敬老院志愿服务", "40", "", "", "", "2026-04-05"] for who in learners
    ]
    wrong = [list(row) for row in rows]
    wrong[1][2], wrong[2][1] = "做好事", "别人"
    page.fill("[name=rows]", "\n".join("\t".join(row) for row in wrong))
    page.locator("#paste [type=submit]").click()
    expect(page.locator("#paste [role=alert]")).to_contain_text("有 2 处问题")
    expect(page.locator("td.at-fault")).to_have_text(["做好事", "别人"])
    expect(page.locator("#paste section [type=submit]")).to_have_count(0)
    picture(page, "registrar-paste", full=True)
    page.fill("textarea.paste", "\n".join("\t".join(row) for row in rows))
    page.locator("#paste [type=submit]").first.click()
    page.get_by_role("button", name="入账 3 行").click()
    expect(page.locator("#outcomes")).to_have_attribute("data-settled", "yes")
    expect(page.locator("#outcomes tbody tr")).to_have_count(3)


def test_a_class_sheet_is_previewed_posted_and_its_verdicts_change(
    visit: Visit, tmp_path: Path, picture
):
    page = visit("registrar")
    page.goto("/grade-sheets")
    page.locator("[name=class_name]").select_option(index=0)
    with page.expect_download() as download:
        page.get_by_role("button", name="下载模板").click()
    sheet = tmp_path / "sheet.xlsx"
    download.value.save_as(sheet)
    faulty = fill_sheet(sheet, tmp_path / "faulty.xlsx", first_mark=101)
    upload(page, faulty)
    expect(page.locator("#problems-title")).to_have_text("有 1 处问题")
    expect(page.locator("#import")).to_contain_text("C4")
    expect(page.locator("td.at-fault")).to_have_text("101")
    picture(page, "registrar-grade-sheet")
    page.goto("/grade-sheets")
    upload(page, fill_sheet(sheet, tmp_path / "right.xlsx", first_mark=88))
    stay(page)
    page.locator("#import [type=submit]").click()
    expect(page.locator("#outcomes")).to_have_attribute("data-settled", "yes")
    expect(page.locator("#outcomes")).to_contain_text("名学生的结论有变化")
    expect(page.locator("#outcomes s").first).to_be_visible()
    assert stayed(page)
    page.goto("/grade-sheets")
    upload(page, tmp_path / "right.xlsx")
    expect(page.locator("#import [type=submit]")).to_have_count(0)


def upload(page: Page, file: Path) -> None:
    page.locator("[name=sheet]").set_input_files(file)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator("#import")).to_be_visible()


def fill_sheet(template: Path, target: Path, *, first_mark: int) -> Path:
    """Fill every mark of a downloaded template; the first one as told."""
    book = load_workbook(template)
    sheet = book.worksheets[0]
    for row in range(_HEADER_ROW + 1, sheet.max_row + 1):
        for column in range(3, sheet.max_column + 1):
            if sheet.cell(row, 1).value and sheet.cell(_HEADER_ROW, column).value:
                sheet.cell(row, column).value = 60 + (row * 7 + column * 5) % 40
    sheet.cell(_HEADER_ROW + 1, 3).value = first_mark
    book.save(target)
    return target


@pytest.mark.parametrize("address", ["/", "/learners", "/paste", "/grade-sheets", "/agreements"])
def test_the_registrars_pages_fit_a_phone(visit: Visit, address: str):
    page = visit("registrar", width=360, height=740)
    page.goto(address)
    assert fits(page)


def test_news_leave_the_reason_that_is_being_written_alone(visit: Visit, short_of_electives: str):
    writing, posting = visit("registrar"), visit("registrar")
    for page in (writing, posting):
        open_learner(page, short_of_electives)
    writing.locator("#transcript tbody tr").first.get_by_role("button").click()
    writing.fill("#transcript [name=reason]", "尚未写完")
    choose_kind(posting, "创新学分")
    posting.select_option("[name=category]", "patent_invention")
    posting.fill("[name=title]", "一种静音打印机")
    posting.fill("[name=certificate_no]", "ZL202610000002.X")
    posting.fill("[name=earned_on]", "2026-05-11")
    submit_credit(posting)
    expect(graduation(posting)).to_have_attribute("data-outcome", "eligible")
    writing.evaluate(_TIME_FOR_NEWS)
    expect(writing.locator("#transcript [name=reason]")).to_have_value("尚未写完")
    writing.get_by_role("button", name="不冲销").click()
    expect(writing.locator("#transcript")).to_contain_text("一种静音打印机")
