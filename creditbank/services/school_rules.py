"""What the postings of one transaction share: the calendar, each school's rules and courses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property

from sqlalchemy import Connection

from creditbank.domain.errors import Problem
from creditbank.domain.marks import Mark, read_mark
from creditbank.domain.policies import Policy
from creditbank.domain.school_calendar import TermDays
from creditbank.services.commands import PostCourseCredit
from creditbank.store.courses import CourseRow, load_course
from creditbank.store.policies import policy_for
from creditbank.store.terms import terms_by_code


class SchoolRules:
    """Read when first asked for, then kept: a file of marks asks thousands of times."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._policies: dict[tuple[int, date], Policy] = {}
        self._courses: dict[tuple[int, str], CourseRow | None] = {}
        self._marks: dict[tuple[object, ...], Mark | Problem] = {}

    @cached_property
    def terms(self) -> Mapping[str, TermDays]:
        """The county's calendar by term code."""
        return terms_by_code(self._connection)

    def course(self, institution_id: int, code: str) -> CourseRow | None:
        """A school's course with this code, if it has one."""
        key = institution_id, code
        if key not in self._courses:
            self._courses[key] = load_course(self._connection, institution_id, code)
        return self._courses[key]

    def policy_on(self, institution_id: int, day: date) -> Policy:
        """What was in force at a school on a day."""
        key = institution_id, day
        if key not in self._policies:
            self._policies[key] = policy_for(self._connection, institution_id, day)
        return self._policies[key]

    def mark(self, institution_id: int, command: PostCourseCredit) -> Mark | Problem:
        """A mark as a school's rules of its day read it: a file has few different ones."""
        day, word = command.earned_on, command.mark
        key = institution_id, day, word, command.scale, command.exam_kind
        if key not in self._marks:
            policy = self.policy_on(institution_id, day)
            self._marks[key] = read_mark(word, command.scale, command.exam_kind, policy)
        return self._marks[key]
