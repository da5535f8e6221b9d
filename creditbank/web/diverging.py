"""Bars to both sides of a line: who loses to the left, who gains to the right. No Flask, no words.

As web.figures: numbers that SVG attributes take, the whole drawing 1000 wide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from creditbank.web.figures import FULL

MIDDLE = FULL // 2
_LEAST = 6
"""So that one learner among thousands is still seen."""


@dataclass(frozen=True, slots=True)
class DivergingBar:
    """One row. left, left_width: the piece that ends at the middle; right_width: that beside it."""

    name: str
    detail: str
    loses: int
    gains: int
    left: int
    left_width: int
    right_width: int


def diverging_bars(rows: Iterable[tuple[str, str, int, int]]) -> tuple[DivergingBar, ...]:
    """Bars of (name, detail, loses, gains), all to one scale; the longest first."""
    found = sorted(rows, key=lambda row: (-(row[2] + row[3]), row[0], row[1]))
    most = max((max(loses, gains) for _, _, loses, gains in found), default=0)
    return tuple(
        DivergingBar(
            name=name,
            detail=detail,
            loses=loses,
            gains=gains,
            left=MIDDLE - _width(loses, most),
            left_width=_width(loses, most),
            right_width=_width(gains, most),
        )
        for name, detail, loses, gains in found
    )


def _width(count: int, most: int) -> int:
    return max(_LEAST, MIDDLE * count // most) if count else 0
