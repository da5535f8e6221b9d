"""Steps that several roads share."""

from __future__ import annotations

from playwright.sync_api import Page, expect

DEMO_STUDENT = "2023010101"


def open_learner(page: Page, student_no: str) -> None:
    """Type into the search until the learner stands there, and open the page.

    The list follows the typing: its first row is somebody else's until the number is whole.
    """
    page.goto("/learners")
    page.get_by_placeholder("姓名、拼音首字母或学号").press_sequentially(student_no, delay=10)
    page.locator("#found tbody tr", has_text=student_no).locator("a").first.click()
    expect(page.locator("#transcript")).to_be_visible()


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
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )
