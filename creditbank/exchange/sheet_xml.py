"""What the sheets' XML says and the reader of values does not: far cells, formulas, errors, merges.

Runs in the child process of creditbank.exchange.reading, before values are read: a single far cell
would make that reader ask for all the memory there is.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from creditbank.domain.sheets import CellFault, FaultyCell, MergedRange, cell_name
from creditbank.exchange.limits import COLUMNS_MAX, SHEETS_MAX, TableLimits
from creditbank.exchange.plain_sheets import is_plain
from creditbank.exchange.refusals import Refusal, RefusedFileError

_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
Attributes = Mapping[str, str]


@dataclass(slots=True)
class SheetMarks:
    """What was found in one sheet besides its values."""

    name: str
    limits: TableLimits
    faults: list[FaultyCell] = field(default_factory=list)
    merged: list[MergedRange] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    cell_count: int = 0

    def count(self, row: int, column: int) -> None:
        """Note that something stands here; RefusedFileError if that is too far out or too much."""
        self.cell_count += 1
        too_many = self.cell_count > self.limits.cells
        if row > self.limits.rows or column > COLUMNS_MAX or too_many:
            raise RefusedFileError(Refusal.TOO_MANY_CELLS, f"{self.name}!{cell_name(row, column)}")


def xlsx_marks(archive: zipfile.ZipFile, limits: TableLimits) -> dict[str, SheetMarks]:
    """Marks by the sheet's name."""
    targets: dict[str, str] = {}

    def relation(tag: str, attributes: Attributes) -> None:
        if _local(tag) == "Relationship":
            targets[attributes["Id"]] = attributes["Target"]

    sheets: dict[str, str] = {}

    def sheet(tag: str, attributes: Attributes) -> None:
        if _local(tag) == "sheet":
            sheets[attributes["name"]] = next(
                value for name, value in attributes.items() if name.endswith(":id")
            )

    _walk(archive, "xl/_rels/workbook.xml.rels", relation)
    _walk(archive, "xl/workbook.xml", sheet)
    _limit_sheets(len(sheets))
    return {
        name: _xlsx_sheet(archive, _member(targets[key]), SheetMarks(name, limits))
        for name, key in sheets.items()
    }


def _member(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _xlsx_sheet(archive: zipfile.ZipFile, member: str, marks: SheetMarks) -> SheetMarks:
    if is_plain(archive, member, marks.limits):
        return marks
    walker = _XlsxWalker(marks)
    _walk(archive, member, walker.start, walker.end, walker.text)
    return walker.marks


class _XlsxWalker:
    """Follows <c r="C12" t="…"><f>…</f><v>…</v></c> and <mergeCell ref="A1:C1"/>."""

    def __init__(self, marks: SheetMarks) -> None:
        self.marks = marks
        self._row = self._column = 0
        self._kind = ""
        self._inside = self._has_formula = self._has_value = False

    def start(self, tag: str, attributes: Attributes) -> None:
        tag = _local(tag)
        if tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
            if attributes.get("hidden") in {"1", "true"}:
                self.marks.hidden.append(self._row)
        elif tag == "c":
            self._enter_cell(attributes)
        elif tag == "f":
            self._has_formula = True
        elif tag in {"v", "t"}:
            self._inside = True
        elif tag == "mergeCell":
            self.marks.merged.append(_range(attributes["ref"]))

    def _enter_cell(self, attributes: Attributes) -> None:
        self._column += 1
        if "r" in attributes:
            self._row, self._column = _position(attributes["r"])
        self._kind = attributes.get("t", "")
        self._has_formula = self._has_value = False

    def text(self, text: str) -> None:
        if self._inside and text:
            self._has_value = True

    def end(self, tag: str) -> None:
        tag = _local(tag)
        if tag in {"v", "t"}:
            self._inside = False
        if tag != "c" or not (self._has_value or self._has_formula):
            return
        self.marks.count(self._row, self._column)
        # A formula that gives an empty text has a value, of type str: that is an empty cell.
        if self._has_formula and not self._has_value and self._kind != "str":
            self._fault(CellFault.FORMULA_WITHOUT_VALUE)
        elif self._kind == "e":
            self._fault(CellFault.ERROR_VALUE)

    def _fault(self, fault: CellFault) -> None:
        self.marks.faults.append(FaultyCell(self._row, self._column, fault))


def ods_marks(archive: zipfile.ZipFile, limits: TableLimits) -> dict[str, SheetMarks]:
    """Marks by the sheet's name; repeated empty cells and rows count for nothing."""
    walker = _OdsWalker(limits)
    _walk(archive, "content.xml", walker.start, walker.end)
    return walker.sheets


class _OdsWalker:
    """Follows table:table, table:table-row, table:table-cell with their repetitions."""

    def __init__(self, limits: TableLimits) -> None:
        self.sheets: dict[str, SheetMarks] = {}
        self._limits = limits
        self._marks = SheetMarks("", limits)
        self._row = self._column = 1
        self._row_repeated = 1

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "table:table":
            self._marks = SheetMarks(attributes.get("table:name", ""), self._limits)
            self.sheets[self._marks.name] = self._marks
            _limit_sheets(len(self.sheets))
            self._row = 1
        elif tag == "table:table-row":
            self._column = 1
            self._row_repeated = int(attributes.get("table:number-rows-repeated", "1"))
            is_hidden = attributes.get("table:visibility") in {"collapse", "filter"}
            if is_hidden and self._row_repeated == 1:  # of more of them nothing is said
                self._marks.hidden.append(self._row)
        elif tag in {"table:table-cell", "table:covered-table-cell"}:
            self._cell(attributes)

    def end(self, tag: str) -> None:
        if tag == "table:table-row":
            self._row += self._row_repeated

    def _cell(self, attributes: Attributes) -> None:
        repeated = int(attributes.get("table:number-columns-repeated", "1"))
        row, column = self._row, self._column
        self._column += repeated
        has_formula = "table:formula" in attributes
        has_value = "office:value-type" in attributes
        if has_formula or has_value:
            last_row = row + self._row_repeated - 1
            self._marks.count(last_row, column + repeated - 1)
            self._marks.cell_count += repeated * self._row_repeated - 1
            self._marks.count(last_row, column)
        if attributes.get("calcext:value-type") == "error":
            self._fault(row, column, CellFault.ERROR_VALUE)
        elif has_formula and not has_value:
            self._fault(row, column, CellFault.FORMULA_WITHOUT_VALUE)
        columns = int(attributes.get("table:number-columns-spanned", "1"))
        rows = int(attributes.get("table:number-rows-spanned", "1"))
        if columns > 1 or rows > 1:
            self._marks.merged.append(
                MergedRange(row, column, row + rows - 1, column + columns - 1)
            )

    def _fault(self, row: int, column: int, fault: CellFault) -> None:
        self._marks.faults.append(FaultyCell(row, column, fault))


def _local(tag: str) -> str:
    """Some programs write x:row where others write row."""
    return tag.rpartition(":")[2]


def _limit_sheets(count: int) -> None:
    if count > SHEETS_MAX:
        raise RefusedFileError(Refusal.TOO_MANY_CELLS)


def _position(reference: str) -> tuple[int, int]:
    match = _CELL.fullmatch(reference)
    if match is None:
        raise RefusedFileError(Refusal.DAMAGED)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def _range(reference: str) -> MergedRange:
    first, _, last = reference.partition(":")
    return MergedRange(*_position(first), *_position(last or first))


def _walk(
    archive: zipfile.ZipFile,
    member: str,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Walk through one XML member. A document type, where entities could hide, is refused."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        with archive.open(member) as stream:
            parser.ParseFile(stream)
    except (expat.ExpatError, KeyError, ValueError, StopIteration) as error:
        raise RefusedFileError(Refusal.DAMAGED) from error


def _refuse_doctype(*_declaration: object) -> None:
    raise RefusedFileError(Refusal.DAMAGED)
