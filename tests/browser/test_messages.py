"""The bell: a family sees that something has happened, opens it, and has read it."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import Application, ChangeKind, GivenProof, Proof
from creditbank.services.status_change_commands import ApplyForChange, GiveOpinion
from creditbank.services.status_changes import apply_for_change, give_opinion
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits, guardian_of

pytestmark = pytest.mark.browser
VOCATIONAL = 1
_SOMEBODY = """
SELECT e.learner_id FROM enrolments e
WHERE e.institution_id = 1 AND e.status = '01' AND e.suspended_semesters = 0
  AND e.entry_year < (SELECT max(entry_year) FROM enrolments WHERE institution_id = 1)
  AND NOT EXISTS (SELECT FROM status_changes c WHERE c.learner_id = e.learner_id)
  AND NOT EXISTS (SELECT FROM account_learners a WHERE a.learner_id = e.learner_id)
ORDER BY e.learner_id LIMIT 1
"""
REGISTRAR, ADVISOR = Actor(1, Role.REGISTRAR, VOCATIONAL), Actor(6, Role.ADVISOR, VOCATIONAL)


def suspend(county: LiveCounty, learner: int) -> int:
    """The school's registrar applies for it."""
    today = local_date(datetime.now(UTC))
    what = Application(
        kind=ChangeKind.SUSPENSION,
        takes_effect_on=today + timedelta(days=7),
        until=date(today.year + 1, 1, 31),
        proofs=(GivenProof(Proof.APPLICATION, today),),
    )
    command = ApplyForChange(learner_id=learner, what=what)
    key = uuid.uuid4().hex
    with UnitOfWork(county.engine, EVERYWHERE) as uow:
        made = apply_for_change(uow, REGISTRAR, command, idempotency_key=key, now=datetime.now(UTC))
    return made.status_change_id


def agree(county: LiveCounty, number: int) -> None:
    """The advisor does."""
    command = GiveOpinion(status_change_id=number, agrees=True)
    key = uuid.uuid4().hex
    with UnitOfWork(county.engine, EVERYWHERE) as uow:
        give_opinion(uow, ADVISOR, command, idempotency_key=key, now=datetime.now(UTC))


def bell(page: Page):
    return page.locator(".bell")


@pytest.mark.parametrize("width", [1440, 360])
def test_the_family_hears_of_each_step_and_reads_it(
    visit: Visit, county: LiveCounty, picture, width: int
):
    learner = int(str(county.scalar(_SOMEBODY)))
    name = guardian_of(county, learner)
    page = visit(name, width=width)
    expect(bell(page)).to_have_text("办理消息")
    number = suspend(county, learner)
    agree(county, number)
    page.reload()
    expect(page.locator(".bell-count")).to_have_text("2")
    assert fits(page)
    bell(page).focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("办理消息")
    rows = page.locator(".messages tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("班主任已同意")
    expect(rows.last).to_contain_text("已提交申请")
    assert fits(page)
    if width == 360:
        picture(page, "messages-phone")
    rows.first.get_by_role("link").click()
    expect(page.locator(f"#change-{number}")).to_be_in_viewport()
    expect(page.locator(".bell-count")).to_have_text("1")
    bell(page).click()
    rows.last.get_by_role("button", name="标为已读").click()
    expect(page.locator(".bell-count")).to_have_count(0)
    page.get_by_role("link", name="未读", exact=True).click()
    expect(page.locator("main")).to_contain_text("没有未读消息")


def test_an_office_marks_all_it_has_seen(visit: Visit, county: LiveCounty):
    suspend(county, int(str(county.scalar(_SOMEBODY))))
    page = visit("advisor", fresh=True)
    bell(page).click()
    expect(page.locator(".messages tbody tr").first).to_contain_text("待班主任办理")
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.locator(".bell-count")).to_have_count(0)
    expect(page.locator(".messages .unread")).to_have_count(0)
