"""One name, one look: no class is styled by itself in two style sheets."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

SHEETS = Path(__file__).parents[2] / "creditbank" / "web" / "static"
LONE = re.compile(r"^\.([a-z][a-z0-9-]*) \{", re.MULTILINE)


def twice(sheets: dict[str, str]) -> dict[str, list[str]]:
    """By class the sheets that style it by itself, where they are several."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, text in sheets.items():
        for style in LONE.findall(text):
            found[style].add(name)
    return {style: sorted(names) for style, names in found.items() if len(names) > 1}


def test_no_class_is_styled_by_itself_in_two_sheets():
    sheets = {path.name: path.read_text(encoding="utf-8") for path in SHEETS.glob("*.css")}
    assert sum(map(len, map(LONE.findall, sheets.values()))) > 100
    assert not twice(sheets)


def test_a_planted_double_is_found():
    assert twice({"a.css": ".sides { height: 1rem; }", "b.css": ".x { top: 0; }\n.sides { }"}) == {
        "sides": ["a.css", "b.css"]
    }
