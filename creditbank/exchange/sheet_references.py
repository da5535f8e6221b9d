"""What in a workbook refers to cells, after rows of its sheets were repeated.

In the sheet itself, in the parts that belong to it (drawings, comments, tables) and in the book
(names, charts). What a formula came to is left out, so that it is computed again.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

from creditbank.domain.errors import InvalidInputError
from creditbank.exchange.moved_rows import Formulas, RowMoves
from creditbank.exchange.template_xml import Element, parsed, written

BOOK, CALCULATIONS = "xl/workbook.xml", "xl/calcChain.xml"
_CHART = re.compile(r"xl/charts/chart\d+\.xml")
_BEFORE_CALCULATIONS = (
    "definedNames", "externalReferences", "functionGroups", "sheets",
)  # fmt: skip
_OF_CELLS = frozenset({"mergeCell", "hyperlink"})
"""What is of the cells of a row, and so is there for each row that it becomes."""
_ANCHOR_ROWS = (2, 6)
"""Where the rows are among the eight numbers of a comment's box."""


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row of a filled sheet. origin: its number in the template; number: where it is now."""

    row: Element
    origin: int
    number: int


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """A sheet with its rows in their new places."""

    sheet: Element
    placed: tuple[PlacedRow, ...]
    moves: RowMoves


def sheet_titles(members: Mapping[str, bytes]) -> dict[str, str]:
    """What the sheets are called, by part."""
    targets = _targets(members, BOOK)
    found = {}
    for sheet in parsed(members[BOOK]).iter("{*}sheet"):
        number = next((str(sheet.get(key)) for key in sheet.keys() if key.endswith("}id")), "")  # noqa: SIM118
        found[targets.get(number, "")] = str(sheet.get("name", ""))
    return found


def move_sheet(filled: FilledSheet, formulas: Formulas, title: str) -> None:
    """Formulas, areas and rules of a sheet, in place."""
    for item in filled.placed:
        for cell in item.row.iterchildren("{*}c"):
            _move_formula(cell, item, filled.moves, formulas, title)
    for element in _outside(filled.sheet):
        _move_element(element, filled.moves, formulas, title)
    for element in list(filled.sheet.iter("{*}mergeCells", "{*}hyperlinks")):
        element.attrib.pop("count", None)
        parent = element.getparent()
        if not len(element) and parent is not None:
            parent.remove(element)


def _outside(sheet: Element) -> Iterator[Element]:
    """Whatever is in a sheet besides its rows."""
    for part in list(sheet):
        if not str(part.tag).endswith("}sheetData"):
            yield from list(part.iter("{*}*"))


def _move_formula(
    cell: Element, item: PlacedRow, moves: RowMoves, formulas: Formulas, title: str
) -> None:
    formula = cell.find("{*}f")
    if formula is None:
        return
    here = (item.origin, item.number) if moves.became(item.origin) != 1 else None
    if formula.text:
        formula.text = formulas.moved(formula.text, title, here=here)
    if "ref" in formula.attrib:
        formula.set("ref", moves.area(str(formula.get("ref"))))
        # A formula that others share is there once; its copies are formulas of their own.
        if item.number != moves.row(item.origin):
            for name in ("t", "ref", "si"):
                formula.attrib.pop(name, None)
    for value in list(cell.iterchildren("{*}v")):
        cell.remove(value)
    cell.attrib.pop("t", None)


def _move_element(element: Element, moves: RowMoves, formulas: Formulas, title: str) -> None:
    name = str(element.tag).rpartition("}")[2]
    if name in _OF_CELLS:
        _move_for_each(element, moves)
    elif "ref" in element.attrib:
        element.set("ref", moves.area(str(element.get("ref"))))
    elif "sqref" in element.attrib:
        element.set("sqref", moves.areas(str(element.get("sqref"))))
    elif name == "sqref" and element.text:
        element.text = moves.areas(element.text)
    elif name in {"f", "formula", "formula1", "formula2"} and element.text:
        element.text = formulas.moved(element.text, title)
    elif name == "brk" and _is_row_break(element):
        element.set("id", str(moves.row(int(element.get("id", "0")), is_end=True)))


def _is_row_break(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and str(parent.tag).endswith("}rowBreaks")


def _move_for_each(element: Element, moves: RowMoves) -> None:
    """Merged cells, a link: for each row that theirs became; over several rows as one area."""
    area = str(element.get("ref"))
    rows = {int(number) for number in re.findall(r"\d+", area)}
    first = min(rows)
    if len(rows) > 1 or moves.became(first) == 1:
        element.set("ref", moves.area(area, grows=False))
        return
    for number in range(moves.row(first), moves.row(first) + moves.became(first)):
        copy = deepcopy(element)
        copy.set("ref", re.sub(r"\d+", str(number), area))
        element.addprevious(copy)
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def move_parts(members: Mapping[str, bytes], sheet: str, moves: RowMoves) -> dict[str, bytes]:
    """The parts of a sheet that know where cells are, by name; none where nothing was moved."""
    found: dict[str, bytes] = {}
    if not moves.added:
        return found
    for target in _targets(members, sheet).values():
        if target in members and target.endswith((".xml", ".vml")):
            try:
                root = parsed(members[target])
            except InvalidInputError:  # boxes of comments need not be XML
                continue
            for element in list(root.iter("{*}*")):
                _move_in_part(element, moves)
            found[target] = written(root)
    return found


def _move_in_part(element: Element, moves: RowMoves) -> None:
    name = str(element.tag).rpartition("}")[2]
    if "ref" in element.attrib:
        element.set("ref", moves.area(str(element.get("ref")), grows=False))
    elif name in {"row", "Row"} and (element.text or "").strip().isdecimal():
        element.text = str(_counted_from_zero(element.text or "", moves))
    elif name == "Anchor" and element.text:
        numbers = element.text.split(",")
        for at in _ANCHOR_ROWS:
            if at < len(numbers):
                numbers[at] = f" {_counted_from_zero(numbers[at], moves)}"
        element.text = ",".join(numbers)


def _counted_from_zero(written_row: str, moves: RowMoves) -> int:
    return moves.row(int(written_row) + 1) - 1


def move_book(members: Mapping[str, bytes], formulas: Formulas) -> dict[str, bytes]:
    """Names and charts, and that everything is to be computed when the book is opened."""
    book = parsed(members[BOOK])
    titles = [str(sheet.get("name", "")) for sheet in book.iter("{*}sheet")]
    for name in book.iter("{*}definedName"):
        at = name.get("localSheetId", "")
        sheet = titles[int(at)] if at.isdecimal() and int(at) < len(titles) else ""
        name.text = formulas.moved(name.text or "", sheet)
    _compute_at_once(book)
    found = {BOOK: written(book)}
    for part, content in members.items():
        if _CHART.fullmatch(part):
            chart = parsed(content)
            for formula in chart.iter("{*}f"):
                formula.text = formulas.moved(formula.text or "", "", grows=True)
            found[part] = written(chart)
    if CALCULATIONS in members:
        for part, ends in (
            ("[Content_Types].xml", CALCULATIONS), ("xl/_rels/workbook.xml.rels", "calcChain.xml"),
        ):  # fmt: skip
            found[part] = _without(members[part], ends)
    return found


def _compute_at_once(book: Element) -> None:
    calculation = book.find("{*}calcPr")
    if calculation is None:
        last = next(
            found
            for name in _BEFORE_CALCULATIONS
            if (found := book.find(f"{{*}}{name}")) is not None
        )
        calculation = last.makeelement(str(last.tag).rpartition("}")[0] + "}calcPr")
        last.addnext(calculation)
    calculation.set("fullCalcOnLoad", "1")


def _without(part: bytes, ends: str) -> bytes:
    """A list of parts without what names one."""
    root = parsed(part)
    for element in list(root):
        if any(str(value).endswith(ends) for value in element.attrib.values()):
            root.remove(element)
    return written(root)


def _targets(members: Mapping[str, bytes], part: str) -> dict[str, str]:
    """The parts that a part refers to, by the number that it gives them."""
    folder, name = posixpath.split(part)
    content = members.get(f"{folder}/_rels/{name}.rels")
    if content is None:
        return {}
    return {
        str(item.get("Id")): posixpath.normpath(
            posixpath.join("/", folder, str(item.get("Target")))
        ).lstrip("/")
        for item in parsed(content).iter("{*}Relationship")
        if item.get("TargetMode") != "External"
    }
