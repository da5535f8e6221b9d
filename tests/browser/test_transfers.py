"""转学 through all hands: family, both schools, both sections of the bureau; there and back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Role
from creditbank.services.policy_changes import change_policy
from creditbank.services.policy_commands import ChangePolicy
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import click_twice, fits, guardian_of

pytestmark = pytest.mark.browser
VOCATIONAL, GENERAL = 1, 2
OPEN_ALL_YEAR = {
    "transfer.window_days_before": 180,
    "transfer.window_days_after": 180,
    "transfer.to_general_semester_max": 6,
    "transfer.to_vocational_semester_max": 6,
    "transfer.vocational_semesters_left_min": 0,
    "transfer.notice_days": 0,
}
"""What a county may decide, so that the road can be walked on any day, to its end."""
_SOMEBODY = """
SELECT e.learner_id FROM enrolments e
WHERE e.institution_id = :school AND e.status = '01' AND e.suspended_semesters = 0
  AND e.entry_year = (SELECT max(entry_year) FROM enrolments WHERE institution_id = :school)
  AND NOT EXISTS (SELECT FROM agreement_members m WHERE m.enrolment_id = e.enrolment_id)
  AND NOT EXISTS (SELECT FROM status_changes c WHERE c.learner_id = e.learner_id)
ORDER BY e.learner_id LIMIT 1 OFFSET :at
"""
_ENROLMENTS = """
SELECT string_agg(institution_id || ':' || status, ' ' ORDER BY enrolment_id) FROM enrolments
WHERE learner_id = :learner
"""
_RECOGNISED = """
SELECT coalesce(sum(units), 0) = 0 AND count(*) > 0 FROM ledger_entries
WHERE learner_id = :learner AND kind = 'recognition'
"""


@pytest.fixture(scope="module")
def open_county(county: LiveCounty) -> LiveCounty:
    """With transfers that are open all year."""
    bureau = Actor(9, Role.COUNTY)
    for key, value in OPEN_ALL_YEAR.items():
        command = ChangePolicy(
            key=key, value=value, effective_from=date(2026, 1, 1), reference="测教〔2026〕1号"
        )
        with UnitOfWork(county.engine, EVERYWHERE) as uow:
            change_policy(uow, bureau, command, idempotency_key=key, now=datetime.now(UTC))
    return county


def family_of(county: LiveCounty, school: int, at: int) -> tuple[str, int]:
    """A guardian's login, and the ward."""
    learner = int(str(county.scalar(_SOMEBODY, school=school, at=at)))
    return guardian_of(county, learner), learner


def apply(page: Page, learner: int, school: str, plan: str = "") -> None:
    """From the learner's own page."""
    page.goto(f"/learners/{learner}")
    panel = page.locator("#status-changes")
    panel.get_by_text("申请异动").click()
    panel.locator(".tabs").get_by_text("转学（转出）", exact=True).click()
    expect(panel.locator("[aria-current=true]")).to_have_text("转学（转出）")
    assert fits(page)
    options = panel.locator(f"optgroup[label='{school}'] option")
    chosen = options.filter(has_text=plan).first if plan else options.first
    panel.get_by_label("转入学校和专业").select_option(value=chosen.get_attribute("value"))
    today = local_date(datetime.now(UTC))
    panel.get_by_label("生效日期").fill(today.isoformat())
    panel.get_by_label("说明").fill("与家人商量后申请")
    panel.get_by_label("日期").nth(1).fill((today - timedelta(days=1)).isoformat())
    click_twice(panel.get_by_role("button", name="提交申请"))
    expect(panel.locator(".notice")).to_contain_text("已提交申请")


def open_file(page: Page, name: str) -> None:
    """From the queue of the office."""
    page.goto("/status-changes")
    mine = page.locator("#waiting section", has_text=name)
    mine.get_by_text("转学档案").click()
    expect(page.locator("h1")).to_contain_text(name)
    assert fits(page)


def agree(page: Page, document: str) -> None:
    """Sign on the page of the file."""
    page.get_by_label("文号").fill(document)
    page.get_by_role("button", name="签署同意").click()
    page.wait_for_url("**/status-changes")


def plan(page: Page, number: str) -> None:
    """Put down what the recogniser proposes; the class is the first that there is."""
    form = page.locator("form", has=page.get_by_label("新学号"))
    form.get_by_label("考核记录编号").fill("考〔2026〕7号")
    form.get_by_label("转入班级").select_option(index=1)
    form.get_by_label("新学号").fill(number)
    form.get_by_role("button", name="保存方案").click()
    expect(page.locator("#recognition-title")).to_have_text("学分认定方案")


def renew(page: Page, file: str, shot: str, picture: Callable[..., None]) -> None:
    """Another number after signing."""
    page.goto(file)
    number = f"Y{uuid.uuid4().hex[:8]}"
    form = page.locator("form", has=page.get_by_label("新学号"))
    form.get_by_label("新学号").fill("")
    form.get_by_role("button", name="保存班级和学号").click()
    expect(form.get_by_label("新学号")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("新学号").fill(number)
    form.get_by_role("button", name="保存班级和学号").click()
    expect(page.locator("section", has=page.locator("#assessment-title"))).to_contain_text(number)
    expect(page.get_by_text("签署后更新")).to_be_visible()
    assert fits(page)
    show(page, "#renewal-title")
    picture(page, f"{shot}-renewal")


def show(page: Page, what: str) -> None:
    """Scroll there."""
    page.locator(what).evaluate("found => found.scrollIntoView()")


def walk(
    visit: Visit,
    picture: Callable[..., None],
    name: str,
    hands: tuple[str, ...],
    shot: str,
    width: int = 1440,
) -> None:
    """From office to office. hands: logins in the order of the offices."""
    document = f"平职转〔2026〕{uuid.uuid4().hex[:6]}号"
    for at, username in enumerate(hands):
        office = visit(username, width=width)
        open_file(office, name)
        if at == 2:
            show(office, "#plan-title")
            picture(office, f"{shot}-desk")
            plan(office, f"Z{uuid.uuid4().hex[:8]}")
            assert fits(office)
            show(office, "#recognition-title")
            picture(office, f"{shot}-plan")
        elif at == len(hands) - 1:
            picture(office, f"{shot}-bureau")
        file = office.url
        agree(office, document)
        if at == 2:
            renew(office, file, shot, picture)


VOCATIONAL_HANDS = ("registrar", "approver")
GENERAL_HANDS = ("registrar2", "approver2")
SECTIONS_OUT, SECTIONS_IN = ("county", "county2"), ("county2", "county")


def test_from_vocational_to_general_and_back(
    visit: Visit, open_county: LiveCounty, picture: Callable[..., None]
):
    login, learner = family_of(open_county, VOCATIONAL, 3)
    family = visit(login, fresh=True)
    apply(family, learner, "平阴县第一中学")
    family.get_by_text("转学档案").click()
    expect(family.locator("#recognition-title")).to_have_text("学分认定测算")
    picture(family, "transfer-family")
    name = family.locator("h1").inner_text().split("：")[1]
    hands = (*VOCATIONAL_HANDS, *GENERAL_HANDS, *SECTIONS_OUT)
    walk(visit, picture, name, hands, shot="transfer")
    assert open_county.scalar(_ENROLMENTS, learner=learner) == "1:10 2:01"
    assert open_county.scalar(_RECOGNISED, learner=learner)
    family.reload()
    expect(family.locator("#arrived-title")).to_be_visible()
    expect(family.locator("table", has_text="补修至")).to_be_visible()
    expect(family.locator("#recognition-title")).to_have_text("学分认定")
    assert fits(family)
    picture(family, "transfer-arrived")
    registrar = visit("registrar2")
    registrar.goto(f"/learners/{learner}")
    expect(registrar.locator("#transcript")).to_contain_text("认定")
    picture(registrar, "transfer-received")

    apply(family, learner, "平阴县职业教育中心", "数控技术应用")
    hands = (*GENERAL_HANDS, *VOCATIONAL_HANDS, *SECTIONS_IN)
    walk(visit, picture, name, hands, shot="transfer-back")
    assert open_county.scalar(_ENROLMENTS, learner=learner) == "1:10 2:10 1:01"


def test_from_general_to_vocational_on_a_phone(
    visit: Visit, open_county: LiveCounty, picture: Callable[..., None]
):
    login, learner = family_of(open_county, GENERAL, 2)
    family = visit(login, fresh=True, width=360)
    apply(family, learner, "平阴县职业教育中心", "数控技术应用")
    family.get_by_text("转学档案").click()
    assert fits(family)
    picture(family, "transfer-family-360")
    name = family.locator("h1").inner_text().split("：")[1]
    hands = (*GENERAL_HANDS, *VOCATIONAL_HANDS, *SECTIONS_IN)
    walk(visit, picture, name, hands, shot="transfer-360", width=360)
    assert open_county.scalar(_ENROLMENTS, learner=learner) == "2:10 1:01"


def test_the_receiving_school_refuses_and_sees_no_more(visit: Visit, open_county: LiveCounty):
    login, learner = family_of(open_county, VOCATIONAL, 4)
    family = visit(login, fresh=True)
    apply(family, learner, "平阴县第一中学")
    family.get_by_text("转学档案").click()
    name = family.locator("h1").inner_text().split("：")[1]
    address = family.url
    walk(visit, lambda *_: None, name, VOCATIONAL_HANDS, shot="")
    receiving = visit("registrar2")
    open_file(receiving, name)
    receiving.get_by_text("不同意", exact=True).click()
    receiving.get_by_label("理由", exact=True).fill("本年级学位已满")
    receiving.get_by_role("button", name="签署不同意").click()
    receiving.wait_for_url("**/status-changes")
    assert receiving.goto(address).status == 404  # type: ignore[union-attr]
    family.reload()
    expect(family.locator("main")).to_contain_text("本年级学位已满")
