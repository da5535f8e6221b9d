"""Files that go out: nothing in them is ever a formula, days are days, the head stays in view."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from creditbank.exchange.sheet_tables import SheetTable, tables_workbook
from creditbank.exchange.workbooks import read_workbook
from tests.factories.libreoffice import PROGRAM, converted

DAY = date(2026, 6, 30)
SIGNS = ("=", "+", "-", "@", "\t", "\r", "=", "＝", "＋", "－", "＠")
BODIES = (
    "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")', "SUM(A1:A9)", "王小明", "370124",
    "IMPORTXML(A1)", "A1", "{=1}", '"x"', "1E5", "2026-05-10", "TRUE",
)  # fmt: skip


def dangerous(count: int) -> list[str]:
    chance = random.Random(5)
    return [
        chance.choice(SIGNS) + chance.choice(("", " ", "=")) + chance.choice(BODIES) + str(number)
        for number in range(count)
    ]


def written(texts: list[str]) -> bytes:
    rows = [(text, text, Decimal("1.5")) for text in texts]
    return tables_workbook([SheetTable("=名单", ("=1+1", "@x", "学分"), rows)], made_on=DAY)


def test_two_thousand_strings_that_look_like_formulas_are_none():
    texts = dangerous(2_000)
    sheet = openpyxl.load_workbook(io.BytesIO(written(texts))).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2, max_col=2) for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[::2]] == [text.replace("\r", "_x000D_") for text in texts]
    assert [cell.data_type for cell in sheet[1]] == ["s", "s", "s"]


@pytest.mark.libreoffice
@pytest.mark.skipif(PROGRAM is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_none_of_them_as_a_formula(tmp_path: Path):
    texts = dangerous(2_000)
    content = converted(written(texts), tmp_path, "ods")
    (sheet,) = read_workbook(content).sheets
    assert len(sheet.rows) == 2_001
    assert sheet.faults == ()
    body = zipfile.ZipFile(io.BytesIO(content)).read("content.xml")
    assert b"table:formula" not in body


def test_days_are_days_and_moments_stand_on_the_countys_clock():
    moment = datetime(2026, 6, 30, 20, 5, tzinfo=UTC)
    table = SheetTable("表", ("日期", "时间", "空"), [(DAY, moment, None)], ("说明",))
    sheet = openpyxl.load_workbook(io.BytesIO(tables_workbook([table], made_on=DAY))).worksheets[0]
    assert sheet["A4"].value == datetime(2026, 6, 30)  # noqa: DTZ001 (as a workbook has it)
    assert sheet["A4"].number_format == "yyyy-mm-dd"
    assert sheet["B4"].value == datetime(2026, 7, 1, 4, 5)  # noqa: DTZ001 (as above)
    assert sheet["C4"].value is None
    assert sheet.freeze_panes == "A4"


def test_a_share_is_a_number_in_percent():
    book = tables_workbook([SheetTable("月报", ("完成率",), [(0.934,)])], made_on=DAY)
    cell = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]["A2"]
    assert (cell.value, cell.number_format) == (0.934, "0.0%")
