"""Tables with a heading, whatever they list: where it stands, and which cells can't be believed.

What belongs here: what grade sheets and class lists have in common. What a column means is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from creditbank.domain.errors import Message, Problem
from creditbank.domain.sheets import (
    CellFault,
    MergedRange,
    ParsedSheet,
    cell_name,
    column_letters,
    digits_lost_message,
)

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
