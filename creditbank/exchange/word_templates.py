"""A Word document with names in it: paragraphs, tables in tables, headers, footers, text boxes.

A row of a table that names something of the rows is repeated; whatever else is in the file, also
what a program writes twice for older ones (a text box), is filled in where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy

from creditbank.exchange.template_xml import Element, Values, names_in, parsed, put, written

_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_PARAGRAPH, _ROW, _TEXT = "{*}p", "{*}tr", "{*}t"
_OF_ONE = ("}paraId", "}textId")
"""Attributes that no second paragraph may have."""


def is_filled(name: str) -> bool:
    """Whether a part of a document may hold names."""
    return _PARTS.fullmatch(name) is not None


class WordTemplate:
    """A document. members: its parts by name."""

    def __init__(self, members: Mapping[str, bytes]) -> None:
        self._parts = {name: parsed(part) for name, part in members.items() if is_filled(name)}

    def names(self) -> list[str]:
        """The names in their order, each as often as it is there."""
        return [
            name
            for root in self._parts.values()
            for paragraph in root.iter(_PARAGRAPH)
            for name in names_in(_texts(paragraph))
        ]

    def repeats(self, names: frozenset[str]) -> bool:
        """Whether a row of a table names one of these."""
        return any(
            names & _names_of_row(row) for root in self._parts.values() for row in root.iter(_ROW)
        )

    def filled(
        self, values: Values, rows: Sequence[Values], of_row: frozenset[str]
    ) -> dict[str, bytes]:
        """The parts that were filled in, by name."""
        found = {}
        for name, part in self._parts.items():
            root = deepcopy(part)
            for row in _to_repeat(root, of_row):
                _repeat(row, [{**values, **own} for own in rows])
            _put(root, values)
            found[name] = written(root)
        return found


def _to_repeat(root: Element, of_row: frozenset[str]) -> list[Element]:
    """Rows that name something of the rows, and are in no such row themselves."""
    found = [row for row in root.iter(_ROW) if of_row & _names_of_row(row)]
    return [row for row in found if not any(above in found for above in row.iterancestors(_ROW))]


def _repeat(row: Element, fills: Sequence[Values]) -> None:
    parent = row.getparent()
    if parent is None:
        return
    at = parent.index(row)
    for number, fill in enumerate(fills):
        copy = deepcopy(row)
        if number:
            _forget_numbers(copy)
        _put(copy, fill)
        parent.insert(at + number, copy)
    parent.remove(row)


def _forget_numbers(copy: Element) -> None:
    for element in copy.iter(_PARAGRAPH, _ROW):
        for name in [name for name in element.keys() if str(name).endswith(_OF_ONE)]:  # noqa: SIM118
            del element.attrib[name]


def _put(root: Element, values: Values) -> None:
    for paragraph in root.iter(_PARAGRAPH):
        put(_texts(paragraph), values)


def _texts(paragraph: Element) -> list[Element]:
    """Its own texts, without those of a text box that is anchored in it."""
    return [
        text
        for text in paragraph.iter(_TEXT)
        if next(text.iterancestors(_PARAGRAPH), None) is paragraph
    ]


def _names_of_row(row: Element) -> frozenset[str]:
    """Names in its own cells, without those of a table in one of them."""
    return frozenset(
        name
        for paragraph in row.iter(_PARAGRAPH)
        if next(paragraph.iterancestors(_ROW), None) is row
        for name in names_in(_texts(paragraph))
    )
