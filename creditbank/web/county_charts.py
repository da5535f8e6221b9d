"""Charts of the bureau's page, drawn on the server: columns over time, bars by school or major.

Every one is a list or a table already, with its numbers in words; the drawing adds lengths to it.
No Flask: addresses and words come in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creditbank.web.figures import Segment, segments

HEIGHT = 136
"""Of the highest column, in pixels."""


@dataclass(frozen=True, slots=True)
class Series:
    """What a colour stands for."""

    name: str
    fill: str


@dataclass(frozen=True, slots=True)
class About:
    """What a chart is about. head: over the labels or names."""

    key: str
    title: str
    head: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stave:
    """One column of a group. height: in pixels."""

    text: str
    fill: str
    height: int


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """What stands over one label."""

    label: str
    staves: tuple[Stave, ...]


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Columns beside each other. is_empty: there is nothing to draw."""

    about: About
    series: tuple[Series, ...]
    groups: tuple[ColumnGroup, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no column has a height."""
        return not any(stave.height for group in self.groups for stave in group.staves)


@dataclass(frozen=True, slots=True)
class BarRow:
    """One row of a chart of bars; url: "" where it leads no further."""

    name: str
    url: str
    text: str
    bar: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars below each other. is_share: each of a whole of its own, which is drawn behind it."""

    about: About
    series: tuple[Series, ...]
    rows: tuple[BarRow, ...]
    is_share: bool = True


Value = tuple[int | None, str]
"""How high, and how it is written; None where there is nothing."""


def column_chart(
    about: About,
    groups: Sequence[tuple[str, Sequence[Value]]],
    *,
    series: Sequence[Series],
    top: int | None = None,
) -> ColumnChart:
    """A chart of (label, values by series). top: what fills the height, else the highest value."""
    highest = max((number or 0 for _, values in groups for number, _ in values), default=0)
    full = top or highest or 1
    return ColumnChart(
        about,
        tuple(series),
        tuple(
            ColumnGroup(
                label,
                tuple(
                    _stave(number, text, what, full)
                    for (number, text), what in zip(values, series, strict=True)
                ),
            )
            for label, values in groups
        ),
    )


def _stave(number: int | None, text: str, what: Series, full: int) -> Stave:
    return Stave(text, what.fill, min(HEIGHT, (number or 0) * HEIGHT // full))


def bar_row(name: str, url: str, text: str, parts: Sequence[tuple[int, str]], whole: int) -> BarRow:
    """A row whose bar is full at whole."""
    return BarRow(name, url, text, segments(parts, whole) if whole else ())
