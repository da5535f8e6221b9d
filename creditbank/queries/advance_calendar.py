"""转段年历: days of the steps of a year, announced or usual, and its pass lines. Names nobody."""

from __future__ import annotations

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_calendar import CalendarDay
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.pass_lines import PassLine
from creditbank.domain.permissions import Action
from creditbank.store.advance_calendar import calendar_of
from creditbank.store.pass_lines import pass_lines_of
from creditbank.store.unit_of_work import UnitOfWork


def advance_calendar(
    uow: UnitOfWork, actor: Actor, finishing_year: int, post_level: EducationLevel
) -> tuple[CalendarDay, ...]:
    """In the order of the steps. Raises ForbiddenError."""
    decide(actor, Action.SEE_AGREEMENTS)
    return calendar_of(uow.connection, finishing_year, post_level)


def pass_lines(
    uow: UnitOfWork, actor: Actor, finishing_year: int, post_level: EducationLevel
) -> tuple[PassLine, ...]:
    """The lines that are announced for a year. Raises ForbiddenError."""
    decide(actor, Action.SEE_AGREEMENTS)
    return tuple(pass_lines_of(uow.connection, finishing_year, post_level).values())
