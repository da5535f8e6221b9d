"""Text stands out from what it stands on, in light and in dark: WCAG 2.2 AA."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import creditbank.web

STYLES = (Path(creditbank.web.__file__).parent / "static" / "creditbank.css").read_text("utf-8")
PAIRS = [
    ("ink", "page"), ("ink", "surface"), ("ink", "sunken"), ("muted", "page"),
    ("muted", "surface"), ("muted", "sunken"), ("muted", "neutral-soft"), ("accent", "surface"),
    ("accent", "page"), ("accent", "accent-soft"), ("on-accent", "accent"), ("good", "good-soft"),
    ("warn", "warn-soft"), ("warn", "surface"), ("bad", "bad-soft"), ("bad", "surface"),
    ("other", "other-soft"), ("ink", "good-soft"), ("ink", "warn-soft"), ("ink", "bad-soft"),
]  # fmt: skip
PARTS = ["accent", "good", "warn-fill", "bad", "other", "line-strong", "progress-fill"]
"""What bars and borders are drawn in."""


def colours(theme: str) -> dict[str, str]:
    light, _, dark = STYLES.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--cb-([\w-]+): (#[0-9a-f]{6})", light))
    return found | (
        dict(re.findall(r"--cb-([\w-]+): (#[0-9a-f]{6})", dark)) if theme == "dark" else {}
    )


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable(theme: str, text: str, ground: str):
    known = colours(theme)
    assert contrast(known[text], known[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", PARTS)
def test_parts_of_drawings_are_visible(theme: str, part: str):
    known = colours(theme)
    assert contrast(known[part], known["surface"]) >= 3.0
