"""A workbook with names in it: rows repeated, and whatever refers to cells below moved with them.

Merged cells, formats by rule, lists of values, print areas, formulas, charts, pictures, comments
and tables are moved; a formula is computed again by the program that opens the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from decimal import Decimal

from lxml import etree

from creditbank.exchange.moved_rows import Formulas, RowMoves
from creditbank.exchange.sheet_references import (
    FilledSheet,
    PlacedRow,
    move_book,
    move_parts,
    move_sheet,
    sheet_titles,
)
from creditbank.exchange.template_xml import (
    PLACEHOLDER,
    Element,
    Value,
    Values,
    name_of,
    names_in,
    parsed,
    put,
    text_of,
    written,
)

_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
_DRAWING = re.compile(r"xl/drawings/drawing\d+\.xml")
_STRINGS = "xl/sharedStrings.xml"
_DIGITS = re.compile(r"\d+")


def is_filled(name: str) -> bool:
    """Whether a part of a workbook may hold names."""
    return name == _STRINGS or any(part.fullmatch(name) for part in (_SHEET, _DRAWING))


class SheetTemplate:
    """A workbook. members: its parts by name."""

    def __init__(self, members: Mapping[str, bytes]) -> None:
        self._members = members
        self._sheets = {
            name: parsed(part) for name, part in members.items() if _SHEET.fullmatch(name)
        }
        self._drawings = {
            name: parsed(part) for name, part in members.items() if _DRAWING.fullmatch(name)
        }
        strings = members.get(_STRINGS)
        self._strings = [] if strings is None else list(parsed(strings).iterchildren("{*}si"))

    def names(self) -> list[str]:
        """The names in their order, each as often as it is there."""
        inline = [item for sheet in self._sheets.values() for item in sheet.iter("{*}is")]
        boxes = [item for part in self._drawings.values() for item in part.iter("{*}p")]
        margins = [item for sheet in self._sheets.values() for item in _margins(sheet)]
        texts = [*map(_texts, (*self._strings, *inline, *boxes)), *([item] for item in margins)]
        return [name for item in texts for name in names_in(item)]

    def repeats(self, names: frozenset[str]) -> bool:
        """Whether a row names one of these."""
        return any(
            names & self._names_of(row)
            for sheet in self._sheets.values()
            for row in sheet.iter("{*}row")
        )

    def filled(
        self, values: Values, rows: Sequence[Values], of_row: frozenset[str]
    ) -> dict[str, bytes]:
        """The parts that were filled in or moved, by name."""
        titles = sheet_titles(self._members)
        made = {
            name: self._fill(deepcopy(sheet), values, rows, of_row)
            for name, sheet in self._sheets.items()
        }
        members = {**self._members, **self._filled_drawings(values)}
        formulas = Formulas({titles.get(name, name): item.moves for name, item in made.items()})
        found = {name: members[name] for name in self._drawings}
        found |= move_book(members, formulas)
        for name, item in made.items():
            move_sheet(item, formulas, titles.get(name, name))
            found |= {name: written(item.sheet), **move_parts(members, name, item.moves)}
        return found

    def _filled_drawings(self, values: Values) -> dict[str, bytes]:
        """Text boxes, which are of no row."""
        found = {}
        for name, part in self._drawings.items():
            root = deepcopy(part)
            for paragraph in root.iter("{*}p"):
                put(_texts(paragraph), values, keeps_space=False)
            found[name] = written(root)
        return found

    def _fill(
        self, sheet: Element, values: Values, rows: Sequence[Values], of_row: frozenset[str]
    ) -> FilledSheet:
        """A sheet filled in, its rows in their new places; what refers to them is as it was."""
        added: list[tuple[int, int]] = []
        placed: list[PlacedRow] = []
        number = 0
        for row in list(sheet.iter("{*}row")):
            number = int(row.get("r", number + 1))
            first = number + sum(more for _row, more in added)
            is_repeated = bool(of_row & self._names_of(row))
            fills = [{**values, **own} for own in rows] if is_repeated else [values]
            made = [PlacedRow(deepcopy(row), number, first + at) for at in range(len(fills))]
            for item, fill in zip(made, fills, strict=True):
                self._fill_row(item, fill)
                row.addprevious(item.row)
            parent = row.getparent()
            if parent is not None:
                parent.remove(row)
            placed += made
            if len(fills) != 1:
                added.append((number, len(fills) - 1))
        for margin in _margins(sheet):
            put(
                [margin],
                {name: _in_margin(value) for name, value in values.items()},
                keeps_space=False,
            )
        return FilledSheet(sheet, tuple(placed), RowMoves(tuple(added)))

    def _fill_row(self, item: PlacedRow, values: Values) -> None:
        item.row.set("r", str(item.number))
        for cell in item.row.iterchildren("{*}c"):
            self._fill_cell(cell, values)
            if "r" in cell.attrib:
                cell.set("r", _DIGITS.sub(str(item.number), str(cell.get("r"))))

    def _names_of(self, row: Element) -> frozenset[str]:
        items = (self._item(cell) for cell in row.iterchildren("{*}c"))
        return frozenset(
            name for item in items if item is not None for name in names_in(_texts(item))
        )

    def _item(self, cell: Element) -> Element | None:
        """The text of a cell, shared or its own; None for numbers and formulas."""
        if cell.get("t") == "s":
            number = int(cell.findtext("{*}v") or 0)
            return self._strings[number] if 0 <= number < len(self._strings) else None
        return cell.find("{*}is")

    def _fill_cell(self, cell: Element, values: Values) -> None:
        """A number where nothing but a number stands in it; all else is text, never a formula."""
        item = self._item(cell)
        if item is None or not names_in(_texts(item)):
            return
        whole = PLACEHOLDER.fullmatch(text_of(_texts(item)).strip())
        value = values.get(name_of(whole), "") if whole else ""
        inline = deepcopy(item)
        for child in list(cell):
            cell.remove(child)
        space = etree.QName(cell).namespace
        if isinstance(value, int | Decimal):
            cell.attrib.pop("t", None)
            etree.SubElement(cell, f"{{{space}}}v").text = str(value)
            return
        inline.tag = f"{{{space}}}is"
        for phonetic in [*inline.iterchildren("{*}rPh", "{*}phoneticPr")]:
            inline.remove(phonetic)
        put(_texts(inline), values)
        cell.set("t", "inlineStr")
        cell.append(inline)


def _margins(sheet: Element) -> list[Element]:
    """What is printed above and below."""
    return [part for found in sheet.iter("{*}headerFooter") for part in found]


def _in_margin(value: Value) -> str:
    """A & is a command there, two are the letter."""
    return str(value).replace("&", "&&")


def _texts(item: Element) -> list[Element]:
    """The texts of a string, without how it is read aloud."""
    return [text for text in item.iter("{*}t") if next(text.iterancestors("{*}rPh"), None) is None]
