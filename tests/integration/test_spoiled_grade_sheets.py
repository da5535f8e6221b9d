"""Bar 7: a spoiled grade sheet is refused, or its faulty cells are named, and nothing is posted."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from creditbank.domain.errors import InvalidInputError
from creditbank.services.grade_imports import ImportPreview
from tests.databases import Database
from tests.factories.grade_files import Cells, Edit, edited, set_cell, xlsx_of, zip_bomb
from tests.factories.import_desk import ImportDesk
from tests.factories.school import make_school

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> ImportDesk:
    with owner_engine.begin() as connection:
        return ImportDesk(engine, owner_engine, make_school(connection))


def with_ids_as_numbers(copy: Cells) -> None:
    copy[2].append("身份证号")
    for row in copy[3:]:
        row.append(370124200903150015.0)


def with_a_learner_twice(copy: Cells) -> None:
    copy.append(list(copy[7]))


def with_a_heading_of_something_else(copy: Cells) -> None:
    copy[2][:3] = ["编号", "学生", "宿舍"]


# What is wrong, and the code and the places (row, column) that the registrar is shown.
SPOILED_CELLS: dict[str, tuple[Edit, str, list[tuple[int | None, str]]]] = {
    "18-digit numbers": (with_ids_as_numbers, "digits_lost", [(row, "K") for row in range(4, 54)]),
    "a learner twice": (with_a_learner_twice, "learner_repeated", [(54, "A")]),
    "an unknown course": (set_cell(3, 5, "量子力学(ZZ99)"), "unknown_course", [(3, "E")]),
    "a mark of 101": (set_cell(12, 5, 101), "mark_invalid", [(12, "E")]),
    "a mark in words": (set_cell(12, 5, "很好"), "mark_invalid", [(12, "E")]),
    "an unknown learner": (set_cell(9, 1, "2099999999"), "unknown_learner", [(9, "A")]),
    "another's name": (set_cell(9, 2, "欧阳测试"), "name_differs", [(9, "B")]),
    "a malformed number": (set_cell(9, 1, "学号不详"), "student_no_format", [(9, "A")]),
    "a course twice": (set_cell(3, 6, "数学(GG03)"), "course_repeated", [(3, "F")]),
    "a code of another course": (set_cell(3, 6, "物理(GG04)"), "course_name_differs", [(3, "F")]),
    "an unknown term": (set_cell(2, 2, "2019-2020-1"), "unknown_term", [(None, "term")]),
    "an unreadable term": (set_cell(2, 2, "上学期"), "term_format", [(None, "term")]),
}


@pytest.mark.parametrize("name", SPOILED_CELLS)
def test_a_spoiled_cell_is_named_and_nothing_is_posted(desk, name):
    edit, code, places = SPOILED_CELLS[name]
    shown = desk.preview(xlsx_of(edited(desk.cells, edit)))
    assert [(item.code, item.row, item.field) for item in shown.problems] == [
        (code, row, column) for row, column in places
    ]
    assert_cannot_be_posted(desk, shown)


def assert_cannot_be_posted(desk: ImportDesk, shown: ImportPreview) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.post(shown.import_id)
    assert refused.value.problems == shown.problems
    assert desk.entry_count() == 0


def test_a_mark_out_of_range_is_explained_at_its_place(desk):
    shown = desk.preview(xlsx_of(edited(desk.cells, set_cell(12, 5, 101))))
    assert shown.problems[0].message.zh.startswith(
        "第12行 E列(数学 GG03): 成绩“101”超出0-100,请改为0到100之间的数"
    )


def test_a_number_that_lost_its_digits_is_explained_at_its_cell(desk):
    shown = desk.preview(xlsx_of(edited(desk.cells, with_ids_as_numbers)))
    assert shown.problems[8].message.zh == (
        "K12:身份证号被存成了数字,末位已丢失,请把该列设为文本后重新填写。"
    )


def test_merged_marks_are_named_by_their_range(desk):
    shown = desk.preview(xlsx_of(desk.cells, merged=["E12:E13"]))
    assert [(item.code, item.row, item.field) for item in shown.problems] == [("merged", 12, "E")]
    assert shown.problems[0].message.zh.startswith("E12:E13: 数据区有合并单元格")
    assert_cannot_be_posted(desk, shown)


def test_a_formula_without_a_result_is_named_by_its_cell(desk):
    shown = desk.preview(xlsx_of(desk.cells, formulas=["E12"]))
    assert [(item.code, item.row, item.field) for item in shown.problems] == [
        ("formula_without_value", 12, "E")
    ]
    assert shown.problems[0].message.zh.startswith("E12: 公式没有计算结果")
    assert_cannot_be_posted(desk, shown)


SPOILED_FILES = {
    "bomb": ("unpacks_too_big", zip_bomb),
    "encrypted": ("encrypted", (DATA / "encrypted.xlsx").read_bytes),
    "empty": ("empty_file", bytes),
    "empty workbook": ("empty_file", lambda: xlsx_of([])),
}


@pytest.mark.parametrize("name", SPOILED_FILES)
def test_a_spoiled_file_is_refused_with_its_reason(desk, name):
    code, make = SPOILED_FILES[name]
    assert_is_refused(desk, make(), code)


def test_another_table_is_not_taken_for_a_grade_sheet(desk):
    content = xlsx_of(edited(desk.cells, with_a_heading_of_something_else))
    assert_is_refused(desk, content, "wrong_template")


def test_a_template_that_nobody_filled_in_is_refused(desk):
    def edit(copy: Cells) -> None:
        for row in copy[3:]:
            row[2:] = []

    assert_is_refused(desk, xlsx_of(edited(desk.cells, edit)), "no_rows")


def assert_is_refused(desk: ImportDesk, content: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.preview(content)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert desk.entry_count() == 0
