"""The sheet of the national 学籍 system, read and written: headings of each year as data beside it.

A file is known by its headings, exactly; where one differs, it is said which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from creditbank.domain.columns import IGNORED, Column, MatchedTable
from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.national_sheets import SheetVersion
from creditbank.domain.sheets import ParsedSheet, column_letters
from creditbank.exchange.heading_words import plain_heading
from creditbank.exchange.refusals import Refusal, refusal
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook

_FOLDER = Path(__file__).parent
_HEADER_WITHIN_ROWS, _ALIKE_MIN = 10, 0.5
_DIFFERENCES_SHOWN = 10


@cache
def sheet_versions() -> Mapping[str, SheetVersion]:
    """The versions that are known, by name, the earliest first."""
    found = (_version(path) for path in sorted(_FOLDER.glob("*.yaml")))
    return {version.version: version for version in found}


def _version(path: Path) -> SheetVersion:
    read: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    columns = [item if isinstance(item, dict) else {item: ""} for item in read["columns"]]
    fields = {heading: field for column in columns for heading, field in column.items()}
    return SheetVersion(
        version=read["version"],
        sheet=read["sheet"],
        headings=tuple(fields),
        fields={heading: field for heading, field in fields.items() if field},
        lists={heading: tuple(words) for heading, words in read["lists"].items()},
        identity_card=read["identity_card"],
        day_format=read["day_format"],
        month_format=read["month_format"],
        is_order_known=read["is_order_known"],
    )


def match_national(sheets: Sequence[ParsedSheet]) -> tuple[SheetVersion, MatchedTable]:
    """The version and the table of a file; meanings are fields, or headings of what is kept beside.

    Raises InvalidInputError where no heading is one, or where headings differ: each that does is
    named, up to ten.
    """
    found = [
        (_alike(version, sheet.rows[row - 1]), version, sheet, row)
        for version in sheet_versions().values()
        for sheet in sheets
        for row in range(1, min(len(sheet.rows), _HEADER_WITHIN_ROWS) + 1)
    ]
    best = max(found, key=lambda item: item[0], default=None)
    if best is None or best[0] < _ALIKE_MIN:
        raise refusal(Refusal.NO_NATIONAL_SHEET)
    _score, version, sheet, row = best
    differences = _differences(version, sheet, row)
    if differences:
        raise InvalidInputError(_DIFFERS, problems=tuple(differences[:_DIFFERENCES_SHOWN]))
    return version, MatchedTable(sheet, row, row + 1, tuple(_columns(version, sheet, row)))


def national_sheet(
    version: SheetVersion, rows: Sequence[Mapping[str, str]], *, made_on: date
) -> bytes:
    """An .xlsx file with these rows (text by heading), the headings in the system's order."""
    cells = [tuple(row.get(heading, "") for heading in version.headings) for row in rows]
    return tables_workbook([SheetTable(version.sheet, version.headings, cells)], made_on=made_on)


def _alike(version: SheetVersion, cells: Sequence[str]) -> float:
    """How much of a version's headings a row has; what it has besides counts against it."""
    written = [plain_heading(text) for text in cells if text]
    wanted = {plain_heading(heading) for heading in version.headings}
    return (len(wanted.intersection(written)) - 0.5 * len(set(written) - wanted)) / len(wanted)


def _columns(version: SheetVersion, sheet: ParsedSheet, row: int) -> list[Column]:
    headings = {plain_heading(heading): heading for heading in version.headings}
    columns = []
    for number, text in enumerate(sheet.rows[row - 1], start=1):
        heading = headings.get(plain_heading(text), "")
        meaning = version.fields.get(heading) or heading or IGNORED
        columns.append(Column(number, text, plain_heading(text), meaning))
    return columns


def _differences(version: SheetVersion, sheet: ParsedSheet, row: int) -> list[Problem]:
    cells = list(sheet.rows[row - 1])
    while cells and not cells[-1]:
        cells.pop()
    written = [plain_heading(text) for text in cells]
    wanted = [plain_heading(heading) for heading in version.headings]
    if written == wanted or (not version.is_order_known and sorted(written) == sorted(wanted)):
        return []
    if version.is_order_known:
        width = max(len(wanted), len(written))
        named = [*version.headings, *[""] * width][:width]
        texts = [*cells, *[""] * width][:width]
        return [
            _differs_at(version, row, at, text, heading)
            for at, (text, heading) in enumerate(zip(texts, named, strict=True), start=1)
            if plain_heading(text) != plain_heading(heading)
        ]
    names = dict(zip(wanted, version.headings, strict=True))
    lacking = [names[key] for key in wanted if key not in written]
    extra = [text for text, key in zip(cells, written, strict=True) if key not in names]
    return [_differs_at(version, row, 0, "", heading) for heading in lacking] + [
        _differs_at(version, row, written.index(plain_heading(text)) + 1, text, "")
        for text in extra
    ]


def _differs_at(version: SheetVersion, row: int, at: int, text: str, heading: str) -> Problem:
    place = f"{column_letters(at)}{row}" if at else ""
    year = version.version
    if not heading:
        message = Message(
            f"{place}: {year}版没有“{text}”这一列。", f"{place}: the sheet of {year} has no {text}."
        )
    elif not text:
        message = Message(
            f"{place or '表头'}: 缺少{year}版的“{heading}”列。",
            f"{place or 'The heading'} lacks the column {heading} of {year}.",
        )
    else:
        message = Message(
            f"{place}: {year}版此列应为“{heading}”,现为“{text}”。",
            f"{place}: this column of {year} is {heading}, not {text}.",
        )
    return Problem("heading_differs", message, field="file")


_DIFFERS = Message(
    "表头与全国系统的导入表不一致,没有读入;请按所列各处改正表头。",
    "The headings are not those of the national sheet, nothing was read; mend those listed.",
)
