"""Which pages there are: by following links from each reader's first page, a few of each address.

What no link leads to is named in the report, so that a new page can't stay unseen unnoticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

from tests.pages.browsing import Browsing
from tests.pages.readers import NEWCOMER, NOBODY, READERS

EACH = 1
"""How many pages of one address one reader looks at: the second learner looks like the first."""
_LINKS = "[...document.querySelectorAll('a[href]')].filter(a => !a.download).map(a => a.href)"
_FIRST = {NOBODY: ("/sign-in", "/verify", "/notices", "/verify?code=NONE")}
_ALSO = ("/", "/messages", "/no-such-page")


@dataclass(frozen=True, slots=True)
class Seen:
    """A page: who sees it, by which rule, and where it is now."""

    reader: str
    endpoint: str
    path: str

    @property
    def name(self) -> str:
        """For a file."""
        return f"{self.endpoint.removeprefix('web.')}-{self.reader or 'nobody'}"


@dataclass(frozen=True, slots=True)
class Walk:
    """All that was seen, and the addresses that nobody was led to."""

    seen: tuple[Seen, ...]
    unseen: tuple[str, ...]


def walk(browsing: Browsing, rules: Map, readers: Iterable[str] = ()) -> Walk:
    """Follow the links of every reader."""
    seen: list[Seen] = []
    for reader in readers or (*READERS, NEWCOMER, NOBODY):
        seen += _walk_of(browsing, rules, reader)
    pages = {
        rule.endpoint
        for rule in rules.iter_rules()
        if rule.methods and "GET" in rule.methods and rule.endpoint.startswith("web.")
    }
    return Walk(tuple(seen), tuple(sorted(pages - {item.endpoint for item in seen})))


def _walk_of(browsing: Browsing, rules: Map, reader: str) -> list[Seen]:
    waiting = list(_FIRST.get(reader, _ALSO))
    known: set[str] = set()
    counts: Counter[str] = Counter()
    seen: list[Seen] = []
    with browsing.page(reader) as page:
        while waiting:
            path = waiting.pop(0)
            endpoint = endpoint_of(rules, path)
            if path in known or counts[endpoint] >= EACH:
                continue
            known.add(path)
            answer = _opened(page, path)
            if answer is None or "text/html" not in answer.headers.get("content-type", ""):
                continue
            here = _path(page.url)
            arrived = endpoint_of(rules, here)
            if arrived != endpoint and counts[arrived] >= EACH:
                continue
            counts[arrived] += 1
            known.add(here)
            seen.append(Seen(reader, arrived, here))
            for link in page.evaluate(_LINKS):
                target = _path(link)
                if link.startswith(browsing.home) and _is_page(rules, target):
                    waiting.append(target)
    return seen


def _opened(page: Page, path: str) -> Response | None:
    """None for a file, which a browser saves instead of showing it."""
    try:
        return page.goto(path)
    except Error as error:
        if "Download is starting" not in error.message:
            raise
        return None


def endpoint_of(rules: Map, path: str) -> str:
    """The name of the rule that answers here, "" if none does."""
    try:
        found, _ = rules.bind("localhost").match(path.partition("?")[0], "GET")
    except RequestRedirect:
        return ""
    except HTTPException:
        return "web.nothing"
    return str(found)


def _is_page(rules: Map, path: str) -> bool:
    return endpoint_of(rules, path).startswith("web.")


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
