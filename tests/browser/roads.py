"""Steps that several roads share."""

from __future__ import annotations

import uuid

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import create_engine, text

from tests.browser.conftest import LiveCounty

DEMO_STUDENT = "2023010101"

EXACTLY_ENOUGH = """
FROM verdict_heads h JOIN verdicts v USING (verdict_id)
JOIN enrolments e ON e.enrolment_id = h.enrolment_id
JOIN accounts c ON c.institution_id = e.institution_id AND c.username = 'registrar'
JOIN ledger_entries l ON l.learner_id = e.learner_id AND l.units = 200 AND l.block_code IS NULL
  AND l.course_code LIKE 'RX%'
WHERE h.subject_kind = 'graduation' AND h.outcome = 'eligible'
  AND EXISTS (SELECT FROM jsonb_array_elements(v.findings -> 'blocks') AS b
    WHERE b ->> 'code' = 'RX' AND (b ->> 'earned')::int = (b ->> 'required')::int)
  AND NOT EXISTS (SELECT FROM jsonb_array_elements(v.findings -> 'blocks') AS b
    WHERE (b ->> 'earned')::int > (b ->> 'required')::int)
  AND NOT EXISTS (SELECT FROM ledger_entries o
    WHERE o.learner_id = e.learner_id AND o.kind <> 'course')
"""
"""Who could graduate and could not with one elective less; a county has few of them."""

_ACCOUNT = """
INSERT INTO accounts (username, display_name, password_hash, role, is_active, section)
SELECT :name, '家长', password_hash, 'guardian', true, '' FROM accounts WHERE username = 'guardian'
RETURNING account_id
"""
_WARD = "INSERT INTO account_learners (account_id, learner_id) VALUES (:account, :learner)"


def guardian_of(county: LiveCounty, learner: int) -> str:
    """The login of a new account, whose ward the learner is."""
    name = f"family-{uuid.uuid4().hex[:8]}"
    owner = create_engine(county.owner_url)
    with owner.begin() as connection:
        account = connection.execute(text(_ACCOUNT), {"name": name}).scalar_one()
        connection.execute(text(_WARD), {"account": account, "learner": learner})
    owner.dispose()
    return name


def go(page: Page, name: str) -> None:
    """To a page that the side names; on a phone the side is opened first."""
    opener = page.locator("[data-side-open]")
    if opener.is_visible():
        opener.click()
    page.locator(".ways").get_by_role("link", name=name, exact=True).click()


def open_learner(page: Page, student_no: str) -> None:
    """Type into the search until the learner stands there, and open the page.

    The list follows the typing: its first row is somebody else's until the number is whole.
    """
    page.goto("/learners")
    page.get_by_placeholder("姓名、拼音首字母或学号").press_sequentially(student_no, delay=10)
    page.locator("#found tbody tr", has_text=student_no).locator("a").first.click()
    expect(page.locator("#transcript")).to_be_visible()


def click_twice(button: Locator) -> None:
    """Both clicks before the first one is answered, however slow the machine is."""
    button.evaluate("it => (it.click(), it.click())")


def choose_kind(page: Page, name: str) -> None:
    """Open the form of one kind of credit."""
    page.locator("#post-panel .tabs").get_by_text(name).click()
    expect(page.locator("#post-panel [aria-current]")).to_have_text(name)


def submit_credit(page: Page) -> None:
    """Send the form and wait for what it says."""
    page.locator("#post-panel [type=submit]").click()
    expect(page.locator("#post-panel .notice")).to_be_visible()


def stay(page: Page) -> None:
    """Mark the page, so that a reload would be noticed."""
    page.evaluate("window.creditbankStayed = true")


def stayed(page: Page) -> bool:
    """Whether the page is still the one that was marked."""
    return bool(page.evaluate("window.creditbankStayed === true"))


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    page.wait_for_load_state()  # a heading may be seen before the styles have come
    # Of the page's root: the locator waits for one where a page is just being left.
    return bool(page.locator("html").evaluate("root => root.scrollWidth <= root.clientWidth"))
