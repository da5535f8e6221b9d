"""A Chromium with one signed-in context for each reader, language, width and theme."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from creditbank.demo.logins import DEMO_LOGINS, PASSWORD
from tests.browser.conftest import CHROMIUMS, SWITCHES

_PASSWORDS = {login.username: login.password for login in DEMO_LOGINS}
_PATIENCE_MS = 30_000
_HEIGHTS = {360: 740}


@dataclass
class Browsing:
    """Sessions are kept: passwords are slow by design. complaints: of scripts, foreign hosts."""

    browser: Browser
    home: str
    sessions: dict[str, list[Any]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @contextmanager
    def page(
        self, reader: str, *, width: int = 1440, language: str = "zh", theme: str = "light"
    ) -> Iterator[Page]:
        """A page of this reader's own, nowhere yet."""
        context = self.browser.new_context(
            base_url=self.home,
            viewport={"width": width, "height": _HEIGHTS.get(width, 900)},
            color_scheme="dark" if theme == "dark" else "light",
            locale="zh-CN",
            reduced_motion="reduce",
        )
        context.set_default_timeout(_PATIENCE_MS)
        context.add_cookies([{"name": "language", "value": language, "url": self.home}])
        if reader:
            context.add_cookies(self._session(reader))
        page = context.new_page()
        page.on("request", lambda request: self._note_foreign(request.url))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        yield page
        context.close()

    def _session(self, reader: str) -> list[Any]:
        if reader not in self.sessions:
            context = self.browser.new_context(base_url=self.home)
            sign_in(context, reader)
            self.sessions[reader] = [
                {"name": item["name"], "value": item["value"], "url": self.home}
                for item in context.cookies()
                if item["name"] == "creditbank"
            ]
            context.close()
        return self.sessions[reader]

    def _note_foreign(self, address: str) -> None:
        if urlsplit(address).netloc != urlsplit(self.home).netloc:
            self.complaints.append(f"a request left this machine: {address}")


def sign_in(context: BrowserContext, reader: str) -> None:
    """Sign in by the form."""
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=username]", reader)
    page.fill("[name=password]", _PASSWORDS.get(reader, PASSWORD))
    page.click("main .card [type=submit]")
    page.wait_for_url(lambda address: "/sign-in" not in address)
    page.close()


@contextmanager
def browsing(home: str) -> Iterator[Browsing]:
    """Start it; end it with the block."""
    chromium = next(path for path in CHROMIUMS if path.exists())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=SWITCHES)
        try:
            yield Browsing(browser, home)
        finally:
            browser.close()
