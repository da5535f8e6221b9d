"""The child process that opens uploaded files: bytes on standard input, JSON on standard output.

`python -m creditbank.exchange.reading [large]` holds itself to a memory and a time limit before it
looks at the first byte, so that whatever a file does, it does to this process alone. It knows
tables, not grades. Nothing else may import it but its tests; uploads go through exchange.workbooks.
"""

from __future__ import annotations

import io
import math
import re
import resource
import sys
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from creditbank.domain.sheets import CellFault, clean_text
from creditbank.exchange.limits import (
    ANSWERED,
    COLUMNS_MAX,
    LARGE,
    READING_MEMORY_BYTES_MAX,
    READING_SECONDS_MAX,
    TableLimits,
)
from creditbank.exchange.refusals import Refusal, RefusedFileError

_DIGITS_KEPT = 10**15
"""From here on a number in a workbook is no longer exact to its last digit."""
_OTHER_FILES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
)
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_BIFF = re.compile(
    rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL
)
"""A workbook's first record (BOF) with the record FILEPASS behind it: [MS-XLS] 2.4.117."""
_VBA_STORAGE = "_VBA_PROJECT".encode("utf-16-le")

Fault = tuple[int, int, str]


def main() -> None:
    """Read one file within the limits and answer with its sheets or with the code of a refusal."""
    _limit_resources()
    limits = LARGE if "large" in sys.argv else ANSWERED
    try:
        answer: dict[str, Any] = {"sheets": read_tables(sys.stdin.buffer.read(), limits)}
    except RefusedFileError as error:
        answer = {"refused": error.code.value, "place": error.place}
    except MemoryError:
        answer = {"refused": Refusal.UNPACKS_TOO_BIG.value, "place": ""}
    text = orjson.dumps(answer)
    if len(text) > limits.text_bytes:
        text = orjson.dumps({"refused": Refusal.TOO_MANY_CELLS.value, "place": ""})
    sys.stdout.buffer.write(text)


def _limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (READING_MEMORY_BYTES_MAX,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (READING_SECONDS_MAX,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def read_tables(content: bytes, limits: TableLimits) -> list[dict[str, Any]]:
    """The visible sheets of a file of any supported format; RefusedFileError says why not."""
    from creditbank.exchange.archives import OLE_MAGIC, ZIP_MAGIC  # noqa: PLC0415 (within limits)

    if content.startswith(ZIP_MAGIC):
        return _zipped_workbook(content, limits)
    if content.startswith(OLE_MAGIC):
        return _old_workbook(content, limits)
    return _text_table(content, limits)


def _zipped_workbook(content: bytes, limits: TableLimits) -> list[dict[str, Any]]:
    from creditbank.exchange.archives import checked_archive  # noqa: PLC0415 (within limits)
    from creditbank.exchange.sheet_xml import ods_marks, xlsx_marks  # noqa: PLC0415 (as above)

    archive, kind = checked_archive(content)
    marks = (xlsx_marks if kind == "xlsx" else ods_marks)(archive, limits)
    sheets = []
    for sheet in _values(content, limits, lambda name: name in marks):
        found = marks[sheet["name"]]
        sheet["faults"] += [(cell.row, cell.column, cell.fault.value) for cell in found.faults]
        sheet["merged"] = [
            (area.first_row, area.first_column, area.last_row, area.last_column)
            for area in found.merged
        ]
        sheet["faults"].sort()
        sheets.append(sheet)
    return sheets


def _old_workbook(content: bytes, limits: TableLimits) -> list[dict[str, Any]]:
    if _ENCRYPTED_PACKAGE in content or _ENCRYPTED_BIFF.search(content):
        raise RefusedFileError(Refusal.ENCRYPTED)
    if _VBA_STORAGE in content:
        raise RefusedFileError(Refusal.MACROS)
    return _values(content, limits, lambda _name: True)


def _values(
    content: bytes, limits: TableLimits, is_wanted: Callable[[str], bool]
) -> list[dict[str, Any]]:
    """Visible worksheets with their values as text, and the numbers that lost digits."""
    import python_calamine as calamine  # noqa: PLC0415 (within limits)

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == calamine.SheetVisibleEnum.Visible
            and is_wanted(sheet.name)
        ]
        return [_sheet(workbook.get_sheet_by_name(name), limits) for name in names]
    except calamine.PasswordError as error:
        raise RefusedFileError(Refusal.ENCRYPTED) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise RefusedFileError(Refusal.DAMAGED) from error
    except BaseException as error:
        # The reader is Rust: where it panics, Python sees an exception outside Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise RefusedFileError(Refusal.DAMAGED) from error


def _sheet(sheet: Any, limits: TableLimits) -> dict[str, Any]:  # noqa: ANN401 (CalamineSheet, imported within limits)
    if sheet.end is None:
        return {"name": sheet.name, "rows": [], "faults": [], "merged": []}
    last_row, last_column = sheet.end
    height, width = last_row + 1, last_column + 1
    if height > limits.rows or width > COLUMNS_MAX or height * width > 4 * limits.cells:
        raise RefusedFileError(Refusal.TOO_MANY_CELLS, sheet.name)
    faults: list[Fault] = []
    rows = _texts(sheet.to_python(skip_empty_area=False), faults)
    merged = [
        (first[0] + 1, first[1] + 1, last[0] + 1, last[1] + 1)
        for first, last in sheet.merged_cell_ranges or ()
    ]
    return {"name": sheet.name, "rows": rows, "faults": faults, "merged": merged}


def _texts(lines: Iterable[list[Any]], faults: list[Fault]) -> list[list[str]]:
    """Rows of texts. What was cleaned once is remembered: columns say the same over and over."""
    known: dict[tuple[type, Any], str] = {}
    rows = []
    for row, values in enumerate(lines, start=1):
        # By class as well: 1, 1.0 and True are equal, and are not written the same.
        texts: list[Any] = list(map(known.get, zip(map(type, values), values, strict=True)))
        if None in texts:
            _read_unknown(values, row, texts, known, faults)
        while texts and not texts[-1]:
            texts.pop()
        rows.append(texts)
    return rows


def _read_unknown(
    values: list[Any],
    row: int,
    texts: list[Any],
    known: dict[tuple[type, Any], str],
    faults: list[Fault],
) -> None:
    """Read what is not known yet, in place; what is at fault never is."""
    for at, text in enumerate(texts):
        if text is None:
            count = len(faults)
            texts[at] = _cell(values[at], row, at + 1, faults)
            if len(faults) == count:
                known[type(values[at]), values[at]] = texts[at]


def _cell(value: Any, row: int, column: int, faults: list[Fault]) -> str:  # noqa: ANN401 (any cell)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            faults.append((row, column, CellFault.NOT_FINITE.value))
            return ""
        if abs(value) >= _DIGITS_KEPT:
            faults.append((row, column, CellFault.DIGITS_LOST.value))
        return _number_text(value)
    return clean_text(value if isinstance(value, str) else value.isoformat())


def _number_text(value: float) -> str:
    """60.0 is 60, 85.30000000000001 is 85.3."""
    return str(int(value)) if value == int(value) else f"{value:.12g}"


def _text_table(content: bytes, limits: TableLimits) -> list[dict[str, Any]]:
    from creditbank.exchange.delimited import (  # noqa: PLC0415 (within limits)
        decoded,
        delimited_faults,
        delimited_rows,
    )

    start = content[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(_OTHER_FILES):
        raise RefusedFileError(Refusal.NOT_A_TABLE)
    if start.startswith(b"<"):
        raise RefusedFileError(Refusal.WEB_PAGE)
    rows = delimited_rows(decoded(content), limits)
    faults = [(cell.row, cell.column, cell.fault.value) for cell in delimited_faults(rows)]
    texts = [[clean_text(cell) for cell in cells] for cells in rows]
    return [{"name": "", "rows": texts, "faults": faults, "merged": []}]


if __name__ == "__main__":
    main()
