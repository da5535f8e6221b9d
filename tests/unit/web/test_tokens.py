"""Words can be read on every ground that the design gives them, in the light and in the dark."""

from __future__ import annotations

import re

import pytest

from creditbank.web.assets import FOLDER

WORDS, EDGES = 4.5, 3.0
"""WCAG 2.2, 1.4.3 and 1.4.11."""
GROUNDS = ("page", "surface", "sunken")
SOFT = ("accent", "good", "warn", "bad", "other")
ON = (
    *((ink, ground) for ink in ("ink", "muted", "accent") for ground in GROUNDS),
    *(("ink", f"{tone}-soft") for tone in SOFT),
    *((tone, f"{tone}-soft") for tone in SOFT),
    *((tone, "surface") for tone in SOFT),
    ("muted", "neutral-soft"),
    ("on-accent", "accent"),
    ("surface", "bad"),
)
DRAWN = ("accent", "good", "warn-fill", "bad", "other", "line-strong", "progress-fill")
"""Bars, and the edges of fields."""
_TOKEN = re.compile(r"--cb-([a-z0-9-]+): (#[0-9a-f]{6});")


def tokens(*, dark: bool) -> dict[str, str]:
    found = dict(_TOKEN.findall((FOLDER / "tokens.css").read_text()))
    if dark:
        found |= dict(_TOKEN.findall((FOLDER / "dark.css").read_text()))
    return found


def luminance(colour: str) -> float:
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_twenty_one_to_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(*, dark: bool):
    colours = tokens(dark=dark)
    weak = {
        f"{ink} on {ground}": round(contrast(colours[ink], colours[ground]), 2)
        for ink, ground in ON
        if contrast(colours[ink], colours[ground]) < WORDS
    }
    assert weak == {}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("part", DRAWN)
def test_what_is_drawn_stands_out(part: str, *, dark: bool):
    colours = tokens(dark=dark)
    assert contrast(colours[part], colours["surface"]) >= EDGES


def test_the_dark_says_every_colour_again():
    light, dark = tokens(dark=False), dict(_TOKEN.findall((FOLDER / "dark.css").read_text()))
    assert set(light) == set(dark)


def test_no_other_file_holds_a_colour_of_its_own():
    grey = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![\w-]*\s*\{)")
    strangers = {
        sheet.name: found
        for sheet in sorted(FOLDER.glob("*.css"))
        if sheet.name not in {"tokens.css", "dark.css", "print.css"}
        and (found := [hit for hit in grey.findall(sheet.read_text()) if _is_colour(hit)])
    }
    assert strangers == {}


def _is_colour(hit: str) -> bool:
    return len(hit) in {4, 5, 7, 9}
