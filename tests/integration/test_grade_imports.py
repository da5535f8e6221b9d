"""Bar 7: class grade sheets of 50 learners x 8 courses go into the ledger, each once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    CreditbankError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from creditbank.domain.permissions import Role
from creditbank.services.commands import ReverseEntry
from creditbank.services.grade_imports import find_preview, post_grade_import
from creditbank.services.reversals import reverse_entry
from tests.databases import Database
from tests.factories.grade_files import Cells, csv_of, edited, filled_template, set_cell, xlsx_of
from tests.factories.import_desk import NOW, ImportDesk
from tests.factories.libreoffice import PROGRAM, converted
from tests.factories.school import make_school

SAMPLE = Path(__file__).parent.parent / "data" / "class_sheet_by_libreoffice.xlsx"
WITH_LIBREOFFICE = pytest.mark.skipif(
    PROGRAM is None, reason="LibreOffice is not installed; its committed sample is tested anyway"
)


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> ImportDesk:
    with owner_engine.begin() as connection:
        return ImportDesk(engine, owner_engine, make_school(connection))


def test_a_sheet_made_by_libreoffice_imports(desk):
    desk.assert_imports(SAMPLE.read_bytes())


@pytest.mark.libreoffice
@WITH_LIBREOFFICE
def test_a_sheet_that_libreoffice_makes_now_imports(desk, tmp_path):
    content = converted(csv_of(desk.cells), tmp_path, "xlsx")
    desk.assert_imports(content)


@pytest.mark.libreoffice
@WITH_LIBREOFFICE
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_older_and_open_formats_import_as_well(desk, tmp_path, kind):
    desk.assert_imports(converted(xlsx_of(desk.cells), tmp_path, kind))


def test_a_sheet_made_by_xlsxwriter_imports(desk):
    desk.assert_imports(xlsx_of(desk.cells))


def test_the_downloaded_template_imports_when_filled_in(desk):
    pupils = [(pupil.student_no, pupil.name) for pupil in desk.school.pupils]
    content = filled_template(pupils, desk.school.courses, desk.school.term)
    desk.assert_imports(content)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-8"])
def test_a_csv_file_imports_in_any_usual_encoding(desk, encoding):
    desk.assert_imports(csv_of(desk.cells, encoding))


def test_full_width_digits_and_spaces_in_names_are_read(desk):
    wide = str.maketrans("0123456789.()", "0123456789.()")

    def edit(copy: Cells) -> None:
        for row in copy[2:]:
            row[:] = [
                f" {cell}\u3000".translate(wide) if isinstance(cell, str) else cell for cell in row
            ]
        for row in copy[3:]:
            row[1] = "\u3000".join(str(row[1]).strip())
            row[2:] = [f"{cell:g}".translate(wide) for cell in row[2:]]

    desk.assert_imports(xlsx_of(edited(desk.cells, edit)))


def test_the_same_file_again_posts_nothing_new(desk):
    content = xlsx_of(desk.cells)
    first = desk.preview(content)
    desk.post(first.import_id)
    second = desk.preview(content)
    assert (len(second.new), len(second.booked), second.problems) == (0, 400, ())
    report = desk.post(second.import_id)
    assert (report.count, report.replayed) == (0, True)
    assert desk.post(first.import_id).replayed
    assert desk.entry_count() == 400


def test_a_preview_can_be_seen_again_with_what_became_of_it(desk):
    shown = desk.preview(xlsx_of(desk.cells))
    desk.post(shown.import_id)
    with desk.unit() as uow:
        again = find_preview(uow, desk.school.registrar, shown.import_id)
    assert (len(again.new), len(again.booked), again.posted_at) == (0, 400, NOW)
    assert again.learners == shown.learners
    assert again.learners == {
        pupil.learner_id: (pupil.student_no, pupil.name) for pupil in desk.school.pupils
    }


def test_a_row_added_later_is_posted_alone(desk):
    desk.post(desk.preview(xlsx_of(desk.cells[:52])).import_id)
    shown = desk.preview(xlsx_of(desk.cells))
    assert (len(shown.new), len(shown.booked), shown.problems) == (8, 392, ())
    assert desk.post(shown.import_id).count == 8
    assert desk.posted_marks() == desk.expected_marks()


def test_another_mark_for_the_same_exam_is_a_problem(desk):
    desk.post(desk.preview(xlsx_of(desk.cells)).import_id)
    shown = desk.preview(xlsx_of(edited(desk.cells, set_cell(12, 5, 100))))
    assert [(item.code, item.row, item.field) for item in shown.problems] == [
        ("already_booked", 12, "E")
    ]
    with pytest.raises(InvalidInputError):
        desk.post(shown.import_id)
    assert desk.entry_count() == 400


def test_an_entry_taken_back_is_posted_again_by_the_same_file(desk):
    content = xlsx_of(desk.cells)
    desk.post(desk.preview(content).import_id)
    pupil = desk.school.pupils[0]
    with desk.unit() as uow:
        command = ReverseEntry(learner_id=pupil.learner_id, ledger_seq=3, reason="录错")
        reverse_entry(uow, desk.school.registrar, command, idempotency_key="r1", now=NOW)
    shown = desk.preview(content)
    assert (len(shown.new), len(shown.booked)) == (1, 399)
    assert desk.post(shown.import_id).count == 1
    assert desk.entry_count() == 402


def test_one_file_posted_by_two_at_once_is_posted_once(desk):
    content = xlsx_of(desk.cells)
    imports = [desk.preview(content).import_id for _ in range(2)]
    outcomes: list[object] = []

    def run(import_id: str) -> None:
        try:
            outcomes.append(desk.post(import_id))
        except CreditbankError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(item,)) for item in imports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.entry_count() == 400
    assert sorted(getattr(item, "replayed", None) is False for item in outcomes) == [False, True]


def test_a_posting_that_is_interrupted_leaves_nothing(desk):
    shown = desk.preview(xlsx_of(desk.cells))

    def post_and_be_killed() -> None:
        with desk.unit() as uow:
            post_grade_import(uow, desk.school.registrar, shown.import_id, now=NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        post_and_be_killed()
    assert desk.entry_count() == 0
    assert desk.post(shown.import_id).count == 400


def test_empty_cells_are_left_out_and_words_say_what_kind_of_attempt_it_was(desk):
    def edit(copy: Cells) -> None:
        copy[3][2:6] = [None, "缓考", "缺考", "免修(平教〔2026〕3号)"]
        copy[4][2:6] = ["优秀", "良", "合格", "b"]

    shown = desk.preview(xlsx_of(edited(desk.cells, edit)))
    assert (shown.problems, len(shown.new), shown.counts.blank) == ((), 399, 1)
    desk.post(shown.import_id)
    query = text(
        "SELECT exam_kind, scale, mark FROM ledger_entries WHERE learner_id = :learner"
        " AND course_code IN ('GG01', 'GG02', 'GG03', 'GG04') ORDER BY course_code"
    )
    with desk.owner_engine.connect() as connection:
        found = [
            connection.execute(query, {"learner": pupil.learner_id}).all()
            for pupil in desk.school.pupils[:2]
        ]
    assert [tuple(row) for row in found[0]] == [
        ("02", "percent", "缓考"), ("03", "percent", "旷考"), ("14", "percent", "免修"),
    ]  # fmt: skip
    assert [tuple(row) for row in found[1]] == [
        ("01", "five_level", "优秀"), ("01", "five_level", "良好"),
        ("01", "pass_fail", "合格"), ("01", "letter", "B"),
    ]  # fmt: skip


def test_a_resit_sheet_records_what_the_schools_policy_says(desk):
    low = edited(desk.cells, set_cell(4, 3, 45))
    desk.post(desk.preview(xlsx_of(low)).import_id)
    resit: Cells = [
        ["补考成绩"],
        ["学年学期", "2025-2026-1", "考试性质", "补考"],
        desk.cells[2][:3],
    ]
    resit.append([desk.cells[3][0], desk.cells[3][1], 92])
    content = xlsx_of(resit)
    desk.post(desk.preview(content).import_id)
    again = desk.preview(content)
    assert (len(again.new), len(again.booked), again.problems) == (0, 1, ())
    assert desk.entry_count() == 401


def test_a_long_list_with_its_own_terms_and_kinds_imports(desk):
    first, second = desk.school.pupils[:2]
    rows: Cells = [
        ["成绩清单"],
        ["学号", "姓名", "课程代码", "学年学期", "考试性质", "成绩"],
        [first.student_no, first.name, "GG01", "2025-2026学年第一学期", "正常", 88],
        [first.student_no, first.name, "语文", "2025-2026-2", "", "良好"],
        [second.student_no, second.name, "数学(GG03)", "2025-2026-1", "缓考", None],
        [second.student_no, second.name, "GG01", "2025-2026-9", "正常", 70],
        [second.student_no, second.name, "GG01", "2025-2026-1", "随堂", 70],
    ]
    shown = desk.preview(xlsx_of(rows))
    assert [(item.code, item.row, item.field) for item in shown.problems] == [
        ("term_format", 6, "D"),
        ("unknown_exam_kind", 7, "E"),
    ]
    shown = desk.preview(xlsx_of(rows[:5]))
    assert shown.problems == ()
    assert desk.post(shown.import_id).count == 3
    assert [mark.command.earned_on for mark in shown.new] == [
        date(2026, 1, 31), date(2026, 6, 30), date(2026, 1, 31),
    ]  # fmt: skip


def test_the_term_of_the_form_must_agree_with_the_sheet(desk):
    content = xlsx_of(desk.cells)
    agreed = desk.preview(content, term=Term(2025, 1), exam_kind=ExamKind.NORMAL)
    assert agreed.problems == ()
    other = desk.preview(content, term=Term(2025, 2))
    assert [item.code for item in other.problems] == ["term_conflict"]
    other = desk.preview(content, exam_kind=ExamKind.FIRST_RESIT)
    assert [item.code for item in other.problems] == ["exam_kind_conflict"]


def test_learners_of_another_school_do_not_exist_here(desk):
    with desk.owner_engine.begin() as connection:
        other = make_school(connection, number=2, pupils=3)
    shown = desk.preview(xlsx_of(replace(desk, school=other).cells))
    assert [item.code for item in shown.problems] == ["unknown_learner"] * 3


def test_an_upload_of_another_school_does_not_exist_here(desk):
    with desk.owner_engine.begin() as connection:
        other = make_school(connection, number=2, pupils=1)
    shown = desk.preview(xlsx_of(desk.cells))
    with pytest.raises(NotFoundError):
        replace(desk, school=other).post(shown.import_id)
    assert desk.entry_count() == 0


def test_only_registrars_import(desk):
    teacher = replace(desk.school.registrar, role=Role.TEACHER)
    with pytest.raises(ForbiddenError):
        replace(desk, school=replace(desk.school, registrar=teacher)).preview(xlsx_of(desk.cells))
