"""Paired schools, the bureau's overview of transfers, a notice read without signing in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import ViewportSize, expect
from sqlalchemy import text

from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.browser.conftest import LiveCounty, Visit, today
from tests.browser.roads import fits

pytestmark = pytest.mark.browser
_PHONE: ViewportSize = {"width": 390, "height": 800}
# No window is open on most days, so that nobody could apply: the rows are put there.
_APPLIED = text("""
INSERT INTO status_changes (institution_id, learner_id, enrolment_id, kind, reason, applied_on,
  takes_effect_on, by_school, absent_hours, absent_days, ground, note, to_institution_id, plan_id,
  major_code, catalogue_year, class_name, offices, applied_as, applied_by, applied_at)
SELECT e.institution_id, e.learner_id, e.enrolment_id, '21', '99', :today, :today,
  false, 0, 0, '', '', p.institution_id, p.plan_id, '', NULL, '', '{registrar}', 'registrar', 12,
  now()
FROM enrolments e JOIN program_plans p ON p.institution_id = 1
WHERE e.institution_id = 3 AND e.status = '01' AND p.major_code = '660105'
ORDER BY e.enrolment_id DESC LIMIT 1 RETURNING status_change_id, learner_id
""")
_NOTICE = text("""
INSERT INTO public_notices (status_change_id, starts_on, ends_on, published_at)
VALUES (:id, :today, :until, now())
""")
_TAKEN_BACK = text("""
INSERT INTO status_change_withdrawals (status_change_id, institution_id, withdrawn_by, withdrawn_at)
VALUES (:id, 3, 12, now())
""")


@pytest.fixture
def applicant(live: LiveCounty) -> Iterator[str]:
    """Somebody whose transfer is shown for objections until the test is over."""
    with UnitOfWork(live.engine, EVERYWHERE) as uow:
        number, learner_id = uow.connection.execute(_APPLIED, {"today": today()}).one()
        uow.connection.execute(
            _NOTICE, {"id": number, "today": today(), "until": today() + timedelta(days=6)}
        )
    yield str(live.scalar("SELECT name FROM learners WHERE learner_id = :id", id=learner_id))
    with UnitOfWork(live.engine, EVERYWHERE) as uow:
        uow.connection.execute(_TAKEN_BACK, {"id": number})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_notice_is_read_without_signing_in(visit: Visit, applicant: str, language: str) -> None:
    page = visit(language=language)
    page.goto("/sign-in")
    page.locator("a[href='/notices']").click()
    expect(page.locator("tbody th", has_text=applicant).first).to_be_visible()
    assert fits(page)
    page.set_viewport_size(_PHONE)
    assert fits(page)
    page.locator(".top-end a[href='/sign-in']").click()
    expect(page.locator("[name=password]")).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_bureau_sees_who_moved_and_goes_on_from_there(
    visit: Visit, picture, language: str
) -> None:
    page = visit("county", language=language)
    page.goto("/transfers")
    expect(page.locator("h2")).to_have_count(3)
    assert fits(page)
    if language == "zh":
        picture(page, "transfer-numbers", full=True)
    page.set_viewport_size(_PHONE)
    assert fits(page)
    page.locator("main a[href='/paired-schools']").click()
    expect(page.locator("h1")).to_be_visible()
    assert fits(page)


def test_the_bureau_ends_a_pair_from_its_line(visit: Visit) -> None:
    page = visit("county2")
    page.goto("/paired-schools")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="结束结对：平阴县职业教育中心、平阴县第一中学").click()
    expect(page.locator("[name=vocational_id]")).to_have_value("1")
    page.locator("[name=valid_until]").fill("2099-08-31")
    page.get_by_role("button", name="公布").click()
    expect(page.locator("#document_no-fault")).to_be_visible()
    expect(page.locator("[name=document_no]")).to_be_focused()
    page.locator("[name=document_no]").fill("平教体字〔2026〕41号")
    page.get_by_role("button", name="公布").click()
    expect(page.locator("tbody tr").first).to_contain_text("至 2099年8月31日")
    page.set_viewport_size(_PHONE)
    assert fits(page)
    reader = visit("student", **_PHONE)
    reader.goto("/paired-schools")
    expect(reader.locator("tbody tr")).to_have_count(2)
    expect(reader.locator("form[action='/paired-schools']")).to_have_count(0)
