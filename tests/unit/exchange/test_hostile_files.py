"""S4: whatever is uploaded is refused with a reason, or read right, within seconds."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from creditbank.domain.errors import InvalidInputError
from creditbank.domain.sheets import CellFault, FaultyCell
from creditbank.exchange import workbooks
from creditbank.exchange.limits import ANSWERED, COLUMNS_MAX, FILE_BYTES_MAX
from creditbank.exchange.workbooks import read_workbook
from tests.factories.grade_files import with_member, xlsx_of, zip_bomb
from tests.factories.hostile_files import (
    archive_of,
    billion_laughs,
    far_cell,
    far_ods_cell,
    lying_sizes,
    ods_from_xml,
    repeated_text,
    wide_bomb,
    xlsx_from_xml,
)

DATA = Path(__file__).parent.parent.parent / "data"
SECONDS_MAX = 10
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sample() -> bytes:
    return xlsx_of([["标题"], ["学号", "姓名", "数学(GG03)"], ["2025010101", "王晨", 88]])


REFUSED = {
    "nothing": (bytes, "empty_file"),
    "too big": (lambda: b"1," * (FILE_BYTES_MAX // 2 + 1), "file_too_big"),
    "zip bomb": (zip_bomb, "unpacks_too_big"),
    "zip bomb in many members": (wide_bomb, "unpacks_too_big"),
    "one text shown very often": (repeated_text, "unpacks_too_big"),
    "archive with thousands of members": (
        lambda: archive_of({f"m{n}": "" for n in range(2_001)}),
        "unpacks_too_big",
    ),
    "archive that lies about sizes": (lambda: lying_sizes(sample()), "damaged"),
    "entities that multiply": (billion_laughs, "damaged"),
    "far cell": (far_cell, "too_many_cells"),
    "far cell by repetition": (far_ods_cell, "too_many_cells"),
    "too many rows of text": (lambda: b"1,2\n" * (ANSWERED.rows + 1), "too_many_cells"),
    "too many columns of text": (lambda: b"1," * COLUMNS_MAX + b"1\n", "too_many_cells"),
    "row number beyond any sheet": (
        lambda: xlsx_from_xml('<row r="99999999"><c><v>1</v></c></row>'),
        "too_many_cells",
    ),
    "cell name that is none": (
        lambda: xlsx_from_xml('<row r="1"><c r="12C"><v>1</v></c></row>'),
        "damaged",
    ),
    "nested archive": (
        lambda: with_member(sample(), "xl/embeddings/a.xlsx", sample()),
        "nested",
    ),
    "nested old document": (lambda: with_member(sample(), "xl/e.bin", OLE + bytes(99)), "nested"),
    "macros": (lambda: with_member(sample(), "xl/vbaProject.bin", b"\0"), "macros"),
    "macros in OpenDocument": (
        lambda: with_member(ods_from_xml(""), "Basic/Standard/Module1.xml", b"<m/>"),
        "macros",
    ),
    "macros in an old workbook": (
        lambda: OLE + "_VBA_PROJECT_CUR".encode("utf-16-le") + bytes(600),
        "macros",
    ),
    "password": ((DATA / "encrypted.xlsx").read_bytes, "encrypted"),
    "password, old": ((DATA / "encrypted.xls").read_bytes, "encrypted"),
    "password, OpenDocument": ((DATA / "encrypted.ods").read_bytes, "encrypted"),
    "cut in the middle": (lambda: sample()[: len(sample()) // 2], "damaged"),
    "cut at the end": (lambda: sample()[:-1], "damaged"),
    "cut at the beginning": (lambda: sample()[:20], "damaged"),
    "old workbook, cut": (lambda: OLE + bytes(600), "damaged"),
    "changed in the middle": (lambda: sample().replace(b"PK\x03\x04", b"PK\x03\x05")[4:], ""),
    "binary workbook": (lambda: archive_of({"xl/workbook.bin": b"\0"}), "binary_workbook"),
    "text document": (lambda: archive_of({"word/document.xml": "<d/>"}), "not_a_table"),
    "plain archive": (lambda: archive_of({"a.csv": "1,2"}), "not_a_table"),
    "web page": (lambda: b"\xef\xbb\xbf <html><table><tr><td>1</td></table>", "web_page"),
    "PDF": (lambda: b"%PDF-1.7\n1 0 obj", "not_a_table"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n\0\0", "not_a_table"),
    "text with zero bytes": (lambda: b"a,b\n1,\x00\n", "not_a_table"),
    "text in no known encoding": (lambda: b"a,b\n\xff\xfe\xff,1\n", "encoding"),
    "workbook without a sheet": (lambda: archive_of({"xl/workbook.xml": "<workbook/>"}), "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_with_its_reason_in_time(name):
    make, code = REFUSED[name]
    content = make()
    started = time.monotonic()
    with pytest.raises(InvalidInputError) as refused:
        read_workbook(content)
    assert time.monotonic() - started < SECONDS_MAX
    problem = refused.value.problems[0]
    assert problem.field == "file"
    assert problem.code == code or not code
    assert problem.message.zh
    assert problem.message.en


def test_a_far_cell_is_named():
    with pytest.raises(InvalidInputError, match="S!XFD1048576: The table is too large"):
        read_workbook(far_cell())


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(workbooks, "READING_SECONDS_MAX", 0.001)
    with pytest.raises(InvalidInputError) as refused:
        read_workbook(sample())
    assert refused.value.problems[0].code == "too_slow"


def test_the_child_gets_neither_settings_nor_secrets(monkeypatch):
    seen: list[dict[str, str]] = []
    real = subprocess.run

    def recording(*args, **options):
        seen.append(options["env"])
        return real(*args, **options)

    monkeypatch.setattr(subprocess, "run", recording)
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    read_workbook(sample())
    assert seen == [{"PYTHONUTF8": "1", "RUST_BACKTRACE": "0"}]


CELL_FAULTS = {
    "a number that is none": ('<c r="A1"><v>NaN</v></c>', CellFault.NOT_FINITE),
    "an infinite number": ('<c r="A1"><v>1e999</v></c>', CellFault.NOT_FINITE),
    "an 18-digit number": ('<c r="A1"><v>370124200903150015</v></c>', CellFault.DIGITS_LOST),
    "a negative long number": ('<c r="A1"><v>-1e20</v></c>', CellFault.DIGITS_LOST),
    "an error": ('<c r="A1" t="e"><v>#N/A</v></c>', CellFault.ERROR_VALUE),
    "an error of a formula": (
        '<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        CellFault.ERROR_VALUE,
    ),
    "a formula": ('<c r="A1"><f>B1</f></c>', CellFault.FORMULA_WITHOUT_VALUE),
    "a formula, empty value": ('<c r="A1"><f>B1</f><v/></c>', CellFault.FORMULA_WITHOUT_VALUE),
}


@pytest.mark.parametrize("name", CELL_FAULTS)
def test_a_cell_that_cannot_be_believed_is_marked(name):
    xml, fault = CELL_FAULTS[name]
    sheet = read_workbook(xlsx_from_xml(f'<row r="1">{xml}</row>')).sheets[0]
    assert sheet.faults == (FaultyCell(1, 1, fault),)


def test_formulas_with_results_are_read_as_their_results():
    xml = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c>'
        '<c r="B1" t="str"><f>"优"&amp;"秀"</f><v>优秀</v></c>'
        '<c r="C1" t="str"><f>""</f><v></v></c></row>'
    )
    sheet = read_workbook(xlsx_from_xml(xml)).sheets[0]
    assert sheet.rows == (("2", "优秀"),)
    assert sheet.faults == ()


def test_an_opendocument_formula_without_a_value_is_marked_where_it_stands():
    row = (
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="3"/>'
        '<table:table-cell table:formula="of:=[.A1]"/></table:table-row>'
    )
    sheet = read_workbook(ods_from_xml(row)).sheets[0]
    assert sheet.faults == (FaultyCell(3, 4, CellFault.FORMULA_WITHOUT_VALUE),)
