"""The ledger row of one attempt at a course: mark, pass, grade point, credit earned once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from creditbank.domain.attempts import Attempt, attempt_outcome
from creditbank.domain.calendar import local_date
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import Message, Problem
from creditbank.domain.exemptions import excluded, may_be_exempted
from creditbank.domain.ledger import EntryKind, clean_tags
from creditbank.domain.plans import Block
from creditbank.domain.school_calendar import TermDays
from creditbank.services.books import Books
from creditbank.services.commands import PostCourseCredit
from creditbank.store.plans import load_plan


def course_row(command: PostCourseCredit, books: Books) -> dict[str, Any] | Problem:
    """The row of one attempt, or the problem that refuses it."""
    refusal = (
        refused_enrolment(command.exam_kind, is_open=books.is_open or _is_late(command, books))
        or refused_term(command.term, books.rules.terms, local_date(books.now))
        or _refused_dates(command, books)
    )
    if refusal is not None:
        return refusal
    course = books.rules.course(books.institution_id, command.course_code)
    if course is None:
        return Problem(
            "course_unknown",
            Message(
                f"本校没有课程 {command.course_code},请核对课程代码。",
                f"Your school has no course {command.course_code}; check the code.",
            ),
            field="course_code",
        )
    policy = books.policy_on(command.earned_on)
    if command.exam_kind is ExamKind.EXEMPT:
        block = _block(books, command.course_code)
        if not may_be_exempted(course.name, block, policy):
            return excluded(course.name)
    mark = books.rules.mark(books.institution_id, command)
    if isinstance(mark, Problem):
        return mark
    outcome = attempt_outcome(
        mark,
        command.exam_kind,
        course_units=course.units,
        earlier=[*_attempts(books, command.course_code), *_recognised(books, command.course_code)],
        policy=policy,
        proof_no=command.proof_no,
    )
    if isinstance(outcome, Problem):
        return outcome
    said = {"raw_mark": outcome.raw} if outcome.raw else {}
    if command.exam_kind is ExamKind.EXEMPT and command.proof_no:
        said["proof_no"] = command.proof_no
    tags = clean_tags(command.tags)
    if tags:
        said["tags"] = tags
    return {
        "kind": EntryKind.COURSE.value,
        "policy_version": policy.version,
        "units": outcome.units,
        "hours": course.hours if outcome.units else 0,
        "earned_on": command.earned_on,
        "course_code": command.course_code,
        "term_code": command.term.code,
        "exam_kind": command.exam_kind.value,
        "scale": command.scale.value,
        "mark": outcome.mark,
        "passed": outcome.passed,
        "grade_point": outcome.grade_point,
        "detail": {
            "title": course.name,
            "nature": course.nature,
            "practice_hours": course.practice_hours if outcome.units else 0,
            **said,
        },
    }


def _is_late(command: PostCourseCredit, books: Books) -> bool:
    """A mark of a term that the learner studied here before going to another school."""
    days, left_on = books.rules.terms.get(command.term.code), books.transferred_on
    return days is not None and left_on is not None and days.starts_on < left_on


def refused_enrolment(exam_kind: ExamKind, *, is_open: bool) -> Problem | None:
    """A learner who has left gets no more marks, but for 结业后补考."""
    if is_open or exam_kind is ExamKind.RESIT_AFTER_COMPLETION:
        return None
    return Problem(
        "enrolment_closed",
        Message(
            "该生学籍已结束(离校),不能再登记成绩。",
            "this learner's enrolment has ended, so no mark can be entered.",
        ),
        field="mark",
    )


def refused_term(term: Term, terms: Mapping[str, TermDays], today: date) -> Problem | None:
    """The term must stand in the calendar and have begun."""
    days = terms.get(term.code)
    if days is None:
        return Problem(
            "unknown_term",
            Message(
                f"校历中没有 {term.code} 学期,请核对学年学期。",
                f"the calendar has no term {term.code}; check it.",
            ),
            field="term",
        )
    if days.starts_on > today:
        return Problem(
            "term_in_future",
            Message(
                f"{term.code} 学期尚未开始,不能登记成绩。",
                f"the term {term.code} has not begun, so no mark can be entered.",
            ),
            field="term",
        )
    return None


def _refused_dates(command: PostCourseCredit, books: Books) -> Problem | None:
    """No mark of a term before the learner came, and none from before its term began."""
    first = came_later(command.term, books.entered_on)
    if first is not None:
        return Problem(
            "term_before_entry",
            Message(
                f"该生从 {first.code} 学期起在本校就读,不能登记 {command.term.code} 学期的成绩,"
                "请核对学年学期。",
                f"The learner entered your school in the term {first.code}, so no mark of"
                f" {command.term.code} can be entered; check the term.",
            ),
            field="term",
        )
    begins = books.rules.terms[command.term.code].starts_on
    if command.earned_on < begins:
        return Problem(
            "earned_before_term",
            Message(
                f"取得日期 {command.earned_on} 早于 {command.term.code} 学期开始({begins}),"
                "请核对日期或学期。",
                f"The date {command.earned_on} lies before the term {command.term.code} began"
                f" ({begins}); check the date or the term.",
            ),
            field="earned_on",
        )
    return None


def came_later(term: Term, entered_on: date) -> Term | None:
    """The term in which a learner entered, where it is a later one than this."""
    first = Term.containing(entered_on)
    is_later = (term.first_year, term.semester) < (first.first_year, first.semester)
    return first if is_later else None


def _block(books: Books, course_code: str) -> Block | None:
    """The block in which the learner's plan has a course; None where it has it not."""
    plan = load_plan(books.uow.connection, books.plan_id)
    codes = {course.course_code: course.block_code for course in plan.courses}
    return next((item for item in plan.blocks if item.code == codes.get(course_code)), None)


def _recognised(books: Books, course_code: str) -> Iterator[Attempt]:
    """A course that was recognised for one of another school has earned its credit."""
    halves = books.standing(
        kind=EntryKind.RECOGNITION.value,
        course_code=course_code,
        institution_id=books.institution_id,
    )
    if halves:
        units = sum(row["units"] for row in halves)
        yield Attempt(ExamKind.EXEMPT, passed=True, units=units, ledger_seq=halves[0]["ledger_seq"])


def _attempts(books: Books, course_code: str) -> list[Attempt]:
    """Attempts of this school that stand, of whatever term.

    Deferred ones too, they open the way to a resit. Another school's course of the same code is
    another course.
    """
    return [
        Attempt(
            exam_kind=ExamKind(row["exam_kind"]),
            passed=bool(row["passed"]),
            units=row["units"],
            ledger_seq=row["ledger_seq"],
            mark=row["mark"] or "",
        )
        for row in books.standing(
            kind=EntryKind.COURSE.value,
            course_code=course_code,
            institution_id=books.institution_id,
        )
    ]
