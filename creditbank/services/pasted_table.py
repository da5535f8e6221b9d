"""Text pasted from a table: its rows, what stands over each cell, and where a problem is shown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.ledger import EntryKind
from creditbank.domain.sheets import (
    cell_name,
    clean_text,
    column_letters,
    digits_lost_message,
    has_lost_digits,
    problem_at,
)
from creditbank.services.credits import BATCH_MAX
from creditbank.services.named_learners import NAME, NUMBER
from creditbank.services.written_marks import RefusedCellError

PASTED_COLUMNS: Mapping[EntryKind, tuple[str, ...]] = {
    EntryKind.COURSE: (NUMBER, NAME, "课程", "学年学期", "考试性质", "成绩", "免修证明"),
    EntryKind.COMPETITION: (
        NUMBER, NAME, "赛事", "级别", "等级", "团队角色", "证书编号", "文号", "日期", "颁发单位",
        "标记",
    ),
    EntryKind.INNOVATION: (
        NUMBER, NAME, "类别", "名称", "数量", "证书等级", "证书编号", "有效期至", "日期",
        "颁发单位", "标记",
    ),
}  # fmt: skip
"""The columns of each kind, in this order unless the first row is a heading that says otherwise."""

_SYNONYMS = {
    "课程代码": "课程", "课程名称": "课程", "学期": "学年学期", "赛事名称": "赛事",
    "获奖级别": "级别", "获奖等级": "等级", "成果名称": "名称", "获奖日期": "日期",
    "取得日期": "日期", "证明": "免修证明", "免修依据": "免修证明",
    "发证单位": "颁发单位", "授予单位": "颁发单位",
}  # fmt: skip
_TEXT_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class PastedRow:
    """One pasted row. cells: text by heading; columns: letters by heading."""

    row: int
    cells: Mapping[str, str]
    columns: Mapping[str, str]

    def text(self, heading: str) -> str:
        """What is written under a heading; "" for nothing, or without such a column."""
        return self.cells.get(heading, "")

    def problem(self, error: RefusedCellError) -> Problem:
        """A refused cell as a problem; the error's field is the heading."""
        return self.at(error.code, error.message, error.field)

    def at(self, code: str, message: Message, heading: str) -> Problem:
        """A problem under a heading of this row."""
        column = self.columns.get(heading, self.columns[NUMBER])
        return problem_at(code, message, row=self.row, column=column, heading=heading)


def read_pasted(text: str, kind: EntryKind) -> tuple[list[PastedRow], list[Problem]]:
    """The rows, and problems of rows that can't be believed. InvalidInputError for too many."""
    lines = _lines(text)
    headings = PASTED_COLUMNS[kind]
    start = 0
    if lines and NUMBER in [_heading(cell) for cell in lines[0]]:
        headings = tuple(_heading(cell) for cell in lines[0])
        start = 1
    columns = {heading: column_letters(at) for at, heading in enumerate(headings, start=1)}
    rows: list[PastedRow] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines[start:], start=start + 1):
        cut = [at for at, cell in enumerate(line, start=1) if has_lost_digits(cell)]
        if cut:
            column = column_letters(cut[0])
            heading = headings[cut[0] - 1] if cut[0] <= len(headings) else ""
            message = digits_lost_message(cell_name(number, cut[0]), heading)
            problems.append(Problem("digits_lost", message, field=column, row=number))
        elif any(line):
            rows.append(PastedRow(number, dict(zip(headings, line, strict=False)), columns))
    return rows, problems


def _lines(text: str) -> list[list[str]]:
    if len(text) > _TEXT_MAX:
        raise InvalidInputError(_TOO_MUCH)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    try:
        lines = [[clean_text(cell) for cell in line] for line in reader]
    except csv.Error as error:
        raise InvalidInputError(_TOO_MUCH) from error
    if sum(any(line) for line in lines) > BATCH_MAX + 1:
        raise InvalidInputError(_TOO_MUCH)
    return lines


def _heading(text: str) -> str:
    bare = re.sub(r"[\s*:]", "", text)
    return _SYNONYMS.get(bare, bare)


_TOO_MUCH = Message(
    f"粘贴的内容过多,一次最多{BATCH_MAX}行,请分批粘贴。",
    f"Too much was pasted: at most {BATCH_MAX} rows at once; paste it in parts.",
)
