"""Tables as an Excel file: each a sheet, its head in view, text as text, days as days.

When to use: for every file of rows that goes out. What stands in them is told by who asks.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from creditbank.domain.calendar import COUNTY_TIME

Cell = str | int | float | Decimal | date | datetime | None
"""A float is a share of one, and shown in percent."""
Rows = Sequence[Sequence[Cell]]
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_WIDTH_MIN, _WIDTH_MAX = 8, 44
_NARROW = 0x2E80
"""Characters from here on take two columns of a sheet's width."""


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One sheet. Numbers are written as numbers, days as days, all text as text.

    lines: said above the table.
    """

    name: str
    head: tuple[str, ...]
    rows: Rows
    lines: tuple[str, ...] = ()


def tables_workbook(tables: Sequence[SheetTable], *, made_on: date) -> bytes:
    """An .xlsx file with one sheet for each table; its head stays in view and can be filtered.

    The same arguments give the same bytes. Text is written as text, so that no name is ever taken
    for a formula, and no number of a student loses its zeros.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        book.set_properties(
            {"created": datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC)}
        )
        formats = _Formats(
            head=book.add_format(
                {"bold": True, "bg_color": "#D9E5F2", "border": 1, "num_format": "@"}
            ),
            text=book.add_format({"num_format": "@", "border": 1, "valign": "top"}),
            number=book.add_format({"num_format": "General", "border": 1, "valign": "top"}),
            share=book.add_format({"num_format": "0.0%", "border": 1, "valign": "top"}),
            said=book.add_format({"num_format": "@"}),
            day=book.add_format({"num_format": "yyyy-mm-dd", "border": 1, "valign": "top"}),
            moment=book.add_format(
                {"num_format": "yyyy-mm-dd hh:mm", "border": 1, "valign": "top"}
            ),
        )
        for table in tables:
            _write(book.add_worksheet(table.name), table, formats)
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class _Formats:
    head: Format
    text: Format
    number: Format
    share: Format
    said: Format
    day: Format
    moment: Format


def _write(sheet: Worksheet, table: SheetTable, formats: _Formats) -> None:
    for row, line in enumerate(table.lines):
        sheet.write_string(row, 0, line, formats.said)
    first = len(table.lines) + (1 if table.lines else 0)
    for column, text in enumerate(table.head):
        sheet.write_string(first, column, text, formats.head)
        sheet.set_column(column, column, _width(table, column), formats.said)
    for number, cells in enumerate(table.rows, start=first + 1):
        for column, cell in enumerate(cells):
            _write_cell(sheet, number, column, cell, formats)
    sheet.freeze_panes(first + 1, 0)
    if table.rows:
        sheet.autofilter(first, 0, first + len(table.rows), len(table.head) - 1)


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    """A moment is written as it is on the county's clock: a sheet knows no time zones."""
    match cell:
        case None:
            sheet.write_blank(row, column, None, formats.text)
        case int() | Decimal():
            sheet.write_number(row, column, cell, formats.number)
        case float():
            sheet.write_number(row, column, cell, formats.share)
        case datetime():
            local = cell.astimezone(COUNTY_TIME).replace(tzinfo=None)
            sheet.write_datetime(row, column, local, formats.moment)
        case date():
            sheet.write_datetime(row, column, cell, formats.day)
        case str():
            sheet.write_string(row, column, cell, formats.text)


def _width(table: SheetTable, column: int) -> int:
    shown = (row[column] for row in table.rows[:2000])
    texts = [table.head[column], *(_shown(cell) for cell in shown if cell is not None)]
    widest = max(sum(2 if ord(letter) >= _NARROW else 1 for letter in text) for text in texts)
    return min(_WIDTH_MAX, max(_WIDTH_MIN, widest + 3))


def _shown(cell: Cell) -> str:
    return f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell)
