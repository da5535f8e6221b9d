"""Class lists of new learners: template, preview, registration; all of them or nobody."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from sqlalchemy import Engine, text

from creditbank.domain.enrolments import Term
from creditbank.domain.errors import InvalidInputError, NotFoundError
from creditbank.domain.identifiers import check_character
from creditbank.domain.staged_modes import STAGED_MODES
from creditbank.exchange.class_lists import (
    COLUMNS,
    class_list_template,
    class_roster_file,
    read_class_list,
)
from creditbank.exchange.uploads import begin_upload
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries import classes
from creditbank.queries.classes import class_roster, class_sheet
from creditbank.services.class_lists import (
    ClassListPreview,
    enrolment_document,
    find_class_list,
    post_class_list,
    preview_class_list,
)
from creditbank.services.registration_commands import NewEnrolment
from creditbank.store.grade_imports import LEARNERS
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.advance_agreement import AGREEMENT, add_agreement
from tests.factories.grade_files import csv_of
from tests.factories.school import MAJOR, School, make_school

NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)
ENROLMENT = NewEnrolment(
    student_no="", class_name="", major_code=MAJOR[0], catalogue_year=MAJOR[1], entry_year=2025,
    entered_on=date(2025, 9, 1),
)  # fmt: skip


def identity(serial: int, born: str = "20100315") -> str:
    stem = f"370124{born}{serial:03d}"
    return stem + check_character(stem)


ROWS: list[tuple[str, ...]] = [
    ("王小明", identity(1), "男", "2010-03-15", "2025019901", "", "25数控1班"),
    ("欧阳娜娜", identity(2), "", "", "2025019902", f"G{identity(2)}", "25数控1班"),
    ("卓一晨", "", "女", "2010/5/6", "2025019903", "", "25数控1班"),
]


def workbook(rows: list[tuple[str, ...]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("新生名单")
        for row, cells in enumerate([tuple(COLUMNS.values()), *rows]):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    return target.getvalue()


class Desk:
    """A registrar with a list."""

    def __init__(self, engine: Engine, school: School) -> None:
        self.engine, self.school = engine, school

    def reach(self) -> UnitOfWork:
        return UnitOfWork(self.engine, str(self.school.institution_id))

    def preview(
        self, rows: list[tuple[str, ...]], enrolment: NewEnrolment = ENROLMENT
    ) -> ClassListPreview:
        parsed = read_workbook(workbook(rows))
        with self.reach() as uow:
            return preview_class_list(
                uow, self.school.registrar, file_name="名单.xlsx", file_hash=parsed.file_hash,
                found=read_class_list(parsed.sheets), enrolment=enrolment, now=NOW,
            )  # fmt: skip

    def post(self, import_id: str) -> ClassListPreview:
        with self.reach() as uow:
            return post_class_list(uow, self.school.registrar, import_id, now=NOW)

    def count(self) -> int:
        return int(self.value("SELECT count(*) FROM enrolments WHERE student_no LIKE '20250199%'"))

    def value(self, statement: str) -> Any:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return uow.connection.execute(text(statement)).scalar_one()


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> Desk:
    with owner_engine.begin() as connection:
        school = make_school(connection, pupils=2)
    return Desk(engine, school)


def test_a_clean_list_is_previewed_without_registering_and_then_registered_once(desk):
    preview = desk.preview(ROWS)
    assert preview.problems == ()
    assert desk.count() == 0
    made = desk.post(preview.import_id)
    assert len(made.learner_ids) == 3
    assert desk.count() == 3
    assert desk.post(preview.import_id).learner_ids == made.learner_ids
    assert desk.count() == 3
    born = desk.value("SELECT born_on FROM learners WHERE name = '卓一晨'")
    assert born == date(2010, 5, 6)


def test_identity_numbers_are_forgotten_with_the_registration(desk):
    preview = desk.preview(ROWS)
    desk.post(preview.import_id)
    assert identity(1) not in desk.value("SELECT rows::text FROM grade_imports")
    with desk.reach() as uow:
        assert find_class_list(uow, desk.school.registrar, preview.import_id, now=NOW).rows == ()


def test_every_fault_is_named_by_row_and_cell_and_nobody_is_registered(desk):
    wrong: list[tuple[str, ...]] = [
        ("王小明", identity(1)[:-1] + ("0" if identity(1)[-1] != "0" else "1"), "", "",
         "2025019901", "", "25数控1班"),
        ("欧阳娜娜", identity(2), "男", "3月", "2025019901", "", ""),
        ("卓一晨", "", "?", "2010-05-06", "2025019901", "", "25数控1班"),
        ("赵四", "", "", "", "2025019904", "", "25数控1班"),
        ("钱五", "", "", "", "2025019904", "", "25数控1班"),
    ]  # fmt: skip
    preview = desk.preview(wrong)
    found = {(item.row, item.field, item.code) for item in preview.problems}
    assert {
        (2, "B", "identity_check"),
        (3, "D", "born_on"),
        (4, "C", "sex"),
        (6, "E", "student_no_taken"),
    } <= found
    assert preview.problems[0].message.zh.startswith("第2行 B列")
    with pytest.raises(InvalidInputError):
        desk.post(preview.import_id)
    assert desk.count() == 0


def modes(*labels: str) -> list[tuple[str, ...]]:
    """ROWS, each with a cell of 分段培养方式."""
    return [(*row, label) for row, label in zip(ROWS, labels, strict=True)]


@pytest.fixture
def staged(desk: Desk, owner_engine: Engine) -> NewEnrolment:
    """In the class of an agreement of three and two years."""
    with owner_engine.begin() as connection:
        add_agreement(connection, desk.school)
    return replace(ENROLMENT, agreement_id=AGREEMENT)


def faults(preview: ClassListPreview) -> list[tuple[int | None, str, str]]:
    return [(item.row, item.field, item.code) for item in preview.problems]


def test_a_class_of_an_agreement_has_its_label_and_no_other(desk, staged):
    wrong = desk.preview(modes("中高职3+2", "非分段培养", "3+2"), staged)
    assert faults(wrong) == [(3, "H", "staged_mode_differs"), (4, "H", "staged_mode")]
    assert wrong.problems[0].message.zh.startswith("第3行 H列")
    assert "“中高职3+2”" in wrong.problems[0].message.zh
    assert all(label in wrong.problems[1].message.zh for label in STAGED_MODES)
    with pytest.raises(InvalidInputError):
        desk.post(wrong.import_id)
    clean = desk.preview(modes("中高职3+2", " 中高职3+2", ""), staged)
    assert faults(clean) == []
    assert len(desk.post(clean.import_id).learner_ids) == 3


def test_without_an_agreement_a_class_is_not_staged(desk):
    wrong = desk.preview(modes("非分段培养", "中高职3+2", "五年一贯制"))
    assert faults(wrong) == [(3, "H", "staged_mode_differs"), (4, "H", "staged_mode_differs")]
    assert "没有选择贯通班" in wrong.problems[0].message.zh
    assert faults(desk.preview(modes("非分段培养", "", "非分段培养"))) == []


def test_a_plan_of_five_years_is_unbroken_in_the_list_and_in_the_roster(desk, owner_engine):
    with owner_engine.begin() as connection:
        connection.execute(_FIVE_YEARS)
    of_five = replace(ENROLMENT, plan_code="WN")
    wrong = desk.preview(modes("五年一贯制", "非分段培养", ""), of_five)
    assert faults(wrong) == [(3, "H", "staged_mode_differs")]
    assert "应为“五年一贯制”" in wrong.problems[0].message.zh
    desk.post(desk.preview(modes("五年一贯制", "五年一贯制", ""), of_five).import_id)
    labels = {line[0]: (line[7], line[8]) for line in roster(desk, "25数控1班")[1:]}
    own = {pupil.name for pupil in desk.school.pupils}
    assert labels == {
        **{row[0]: ("五年制", "五年一贯制") for row in ROWS},
        **dict.fromkeys(own, ("三年制", "非分段培养")),
    }


def test_stages_without_a_label_leave_the_cell_empty(desk, staged, owner_engine):
    with owner_engine.begin() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
        connection.execute(
            text(
                "UPDATE articulation_agreements SET pre_level = 'higher_voc',"
                " post_level = 'bachelor'"
            )
        )
    assert faults(desk.preview(modes("", "中高职3+2", ""), staged)) == [
        (3, "H", "staged_mode_differs")
    ]


_FIVE_YEARS = text("""
WITH made AS (
  INSERT INTO program_plans (institution_id, code, version, name, major_code, catalogue_year,
    years, units_min, document)
  SELECT institution_id, 'WN', 1, '数控技术应用五年', major_code, catalogue_year, 5, units_min,
    document FROM program_plans RETURNING institution_id, plan_id)
INSERT INTO cohort_plans (institution_id, plan_code, entry_year, plan_id)
SELECT institution_id, 'WN', 2025, plan_id FROM made
""")


def roster(desk: Desk, class_name: str, who: School | None = None) -> list[list[Any]]:
    with desk.reach() as uow:
        lines = class_roster(uow, (who or desk.school).registrar, class_name, 2025, now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(class_roster_file(lines, made_on=NOW.date())))
    return [[cell.value for cell in row] for row in sheet.worksheets[0].rows]


def test_a_roster_says_how_each_learner_is_staged_and_no_identity_number(desk, staged):
    desk.post(desk.preview(modes("", "", "")).import_id)
    head, *lines = roster(desk, desk.school.class_name)
    assert head == [
        "姓名", "性别", "班级名称", "学号", "学习形式", "入学年月", "专业简称", "学制",
        "分段培养方式",
    ]  # fmt: skip
    own = {pupil.name for pupil in desk.school.pupils}
    assert {line[0]: line[8] for line in lines} == {
        **dict.fromkeys(own, "中高职3+2"),
        **{row[0]: "非分段培养" for row in ROWS},
    }
    named = next(line for line in lines if line[0] == "王小明")
    assert named[1:6] == ["男", "25数控1班", "2025019901", "全日制", "202509"]
    assert named[7] == "三年制"
    assert identity(1) not in str(lines)


def test_who_has_left_the_class_of_an_agreement_is_not_staged(desk, staged, owner_engine):
    with owner_engine.begin() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
        connection.execute(
            text("UPDATE agreement_members SET left_on = '2026-01-05' WHERE enrolment_id = :id"),
            {"id": desk.school.pupils[0].enrolment_id},
        )
    labels = {line[0]: line[8] for line in roster(desk, desk.school.class_name)[1:]}
    assert [labels[pupil.name] for pupil in desk.school.pupils] == ["非分段培养", "中高职3+2"]


def test_a_roster_is_of_the_own_school_and_leaves_a_line_of_access(desk, owner_engine):
    roster(desk, desk.school.class_name)
    assert desk.value("SELECT action FROM access_log") == "register_learner"
    with owner_engine.begin() as connection:
        other = make_school(connection, number=2, pupils=1, class_name="25汽修1班")
    for class_name, who in (("25汽修1班", None), (desk.school.class_name, other)):
        with pytest.raises(NotFoundError):
            roster(desk, class_name, who)


def test_a_class_that_cannot_be_listed_whole_is_not_listed(desk, monkeypatch):
    term = Term.containing(NOW.date())
    assert len(roster(desk, desk.school.class_name)) == 3
    monkeypatch.setattr(classes, "LEARNERS_MAX", 1)
    for listed in (
        lambda uow: class_roster(uow, desk.school.registrar, desk.school.class_name, 2025, now=NOW),
        lambda uow: class_sheet(uow, desk.school.registrar, desk.school.class_name, term, now=NOW),
    ):
        with desk.reach() as uow, pytest.raises(InvalidInputError) as refused:
            listed(uow)
        assert [problem.code for problem in refused.value.problems] == ["class_too_large"]


FOURTH = ("赵四", "", "", "", "2025019904", "", "25数控1班")


def test_a_list_that_became_wrong_after_its_preview_registers_nobody(desk):
    other = ("周五", *FOURTH[1:])
    first, second = desk.preview([other]), desk.preview([*ROWS, FOURTH])
    desk.post(first.import_id)
    with pytest.raises(InvalidInputError) as caught:
        desk.post(second.import_id)
    assert {item.row for item in caught.value.problems} == {5}
    assert desk.count() == 1


def test_who_is_there_as_the_list_says_is_left_out_and_the_rest_registered(desk):
    first, second = desk.preview(ROWS), desk.preview([*ROWS, FOURTH])
    desk.post(first.import_id)
    assert len(desk.post(second.import_id).learner_ids) == 1
    assert desk.count() == 4


def test_a_fault_that_all_share_is_said_once(desk):
    with desk.reach() as uow:
        parsed = read_workbook(workbook(ROWS))
        preview = preview_class_list(
            uow, desk.school.registrar, file_name="名单.xlsx", file_hash=parsed.file_hash,
            found=read_class_list(parsed.sheets), now=NOW,
            enrolment=NewEnrolment(
                student_no="", class_name="", major_code="999999", catalogue_year=2021,
                entry_year=2025, entered_on=date(2025, 9, 1),
            ),
        )  # fmt: skip
    assert [(item.row, item.code) for item in preview.problems] == [(None, "unknown_major")]


def test_another_schools_list_is_not_there(desk, owner_engine):
    preview = desk.preview(ROWS)
    with owner_engine.begin() as connection:
        other = make_school(connection, number=2, pupils=1)
    with (
        UnitOfWork(desk.engine, str(other.institution_id)) as uow,
        pytest.raises(NotFoundError),
    ):
        find_class_list(uow, other.registrar, preview.import_id, now=NOW)


def test_the_template_has_text_columns_and_is_read_back():
    content = class_list_template(2026)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(COLUMNS.values())
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    with pytest.raises(InvalidInputError, match="nobody on the list"):
        read_class_list(read_workbook(content).sheets)


def test_a_number_that_lost_its_digits_is_named(desk):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(COLUMNS.values()))
        sheet.write_row(1, 0, ["王小明", 370124201003150011, "", "", "2025019901", "", "1班"])
    found = read_class_list(read_workbook(target.getvalue()).sheets)
    assert [(item.row, item.field, item.code) for item in found.problems] == [
        (2, "B", "digits_lost")
    ]


def test_who_is_of_another_major_than_the_one_chosen_is_not_registered_in_it(desk, owner_engine):
    with owner_engine.begin() as connection:  # a plan is called as its school likes
        connection.execute(text("UPDATE majors SET name = '机电技术应用' WHERE code = '660103'"))
    head = ("姓名", "身份证号", "学号", "班级", "专业")
    cells = [
        [name, number, student_no, "25数控1班", major]
        for (name, number, _, _, student_no, *_), major in zip(
            ROWS, ("机电技术应用(3+2)", "护理", ENROLMENT.major_code), strict=True
        )
    ]
    parsed = read_workbook(csv_of([["2025级新生"], [*head], *map(list[str | float | None], cells)]))
    with desk.reach() as uow:
        key = begin_upload(
            uow, desk.school.registrar, LEARNERS, file_name="新生.csv", parsed=parsed,
            chosen=enrolment_document(ENROLMENT), now=NOW,
        )  # fmt: skip
        found = find_class_list(uow, desk.school.registrar, key, now=NOW)
    assert [(item.code, item.row, item.field) for item in found.problems] == [
        ("major_differs", 4, "E")
    ]
