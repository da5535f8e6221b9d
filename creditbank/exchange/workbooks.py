"""Opening what somebody uploaded: .xlsx, .xls, .ods or .csv, by content and not by name.

When to use: for every file that comes from outside. When not: for files creditbank wrote itself.
The opening is done by a child process with a time and a memory limit (creditbank.exchange.reading)
which gets neither settings nor secrets; this side only sees its JSON.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

import creditbank
from creditbank.domain.errors import BusyError, Message
from creditbank.domain.sheets import CellFault, FaultyCell, MergedRange, ParsedSheet
from creditbank.exchange.limits import (
    FILE_BYTES_MAX,
    READERS_AT_ONCE,
    READING_SECONDS_MAX,
    READING_WALL_SECONDS_MAX,
)
from creditbank.exchange.refusals import Refusal, refusal

_COMMAND = (sys.executable, "-m", "creditbank.exchange.reading")
_WAIT_SECONDS = 20
Row = tuple[str, ...]
_slots = threading.BoundedSemaphore(READERS_AT_ONCE)


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file as read. file_hash is the SHA-256 of its bytes, in hex."""

    file_hash: str
    sheets: tuple[ParsedSheet, ...]


def read_workbook(content: bytes, *, is_large: bool = False) -> ParsedFile:
    """The visible sheets of an uploaded file. is_large: in the background, where nobody waits.

    Raises InvalidInputError with one problem (field "file") when the file can't or mustn't be
    opened, and BusyError when other uploads keep the readers busy.
    """
    if not content:
        raise refusal(Refusal.EMPTY_FILE)
    if len(content) > FILE_BYTES_MAX:
        raise refusal(Refusal.FILE_TOO_BIG)
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise BusyError(_BUSY)
    try:
        answer = _read_in_child(content, is_large=is_large)
    finally:
        _slots.release()
    if "refused" in answer:
        raise refusal(Refusal(answer["refused"]), answer["place"])
    return ParsedFile(
        file_hash=hashlib.sha256(content).hexdigest(),
        sheets=tuple(_sheet(sheet) for sheet in answer["sheets"]),
    )


def _read_in_child(content: bytes, *, is_large: bool) -> dict[str, Any]:
    try:
        ended = subprocess.run(  # noqa: S603 (our own module, nothing from the file in the command)
            (*_COMMAND, "large") if is_large else _COMMAND,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could quote a cell
            timeout=READING_WALL_SECONDS_MAX if is_large else READING_SECONDS_MAX,
            cwd=_root(),
            env={"PYTHONUTF8": "1", "RUST_BACKTRACE": "0"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise refusal(Refusal.TOO_SLOW) from error
    if ended.returncode != 0:
        raise refusal(Refusal.UNPACKS_TOO_BIG)
    answer: dict[str, Any] = orjson.loads(ended.stdout)
    return answer


def _root() -> Path:
    """Where `-m creditbank...` finds the same package that runs here."""
    return Path(creditbank.__path__[0]).parent


def _sheet(sheet: dict[str, Any]) -> ParsedSheet:
    return ParsedSheet(
        name=sheet["name"],
        rows=_rows(sheet["columns"], sheet["height"]),
        faults=tuple(
            FaultyCell(row, column, CellFault(fault)) for row, column, fault in sheet["faults"]
        ),
        merged=tuple(MergedRange(*area) for area in sheet["merged"]),
        hidden=tuple(sheet.get("hidden", ())),
    )


def _rows(columns: Sequence[tuple[list[str], list[int]]], height: int) -> tuple[Row, ...]:
    """Rows without the empty cells at their ends; the same text of a column is the same object."""
    if not columns:
        return ((),) * height
    texts = [map(texts.__getitem__, places) for texts, places in columns]
    rows = tuple(zip(*texts, strict=True))
    if "" in columns[-1][0]:
        rows = tuple(row if row[-1] else _shortened(row) for row in rows)
    return rows


def _shortened(row: Row) -> Row:
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]


_BUSY = Message(
    "正在读取其他人上传的文件,请稍候再试。",
    "Other uploads are being read; please try again in a moment.",
)
