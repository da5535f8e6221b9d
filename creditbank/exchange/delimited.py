"""CSV and tab-separated text, as Excel, WPS and LibreOffice write it in China.

Runs in the child process of creditbank.exchange.reading.
"""

from __future__ import annotations

import csv
import io
import re

from creditbank.domain.sheets import (
    CELL_TEXT_MAX,
    CellFault,
    clean_text,
    has_lost_digits,
    written_out,
)
from creditbank.exchange.limits import COLUMNS_MAX, TableLimits
from creditbank.exchange.refusals import Refusal, RefusedFileError

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LINES_LOOKED_AT = 10
_TEXT_FORMULA = re.compile(r'="([^"]*)"')


def decoded(content: bytes) -> str:
    """The text of a CSV file: UTF-16 with a mark, else UTF-8, else GB18030."""
    encodings = (
        ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    )
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            raise RefusedFileError(Refusal.NOT_A_TABLE)
        return text
    raise RefusedFileError(Refusal.ENCODING)


def delimited_rows(text: str, limits: TableLimits) -> list[list[str]]:
    """Cells as written."""
    # The first line may be a title, in which nothing divides anything.
    beginning = "\n".join(text.lstrip().split("\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT])
    delimiter = max(",\t;", key=beginning.count)
    csv.field_size_limit(CELL_TEXT_MAX)
    rows: list[list[str]] = []
    count = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            count += len(cells)
            if len(rows) >= limits.rows or len(cells) > COLUMNS_MAX or count > limits.cells:
                raise RefusedFileError(Refusal.TOO_MANY_CELLS)
            rows.append(cells)
    except csv.Error as error:
        raise RefusedFileError(Refusal.DAMAGED) from error
    return rows


def delimited_cell(written: str) -> tuple[str, CellFault | None]:
    """The text of a cell: ="0012" (how Excel is told to keep zeros) is 0012.

    Of a number that Excel wrote as 3.70124E+17 the last digits are gone.
    """
    text = _TEXT_FORMULA.sub(r"\1", written)
    return written_out(clean_text(text)), CellFault.DIGITS_LOST if has_lost_digits(text) else None
