"""The end of a class: who is ready is ticked, two learners are tried, one graduates."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import EXACTLY_ENOUGH, click_twice, fits

pytestmark = pytest.mark.browser
_CLASSES = f"""
SELECT e.class_name FROM enrolments e JOIN verdict_heads g
  ON g.enrolment_id = e.enrolment_id AND g.subject_kind = 'graduation'
WHERE e.institution_id = 1 AND e.is_open
  AND e.class_name NOT IN (SELECT e.class_name {EXACTLY_ENOUGH})
GROUP BY e.class_name, e.entry_year
HAVING bool_or(g.outcome IN ('eligible', 'eligible_early') AND NOT EXISTS (
    SELECT FROM status_change_states s
    WHERE s.enrolment_id = e.enrolment_id AND s.state IN ('waiting', 'agreed')))
  AND bool_or(g.outcome = 'not_yet')
ORDER BY e.entry_year, e.class_name LIMIT 1
"""
"""Those that no other road needs: some start from learners who could graduate."""


@pytest.mark.parametrize("width", [1440, 360])
def test_a_class_graduates(
    visit: Visit, county: LiveCounty, picture: Callable[..., None], width: int
):
    approver = visit("approver", width=width)
    approver.goto("/graduations")
    assert fits(approver)
    picture(approver, f"graduations-{width}")
    name = str(county.scalar(_CLASSES))
    approver.get_by_role("link", name=name, exact=True).click()
    graduate = approver.get_by_role("button", name="批准并办理毕业")
    expect(graduate).to_be_visible()
    boxes = approver.get_by_role("checkbox")
    ticked = boxes.and_(approver.locator(":checked"))
    ready = ticked.count()
    assert 0 < ready < boxes.count()
    boxes.and_(approver.locator(":not(:checked)")).first.check()
    approver.get_by_label("批准文号").fill(f"平职毕〔2026〕{uuid.uuid4().hex[:6]}号")
    assert fits(approver)
    click_twice(graduate)
    said = approver.locator("#graduations .notice")
    expect(said).to_contain_text(f"已办理毕业 {ready} 名")
    expect(said).to_contain_text("1 名未办理")
    expect(approver.locator("#graduations .fault")).to_have_count(1)
    assert fits(approver)
    picture(approver, f"class-graduated-{width}", full=True)
