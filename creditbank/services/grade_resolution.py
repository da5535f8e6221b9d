"""From a grade sheet as written to commands: which learner, which course, which term, which kind.

Reads only. What the ledger would say to a command is asked by services.grade_imports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from typing import NamedTuple

from sqlalchemy import Connection

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import Message, Problem
from creditbank.domain.labels import EXAM_KINDS, code_of, term_of, written_names
from creditbank.domain.ledger import NUMBER_MAX
from creditbank.domain.school_calendar import TermDays
from creditbank.domain.sheets import GradeMark, GradeRow, GradeSheet, problem_at
from creditbank.services.commands import PostCourseCredit
from creditbank.services.course_entries import refused_enrolment, refused_term
from creditbank.services.course_headings import CourseBook
from creditbank.services.named_learners import NAME, NUMBER, named_learner
from creditbank.services.written_marks import RefusedCellError, WrittenAttempt, attempt_of
from creditbank.store.booked_marks import MarkKey
from creditbank.store.grade_imports import (
    EnrolledLearner,
    TaughtCourse,
    courses_of,
    learners_by_number,
)
from creditbank.store.terms import terms_by_code


class ResolvedMark(NamedTuple):
    """One mark of the sheet as a command, with the place it came from."""

    row: int
    column: str
    course_name: str
    command: PostCourseCredit

    @property
    def key(self) -> MarkKey:
        """Which attempt this is."""
        command = self.command
        return MarkKey(
            command.learner_id, command.course_code, command.term.code, command.exam_kind.value
        )

    def problem(self, code: str, message: Message) -> Problem:
        """A problem of this mark, with its place: "第12行 E列(数学 GG03): …"."""
        heading = f"{self.course_name} {self.command.course_code}"
        return problem_at(code, message, row=self.row, column=self.column, heading=heading)


class _Said(NamedTuple):
    """What the cells of a mark say, whoever's it is. exam_kind: of the row, before the mark's word.

    attempt_no: the same for every mark of this course, term and kind of attempt. refusal: why
    nobody's is taken, asked after whether the learner may have one at all.
    """

    course: TaughtCourse
    term: Term
    exam_kind: ExamKind
    attempt: WrittenAttempt
    attempt_no: int
    proof_no: str
    earned_on: date
    refusal: RefusedCellError | None = None


@dataclass(slots=True)
class Resolution:
    """What could be resolved, and why the rest could not."""

    marks: list[ResolvedMark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def resolve_sheet(
    connection: Connection,
    institution_id: int,
    sheet: GradeSheet,
    *,
    term: Term | None,
    exam_kind: ExamKind | None,
    today: date,
) -> Resolution:
    """Resolve every mark of a sheet within one school.

    term and exam_kind: as chosen beside the upload; where the sheet's head says something else,
    that is a problem, because one of the two is wrong.
    """
    return _Resolver(connection, institution_id, sheet, today=today).resolve(term, exam_kind)


class _Resolver:
    """One sheet against one school."""

    def __init__(
        self, connection: Connection, institution_id: int, sheet: GradeSheet, *, today: date
    ) -> None:
        self._sheet = sheet
        self._today = today
        numbers = {row.student_no for row in sheet.rows}
        self._learners = learners_by_number(connection, institution_id, sheet.identity, numbers)
        self._terms: Mapping[str, TermDays] = terms_by_code(connection)
        self._courses = CourseBook(courses_of(connection, institution_id))
        # A file says the same few things over and over: each is looked at once.
        self._course_of = cache(self._courses.find)
        self._learner_of = cache(partial(named_learner, self._learners))
        self._term_of, self._kind_of = cache(_term), cache(_exam_kind)
        self._attempt_of, self._day_of = cache(attempt_of), cache(self._earned_on)
        self._said_of = cache(self._said)
        self._term: Term | None = None
        self._exam_kind = ExamKind.NORMAL
        self._attempt_nos: dict[tuple[str, Term, ExamKind], int] = {}
        self._seen: dict[tuple[int, int], ResolvedMark] = {}
        self._learner_rows: dict[str, int] = {}
        self._found = Resolution(problems=list(sheet.problems))

    def resolve(self, term: Term | None, exam_kind: ExamKind | None) -> Resolution:
        try:
            self._term = self._chosen_term(term)
            self._exam_kind = self._chosen_exam_kind(exam_kind)
        except RefusedCellError as error:
            self._found.problems.append(Problem(error.code, error.message, field=error.field))
            return self._found
        refused_courses = self._refused_columns()
        for row in self._sheet.rows:
            self._row(row, refused_courses)
        self._found.problems.sort(key=lambda problem: problem.row or 0)
        return self._found

    def _row(self, row: GradeRow, refused_courses: frozenset[str]) -> None:
        try:
            learner = self._learner(row)
        except RefusedCellError as error:
            is_name = error.field == NAME
            column = self._sheet.name_column if is_name else self._sheet.student_no_column
            self._add_problem(error, row=row.row, column=column, heading=error.field)
            return
        for mark in row.marks:
            if mark.course in refused_courses:
                continue
            try:
                self._found.marks.append(self._mark(row, mark, learner))
            except RefusedCellError as error:
                column = self._sheet.field_columns.get(error.field, mark.column)
                self._add_problem(error, row=row.row, column=column, heading=mark.course)

    def _add_problem(self, error: RefusedCellError, *, row: int, column: str, heading: str) -> None:
        self._found.problems.append(
            problem_at(error.code, error.message, row=row, column=column, heading=heading)
        )

    def _refused_columns(self) -> frozenset[str]:
        """A heading that names no course, or a course twice, is one problem, not one per row."""
        refused: set[str] = set()
        columns: dict[str, str] = {}
        for column, heading in self._sheet.course_columns:
            try:
                self._note_column(self._courses.find(heading).code, column, columns)
            except RefusedCellError as error:
                refused.add(heading)
                row = self._sheet.header_row
                self._add_problem(error, row=row, column=column, heading=heading)
        return frozenset(refused)

    def _note_column(self, code: str, column: str, columns: dict[str, str]) -> None:
        other = columns.setdefault(code, column)
        if other != column:
            raise RefusedCellError(
                code="course_repeated",
                zh=f"与{other}列是同一门课程,请只保留一列。",
                en=f"the same course as in column {other}; keep one of them.",
            )

    def _learner(self, row: GradeRow) -> EnrolledLearner:
        learner = self._learner_of(row.student_no, row.name)
        if not self._sheet.course_columns:
            return learner
        earlier = self._learner_rows.setdefault(row.student_no, row.row)
        if earlier != row.row:
            raise RefusedCellError(
                code="learner_repeated",
                zh=f"与第{earlier}行是同一学号,请只保留一行。",
                en=f"the same number as in row {earlier}; keep one of them.",
                field=NUMBER,
            )
        return learner

    def _mark(self, row: GradeRow, mark: GradeMark, learner: EnrolledLearner) -> ResolvedMark:
        said = self._said_of(mark.course, mark.mark, mark.term, mark.exam_kind, mark.proof)
        if not learner.is_open:
            _raise_if(refused_enrolment(said.exam_kind, is_open=False))
        if said.refusal is not None:
            raise said.refusal.with_traceback(None)  # else it grows with each row
        attempt = said.attempt
        command = PostCourseCredit(
            learner_id=learner.learner_id,
            course_code=said.course.code,
            term=said.term,
            exam_kind=attempt.exam_kind,
            scale=attempt.scale,
            mark=attempt.mark,
            proof_no=said.proof_no,
            earned_on=said.earned_on,
        )
        resolved = ResolvedMark(row.row, mark.column, said.course.name, command)
        other = self._seen.setdefault((learner.learner_id, said.attempt_no), resolved)
        if other is not resolved:
            raise RefusedCellError(
                code="mark_repeated",
                zh=f"与第{other.row}行{other.column}列是同一学生同一课程的同一次考试,请只保留一个。",
                en=f"the same learner, course and exam as row {other.row}, column {other.column}; "
                "keep one of them.",
            )
        return resolved

    def _said(self, course: str, mark: str, term: str, exam_kind: str, proof: str) -> _Said:
        """What these cells say. A file has few different ones: each is looked at once."""
        found = self._course_of(course)
        of_term = self._term_of(term) if term else self._term
        if of_term is None:
            raise RefusedCellError(
                code="term_missing",
                zh="缺少学年学期,请填写(如 2025-2026-1)。",
                en="the term is missing; write it such as 2025-2026-1.",
            )
        kind = self._kind_of(exam_kind) if exam_kind else self._exam_kind
        attempt = self._attempt_of(mark, kind)
        which = found.code, of_term, attempt.exam_kind
        number = self._attempt_nos.setdefault(which, len(self._attempt_nos))
        said = _Said(found, of_term, kind, attempt, number, "", self._today)
        try:
            proof_no = _proof(attempt, proof)
            return said._replace(proof_no=proof_no, earned_on=self._day_of(of_term))
        except RefusedCellError as refusal:
            return said._replace(refusal=refusal)

    def _earned_on(self, term: Term) -> date:
        """The last day of the term, or today while it lasts."""
        _raise_if(refused_term(term, self._terms, self._today))
        return min(self._terms[term.code].ends_on, self._today)

    def _chosen_term(self, chosen: Term | None) -> Term | None:
        written = _term(self._sheet.term) if self._sheet.term else None
        if chosen is not None and written is not None and chosen != written:
            raise RefusedCellError(
                code="term_conflict",
                zh=f"表头写的是 {written.code},页面选的是 {chosen.code},请改成一致。",
                en=f"the sheet says {written.code}, the form says {chosen.code}; make them agree.",
                field="term",
            )
        term = chosen or written
        if term is not None:
            self._earned_on(term)
        elif self._sheet.course_columns:
            raise RefusedCellError(
                code="term_missing",
                zh="没有写明学年学期,请在页面上选择,或在表头“学年学期”后填写(如 2025-2026-1)。",
                en="the term is missing: choose it on the page or write it in the sheet's head.",
                field="term",
            )
        return term

    def _chosen_exam_kind(self, chosen: ExamKind | None) -> ExamKind:
        written = _exam_kind(self._sheet.exam_kind) if self._sheet.exam_kind else None
        if chosen is not None and written is not None and chosen is not written:
            names = EXAM_KINDS[written][0], EXAM_KINDS[chosen][0]
            raise RefusedCellError(
                code="exam_kind_conflict",
                zh=f"表头写的考试性质是“{names[0]}”,页面选的是“{names[1]}”,请改成一致。",
                en=f"the sheet says {names[0]}, the form says {names[1]}; make them agree.",
                field="exam_kind",
            )
        return chosen or written or ExamKind.NORMAL


def _raise_if(problem: Problem | None) -> None:
    if problem is not None:
        message = problem.message
        raise RefusedCellError(
            code=problem.code, zh=message.zh, en=message.en, field=problem.field or "mark"
        )


def _proof(attempt: WrittenAttempt, written: str) -> str:
    """What an exemption rests on: as the mark's cell says, else as its own column says."""
    proof = attempt.proof_no or written
    if len(proof) > NUMBER_MAX:
        raise RefusedCellError(
            code="proof_too_long",
            zh=f"超过{NUMBER_MAX}个字,请只填证书编号或文号。",
            en=f"longer than {NUMBER_MAX} characters; give only the number.",
            field="proof_no",
        )
    return proof if attempt.exam_kind is ExamKind.EXEMPT else ""


def _term(written: str) -> Term:
    term = term_of(written)
    if term is None:
        raise RefusedCellError(
            code="term_format",
            zh=f"学年学期“{written[:30]}”无法识别,请写成 2025-2026-1 或 2025-2026学年第一学期。",
            en="the term can't be read; write it such as 2025-2026-1.",
            field="term",
        )
    return term


def _exam_kind(written: str) -> ExamKind:
    kind = code_of(EXAM_KINDS, written)
    if kind is None:
        raise RefusedCellError(
            code="unknown_exam_kind",
            zh=f"考试性质“{written[:30]}”无法识别,可写:{written_names(EXAM_KINDS)}。",
            en=f"the exam kind can't be read; it is one of {written_names(EXAM_KINDS)}.",
            field="exam_kind",
        )
    return kind
