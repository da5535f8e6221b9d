"""A small demo county behind a live server, and visitors with a real Chromium.

The server answers from a thread; a second thread does what workers do: it turns marks into
verdicts. The clock stands on the same day whenever the tests are run, so that they meet the same
county. No request may leave this machine, and no page may complain in its console.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from sqlalchemy import Engine, text
from werkzeug.serving import make_server

from creditbank.db import make_engine
from creditbank.demo.logins import DEMO_LOGINS, PASSWORD
from creditbank.domain.calendar import local_date
from creditbank.embedded import ServerUrls
from creditbank.services.evaluations import drain
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.apps import make_app
from tests.databases import clone_county, drop_database

CHROMIUMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
"""Debian's. The first one is the same engine without windows, and opens a page in a third of the
time."""
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PICTURES = Path(__file__).parents[2] / "docs" / "images"
NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
"""When the tests begin: in the county a Friday at ten, in a term, when some of last year's could
graduate. The clock goes on from there."""
PATIENCE_MS = 30_000
SESSION = "creditbank"
_EXPECTED = (
    "Failed to load resource: the server responded with a status of 4",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
    "Response Status Error Code 4",
    "htmx:afterRequest",
    "htmx:sendError",
    "htmx:responseError",
)
"""What browser and htmx note of refusals and of a lost network, which tests bring about."""
_SCALE = 0.04
_VALKEY_DATABASE = 15
"""Counted down by worker: the other tests empty the databases from 0 up, and with them whoever is
signed in there."""
_PASSWORDS = {login.username: login.password for login in DEMO_LOGINS}

Visit = Callable[..., Page]
_AT_WORK = threading.Event()
_AHEAD = NOW - datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LiveCounty:
    """Where the pages are, and the database behind them; owner_url: its owner's way in."""

    url: str
    engine: Engine
    owner_url: str

    def scalar(self, query: str, **values: object) -> object:
        """One value, read everywhere."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return uow.connection.execute(text(query), values).scalar_one()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """The counties evaluate while a browser's test runs; they stand through all the others too.

    pytest asks this of every test, wherever it stands.
    """
    if item.get_closest_marker("browser") is None:
        return (yield)
    with time_machine.travel(datetime.now(UTC) + _AHEAD, tick=True):
        _AT_WORK.set()
        try:
            return (yield)
        finally:
            _AT_WORK.clear()


@contextmanager
def live_county(
    servers: ServerUrls, name: str, redis_url: str, var: Path, *, scale: float = _SCALE
) -> Iterator[LiveCounty]:
    """A demo county that nobody else writes to."""
    database = clone_county(servers, name, as_of=today(), scale=scale)
    engine = make_engine(database.app_url)
    settings = Settings.from_environment(
        {"DATABASE_URL": database.app_url, "REDIS_URL": redis_url, "CREDITBANK_VAR": str(var)}
    )
    server = make_server("127.0.0.1", 0, make_app(settings), threaded=True)
    stop = threading.Event()
    threads = [
        threading.Thread(target=server.serve_forever),
        threading.Thread(target=_evaluate, args=(engine, stop)),
    ]
    for thread in threads:
        thread.start()
    yield LiveCounty(f"http://127.0.0.1:{server.server_port}", engine, database.owner_url)
    stop.set()
    server.shutdown()
    for thread in threads:
        thread.join()
    engine.dispose()
    drop_database(servers, name)


@pytest.fixture(scope="session")
def browser_redis_url(servers: ServerUrls, worker_number: int) -> str:
    """A database of Valkey in which browsers sign in."""
    return servers.redis(_VALKEY_DATABASE - worker_number % 8)


@pytest.fixture(scope="session")
def live(
    servers: ServerUrls,
    worker_number: int,
    browser_redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveCounty]:
    """The county of this worker's browsers."""
    name = f"creditbank_browser_{worker_number}"
    with live_county(servers, name, browser_redis_url, tmp_path_factory.mktemp("var")) as made:
        yield made


def _evaluate(engine: Engine, stop: threading.Event) -> None:
    while not stop.wait(0.05 if _AT_WORK.is_set() else 0.5):
        if not _AT_WORK.is_set():
            continue
        drain(lambda: UnitOfWork(engine, EVERYWHERE), now=datetime.now(UTC))


@pytest.fixture(scope="session")
def county(live: LiveCounty) -> LiveCounty:
    """The same, once every verdict has been computed."""
    return evaluated(live)


def evaluated(county: LiveCounty) -> LiveCounty:
    """The county, once nobody waits for a verdict."""
    for _ in range(1_000):
        if not county.scalar("SELECT count(*) FROM pending_evaluations"):
            return county
        threading.Event().wait(0.1)
    pytest.fail("the county's verdicts were not computed")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium; without one the tests skip, and fail where CI is true."""
    chromium = next(filter(Path.exists, CHROMIUMS), None)
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium-headless-shell fonts-noto-cjk")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium), args=SWITCHES)
        yield started
        started.close()


@pytest.fixture(scope="session")
def tokens() -> dict[str, str]:
    """Session cookies of those who have signed in before: passwords are slow by design."""
    return {}


@pytest.fixture
def visit(browser: Browser, county: LiveCounty, tokens: dict[str, str]) -> Iterator[Visit]:
    """`visit("registrar", width=360)`: a page, signed in, in a browser of its own.

    fresh: with a session of its own, for those that end it.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        username: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        language: str = "zh",
        theme: str = "light",
        fresh: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=county.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            locale="zh-CN",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "language", "value": language, "url": county.url}])
        page = context.new_page()
        page.on("request", lambda request: _note_foreign(request.url, county.url, complaints))
        page.on("console", lambda message: _note_complaint(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if not username:
            return page
        if fresh or username not in tokens:
            sign_in(page, username)
            if not fresh:
                tokens[username] = _token(context)
        else:
            context.add_cookies([{"name": SESSION, "value": tokens[username], "url": county.url}])
            page.goto("/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def today() -> date:
    """The county's day, which begins eight hours before Greenwich's."""
    return local_date(datetime.now(UTC))


def sign_in(page: Page, username: str) -> None:
    """Sign in by the form."""
    page.goto("/sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", _PASSWORDS.get(username, PASSWORD))
    page.click("main .card [type=submit]")
    page.wait_for_url(lambda address: "/sign-in" not in address)


def _note_foreign(address: str, home: str, complaints: list[str]) -> None:
    if urlsplit(address).netloc != urlsplit(home).netloc:
        complaints.append(f"a request left this machine: {address}")


def _note_complaint(message: ConsoleMessage, complaints: list[str]) -> None:
    if message.type in {"error", "warning"} and not message.text.startswith(_EXPECTED):
        complaints.append(message.text)


def _token(context: BrowserContext) -> str:
    return next(item["value"] for item in context.cookies() if item["name"] == SESSION)


@pytest.fixture
def picture() -> Callable[..., None]:
    """`picture(page, "name")` keeps a screenshot for the documents if CREDITBANK_SCREENSHOTS."""

    def take(page: Page, name: str, *, full: bool = False) -> None:
        if os.environ.get("CREDITBANK_SCREENSHOTS"):
            PICTURES.mkdir(parents=True, exist_ok=True)
            page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
            page.screenshot(path=PICTURES / f"{name}.png", full_page=full)

    return take
