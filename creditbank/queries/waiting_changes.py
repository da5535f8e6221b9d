"""What waits about 学籍异动 and transfers: opinions, public notices that end, what runs out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import ChangeKind
from creditbank.queries.deadlines import list_intakes, near_deadlines
from creditbank.queries.status_changes import WaitingChange, waiting_changes
from creditbank.queries.waiting import COUNT_MAX, Waiting, counted, school_of, summed
from creditbank.store.unit_of_work import UnitOfWork

TRANSFER = "transfer"
_NOTICE_ENDS_WITHIN = timedelta(days=3)
_NOTICES = text("""
SELECT count(*) AS waiting, min(since) AS since, min(until) AS until, min(number) AS number
FROM (SELECT n.starts_on AS since, n.ends_on AS until, n.status_change_id AS number
  FROM public_notices n JOIN status_change_states s USING (status_change_id)
  WHERE n.ends_on BETWEEN :today AND :near AND s.state IN ('waiting', 'agreed')
    AND (cast(:school AS int) IS NULL OR s.to_institution_id = :school)
  ORDER BY n.ends_on LIMIT :limit) AS found
""")


def waiting_opinions(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Status changes that the actor's office has to answer, transfers first.

    about: TRANSFER of transfers, which have a line of their own.
    """
    found = waiting_changes(uow, actor, now=now, limit=COUNT_MAX)
    for about in (TRANSFER, ""):
        lines = (_line(item) for item in found if _is_transfer(item) is bool(about))
        yield from (replace(item, about=about) for item in summed(lines, local_date(now)))


def ending_notices(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Public notices of transfers that come to their last days."""
    today = local_date(now)
    asked = {
        "school": school_of(actor, Action.GIVE_OPINION), "today": today,
        "near": today + _NOTICE_ENDS_WITHIN,
    }  # fmt: skip
    with uow.everywhere():  # who wants to come is at another school still
        return counted(uow, _NOTICES, asked)


def ending_times(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Suspensions, the longest time of study: what runs out of learners, counted and not named."""
    today = local_date(now)
    found = near_deadlines(uow, actor, now=now)
    return summed((Waiting(count=1, until=item.on) for item in found), today)


def intakes_due(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """New learners without a national number, as their days come near."""
    found = list_intakes(uow, actor, now=now)
    lines = (Waiting(count=item.count, since=item.entered_on, until=item.on) for item in found)
    return summed(lines, local_date(now))


def _is_transfer(item: WaitingChange) -> bool:
    return item.kind == ChangeKind.TRANSFER_OUT


def _line(item: WaitingChange) -> Waiting:
    return Waiting(count=1, since=item.since, until=item.due_on, number=item.status_change_id)
