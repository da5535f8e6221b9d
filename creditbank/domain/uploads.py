"""An uploaded file between reading and posting: its sheets, what was mended, what was answered.

What belongs here: how that is kept as one JSON document, and the sheets with the mended cells in
them. The file itself is not kept and never changed: what was mended stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from creditbank.domain.sheets import (
    CellFault,
    FaultyCell,
    MergedRange,
    ParsedSheet,
    cell_name,
    clean_text,
)

EDITS_MAX = 2_000
"""How many cells of one upload may be mended; who has more to mend does it in the file."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A cell that was mended: what it said and what it says."""

    sheet: str
    row: int
    column: int
    before: str
    after: str

    @property
    def cell(self) -> str:
        """Such as "E12"."""
        return cell_name(self.row, self.column)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as read. chosen: what was chosen beside it; answers: of this file's columns alone."""

    sheets: tuple[ParsedSheet, ...]
    chosen: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()

    @property
    def mended(self) -> tuple[ParsedSheet, ...]:
        """The sheets with the mended cells in them; a mended cell has no fault."""
        return tuple(self._mended(sheet) for sheet in self.sheets)

    def _mended(self, sheet: ParsedSheet) -> ParsedSheet:
        edits = {(edit.row, edit.column): edit.after for edit in self.edits_of(sheet)}
        if not edits:
            return sheet
        rows = [list(row) for row in sheet.rows]
        for (row, column), text in edits.items():
            cells = rows[row - 1]
            cells.extend([""] * (column - len(cells)))
            cells[column - 1] = text
        return replace(
            sheet,
            rows=tuple(tuple(row) for row in rows),
            faults=tuple(cell for cell in sheet.faults if (cell.row, cell.column) not in edits),
        )

    def edits_of(self, sheet: ParsedSheet) -> tuple[Edit, ...]:
        """What was mended in one sheet."""
        return tuple(edit for edit in self.edits if edit.sheet == sheet.name)

    def with_edit(self, sheet: ParsedSheet, row: int, column: int, text: str) -> Upload:
        """With one more cell mended; one that says again what the file says is none.

        Raises IndexError for a row that the sheet does not have, or with too many mended cells.
        """
        before = next(found for found in self.sheets if found.name == sheet.name)
        if not 1 <= row <= len(before.rows) or column < 1:
            raise IndexError
        others = tuple(
            edit
            for edit in self.edits
            if (edit.sheet, edit.row, edit.column) != (sheet.name, row, column)
        )
        edit = Edit(sheet.name, row, column, before.text(row, column), clean_text(text))
        is_faulty = any((cell.row, cell.column) == (row, column) for cell in before.faults)
        if edit.before == edit.after and not is_faulty:
            return replace(self, edits=others)
        if len(others) >= EDITS_MAX:
            raise IndexError
        return replace(self, edits=(*others, edit))

    @property
    def document(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "sheets": [_sheet_document(sheet) for sheet in self.sheets],
            "chosen": dict(self.chosen),
            "answers": dict(self.answers),
            "edits": [
                [edit.sheet, edit.row, edit.column, edit.before, edit.after] for edit in self.edits
            ],
        }

    @classmethod
    def kept(cls, document: Mapping[str, Any]) -> Upload:
        """From how it is kept."""
        return cls(
            sheets=tuple(_kept_sheet(sheet) for sheet in document["sheets"]),
            chosen=document["chosen"],
            answers=document["answers"],
            edits=tuple(Edit(*edit) for edit in document["edits"]),
        )


def _sheet_document(sheet: ParsedSheet) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "rows": [list(row) for row in sheet.rows],
        "faults": [[cell.row, cell.column, cell.fault.value] for cell in sheet.faults],
        "merged": [
            [area.first_row, area.first_column, area.last_row, area.last_column]
            for area in sheet.merged
        ],
        "hidden": list(sheet.hidden),
    }


def _kept_sheet(document: Mapping[str, Any]) -> ParsedSheet:
    return ParsedSheet(
        name=document["name"],
        rows=tuple(tuple(row) for row in document["rows"]),
        faults=tuple(
            FaultyCell(row, column, CellFault(fault)) for row, column, fault in document["faults"]
        ),
        merged=tuple(MergedRange(*area) for area in document["merged"]),
        hidden=tuple(document.get("hidden", ())),
    )
