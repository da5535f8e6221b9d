"""A registrar with a grade sheet in hand: upload, preview, post, and look at the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.exchange.grade_sheets import read_grade_sheet
from creditbank.exchange.workbooks import read_workbook
from creditbank.services.grade_imports import (
    ImportPreview,
    PostedImport,
    post_grade_import,
    preview_grade_sheet,
)
from creditbank.store.unit_of_work import UnitOfWork, reach_of
from tests.factories.grade_files import Cells, class_cells, mark_at
from tests.factories.school import School

NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """The desk of one school's registrar. owner_engine: sees the whole ledger."""

    engine: Engine
    owner_engine: Engine
    school: School

    @property
    def cells(self) -> Cells:
        """The right sheet of the school's class: 50 learners x 8 courses, heading in row 3."""
        pupils = [(pupil.student_no, pupil.name) for pupil in self.school.pupils]
        return class_cells(pupils, self.school.courses, self.school.term)

    def unit(self) -> UnitOfWork:
        return UnitOfWork(self.engine, reach_of(self.school.registrar))

    def preview(
        self, content: bytes, *, term: Term | None = None, exam_kind: ExamKind | None = None
    ) -> ImportPreview:
        parsed = read_workbook(content)
        with self.unit() as uow:
            return preview_grade_sheet(
                uow,
                self.school.registrar,
                file_name="成绩.xlsx",
                file_hash=parsed.file_hash,
                sheet=read_grade_sheet(parsed.sheets),
                term=term,
                exam_kind=exam_kind,
                now=NOW,
            )

    def post(self, import_id: str) -> PostedImport:
        with self.unit() as uow:
            return post_grade_import(uow, self.school.registrar, import_id, now=NOW)

    def entry_count(self) -> int:
        with self.owner_engine.connect() as connection:
            found = connection.execute(text("SELECT count(*) FROM ledger_entries")).scalar_one()
            return int(found)

    def posted_marks(self) -> dict[tuple[str, str], str]:
        """Mark by (student number, course code), as the ledger has it."""
        query = text("""
            SELECT e.student_no, l.course_code, l.mark
            FROM ledger_entries l JOIN enrolments e USING (learner_id) WHERE l.kind = 'course'
        """)
        with self.owner_engine.connect() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def expected_marks(self) -> dict[tuple[str, str], str]:
        """What the right sheet says."""
        return {
            (pupil.student_no, code): f"{mark_at(row, column):g}"
            for row, pupil in enumerate(self.school.pupils)
            for column, (code, _) in enumerate(self.school.courses)
        }

    def assert_imports(self, content: bytes) -> None:
        """The file holds the right sheet, and all of it goes into the ledger."""
        shown = self.preview(content)
        assert shown.problems == ()
        assert (len(shown.new), len(shown.booked), shown.counts.blank) == (400, 0, 0)
        assert self.entry_count() == 0
        report = self.post(shown.import_id)
        assert (report.count, report.replayed) == (400, False)
        assert self.posted_marks() == self.expected_marks()
