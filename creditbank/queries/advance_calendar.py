"""转段年历: the days of each step of a year, announced or usual. It names nobody."""

from __future__ import annotations

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_calendar import CalendarDay
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.permissions import Action
from creditbank.store.advance_calendar import calendar_of
from creditbank.store.unit_of_work import UnitOfWork


def advance_calendar(
    uow: UnitOfWork, actor: Actor, finishing_year: int, post_level: EducationLevel
) -> tuple[CalendarDay, ...]:
    """In the order of the steps. Raises ForbiddenError."""
    decide(actor, Action.SEE_AGREEMENTS)
    return calendar_of(uow.connection, finishing_year, post_level)
