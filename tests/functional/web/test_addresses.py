"""Every address that code or template leads to by name is one that answers."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

import creditbank.web

ROOM = Path(creditbank.web.__file__).parent
NAMED = re.compile(r"""["'](web\.[a-z0-9_]*[a-z0-9])["']""")


def named(text: str) -> set[str]:
    return set(NAMED.findall(text))


def test_every_address_that_is_named_answers(app: Flask):
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    files = [*ROOM.glob("*.py"), *ROOM.glob("templates/**/*.html")]
    found = {
        f"{path.relative_to(ROOM)}: {name}"
        for path in files
        for name in named(path.read_text("utf-8")) - known
    }
    assert found == set()


def test_a_planted_dead_end_is_named():
    assert named('url_for("web.no_such_page") + url_for(\'web.home\')') == {
        "web.no_such_page", "web.home",
    }  # fmt: skip
