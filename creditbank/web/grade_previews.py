"""A previewed grade sheet as a page shows it: marks as a table, problems, what it would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditbank.domain.errors import Problem
from creditbank.services.grade_imports import ImportPreview
from creditbank.store.grade_imports import SHOWN_MAX, ListedLearner
from creditbank.web.languages import gettext as _
from creditbank.web.languages import ngettext


@dataclass(frozen=True, slots=True)
class MarkCell:
    """One mark; is_booked: it stands in the ledger already; is_faulty: a problem names it."""

    text: str
    is_booked: bool = False
    is_faulty: bool = False


@dataclass(frozen=True, slots=True)
class MarkLine:
    """One learner's marks, in the order of the table's headings."""

    row: int
    student_no: str
    name: str
    cells: tuple[MarkCell, ...]


@dataclass(frozen=True, slots=True)
class MarkTable:
    """The marks of a sheet as they would be posted. headings: names of courses."""

    headings: tuple[str, ...]
    lines: tuple[MarkLine, ...]


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A previewed sheet as the page shows it."""

    import_id: str
    file_name: str
    problems: tuple[Problem, ...]
    new_count: int
    booked_count: int
    blank_count: int
    learner_count: int
    is_posted: bool
    is_large: bool
    is_checked: bool
    table: MarkTable | None

    @property
    def is_clean(self) -> bool:
        """Whether there is something to post and nothing against it."""
        return not self.problems and self.new_count > 0

    @property
    def problem_text(self) -> str:
        """How much is wrong."""
        count = len(self.problems)
        return ngettext("有 %(num)s 处问题", "有 %(num)s 处问题", count)

    @property
    def clean_text(self) -> str:
        """What would be posted."""
        return _(
            "%(count)s 个成绩可以入账，涉及 %(learners)s 名学生",
            count=self.new_count,
            learners=self.learner_count,
        )

    @property
    def left_out(self) -> str:
        """What would not be posted, and why that is right."""
        said = []
        if self.booked_count:
            said.append(_("%(count)s 个成绩账中已有", count=self.booked_count))
        if self.blank_count:
            said.append(_("%(count)s 个空格不入账", count=self.blank_count))
        return _("；").join(said)

    @property
    def part_text(self) -> str:
        """How much of a large sheet is shown."""
        if not self.is_large:
            return ""
        return _(
            "共 %(count)s 个成绩，这里只列出前 %(shown)s 个。",
            count=f"{self.new_count + self.booked_count:,}",
            shown=SHOWN_MAX,
        )

    @property
    def post_text(self) -> str:
        """What the button says."""
        return ngettext("入账 %(num)s 个成绩", "入账 %(num)s 个成绩", self.new_count)


def preview_view(found: ImportPreview) -> PreviewView:
    """A preview in the reader's language."""
    return PreviewView(
        import_id=found.import_id,
        file_name=found.file_name,
        problems=found.problems,
        new_count=found.counts.new,
        booked_count=found.counts.booked,
        blank_count=found.counts.blank,
        learner_count=found.counts.learners,
        is_posted=found.posted_at is not None,
        is_large=found.is_large,
        is_checked=found.is_checked,
        table=_mark_table(found, found.learners),
    )


def _mark_table(found: ImportPreview, listed: Mapping[int, ListedLearner]) -> MarkTable | None:
    """The marks by row and course; a sheet of one mark per row has a column for each course too."""
    marks = [(mark, False) for mark in found.new] + [(mark, True) for mark in found.booked]
    if not marks:
        return None
    courses = sorted({(mark.command.course_code, mark.course_name) for mark, _booked in marks})
    faulty = {(problem.row, problem.field) for problem in found.problems}
    cells = {
        (mark.row, mark.command.course_code): MarkCell(
            mark.command.mark or "—",
            is_booked=booked,
            is_faulty=(mark.row, mark.column) in faulty,
        )
        for mark, booked in marks
    }
    rows = sorted({(mark.row, mark.command.learner_id) for mark, _booked in marks})
    blank = MarkCell("")
    return MarkTable(
        headings=tuple(name for _code, name in courses),
        lines=tuple(
            MarkLine(
                row=row,
                student_no=listed[learner_id].student_no if learner_id in listed else "",
                name=listed[learner_id].name if learner_id in listed else "",
                cells=tuple(cells.get((row, code), blank) for code, _name in courses),
            )
            for row, learner_id in rows
        ),
    )
