"""The road of a certificate that two learners hold: seen, checked on the page, counted again."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Role
from creditbank.services.commands import PostCompetitionCredit
from creditbank.services.credits import post_credit
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits, open_learner

pytestmark = pytest.mark.browser
_CLASSMATES = """
SELECT e.learner_id, e.student_no, l.name FROM enrolments e JOIN learners l USING (learner_id)
WHERE e.institution_id = 1 AND e.status = '01' ORDER BY e.learner_id DESC LIMIT 2
"""


@pytest.fixture
def disputed(county: LiveCounty) -> tuple[str, str]:
    """Two classmates with one certificate, posted anew on each call: a number and two names."""
    event, number = f"测试赛{uuid.uuid4().hex[:6]}", f"ZS{uuid.uuid4().hex[:10]}".upper()
    now = datetime.now(UTC)
    actor = Actor(account_id=1, role=Role.REGISTRAR, institution_id=1)
    with UnitOfWork(county.engine, EVERYWHERE) as uow:
        pupils = uow.connection.execute(text(_CLASSMATES)).all()
        for pupil in pupils:
            command = PostCompetitionCredit(
                learner_id=pupil.learner_id, event=event, level=AwardLevel.CITY,
                rank=AwardRank.FIRST, certificate_no=number,
                earned_on=local_date(now - timedelta(days=1)),
            )  # fmt: skip
            post_credit(uow, actor, command, idempotency_key=uuid.uuid4().hex, now=now)
    return pupils[0].student_no, event


def row_of(page: Page, event: str):
    return page.locator("#transcript tr.award", has_text=event)


@pytest.mark.parametrize("width", [1440, 360])
def test_the_registrar_checks_whose_a_certificate_is(
    visit: Visit, county: LiveCounty, disputed: tuple[str, str], width: int
):
    number, event = disputed
    page = visit("registrar", width=width)
    open_learner(page, number)
    row_of(page, event).get_by_role("button", name="核查").click()
    form = page.locator("#transcript form", has_text="属于谁")
    expect(form.get_by_role("checkbox")).to_have_count(2)
    assert fits(page)
    form.get_by_role("button", name="保存核查结果").click()
    expect(form.locator(".fault").first).to_be_visible()
    form.get_by_role("checkbox").last.check()
    form.get_by_label("核查依据").fill("核对证书原件")
    form.get_by_role("button", name="保存核查结果").click()
    expect(page.locator(".toast")).to_contain_text("已记录核查结果")
    with UnitOfWork(county.engine, EVERYWHERE) as uow:
        kept = uow.connection.execute(
            text("SELECT reason FROM evidence_checks ORDER BY evidence_check_id DESC LIMIT 1")
        )
        assert kept.scalar_one() == "核对证书原件"


def test_the_form_speaks_english(visit: Visit, disputed: tuple[str, str]):
    number, event = disputed
    page = visit("registrar", language="en")
    page.goto("/learners")
    page.locator("main input[name=words]").press_sequentially(number, delay=10)
    page.locator("#found tbody tr", has_text=number).locator("a").first.click()
    row_of(page, event).get_by_role("button", name="Check").click()
    expect(page.get_by_text("What the check rests on")).to_be_visible()
