"""The pages of the advance, full, in two widths and both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveCounty, Visit
from tests.browser.roads import fits

pytestmark = pytest.mark.browser
PHONE = 360
PAGES = (
    ("approver", "/agreements/2/advance"),
    ("approver", "/agreements/2/advance/qualification"),
    ("registrar", "/agreements/1/advance/assessments"),
    ("approver", "/agreements/5/advance/ranking"),
    ("college", "/agreements"),
    ("college", "/agreements/5/advance"),
    ("registrar", "/agreements/4/advance/scores"),
    ("registrar", "/agreements/7/advance/issued-forms"),
    ("college", "/college-access"),
    ("county", "/agreements/advances"),
    ("student", "{own}/advance"),
)


def test_the_pages_fit(visit: Visit, county: LiveCounty):
    """On a small screen in English, and on a phone in Chinese."""
    learner = county.scalar(
        "SELECT learner_id FROM account_learners JOIN accounts USING (account_id)"
        " WHERE username = 'student'"
    )
    pages = {role: visit(role) for role in dict(PAGES)}
    for width, language in ((1024, "en"), (PHONE, "zh")):
        for page in pages.values():
            page.set_viewport_size({"width": width, "height": 900})
            page.context.add_cookies([{"name": "language", "value": language, "url": county.url}])
        for role, path in PAGES:
            page = pages[role]
            page.goto(path.format(own=f"/learners/{learner}"))
            check_page(page, f"{role} {path} {width}")
            if width > PHONE:
                assert shows_every_link(page), f"{role} {path}"


def shows_every_link(page: Page) -> bool:
    """Whether no link of the bar has to be scrolled to."""
    return bool(
        page.locator(".top-row").evaluate(
            "row => [...row.querySelectorAll('a')].every(link =>"
            " link.getBoundingClientRect().right <= row.getBoundingClientRect().right"
            " && link.parentElement.scrollWidth <= link.parentElement.clientWidth)"
        )
    )


def check_page(page: Page, where: str) -> None:
    """It fits, has one heading, and every field of it has a name."""
    expect(page.locator("h1")).to_have_count(1)
    assert fits(page), where
    unnamed = page.locator("main :is(input, select, textarea):not([type=hidden])").evaluate_all(
        "items => items.filter(item => !item.labels?.length"
        " && !item.ariaLabel).map(item => item.name)"
    )
    assert unnamed == [], where
