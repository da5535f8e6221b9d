"""Large sheets are read without a walk only where nothing but plain values stands in them."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from creditbank.domain.errors import InvalidInputError
from creditbank.exchange.limits import LARGE
from creditbank.exchange.plain_sheets import is_plain
from creditbank.exchange.workbooks import read_workbook
from tests.factories.grade_files import zip_bomb
from tests.factories.hostile_files import (
    far_cell,
    far_ods_cell,
    repeated_text,
    wide_bomb,
    xlsx_from_xml,
)

SHEET = "xl/worksheets/sheet1.xml"
PROLOGUE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
ROWS = 5_000
SECONDS_MAX = 10


def rows(last: str = "") -> str:
    """Plain rows, enough of them for the search, and something behind."""
    plain = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c><c r="B{row}" s="1"><v>{row % 97}</v></c>'
        f'<c r="C{row}" t="inlineStr"><is><t>优秀</t></is></c></row>'
        for row in range(1, ROWS + 1)
    )
    return plain + last


def is_found_plain(content: bytes) -> bool:
    return is_plain(zipfile.ZipFile(io.BytesIO(content)), SHEET, LARGE)


UNUSUAL = {
    "a formula": '<row r="6000"><c r="A6000"><f>B1</f></c></row>',
    "an error": '<row r="6000"><c r="A6000" t="e"><v>#N/A</v></c></row>',
    "an error, spaced": '<row r="6000"><c r="A6000" t = "e"><v>#N/A</v></c></row>',
    "an error, broken": '<row r="6000"><c r="A6000" t\n="e"><v>#N/A</v></c></row>',
    "an error, broken behind": '<row r="6000"><c r="A6000" t=\n"e"><v>#N/A</v></c></row>',
    "an error in single quotes": '<row r="6000"><c r="A6000" t=\'e\'><v>#N/A</v></c></row>',
    "a cell without a place": '<row r="6000"><c><v>1</v></c></row>',
    "a place in single quotes": "<row r=\"6000\"><c r='A6000'><v>1</v></c></row>",
    "a place written as characters": '<row r="6000"><c r="&#65;6000"><v>1</v></c></row>',
    "a far row": '<row r="900000"><c r="A900000"><v>1</v></c></row>',
    "a far column": '<row r="6000"><c r="XFD6000"><v>1</v></c></row>',
    "a comment": '<!-- <c r="A1"> -->',
    "character data": '<row r="6000"><c r="A6000"><v><![CDATA[1]]></v></c></row>',
    "an unknown tag": '<row r="6000"><x r="A6000"/></row>',
    "merged cells": '</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells><sheetData>',
}


def test_plain_rows_are_found_plain_and_read_as_they_are():
    content = xlsx_from_xml(rows(), prologue=PROLOGUE, shared="2025010101")
    assert is_found_plain(content)
    sheet = read_workbook(content, is_large=True).sheets[0]
    assert len(sheet.rows) == ROWS
    assert sheet.rows[96] == ("2025010101", "0", "优秀")
    assert (sheet.faults, sheet.merged) == ((), ())


@pytest.mark.parametrize("name", UNUSUAL)
def test_whatever_is_written_in_another_way_is_walked_through(name):
    assert not is_found_plain(xlsx_from_xml(rows(UNUSUAL[name]), prologue=PROLOGUE))


@pytest.mark.parametrize(
    "prologue",
    ["", PROLOGUE.replace("UTF-8", "UTF-16"), f"{PROLOGUE}<!DOCTYPE x>", f"{PROLOGUE}<?a b?>"],
)
def test_a_sheet_that_begins_in_another_way_is_walked_through(prologue):
    assert not is_found_plain(xlsx_from_xml(rows(), prologue=prologue))


HOSTILE = {
    "zip bomb": (zip_bomb, "unpacks_too_big"),
    "zip bomb in many members": (wide_bomb, "unpacks_too_big"),
    "one text shown very often": (repeated_text, "unpacks_too_big"),
    "far cell": (far_cell, "too_many_cells"),
    "far cell by repetition": (far_ods_cell, "too_many_cells"),
    "far cell behind plain ones": (
        lambda: xlsx_from_xml(rows(UNUSUAL["a far row"]), prologue=PROLOGUE),
        "too_many_cells",
    ),
    "too many rows of text": (lambda: b"1,2\n" * (LARGE.rows + 1), "too_many_cells"),
    "too many cells": (lambda: (b"1," * 100 + b"\n") * 16_001, "too_many_cells"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_the_background_as_well(name):
    make, code = HOSTILE[name]
    content = make()
    started = time.monotonic()
    with pytest.raises(InvalidInputError) as refused:
        read_workbook(content, is_large=True)
    assert time.monotonic() - started < SECONDS_MAX
    assert refused.value.problems[0].code == code
