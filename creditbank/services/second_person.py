"""Whether marks wait for a second person before they are posted: the school's rule of the day.

Every road asks here: the grid and uploaded files, pasted rows, single credits and the API.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, Problem, refused
from creditbank.domain.grade_drafts import needs_second_person
from creditbank.services.commands import PostCourseCredit
from creditbank.services.school_rules import SchoolRules
from creditbank.store.unit_of_work import UnitOfWork


def second_person_problem(
    uow: UnitOfWork,
    institution_id: int,
    commands: Sequence[object],
    *,
    now: datetime,
    rules: SchoolRules | None = None,
) -> Problem | None:
    """Why these may not be posted by one person; None where the rules of today ask for no second.

    commands: all that would be posted together; of them the marks count. rules: where the caller
    has read them already.
    """
    marks = [command for command in commands if isinstance(command, PostCourseCredit)]
    if not marks:
        return None
    rules = rules or SchoolRules(uow.connection)
    today = rules.policy_on(institution_id, local_date(now))
    failed = sum(is_failed(mark, institution_id, rules) for mark in marks)
    return SECOND_PERSON if needs_second_person(today, marks=len(marks), failed=failed) else None


def hold_to_second_person(
    uow: UnitOfWork,
    institution_id: int,
    commands: Sequence[object],
    *,
    now: datetime,
    rules: SchoolRules | None = None,
) -> None:
    """Raise InvalidInputError where the rules ask for a second person."""
    problem = second_person_problem(uow, institution_id, commands, now=now, rules=rules)
    if problem is not None:
        raise refused(problem)


def is_failed(command: PostCourseCredit, institution_id: int, rules: SchoolRules) -> bool:
    """A deferred exam is no failure, and what cannot be read is none yet."""
    read = rules.mark(institution_id, command)
    return not isinstance(read, Problem) and not read.passed and not read.is_pending


SECOND_PERSON = Problem(
    "second_person_needed",
    Message(
        "按本校规定,这些成绩须由第二人复核后入账:请在“成绩录入”中打开该班的录入表,填入或粘贴成绩并提交复核。",
        "By the school's rules a second person reviews these marks before they are posted: open the"
        " class's sheet under “Enter marks”, type or paste them and submit it.",
    ),
)
