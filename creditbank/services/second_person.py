"""Whether marks wait for a second person before they are posted: the school's rule of the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Problem
from creditbank.domain.grade_drafts import needs_second_person
from creditbank.services.grade_resolution import ResolvedMark
from creditbank.services.school_rules import SchoolRules
from creditbank.store.unit_of_work import UnitOfWork


def asks_second_person(
    uow: UnitOfWork, institution_id: int, marks: Sequence[ResolvedMark], *, now: datetime
) -> bool:
    """Whether the rules of today ask for one, of these marks that would be posted."""
    rules = SchoolRules(uow.connection)
    today = rules.policy_on(institution_id, local_date(now))
    failed = sum(is_failed(mark, institution_id, rules) for mark in marks)
    return needs_second_person(today, marks=len(marks), failed=failed)


def is_failed(mark: ResolvedMark, institution_id: int, rules: SchoolRules) -> bool:
    """A deferred exam is no failure, and what cannot be read is none yet."""
    read = rules.mark(institution_id, mark.command)
    return not isinstance(read, Problem) and not read.passed and not read.is_pending
