"""The geometry of rings and bars, in numbers that SVG attributes take; no Flask, no words.

Style attributes are refused by the content security policy, so widths are numbers in SVG.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FULL = 1000
"""Widths are in thousandths of a bar; integers, so that drawings are the same everywhere."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a bar. start, width: thousandths; fill: the class that colours it."""

    start: int
    width: int
    fill: str


def share(part: int, whole: int) -> int:
    """Part of whole in thousandths, 0 to 1000; a whole of nothing is full."""
    if whole <= 0:
        return FULL
    return max(0, min(FULL, part * FULL // whole))


def percent_text(part: int, whole: int) -> str:
    """Whole percent, rounded down so that 100 is only said of everything."""
    return f"{share(part, whole) // 10}%"


def rounded_percent(part: int, whole: int) -> str:
    """Whole percent as parts of a whole are said, so that they add up to about 100."""
    return f"{(200 * part + whole) // (2 * whole)}%"


def segments(parts: Iterable[tuple[int, str]], whole: int) -> tuple[Segment, ...]:
    """Pieces in a row, each (amount, fill), cut off at the whole; empty ones are left out."""
    found: list[Segment] = []
    amount = 0
    for part, fill in parts:
        start, end = share(amount, whole), share(amount + part, whole)
        if part > 0 and end > start:
            found.append(Segment(start=start, width=end - start, fill=fill))
        amount += part
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Steps:
    """An amount over time as a line of steps, and what was asked beside it; SVG path data.

    The drawing is 1000 wide and 300 high; area is the line closed along the bottom.
    """

    line: str
    area: str
    asked: str


WIDTH, HEIGHT = FULL, 300


def steps(points: Sequence[tuple[int, int, int]], end: int) -> Steps:
    """The drawing of points (moment, amount, asked) in the order of time; end: the last moment.

    Each amount holds until the next moment. The highest amount or asking touches the top.
    """
    start = points[0][0]
    top = max(max(amount, asked) for _, amount, asked in points) or 1

    def path(values: Iterable[int]) -> str:
        found, before = [], None
        for (moment, _, _), value in zip(points, values, strict=True):
            x = share(moment - start, end - start) if moment > start else 0
            y = HEIGHT - value * HEIGHT // top
            found.append(f"M{x} {y}" if before is None else f"H{x}V{y}")
            before = y
        return "".join(found) + f"H{WIDTH}"

    line = path(amount for _, amount, _ in points)
    return Steps(
        line=line,
        area=f"{line}V{HEIGHT}H0Z",
        asked=path(asked for _, _, asked in points),
    )
