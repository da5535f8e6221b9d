"""The pages of the advance, full, in two widths and both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser
PAGES = (
    ("approver", "/agreements/2/advance"),
    ("approver", "/agreements/2/advance/qualification"),
    ("registrar", "/agreements/1/advance/assessments"),
    ("approver", "/agreements/5/advance/ranking"),
    ("college", "/agreements"),
    ("college", "/agreements/5/advance"),
    ("registrar", "/agreements/4/advance/scores"),
    ("county", "/agreements/advances"),
    ("student", "{own}/advance"),
)


@pytest.mark.parametrize(("width", "language"), [(1024, "en"), (360, "zh")])
def test_the_pages_fit(visit: Visit, county: LiveCounty, width: int, language: str):
    learner = county.scalar(
        "SELECT learner_id FROM account_learners JOIN accounts USING (account_id)"
        " WHERE username = 'student'"
    )
    for role, path in PAGES:
        page = visit(role, width=width, language=language)
        page.goto(path.format(own=f"/learners/{learner}"))
        expect(page.locator("h1")).to_be_visible()
        assert fits(page), (role, path)
        unnamed = page.locator("main :is(input, select, textarea):not([type=hidden])").evaluate_all(
            "items => items.filter(item => !item.labels?.length"
            " && !item.ariaLabel).map(item => item.name)"
        )
        assert unnamed == [], path
        assert page.locator("h1").count() == 1
