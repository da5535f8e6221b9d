"""Class grade sheets as files, right and spoiled, for the tests of imports.

A spoiled file is the right one with one thing wrong; `SPOILED` names them all.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence

import xlsxwriter

from creditbank.domain.enrolments import Term
from creditbank.exchange.grade_templates import grade_sheet_template

Cells = list[list[str | float | None]]
Edit = Callable[[Cells], None]


def class_cells(
    pupils: Sequence[tuple[str, str]], courses: Sequence[tuple[str, str]], term: Term
) -> Cells:
    """A filled-in sheet: title, parameters, heading, and a mark in every cell (60-99)."""
    head: Cells = [
        [f"25数控1班 {term.label_zh} 成绩登记表"],
        ["学年学期", term.code, "考试性质", "正常"],
        ["学号", "姓名", *(f"{name}({code})" for code, name in courses)],
    ]
    return head + [
        [number, name, *(mark_at(row, column) for column in range(len(courses)))]
        for row, (number, name) in enumerate(pupils)
    ]


def mark_at(row: int, column: int) -> float:
    """The mark in a row and column from 0; one in eleven has a decimal."""
    return 60 + (row * 7 + column * 13) % 40 + (0.5 if (row + column) % 11 == 0 else 0)


def xlsx_of(cells: Cells, *, merged: Sequence[str] = (), formulas: Sequence[str] = ()) -> bytes:
    """A workbook as xlsxwriter makes it. formulas: cells that hold one without a result."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("成绩")
        sheet.merge_range(0, 0, 0, 9, cells[0][0] if cells else "")
        for row, line in enumerate(cells[1:], start=1):
            for column, value in enumerate(line):
                if value is not None:
                    sheet.write(row, column, value)
        for area in merged:
            sheet.merge_range(area, 88)
        for place in formulas:
            sheet.write_formula(place, "=AVERAGE(D4,F4)", None, "")
    return target.getvalue()


def filled_template(
    pupils: Sequence[tuple[str, str]], courses: Sequence[tuple[str, str]], term: Term
) -> bytes:
    """The template as downloaded, with marks typed in by another program (openpyxl)."""
    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(grade_sheet_template("25数控1班", term, pupils, courses))
    )
    sheet = book["成绩"]
    for row in range(len(pupils)):
        for column in range(len(courses)):
            sheet.cell(row + 4, column + 3).value = mark_at(row, column)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def csv_of(cells: Cells, encoding: str = "utf-8-sig") -> bytes:
    """A CSV file as Excel saves it."""
    target = io.StringIO()
    csv.writer(target).writerows(["" if cell is None else cell for cell in row] for row in cells)
    return target.getvalue().encode(encoding)


def edited(cells: Cells, edit: Edit) -> Cells:
    """A copy of the cells with one thing changed."""
    copy = [list(row) for row in cells]
    edit(copy)
    return copy


def zip_bomb() -> bytes:
    """A workbook of some 150 KB whose one sheet unpacks to 150 MB."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as member:
            for _ in range(150):
                member.write(b" " * 1024 * 1024)
    return target.getvalue()


def with_member(content: bytes, name: str, member: bytes) -> bytes:
    """The same archive with one more file in it."""
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, member)
    return target.getvalue()


def set_cell(row: int, column: int, value: str | float) -> Edit:
    """An edit of one cell, row and column from 1."""

    def edit(cells: Cells) -> None:
        cells[row - 1][column - 1] = value

    return edit
