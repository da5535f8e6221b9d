"""Where the heading stands and what is a mark, in the sheets that schools really have."""

from __future__ import annotations

import pytest

from creditbank.domain.errors import InvalidInputError
from creditbank.domain.sheets import CellFault, FaultyCell, MergedRange, ParsedSheet
from creditbank.exchange.grade_sheets import read_grade_sheet

WIDE = (
    ("学号", "姓名", "数学(GG03)", "语文"),
    ("2025010101", "王晨", "88", "优秀"),
    ("2025010102", "李雨桐", "", "75.5"),
)


def sheet_of(*rows: tuple[str, ...], faults=(), merged=(), name="成绩") -> ParsedSheet:
    return ParsedSheet(name, tuple(rows), tuple(faults), tuple(merged))


def marks(sheet) -> list[tuple[str, str, str, str]]:
    return [
        (row.student_no, mark.column, mark.course, mark.mark)
        for row in sheet.rows
        for mark in row.marks
    ]


WIDE_MARKS = [
    ("2025010101", "C", "数学(GG03)", "88"),
    ("2025010101", "D", "语文", "优秀"),
    ("2025010102", "D", "语文", "75.5"),
]


def test_a_sheet_may_begin_with_its_heading():
    sheet = read_grade_sheet([sheet_of(*WIDE)])
    assert marks(sheet) == WIDE_MARKS
    assert (sheet.header_row, sheet.term, sheet.exam_kind, sheet.blank_count) == (1, "", "", 1)


def test_titles_and_parameters_may_stand_above_the_heading():
    title = ("平阴县职教中心 2025-2026学年第一学期 25数控1班成绩表",)
    sheet = read_grade_sheet(
        [sheet_of(title, ("班级:25数控1班", "", "考试性质:补考"), (), *WIDE,
                  merged=[MergedRange(1, 1, 1, 4)])]
    )  # fmt: skip
    assert marks(sheet) == WIDE_MARKS
    assert (sheet.header_row, sheet.term, sheet.exam_kind) == (4, "2025-2026-1", "补考")


def test_a_label_counts_for_more_than_the_title():
    sheet = read_grade_sheet(
        [sheet_of(("2025-2026学年第一学期",), ("学年学期", "", "2025-2026-2"), *WIDE)]
    )
    assert sheet.term == "2025-2026-2"


def test_the_first_sheet_with_a_heading_is_read():
    notes = sheet_of(("说明",), ("请按模板填写",), name="说明")
    assert marks(read_grade_sheet([notes, sheet_of(*WIDE), sheet_of(*WIDE[:1])])) == WIDE_MARKS


def test_a_heading_of_two_merged_rows_is_read_as_name_over_code():
    rows = (
        ("学号", "姓名", "数学", "语文"),
        ("", "", "GG03", "GG02"),
        ("2025010101", "王晨", "88", "优秀"),
    )
    merged = [MergedRange(1, 1, 2, 1), MergedRange(1, 2, 2, 2)]
    sheet = read_grade_sheet([sheet_of(*rows, merged=merged)])
    assert sheet.course_columns == (("C", "数学(GG03)"), ("D", "语文(GG02)"))
    assert sheet.problems == ()


def test_columns_that_are_no_courses_are_left_out():
    rows = (
        ("序号", "学 号*", "姓名", "性别", "数学", "总分", "平均分", "名次", "备注"),
        ("1", "2025010101", "王晨", "男", "88", "88", "88", "1", "无"),
    )
    assert marks(read_grade_sheet([sheet_of(*rows)])) == [("2025010101", "E", "数学", "88")]


def test_notes_below_the_table_are_left_out():
    rows = (*WIDE, ("",), ("制表人:教务科",), ("说明:本表一式两份", "", "", ""))
    merged = [MergedRange(6, 1, 6, 4)]
    sheet = read_grade_sheet([sheet_of(*rows, merged=merged)])
    assert marks(sheet) == WIDE_MARKS
    assert sheet.problems == ()


def test_a_note_merged_over_a_table_with_a_serial_number_before_it_is_left_out():
    rows = (
        ("序号", "学号", "姓名", "数学"),
        ("1", "2025010101", "王晨", "88"),
        ("制表人:李老师  审核:张主任",),
    )
    sheet = read_grade_sheet([sheet_of(*rows, merged=[MergedRange(3, 1, 3, 4)])])
    assert marks(sheet) == [("2025010101", "D", "数学", "88")]
    assert sheet.problems == ()


def test_a_name_in_a_cell_that_was_made_wider_is_read():
    rows = (("学号", "姓名", "", "数学"), ("2025010101", "王晨", "", "88"))
    sheet = read_grade_sheet([sheet_of(*rows, merged=[MergedRange(2, 2, 2, 3)])])
    assert marks(sheet) == [("2025010101", "D", "数学", "88")]
    assert sheet.problems == ()
    over_two = read_grade_sheet([sheet_of(*rows, merged=[MergedRange(2, 2, 2, 4)])])
    assert [item.code for item in over_two.problems] == ["merged"]


def test_marks_without_a_student_number_are_a_problem():
    sheet = read_grade_sheet([sheet_of(*WIDE, ("", "张浩然", "90"))])
    assert [(item.code, item.row, item.field) for item in sheet.problems] == [
        ("student_no_format", 4, "A")
    ]


def test_a_long_list_takes_its_marks_row_by_row():
    rows = (
        ("学号", "姓名", "课程代码", "学年学期", "考试性质", "成绩"),
        ("2025010101", "王晨", "GG03", "2025-2026-1", "正常", "88"),
        ("2025010101", "王晨", "GG02", "", "缓考", ""),
    )
    sheet = read_grade_sheet([sheet_of(*rows)])
    assert marks(sheet) == [("2025010101", "F", "GG03", "88"), ("2025010101", "F", "GG02", "")]
    assert [row.marks[0].term for row in sheet.rows] == ["2025-2026-1", ""]
    assert sheet.field_columns == {"course_code": "C", "term": "D", "exam_kind": "E"}
    assert sheet.course_columns == ()


def test_a_list_of_names_and_marks_without_a_course_is_no_grade_sheet():
    with pytest.raises(InvalidInputError) as refused:
        read_grade_sheet([sheet_of(("学号", "姓名", "成绩"), ("2025010101", "王晨", "88"))])
    assert refused.value.problems[0].code == "wrong_template"


def test_faults_outside_the_table_harm_nobody():
    faults = [
        FaultyCell(1, 1, CellFault.ERROR_VALUE),
        FaultyCell(4, 6, CellFault.FORMULA_WITHOUT_VALUE),
    ]
    sheet = read_grade_sheet([sheet_of(("标题",), (), *WIDE, faults=faults)])
    assert sheet.problems == ()


def test_an_error_in_a_mark_is_a_problem_of_its_cell():
    faults = [FaultyCell(3, 3, CellFault.ERROR_VALUE)]
    sheet = read_grade_sheet([sheet_of(*WIDE, faults=faults)])
    assert [(item.row, item.field) for item in sheet.problems] == [(3, "C")]
    assert sheet.problems[0].message.zh.startswith("C3: 单元格是错误值")


def test_a_student_number_that_lost_digits_is_one_problem():
    faults = [FaultyCell(2, 1, CellFault.DIGITS_LOST)]
    sheet = read_grade_sheet([sheet_of(*WIDE, faults=faults)])
    assert [item.message.zh for item in sheet.problems] == [
        "A2:学号被存成了数字,末位已丢失,请把该列设为文本后重新填写。"
    ]
    assert marks(sheet) == WIDE_MARKS[2:]
