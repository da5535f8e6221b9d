"""The child process that opens uploaded files: bytes on standard input, JSON on standard output.

`python -m creditbank.exchange.reading [large]` holds itself to a memory and a time limit before it
looks at the first byte, so that whatever a file does, it does to this process alone. It knows
tables, not grades. Nothing else may import it but its tests; uploads go through exchange.workbooks.
"""

from __future__ import annotations

import gc
import io
import math
import re
import resource
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
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
Read = tuple[str, CellFault | None]
_Read = Callable[[Any], Read]
"""The text of a cell, and why it can't be believed."""


def main() -> None:
    """Read one file within the limits and answer with its sheets or with the code of a refusal."""
    _limit_resources()
    gc.disable()  # a million small objects, no cycles, and an end within seconds
    limits = LARGE if "large" in sys.argv else ANSWERED
    try:
        answer: dict[str, Any] = {"sheets": read_tables(sys.stdin.buffer.read(), limits)}
    except RefusedFileError as error:
        answer = {"refused": error.code.value, "place": error.place}
    except MemoryError:
        answer = {"refused": Refusal.UNPACKS_TOO_BIG.value, "place": ""}
    sys.stdout.buffer.write(orjson.dumps(answer))


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
        sheet["hidden"] = found.hidden
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
        return _table(sheet.name, (), 0, _cell, limits)
    last_row, last_column = sheet.end
    height = last_row + 1
    _limit_area(sheet.name, height, last_column + 1, limits)
    columns = zip(*sheet.to_python(skip_empty_area=False), strict=True)
    merged = [
        (first[0] + 1, first[1] + 1, last[0] + 1, last[1] + 1)
        for first, last in sheet.merged_cell_ranges or ()
    ]
    return {**_table(sheet.name, columns, height, _cell, limits), "merged": merged}


def _limit_area(name: str, height: int, width: int, limits: TableLimits) -> None:
    if height > limits.rows or width > COLUMNS_MAX or height * width > 4 * limits.cells:
        raise RefusedFileError(Refusal.TOO_MANY_CELLS, name)


def _table(
    name: str, columns: Iterable[Sequence[Any]], height: int, read: _Read, limits: TableLimits
) -> dict[str, Any]:
    """A sheet by columns: in each the different texts, and which of them stands in each row.

    Columns say the same over and over: a text is read, and handed on, once.
    """
    faults: list[Fault] = []
    found = []
    size = 0
    for at, values in enumerate(columns, start=1):
        texts, places = _column(values, at, read, faults)
        size += _size(texts, places)
        if size > limits.text_bytes:
            raise RefusedFileError(Refusal.TOO_MANY_CELLS, name)
        found.append((texts, places))
    faults.sort()
    return {"name": name, "height": height, "columns": found, "faults": faults, "merged": []}


def _column(
    values: Sequence[Any], column: int, read: _Read, faults: list[Fault]
) -> tuple[list[str], list[int]]:
    # True and 1 are equal, and are not written the same; 1 and 1.0 are.
    has_truths = bool in set(map(type, values))
    keys: Sequence[Any] = [(type(value), value) for value in values] if has_truths else values
    places: dict[Any, int] = {}
    texts: dict[str, int] = {}
    faulty: dict[Any, CellFault] = {}
    for key in dict.fromkeys(keys):
        text, fault = read(key[1] if has_truths else key)
        places[key] = texts.setdefault(text, len(texts))
        if fault is not None:
            faulty[key] = fault
    if faulty:
        faults += [
            (row, column, faulty[key].value)
            for row, key in enumerate(keys, start=1)
            if key in faulty
        ]
    return list(texts), list(map(places.__getitem__, keys))


def _size(texts: Sequence[str], places: Sequence[int]) -> int:
    """The bytes of all cells of a column, were each written out."""
    sizes = [len(text.encode()) for text in texts]
    return sum(map(sizes.__getitem__, places))


def _cell(value: Any) -> Read:  # noqa: ANN401 (any cell)
    if isinstance(value, bool):
        return str(value).upper(), None
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            return "", CellFault.NOT_FINITE
        fault = CellFault.DIGITS_LOST if abs(value) >= _DIGITS_KEPT else None
        return _number_text(value), fault
    return clean_text(value if isinstance(value, str) else value.isoformat()), None


def _number_text(value: float) -> str:
    """60.0 is 60, 85.30000000000001 is 85.3."""
    return str(int(value)) if value == int(value) else f"{value:.12g}"


def _text_table(content: bytes, limits: TableLimits) -> list[dict[str, Any]]:
    from creditbank.exchange.delimited import (  # noqa: PLC0415 (within limits)
        decoded,
        delimited_cell,
        delimited_rows,
    )

    start = content[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(_OTHER_FILES):
        raise RefusedFileError(Refusal.NOT_A_TABLE)
    if start.startswith(b"<"):
        raise RefusedFileError(Refusal.WEB_PAGE)
    rows = delimited_rows(decoded(content), limits)
    _limit_area("", len(rows), max(map(len, rows), default=0), limits)
    columns = zip_longest(*rows, fillvalue="")
    return [_table("", columns, len(rows), delimited_cell, limits)]


if __name__ == "__main__":
    main()
