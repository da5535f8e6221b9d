"""Tables with a heading, whatever they list: where it stands, and which cells can't be believed.

What belongs here: what grade sheets, class lists and other tables have in common. What a column
means is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from creditbank.domain.columns import MatchedTable
from creditbank.domain.errors import Message, Problem
from creditbank.domain.sheets import (
    CellFault,
    ListedRow,
    ListedTable,
    MergedRange,
    ParsedSheet,
    cell_name,
    column_letters,
    digits_lost_message,
)
from creditbank.exchange.heading_words import summary_words
from creditbank.exchange.refusals import Refusal, refusal

_HEADER_WITHIN_ROWS = 10


def bare_heading(text: str, synonyms: Mapping[str, str]) -> str:
    """A heading without the spaces, stars and hints that people put around it."""
    bare = re.sub(r"[\s*:]", "", text)
    return synonyms.get(bare, bare)


def heading_rows(
    sheet: ParsedSheet, needed: Collection[str], synonyms: Mapping[str, str]
) -> tuple[int, int] | None:
    """The row of the heading and the first row below it, from 1; None without all needed words."""
    for row in range(1, min(len(sheet.rows), _HEADER_WITHIN_ROWS) + 1):
        texts = {bare_heading(text, synonyms) for text in sheet.rows[row - 1]}
        if texts.issuperset(needed):
            below = max(
                (area.last_row for area in sheet.merged if area.first_row == row), default=row
            )
            return row, 1 + below
    return None


def listed_table(
    sheets: Sequence[ParsedSheet],
    fields: Mapping[str, str],
    *,
    needed: Collection[str],
    synonyms: Mapping[str, str],
    missing: Refusal,
    empty: Refusal,
) -> ListedTable:
    """The table that lists one thing in each row: of the first sheet that has the heading.

    fields: field and heading of each column. Raises InvalidInputError with missing when no sheet
    has all headings that are needed, with empty when nothing stands below them.
    """
    if not any(text for sheet in sheets for row in sheet.rows for text in row):
        raise refusal(Refusal.EMPTY_FILE)
    for sheet in sheets:
        found = heading_rows(sheet, needed, synonyms)
        if found is not None:
            return _listed(sheet, *found, fields, synonyms, empty)
    raise refusal(missing)


def matched_list(
    table: MatchedTable, fields: Mapping[str, str], identities: Collection[str]
) -> ListedTable:
    """The list of a table whose columns are known; identities: fields that no row is without.

    A row without any of them that sums up or says something is left out.
    """
    sheet, used = table.sheet, set(table.places.values())
    columns = {field: table.places[field] for field in fields if field in table.places}
    headings = {column.number: column.heading for column in table.columns}
    problems = list(cell_problems(sheet, table.header_row, used, headings))
    named_at = {columns[field] for field in identities if field in columns}
    problems += (
        merged_problem(area, table.first_row, zh="内容", en="row")
        for area in sheet.merged
        if hides_data(area, table.first_row, used) and not _is_note(sheet, area, named_at)
    )
    rows = []
    for row in _listed_rows(sheet, table.first_row, columns):
        first = next((text for text in sheet.rows[row.row - 1] if text), "").replace(" ", "")
        is_named = any(row.cells.get(field) for field in identities)
        if is_named or not first.startswith(summary_words()):
            rows.append(row)
    return ListedTable(
        rows=tuple(rows),
        columns={field: column_letters(at) for field, at in columns.items()},
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
    )


def _listed(
    sheet: ParsedSheet,
    header_row: int,
    first_row: int,
    fields: Mapping[str, str],
    synonyms: Mapping[str, str],
    empty: Refusal,
) -> ListedTable:
    width = len(sheet.rows[header_row - 1])
    headings = {
        at: bare_heading(sheet.text(header_row, at), synonyms) for at in range(1, width + 1)
    }
    places = {text: at for at, text in reversed(headings.items())}
    columns = {field: places[text] for field, text in fields.items() if text in places}
    used = set(columns.values())
    problems = list(cell_problems(sheet, header_row, used, headings))
    problems += (
        merged_problem(area, first_row, zh="内容", en="row")
        for area in sheet.merged
        if hides_data(area, first_row, used)
    )
    rows = tuple(_listed_rows(sheet, first_row, columns))
    if not rows and not problems:
        raise refusal(empty)
    return ListedTable(
        rows=rows,
        columns={field: column_letters(at) for field, at in columns.items()},
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
    )


def _listed_rows(
    sheet: ParsedSheet, first_row: int, columns: Mapping[str, int]
) -> Iterator[ListedRow]:
    for row in range(first_row, len(sheet.rows) + 1):
        cells = {field: sheet.text(row, column) for field, column in columns.items()}
        if any(cells.values()):
            yield ListedRow(row, cells)


def cell_problems(
    sheet: ParsedSheet, header_row: int, used: Collection[int], headings: Mapping[int, str]
) -> Iterator[Problem]:
    """Cells that can't be believed. A number without its last digits is refused in any column."""
    for cell in sheet.faults:
        if cell.row < header_row:
            continue
        if cell.column in used or cell.fault is CellFault.DIGITS_LOST:
            place = cell_name(cell.row, cell.column)
            yield Problem(
                cell.fault.value,
                _fault_message(cell.fault, place, headings.get(cell.column, "")),
                field=column_letters(cell.column),
                row=cell.row,
            )


def hides_data(area: MergedRange, first_row: int, used: Collection[int]) -> bool:
    """Whether merged cells leave open whose something is; a cell that was only made wider does not.

    used: the numbers of the columns that are read; first_row: below the heading.
    """
    over = {at for at in used if area.first_column <= at <= area.last_column}
    is_wide_cell = area.first_row == area.last_row and over == {area.first_column}
    return area.last_row >= first_row and bool(over) and not is_wide_cell


def _is_note(sheet: ParsedSheet, area: MergedRange, named_at: Collection[int]) -> bool:
    """Whether a row says something across the table, and names nobody."""
    said = [sheet.text(area.first_row, at) for at in named_at if at != area.first_column]
    first = sheet.text(area.first_row, area.first_column).replace(" ", "")
    return not any(said) and (
        area.first_column not in named_at or first.startswith(summary_words())
    )


def merged_problem(area: MergedRange, first_row: int, *, zh: str, en: str) -> Problem:
    """Cells merged over data; zh, en: what cannot be told to be whose, such as 成绩."""
    return Problem(
        CellFault.MERGED.value,
        Message(
            f"{area.name}: 数据区有合并单元格,无法判断{zh}属于谁,请取消合并后逐格填写。",
            f"{area.name}: cells are merged, so whose {en} this is can't be told; unmerge them "
            "and fill in each.",
        ),
        field=column_letters(area.first_column),
        row=max(area.first_row, first_row),
    )


def _fault_message(fault: CellFault, place: str, heading: str) -> Message:
    match fault:
        case CellFault.DIGITS_LOST:
            return digits_lost_message(place, heading)
        case CellFault.FORMULA_WITHOUT_VALUE:
            return Message(
                f"{place}: 公式没有计算结果,请在 Excel 中打开并保存,或改填数值。",
                f"{place}: the formula has no result; open and save the file in Excel, or write "
                "the value.",
            )
        case _:
            return Message(
                f"{place}: 单元格是错误值(如 #N/A),请改填正确的内容。",
                f"{place}: the cell holds an error such as #N/A; write what belongs there.",
            )
