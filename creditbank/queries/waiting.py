"""今天等我办的: what waits for an account, found by one small provider for each source.

A provider is a function (uow, actor, now) that finds lines; waiting_* beside this file hold them.
It decides by the action that the work needs, asks one or two statements and counts no further than
COUNT_MAX. A line names no learner, so that looking at the first page is no look at anybody's
record; what it leads to does, and is noted there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import TextClause

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import PERMISSIONS, Action, Scope
from creditbank.store.unit_of_work import UnitOfWork

COUNT_MAX = 100
"""How far is counted; so many stands for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits.

    count: how many. since: of the oldest; until: the nearest last day, if there is one. number:
    which one it is, where it is one alone, or the agreement that it is of; second: what tells it
    apart within that. about: a class, an agreement, a code; never a person.
    """

    count: int
    since: date | None = None
    until: date | None = None
    number: int | None = None
    second: int | None = None
    about: str = ""

    def is_over(self, today: date) -> bool:
        """Whether the last day has passed."""
        return self.until is not None and self.until < today


Provider = Callable[[UnitOfWork, Actor, datetime], Iterable[Waiting]]


def counted(uow: UnitOfWork, query: TextClause, asked: Mapping[str, object]) -> Iterable[Waiting]:
    """One line from a statement that finds waiting, since, until and number; none where it is 0."""
    row = uow.connection.execute(query, {**asked, "limit": COUNT_MAX}).one()
    if not row.waiting:
        return ()
    return (
        Waiting(
            count=row.waiting,
            since=_day(row.since),
            until=_day(row.until),
            number=row.number if row.waiting == 1 else None,
        ),
    )


def summed(found: Iterable[Waiting], today: date) -> Iterable[Waiting]:
    """One line of what is late and one of what is not, from one for each thing."""
    items = list(found)
    for is_late in (True, False):
        part = [item for item in items if item.is_over(today) is is_late]
        if part:
            yield Waiting(
                count=sum(item.count for item in part),
                since=min((item.since for item in part if item.since), default=None),
                until=min((item.until for item in part if item.until), default=None),
                number=part[0].number if len(part) == 1 else None,
            )


def school_of(actor: Actor, action: Action) -> int | None:
    """The school whose work it is, None for who answers for all; 0 for an account of none."""
    if PERMISSIONS[action, actor.role].scope is Scope.COUNTY:
        return None
    return actor.institution_id or 0


def _day(value: datetime | date | None) -> date | None:
    return local_date(value) if isinstance(value, datetime) else value
