"""Lists without a column that is needed: it is filled in on the preview, and nothing is guessed."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.errors import NotFoundError
from creditbank.exchange.filled_columns import fill_column
from creditbank.exchange.uploads import begin_upload, mend_cells, open_upload, suggestions
from creditbank.exchange.workbooks import read_workbook
from creditbank.services.award_sheets import find_award_sheet
from creditbank.services.grade_imports import ImportPreview, find_preview
from creditbank.store.grade_imports import GRADES, INNOVATION
from tests.databases import Database
from tests.factories.grade_files import Cells, csv_of
from tests.factories.import_desk import NOW, ImportDesk
from tests.factories.school import CLASS_NAME, make_school


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> ImportDesk:
    with owner_engine.begin() as connection:
        return ImportDesk(engine, owner_engine, make_school(connection, pupils=4))


def upload(desk: ImportDesk, kind: str, cells: Cells) -> str:
    chosen = {"term": "2025-2026-1", "exam_kind": "", "kind": kind}
    with desk.unit() as uow:
        return begin_upload(
            uow,
            desk.school.registrar,
            kind,
            file_name="名单.csv",
            parsed=read_workbook(csv_of(cells)),
            chosen=chosen,
            now=NOW,
        )


def fill(desk: ImportDesk, kind: str, key: str, field: str, said: str) -> None:
    with desk.unit() as uow:
        fill_column(uow, desk.school.registrar, kind, key, field, said, now=NOW)


def preview(desk: ImportDesk, key: str) -> ImportPreview:
    with desk.unit() as uow:
        return find_preview(uow, desk.school.registrar, key)


def names(desk: ImportDesk) -> list[str]:
    return [pupil.name for pupil in desk.school.pupils]


def test_marks_by_name_alone_get_the_numbers_of_a_class(desk):
    rows: Cells = [[f" {name}", str(70 + at)] for at, name in enumerate(names(desk))]
    key = upload(desk, GRADES, [["姓名", "数学"], *rows, ["平均分", "71.5"]])
    assert [item.code for item in preview(desk, key).problems] == ["columns_unclear"]
    fill(desk, GRADES, key, "student_no", f"2025/{CLASS_NAME}")
    found = preview(desk, key)
    assert found.problems == ()
    assert [mark.command.learner_id for mark in found.new] == [
        pupil.learner_id for pupil in desk.school.pupils
    ]
    with pytest.raises(NotFoundError):
        fill(desk, GRADES, key, "student_no", "")


def test_a_name_that_two_rows_or_two_learners_have_is_left_to_a_person(desk):
    first, second, third, fourth = desk.school.pupils
    with desk.owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE learners SET name = :name WHERE learner_id = :learner"),
            {"name": second.name, "learner": first.learner_id},
        )
    lines = ((second, "70"), (third, "71"), (fourth, "72"), (fourth, "73"))
    rows: Cells = [[pupil.name, mark] for pupil, mark in lines]
    key = upload(desk, GRADES, [["姓名", "数学"], *rows])
    fill(desk, GRADES, key, "student_no", "")
    found = preview(desk, key)
    assert [(item.code, item.row, item.field) for item in found.problems] == [
        ("student_no_format", 2, "C"),
        ("student_no_format", 4, "C"),
        ("student_no_format", 5, "C"),
    ]
    with desk.unit() as uow:
        cells = {(2, "C"): second.student_no, (4, "C"): fourth.student_no}
        mend_cells(uow, desk.school.registrar, GRADES, key, cells, now=NOW)
    assert [item.row for item in preview(desk, key).problems] == [5]


def test_certificates_without_a_category_get_one_for_all(desk):
    rows: Cells = [
        [pupil.student_no, pupil.name, "电工", "四级", f"Z{at}", "2026-06-01"]
        for at, pupil in enumerate(desk.school.pupils)
    ]
    head: list[str | float | None] = [
        "学号",
        "姓名",
        "证书名称",
        "证书等级",
        "证书编号",
        "发证日期",
    ]
    key = upload(desk, INNOVATION, [head, *rows])
    fill(desk, INNOVATION, key, "类别", "职业技能等级证书")
    with desk.unit() as uow:
        found = find_award_sheet(uow, desk.school.registrar, INNOVATION, key, now=NOW)
    assert [row.cells["类别"] for row in found.rows] == ["职业技能等级证书"] * 4
    assert "columns_unclear" not in {item.code for item in found.problems}


def test_a_number_that_was_cut_is_said_to_be_and_a_short_word_is_understood(desk):
    first, second = desk.school.pupils[:2]
    rows: Cells = [["2.03E+09", first.name, "80"], [second.student_no, second.name, "缓"]]
    key = upload(desk, GRADES, [["学号", "姓名", "数学"], *rows])
    found = preview(desk, key)
    assert [(item.code, item.row) for item in found.problems] == [
        ("digits_lost", 2),
        ("mark_invalid", 3),
    ]
    with desk.unit() as uow:
        opened = open_upload(uow, desk.school.registrar, GRADES, key)
        assert opened is not None
        assert suggestions(opened, found.problems) == {(3, "C"): "缓考"}
