"""The tables of JY/T 1005 as one workbook, a sheet for each, and a sheet that says what differs.

What belongs here: what the standard's fields hold (jyt1005.yaml), above all that XF is N(2,1): at
most 9.9. A course of more credits is written in parts whose sum is right, and said to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from creditbank.domain.credits import credits_text
from creditbank.exchange.sheet_tables import Cell, SheetTable, tables_workbook

_FILE = Path(__file__).with_name("jyt1005.yaml")
_TENTHS_MAX = 99
_TENTH = 10
"""Credits are kept in hundredths; the standard has tenths."""
_COURSE_NO_MAX = 6


@dataclass(frozen=True, slots=True)
class StandardTable:
    """One table of the standard. fields: code and name with type, in the standard's order."""

    code: str
    title: str
    fields: Mapping[str, str]


@cache
def standard_tables() -> tuple[StandardTable, ...]:
    """The tables that are written, in their order."""
    tables: dict[str, Any] = _document()["tables"]
    return tuple(
        StandardTable(code, table["title"], table["fields"]) for code, table in tables.items()
    )


@cache
def _document() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return read


def in_parts(units: int) -> list[Decimal]:
    """Credits (in hundredths) as values that XF can hold, equal as far as they can be.

    Their sum is the credits, rounded to tenths half up.
    """
    tenths = (units + _TENTH // 2) // _TENTH
    count = max(1, -(-tenths // _TENTHS_MAX))
    share, more = divmod(tenths, count)
    return [Decimal(share + (at < more)) / 10 for at in range(count)]


def standard_workbook(rows: Mapping[str, Sequence[Mapping[str, Any]]], *, made_on: date) -> bytes:
    """An .xlsx file. rows: by table; XF stands in them as hundredths of a credit."""
    said: list[str] = []
    tables = []
    for table in standard_tables():
        found = [part for row in rows.get(table.code, ()) for part in _fitting(row, table, said)]
        head = tuple(f"{code} {name}" for code, name in table.fields.items())
        cells = [
            tuple(_cell(_coded(code, row.get(code), said)) for code in table.fields)
            for row in found
        ]
        tables.append(SheetTable(f"{table.code} {table.title}", head, cells))
    notes = [(text,) for text in dict.fromkeys(said)]
    tables.append(SheetTable("说明", ("与标准的差异",), notes or [("无",)]))
    return tables_workbook(tables, made_on=made_on)


def _fitting(row: Mapping[str, Any], table: StandardTable, said: list[str]) -> list[dict[str, Any]]:
    """A row as the standard takes it: of a course of too many credits one for each part."""
    if len(str(row.get("KCH") or "")) > _COURSE_NO_MAX:
        said.append(f"{table.code}: 课程号 {row['KCH']} 超过6位,按原样写出。")
    if "XF" not in table.fields or row.get("XF") is None:
        return [dict(row)]
    units = int(row["XF"])
    parts = in_parts(abs(units))
    if units % _TENTH:
        said.append(
            f"{table.code}: {row['KCMC']} 为{credits_text(units)}学分,标准只有一位小数,已四舍五入。"
        )
    if len(parts) == 1:
        return [{**row, "XF": parts[0]}]
    said.append(
        f"{table.code}: {row['KCMC']} 为{credits_text(units)}学分,标准的学分字段最大9.9,"
        f"已分为{len(parts)}行({'+'.join(map(str, parts))})。"
    )
    return [
        {**row, "XF": part, "KCMC": f"{row['KCMC']}({at}/{len(parts)})"}
        for at, part in enumerate(parts, start=1)
    ]


def _coded(field: str, value: Any, said: list[str]) -> Any:  # noqa: ANN401 (of any field)
    """A word of the national sheet as the code of its field; one without a code is said."""
    codes: Mapping[str, str] = _document()["codes"].get(field, {})
    if not codes or not value:
        return value
    code = codes.get(value) or codes.get(str(value).removesuffix("族"))
    if code is None:
        said.append(f"{field}: “{value}” 没有对应的代码,已留空。")
    return code


def _cell(value: Any) -> Cell:  # noqa: ANN401 (of any field)
    """Days as eight digits: in this standard they are text."""
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    return "" if value is None else value
