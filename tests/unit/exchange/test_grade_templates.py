"""The template: texts stay texts, Excel itself refuses 101, and the reader reads it back."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.sheets import clean_text
from creditbank.exchange.grade_sheets import read_grade_sheet
from creditbank.exchange.grade_templates import grade_sheet_template
from creditbank.exchange.workbooks import read_workbook
from tests.factories.grade_files import filled_template, mark_at

TERM = Term(2025, 1)
PUPILS = [("2025010101", "王晨"), ("0025010102", "李雨桐"), ("2025010103", "阿依古丽·买买提")]
COURSES = [("GG03", "数学"), ("GG02", "语文")]


def test_the_reader_reads_back_what_was_filled_in():
    sheet = read_grade_sheet(read_workbook(filled_template(PUPILS, COURSES, TERM)).sheets)
    assert (sheet.term, sheet.exam_kind, sheet.header_row) == ("2025-2026-1", "正常", 3)
    assert sheet.course_columns == (("C", "数学(GG03)"), ("D", "语文(GG02)"))
    assert [(row.student_no, row.name) for row in sheet.rows] == PUPILS
    assert [[mark.mark for mark in row.marks] for row in sheet.rows] == [
        [f"{mark_at(row, column):g}" for column in range(2)] for row in range(3)
    ]


def test_an_unfilled_template_has_no_marks_to_post():
    content = grade_sheet_template("25数控1班", TERM, PUPILS, COURSES)
    with pytest.raises(InvalidInputError) as refused:
        read_grade_sheet(read_workbook(content).sheets)
    assert refused.value.problems[0].code == "no_rows"


def test_a_template_for_a_resit_says_so_in_its_head():
    content = grade_sheet_template(
        "25数控1班", TERM, PUPILS, COURSES, exam_kind=ExamKind.FIRST_RESIT
    )
    assert read_workbook(content).sheets[0].rows[1] == (
        "学年学期",
        "2025-2026-1",
        "考试性质",
        "补考一",
    )


def test_the_same_class_gives_the_same_bytes():
    first = grade_sheet_template("25数控1班", TERM, PUPILS, COURSES)
    assert first == grade_sheet_template("25数控1班", TERM, PUPILS, COURSES)


def test_numbers_are_text_the_head_is_frozen_and_marks_are_checked():
    content = grade_sheet_template("25数控1班", TERM, PUPILS, COURSES)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["成绩"]
    assert sheet["A5"].value == "0025010102"
    assert (sheet["A5"].data_type, sheet["A5"].number_format) == ("s", "@")
    assert sheet.column_dimensions["A"].width > 10
    assert sheet.freeze_panes == "C4"
    checked = {str(item.sqref): item.type for item in sheet.data_validations.dataValidation}
    assert checked == {"D2": "list", "C4:D6": "custom"}


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
dangerous = st.builds("".join, st.tuples(st.sampled_from(["=", "+", "-", "@", "\t", "\r"]), texts))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(dangerous, dangerous), min_size=1, max_size=20), dangerous)
def test_no_text_is_ever_written_as_a_formula(pupils, course):
    content = grade_sheet_template(course, TERM, pupils, [("GG03", course)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert not re.search(rb"<f[ >]", archive.read(name))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["成绩"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert all(cell.value is None for row in sheet.iter_rows(min_row=4, min_col=3) for cell in row)


def test_dangerous_names_come_back_as_they_were():
    pupils = [("1", name) for name in ("=1+1", "+86", "-2", "@SUM(A1)", "=HYPERLINK(1)")]
    rows = read_workbook(grade_sheet_template("=A1", TERM, pupils, COURSES)).sheets[0].rows
    assert [row[1] for row in rows[3:]] == [clean_text(name) for _, name in pupils]
