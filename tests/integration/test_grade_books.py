"""A grade book as schools keep it: a sheet for each class, courses called as they are spoken of."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import Engine

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.permissions import Action
from creditbank.exchange.large_uploads import begin_large_upload
from creditbank.exchange.uploads import (
    answer_columns,
    begin_upload,
    choose_term,
    open_upload,
    suggestions,
)
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.own_uploads import uploads_beside
from creditbank.services.grade_imports import find_preview, post_grade_import
from creditbank.store.grade_imports import GRADES
from tests.databases import Database
from tests.factories.import_desk import NOW, ImportDesk
from tests.factories.school import make_school
from workers.jobs import run_waiting_jobs

COURSES = (
    ("GG021", "语文1", 300), ("GG022", "语文2", 300), ("GG031", "数学1", 200),
    ("GG032", "数学2", 200), ("ZY01", "机械制图", 400), ("ZY02", "机械制图", 400),
)  # fmt: skip
SEMESTERS = {"GG022": 2, "GG032": 2, "ZY02": 5}
TITLE = "2025级数控1班成绩  2025—2026学年第{}学期"


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> ImportDesk:
    with owner_engine.begin() as connection:
        school = make_school(connection, pupils=4, courses=COURSES, semesters=SEMESTERS)
        return ImportDesk(engine, owner_engine, school)


def book_of(desk: ImportDesk, *sheets: tuple[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["请各班主任核对"])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def rows_of(desk: ImportDesk, title: str, head: list[str], pupils: range) -> list[list[object]]:
    lines = [
        [pupil.student_no, pupil.name, *(70 + at for at, _ in enumerate(head))]
        for pupil in (desk.school.pupils[at] for at in pupils)
    ]
    return [[title], ["学号", "姓名", *head], *lines]


def upload(desk: ImportDesk, content: bytes, term: str = "") -> str:
    with desk.unit() as uow:
        return begin_upload(
            uow,
            desk.school.registrar,
            GRADES,
            file_name="成绩.xlsx",
            parsed=read_workbook(content),
            chosen={"term": term, "exam_kind": ""},
            now=NOW,
        )


def courses_read(desk: ImportDesk, key: str) -> list[str]:
    with desk.unit() as uow:
        found = find_preview(uow, desk.school.registrar, key)
    assert found.problems == ()
    return sorted({mark.command.course_code for mark in found.new})


def beside(desk: ImportDesk, key: str) -> list[tuple[str, str]]:
    with desk.unit() as uow:
        found = uploads_beside(uow, desk.school.registrar, Action.IMPORT_GRADES, key)
    return [(item.import_id, item.file_name) for item in found]


def two_classes(desk: ImportDesk) -> bytes:
    title = TITLE.format("一")
    return book_of(
        desk,
        ("数控1班", rows_of(desk, title, ["语文1"], range(2))),
        ("数控2班", rows_of(desk, title, ["语文1"], range(2, 4))),
    )


def test_each_sheet_of_a_book_is_an_upload_and_none_is_lost(desk):
    first = upload(desk, two_classes(desk))
    (_, name), (second, other) = beside(desk, first)
    assert (name, other) == ("成绩.xlsx · 数控1班 (1/2)", "成绩.xlsx · 数控2班 (2/2)")
    for key in (first, second):
        with desk.unit() as uow:
            assert post_grade_import(uow, desk.school.registrar, key, now=NOW).count == 2
    assert set(desk.posted_marks()) == {(p.student_no, "GG021") for p in desk.school.pupils}


def test_a_book_read_in_the_background_is_divided_as_well(desk):
    with desk.unit() as uow:
        key = begin_large_upload(
            uow,
            desk.school.registrar,
            file_name="成绩.xlsx",
            content=two_classes(desk),
            chosen={"term": "", "exam_kind": ""},
            now=NOW,
        )
    run_waiting_jobs(desk.engine)
    found = beside(desk, key)
    assert len(found) == 2
    assert found[0][0] == key
    assert courses_read(desk, key) == ["GG021"]


def test_one_sheet_with_a_table_stands_beside_nothing(desk):
    key = upload(
        desk, book_of(desk, ("数控1班", rows_of(desk, TITLE.format("一"), ["语文1"], range(4))))
    )
    assert beside(desk, key) == []
    assert courses_read(desk, key) == ["GG021"]


@pytest.mark.parametrize(
    ("half", "codes"), [("一", ["GG021", "GG031", "ZY01"]), ("二", ["GG022", "GG032"])]
)
def test_a_heading_means_the_course_that_the_plan_teaches_in_the_term(desk, half, codes):
    head = ["语文", "数学成绩", "机械制图"][: len(codes)]
    key = upload(desk, book_of(desk, ("1班", rows_of(desk, TITLE.format(half), head, range(4)))))
    assert courses_read(desk, key) == codes


def test_what_a_school_said_in_one_term_does_not_speak_in_the_next(desk):
    def said(half: str) -> str:
        return upload(
            desk, book_of(desk, ("1班", rows_of(desk, TITLE.format(half), ["语文"], range(4))))
        )

    with desk.owner_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE courses SET name = '国文' WHERE code = 'GG021'")
    key = said("一")
    with desk.unit() as uow:
        opened = open_upload(uow, desk.school.registrar, GRADES, key)
        assert opened is not None
        (unknown,) = opened.table.unknown
        assert unknown.suggested == "course:国文(GG021)", "语文2 is of another term"
        answer_columns(
            uow, desk.school.registrar, GRADES, key, {"C": "course:国文(GG021)"}, now=NOW
        )
    assert courses_read(desk, key) == ["GG021"]
    assert courses_read(desk, said("一")) == ["GG021"], "remembered"
    assert courses_read(desk, said("二")) == ["GG022"], "and not in the next term"


def test_the_term_is_said_where_neither_page_nor_sheet_does(desk):
    key = upload(desk, book_of(desk, ("1班", rows_of(desk, "成绩表", ["语文", "数学"], range(4)))))
    with desk.unit() as uow:
        opened = open_upload(uow, desk.school.registrar, GRADES, key)
        assert opened is not None
        assert opened.lacks_term
        assert [column.suggested for column in opened.table.unknown] == ["", ""], "no wrong guess"
        choose_term(
            uow, desk.school.registrar, key, term=Term(2025, 2), exam_kind=ExamKind.NORMAL, now=NOW
        )
    assert courses_read(desk, key) == ["GG022", "GG032"]


def test_rows_that_the_file_hides_are_read_and_said_to_be_hidden(desk):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows_of(desk, TITLE.format("一"), ["语文1"], range(4)):
        sheet.append(row)
    sheet.row_dimensions[4].hidden = True
    sheet.row_dimensions[40].hidden = True
    target = io.BytesIO()
    book.save(target)
    key = upload(desk, target.getvalue())
    with desk.unit() as uow:
        opened = open_upload(uow, desk.school.registrar, GRADES, key)
        assert opened is not None
    assert opened.table.hidden_rows == (4,)
    assert courses_read(desk, key) == ["GG021"]


def test_a_list_with_a_row_for_each_mark_is_offered_the_planned_course(desk):
    lines = [[p.student_no, p.name, "语文", "2025-2026-2", 80] for p in desk.school.pupils]
    head: list[object] = ["学号", "姓名", "科目", "学期", "成绩"]
    key = upload(desk, book_of(desk, ("长表", [head, *lines])))
    with desk.unit() as uow:
        found = find_preview(uow, desk.school.registrar, key)
        opened = open_upload(uow, desk.school.registrar, GRADES, key)
        assert opened is not None
        offered = suggestions(opened, found.problems)
    assert [problem.code for problem in found.problems] == ["unknown_course"] * 4
    assert set(offered.values()) == {"语文2(GG022)"}
