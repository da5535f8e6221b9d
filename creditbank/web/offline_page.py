"""The page that checks a credential without a network: one file with all that it needs.

It is put together here from the folder beside this file and a vendored library, and is no template
of the pages: it is saved, carried away and opened without a server.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from creditbank.web.assets import FOLDER

_ROOM = Path(__file__).parent / "offline"
_SCRIPTS = (
    FOLDER / "vendor" / "noble-ed25519-3.2.0.js", _ROOM / "checks.js", _ROOM / "words.js",
    _ROOM / "page.js",
)  # fmt: skip
_PLACE = re.compile(r"\[\[(policy|style|snapshot|script)\]\]")


def offline_page(snapshot: dict[str, Any]) -> str:
    """The page. snapshot: language, taken (a moment as text), keys and lists, as JSON."""
    parts = {
        "policy": policy(),
        "style": _style(),
        "script": _script(),
        # No end of an element inside; the text of a signed document is not touched by that.
        "snapshot": json.dumps(snapshot, ensure_ascii=False).replace("<", "\\u003c"),
    }
    frame = (_ROOM / "verify.html").read_text("utf-8")
    return _PLACE.sub(lambda found: parts[found[1]], frame)


@functools.cache
def policy() -> str:
    """The page's own policy: its script and its style, and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src {_source(_script())}; style-src {_source(_style())}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@functools.cache
def _script() -> str:
    return "\n".join(file.read_text("utf-8") for file in _SCRIPTS)


@functools.cache
def _style() -> str:
    return (_ROOM / "verify.css").read_text("utf-8")


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
