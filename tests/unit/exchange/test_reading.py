"""Sheets leave the child process by columns, each text once, as if each cell were read alone."""

from __future__ import annotations

import math
import random
from datetime import date, datetime, time
from itertools import zip_longest
from typing import Any

import pytest

from creditbank.domain.sheets import CellFault
from creditbank.exchange.delimited import delimited_cell
from creditbank.exchange.limits import ANSWERED, TableLimits
from creditbank.exchange.reading import _cell, _table
from creditbank.exchange.refusals import RefusedFileError
from creditbank.exchange.workbooks import _sheet

VALUES: list[Any] = [
    "", " ", "张三", " 张三 ", "ＺＺ０１", "0012", "1", "60", "TRUE", "1.0", 1, 1.0, True, False, 0,
    0.0, -0.0, 60, 60.0, 85.30000000000001, 1e15, 10**15, -1e15, math.nan, math.inf,
    date(2026, 1, 31), time(8, 30),
    *map(datetime.fromisoformat, ("2026-01-31", "2026-01-31T08:30")),
]  # fmt: skip


def read_alone(rows: list[list[Any]]) -> tuple[list[tuple[str, ...]], list[tuple[int, int, str]]]:
    """Rows and faults, one cell after the other."""
    found, faults = [], []
    for row, values in enumerate(rows, start=1):
        texts = []
        for column, value in enumerate(values, start=1):
            text, fault = _cell(value)
            texts.append(text)
            if fault is not None:
                faults.append((row, column, fault.value))
        while texts and not texts[-1]:
            texts.pop()
        found.append(tuple(texts))
    return found, faults


@pytest.mark.parametrize("seed", range(40))
def test_columns_say_what_the_cells_say(seed: int):
    chance = random.Random(seed)
    width, height = chance.randrange(1, 7), chance.randrange(1, 40)
    few = chance.sample(VALUES, chance.randrange(1, len(VALUES)))
    rows = [[chance.choice(few) for _ in range(width)] for _ in range(height)]
    sheet = _sheet(_table("一", zip(*rows, strict=True), height, _cell, ANSWERED))
    texts, faults = read_alone(rows)
    assert list(sheet.rows) == texts
    assert [(cell.row, cell.column, cell.fault.value) for cell in sheet.faults] == faults


def test_rows_of_different_lengths_end_where_they_end():
    rows = [["学号", "姓名", "成绩"], [], ["1", "", ""], ["2"], ["", "", "60"]]
    columns = zip_longest(*rows, fillvalue="")
    sheet = _sheet(_table("", columns, len(rows), _cell, ANSWERED))
    assert sheet.rows == (("学号", "姓名", "成绩"), (), ("1",), ("2",), ("", "", "60"))


def test_a_sheet_of_nothing_has_its_rows():
    assert _sheet(_table("", (), 3, _cell, ANSWERED)).rows == ((), (), ())


def test_a_text_counts_for_each_cell_that_it_stands_in():
    limits = TableLimits(rows=10, cells=100, text_bytes=50)
    assert _table("", [["优秀"] * 8], 8, _cell, limits)["columns"] == [(["优秀"], [0] * 8)]
    with pytest.raises(RefusedFileError):
        _table("", [["优秀"] * 9], 9, _cell, limits)


def test_a_number_in_powers_of_ten_is_written_out_or_said_to_be_cut():
    assert delimited_cell("2.025010101E+09") == ("2025010101", None)
    assert delimited_cell("2.03E+09") == ("2.03E+09", CellFault.DIGITS_LOST)
    assert delimited_cell("85.5") == ("85.5", None)
