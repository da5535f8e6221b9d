"""Files out and in again: the national sheet and a filled template of a whole school, unchanged.

Every learner gets something under every heading; what is written after that must be what was read.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import patch

import openpyxl
from sqlalchemy import text

from creditbank.domain.national_sheets import SheetVersion
from creditbank.exchange.filled_templates import Template
from creditbank.exchange.national_sheets import national_sheet, sheet_versions
from creditbank.exchange.template_filling import fill_template
from creditbank.exchange.uploads import begin_upload
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries import national_sheets as queries
from creditbank.queries.national_sheets import Exported, national_rows
from creditbank.queries.template_values import template_values
from creditbank.services.national_rows import SHEET_MAX
from creditbank.services.national_sheets import find_national_sheet, post_national_sheet
from creditbank.store.grade_imports import NATIONAL_SHEET
from creditbank.store.unit_of_work import UnitOfWork
from tests.chaos.arena import REGISTRAR, SCHOOL, Arena, arena

DAY = date(2026, 6, 30)
Rows = list[dict[str, str]]
# A whole large school is more than one file may hold; the page says to take it out by cohort.
_COHORTS = text("SELECT DISTINCT entry_year FROM enrolments WHERE is_open AND"
                f" institution_id = {REGISTRAR.institution_id} ORDER BY 1")  # fmt: skip


def run(*, small: bool) -> dict:
    with arena([], scale=0.02 if small else 1.0) as made:
        found = {
            f"sheet_{name}": _sheet_there_and_back(made, version)
            for name, version in sheet_versions().items()
        }
        found["template"] = _template_there_and_back(made)
    return {**found, "passed": all(part["differences"] == 0 for part in found.values())}


def control(*, small: bool) -> dict:
    """Without what was kept beside the registration most cells are lost."""
    version = sheet_versions()["2019"]
    with arena([], scale=0.02) as made, patch.object(queries, "latest_details", return_value={}):
        found = _sheet_there_and_back(made, version)
    return {**found, "went_red": found["differences"] > 0}


def _sheet_there_and_back(made: Arena, version: SheetVersion) -> dict:
    """learners, cells that were compared, differences, and rows that the second reading changes."""
    rows = [_filled(row, version) for row in _written(made, version)]
    for start in range(0, len(rows), SHEET_MAX):
        _read(made, version, rows[start : start + SHEET_MAX], post=True)
    again = _written(made, version)
    differences = sum(
        one.get(heading, "") != other.get(heading, "")
        for one, other in zip(rows, again, strict=True)
        for heading in version.headings
    )
    changed = sum(
        _read(made, version, again[start : start + SHEET_MAX], post=False)
        for start in range(0, len(again), SHEET_MAX)
    )
    return {
        "learners": len(rows),
        "cells": len(rows) * len(version.headings),
        "differences": differences + changed,
    }


def _written(made: Arena, version: SheetVersion) -> Rows:
    """What the files of all cohorts say."""
    with UnitOfWork(made.engine, SCHOOL) as uow:
        years = uow.connection.execute(_COHORTS).scalars().all()
    return [row for year in years for row in _cohort_written(made, version, year)]


def _cohort_written(made: Arena, version: SheetVersion, entry_year: int) -> Rows:
    """What the file says, read by the same child process as any upload."""
    asked = Exported(entry_year=entry_year)
    with UnitOfWork(made.engine, SCHOOL) as uow:
        rows = national_rows(
            uow, REGISTRAR, version, asked, reason="往返核对", now=datetime.now(UTC)
        )
    (sheet,) = read_workbook(national_sheet(version, rows, made_on=DAY)).sheets
    return [
        {heading: sheet.text(at, column) for column, heading in enumerate(sheet.rows[0], start=1)}
        for at in range(2, len(sheet.rows) + 1)
    ]


def _filled(row: dict[str, str], version: SheetVersion) -> dict[str, str]:
    def filler(heading: str) -> str:
        words = version.lists.get(heading)
        return words[len(row["姓名"]) % len(words)] if words else f"{heading}·{row['学号']}"

    return {
        heading: row[heading] or ("" if heading in version.fields else filler(heading))
        for heading in version.headings
    }


def _read(made: Arena, version: SheetVersion, rows: Rows, *, post: bool) -> int:
    """How many learners a sheet would add or change, or has a problem with."""
    parsed = read_workbook(national_sheet(version, rows, made_on=DAY))
    with UnitOfWork(made.engine, SCHOOL) as uow:
        key = begin_upload(
            uow, REGISTRAR, NATIONAL_SHEET, file_name="往返.xlsx", parsed=parsed, chosen={},
            now=datetime.now(UTC),
        )  # fmt: skip
    with UnitOfWork(made.engine, SCHOOL) as uow:
        shown = find_national_sheet(uow, REGISTRAR, key)
        if post and not shown.problems:
            post_national_sheet(uow, REGISTRAR, key, version=version, now=datetime.now(UTC))
    return shown.new_count + shown.changed_count + len(shown.problems)


def _template_there_and_back(made: Arena) -> dict:
    """A list filled in for the largest class, and read back cell by cell."""
    headings = ("姓名", "学号", "学籍号", "身份证号", "已得学分")
    book = openpyxl.Workbook()
    book.worksheets[0].append(list(headings))
    book.worksheets[0].append([f"{{{{{heading}}}}}" for heading in headings])
    target = io.BytesIO()
    book.save(target)
    with UnitOfWork(made.engine, SCHOOL) as uow:
        classes = [
            (row["班级名称"], int(row["入学年月"][:4])) for row in _written(made, _any_version())
        ]
        class_name, entry_year = max(set(classes), key=classes.count)
        values = template_values(
            uow, REGISTRAR, template_name="往返", class_name=class_name, entry_year=entry_year,
            reason="往返核对", now=datetime.now(UTC),
        )  # fmt: skip
    filled = fill_template(Template(target.getvalue()), values, made_on=DAY)
    (sheet,) = read_workbook(filled.content).sheets
    found = [
        [sheet.text(at, column) for column in range(1, 6)] for at in range(2, len(sheet.rows) + 1)
    ]
    wanted = [[_text(learner.own[heading]) for heading in headings] for learner in values.learners]
    differences = sum(
        one != other
        for row, own in zip(found, wanted, strict=True)
        for one, other in zip(row, own, strict=True)
    )
    return {"learners": len(wanted), "cells": len(wanted) * 5, "differences": differences}


def _any_version() -> SheetVersion:
    return sheet_versions()["2019"]


def _text(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
