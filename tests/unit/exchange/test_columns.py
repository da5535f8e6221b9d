"""Which column is which, in the files that schools really have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creditbank.domain.columns import IGNORED, MatchedTable
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.sheets import MergedRange, ParsedSheet
from creditbank.exchange.class_lists import matched_class_list
from creditbank.exchange.columns import Vocabulary, match_table
from creditbank.exchange.grade_sheets import read_matched_grades
from creditbank.exchange.heading_words import heading_words

COURSES = {"语文": "语文(GG02)", "数学": "数学(GG03)", "英语": "英语(GG04)"}
CODED = {f"{name}({code[-5:-1]})": code for name, code in COURSES.items()}
GRADES = Vocabulary(
    words=heading_words("grades"),
    answers={},
    course_of={**COURSES, **CODED}.get,
    guess=lambda text: next((course for name, course in COURSES.items() if name in text), None),
)


def sheet(*rows: str, merged: tuple[tuple[int, int, int, int], ...] = ()) -> ParsedSheet:
    cells = tuple(tuple("" if cell == "." else cell for cell in row.split()) for row in rows)
    return ParsedSheet("Sheet1", cells, (), tuple(MergedRange(*area) for area in merged))


def matched(*rows: str, merged: tuple[tuple[int, int, int, int], ...] = ()) -> MatchedTable:
    return match_table([sheet(*rows, merged=merged)], GRADES)


def meanings(table: MatchedTable) -> dict[str, str]:
    return {column.letters: column.meaning for column in table.columns}


def marks(table: MatchedTable) -> list[tuple[str, str, str]]:
    found = read_matched_grades(table)
    return [(row.student_no, mark.course, mark.mark) for row in found.rows for mark in row.marks]


def test_other_words_for_the_same_columns_are_known():
    table = matched("学籍号码 学生姓名 语文成绩 数学(百分制)", "G370124200903150015 王晨 85 90")
    assert table.is_clear
    found = read_matched_grades(table)
    assert found.identity == "national_student_no"
    assert marks(table) == [
        ("G370124200903150015", "语文(GG02)", "85"),
        ("G370124200903150015", "数学(GG03)", "90"),
    ]


def test_titles_above_blank_columns_between_and_sums_below_are_no_learners():
    table = matched(
        "25数控1班成绩登记表",
        "2025-2026学年第一学期",
        "序号 学号 姓名 . 语文 数学 总分",
        "1 2025010101 王晨 . 85 90 175",
        "2 2025010102 李明 . 60 70 130",
        ". 平均分 . . 72.5 80 .",
        "备注:本表一式两份",
    )
    assert table.is_clear
    found = read_matched_grades(table)
    assert (table.header_row, found.term) == (3, "2025-2026-1")
    assert [row.student_no for row in found.rows] == ["2025010101", "2025010102"]
    assert found.skipped_rows == (6,)
    assert found.problems == ()


def test_a_total_under_its_course_is_the_mark_and_its_parts_are_left_out():
    table = matched(
        "学号 姓名 语文 . . 数学 . .",
        ". . 平时 期末 总评 平时 期末 总评",
        "2025010101 王晨 80 90 86 70 60 64",
        merged=((1, 3, 1, 5), (1, 6, 1, 8), (1, 1, 2, 1), (1, 2, 2, 2)),
    )
    assert table.is_clear
    assert [letters for letters, said in meanings(table).items() if said == IGNORED] == [
        "C", "D", "F", "G",
    ]  # fmt: skip
    assert marks(table) == [
        ("2025010101", "语文(GG02)", "86"),
        ("2025010101", "数学(GG03)", "64"),
    ]


def test_two_rows_of_heading_without_merged_cells_are_read_from_the_left():
    table = matched("学号 姓名 成绩 . .", ". . 语文 数学 英语", "2025010101 王晨 85 90 77")
    assert table.is_clear
    assert [mark for _, _, mark in marks(table)] == ["85", "90", "77"]


def test_a_code_under_its_course_belongs_to_the_heading():
    table = matched("学号 姓名 语文 数学", ". . GG02 GG03", "2025010101 王晨 85 90")
    assert (table.header_row, table.first_row) == (1, 3)
    assert marks(table)[0] == ("2025010101", "语文(GG02)", "85")


def test_an_end_of_term_mark_without_a_course_is_asked_with_the_course_of_the_title():
    table = matched("25数控1班语文期末考试", "学号 姓名 期末", "2025010101 王晨 85")
    assert [(column.heading, column.suggested) for column in table.unknown] == [
        ("期末", "course:语文(GG02)")
    ]


def test_what_nobody_knows_is_asked_once_and_the_answer_is_used():
    rows = ("学号 姓名 语文 形体", "2025010101 王晨 85 优秀")
    asked = matched(*rows)
    assert [column.heading for column in asked.unknown] == ["形体"]
    assert asked.samples(asked.unknown[0]) == ("优秀",)
    answered = replace(GRADES, answers={"形体": "course:艺术(GG08)"})
    table = match_table([sheet(*rows)], answered)
    assert table.is_clear
    assert table.signature == asked.signature
    assert marks(table)[-1] == ("2025010101", "艺术(GG08)", "优秀")


def test_the_answer_goes_above_the_words_that_are_shipped():
    answers = {"序号": "student_no", "学号": IGNORED}
    table = match_table(
        [sheet("序号 学号 姓名 语文", "2025010101 7 王晨 85")], replace(GRADES, answers=answers)
    )
    assert marks(table) == [("2025010101", "语文(GG02)", "85")]


def test_two_columns_for_one_field_are_asked_about():
    table = matched("学号 学号 姓名 语文", "2025010101 17 王晨 85")
    assert [column.letters for column in table.unknown] == ["B"]


def test_a_column_without_a_heading_that_holds_something_is_asked_about():
    table = matched("学号 姓名 . 语文", "2025010101 王晨 是 85")
    assert [(column.letters, column.suggested) for column in table.unknown] == [("C", IGNORED)]


def test_the_sheet_that_is_understood_best_is_read():
    cover = ParsedSheet("封面", (("学校", "姓名"), ("某校", "张")))
    table = match_table([cover, sheet("学号 姓名 语文", "2025010101 王晨 85")], GRADES)
    assert table.sheet.name == "Sheet1"


def test_a_file_without_any_heading_is_refused():
    with pytest.raises(InvalidInputError) as error:
        matched("85 90", "60 70")
    assert error.value.problems[0].code == "no_heading"


def test_a_class_list_with_other_words_is_read():
    words = Vocabulary(words=heading_words("learners"), answers={})
    table = match_table(
        [
            sheet(
                "2025级新生名册",
                "序号 姓名 性别 身份证件号码(18位) 所在班级 学籍学号 联系电话",
                "1 王小明 男 370124201003150014 25数控1班 2025019901 0531",
                "合计 1",
            )
        ],
        words,
    )
    assert table.is_clear
    (row,) = matched_class_list(table).rows
    assert row.cells["citizen_id"] == "370124201003150014"
    assert row.cells["class_name"] == "25数控1班"
    assert "staged_mode" not in row.cells


def test_what_is_needed_and_not_found_is_said():
    table = matched("学号 语文", "2025010101 85")
    assert table.missing == (("name",),)
