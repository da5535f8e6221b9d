"""The made-up papers that layouts are tried on: `python -m tests.factories.samples` writes them.

As usual, with as much as anybody could write, and with nothing in the books; long lists are cut,
for one row is set like another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from creditbank.domain.papers import KIND_OF, LAYOUT_KINDS, PaperContent, document_of
from creditbank.papers.inputs import ROOM
from tests.factories import papers

FILE = ROOM / "samples.json"
_ROWS = {"outcomes": 25, "learners": 25, "courses": 41}
_COURSES_EACH = 5


def samples() -> dict[str, list[dict[str, Any]]]:
    """By kind: documents as they are kept of issued papers."""
    usual: dict[str, list[dict[str, Any]]] = {}
    for made in (papers.usual(), papers.extreme()):
        for name, content in made.items():
            if name != "change-form-major":
                usual.setdefault(KIND_OF[type(content)].value, []).append(_cut(content))
    return {kind.value: usual[kind.value] for kind in LAYOUT_KINDS}


def written(found: Mapping[str, Any]) -> str:
    """As the file has them."""
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def _cut(content: PaperContent) -> dict[str, Any]:
    document = document_of(content)
    for name, most in _ROWS.items():
        if name in document:
            document[name] = document[name][:most]
    for term in document.get("terms", ())[6:]:
        term["courses"] = term["courses"][:_COURSES_EACH]
    return document


if __name__ == "__main__":
    FILE.write_text(written(samples()), encoding="utf-8")
