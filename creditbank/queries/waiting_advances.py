"""What waits about 转段: the step a class stands before, what was flagged, days to announce."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from creditbank.domain.access import Actor
from creditbank.domain.advance_calendar import AdvanceStep, CalendarDay, finishing_year
from creditbank.domain.advances import COMPUTED, Stage
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import PERMISSIONS, Action, Role
from creditbank.queries.advances import may_see
from creditbank.queries.agreements import list_agreements
from creditbank.queries.pages import LIMIT_MAX
from creditbank.queries.waiting import Waiting
from creditbank.store.advance_calendar import calendar_of
from creditbank.store.advance_standings import AdvanceBook, Known, everybody_known, open_books
from creditbank.store.unit_of_work import UnitOfWork

_SOON = timedelta(days=30)
_OVER_FOR = timedelta(days=180)
"""A year that is over is not asked about any more."""
STEPS: Mapping[Stage, tuple[Action, AdvanceStep]] = {
    Stage.QUALIFICATION: (Action.CONFIRM_QUALIFICATION, AdvanceStep.PROCESS_UPLOADED),
    Stage.QUALIFIED: (Action.ASSESS_PROCESS, AdvanceStep.PROCESS_UPLOADED),
    Stage.ASSESSED: (Action.ANNOUNCE_ADVANCE, AdvanceStep.FILED),
    Stage.NOTICE: (Action.ANNOUNCE_ADVANCE, AdvanceStep.FILED),
    Stage.FILED: (Action.SCORE_ADVANCE, AdvanceStep.SCORES_SENT),
    Stage.TESTED: (Action.RANK_ADVANCE, AdvanceStep.ADMISSION),
    Stage.PROPOSED: (Action.ADMIT_ADVANCE, AdvanceStep.ADMISSION),
}
"""Who stands here waits for whoever holds the action, until the last day of the step."""
FLAGGED = "flagged"
_RECHECK = frozenset({Role.REGISTRAR, Role.APPROVER, Role.COLLEGE})


def advance_steps(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterable[Waiting]:
    """A line for each step that the actor takes, over all classes that stand before it.

    about: the stage, and behind a bar the agreement where it is one alone; second: how many.
    """
    found: dict[tuple[str, date | None], list[Waiting]] = {}
    for item in _of_classes(uow, actor, now):
        found.setdefault((item.about.partition("|")[0], item.until), []).append(item)
    for (what, until), items in found.items():
        first = items[0]
        yield (
            first
            if len(items) == 1
            else Waiting(
                count=sum(item.count for item in items),
                since=first.since,
                until=until,
                second=len(items),
                about=f"{what}|",
            )
        )


def _of_classes(uow: UnitOfWork, actor: Actor, now: datetime) -> Iterator[Waiting]:
    own = [
        (stage, step)
        for stage, (action, step) in STEPS.items()
        if (action, actor.role) in PERMISSIONS
    ]
    if not own and actor.role not in _RECHECK:
        return
    # Nobody is counted before the first decision where none of these steps comes before it.
    only_begun = COMPUTED.isdisjoint(stage for stage, _step in own)
    for book, days, known in _books(uow, actor, now, only_begun=only_begun):
        standings = [
            item.standing for item in known if may_see(actor, Action.SEE_ADVANCE_COHORT, item)
        ]
        for stage, step in own:
            count = sum(standing.stage is stage for standing in standings)
            if count:
                yield _line(book, count, stage, days.get(step))
        flagged = sum(standing.is_flagged for standing in standings)
        if flagged and actor.role in _RECHECK:
            yield _line(book, flagged, FLAGGED, None)


def days_to_announce(uow: UnitOfWork, _actor: Actor, now: datetime) -> Iterable[Waiting]:
    """Steps that usually begin soon and whose days of this year nobody has announced."""
    today = local_date(now)
    for level in (EducationLevel.HIGHER_VOCATIONAL, EducationLevel.BACHELOR):
        found = [
            item
            for year in (today.year, today.year + 1)
            for item in calendar_of(uow.connection, year, level)
            if not item.is_announced and today <= item.starts_on <= today + _SOON
        ]
        if found:
            first = min(item.starts_on for item in found)
            yield Waiting(
                count=len(found), until=first, number=found[0].finishing_year, about=level.value
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Season:
    """A class in its year, or in the one after for who tries again. is_near: all may wait."""

    days: Mapping[AdvanceStep, CalendarDay]
    attempt: int
    is_near: bool


def _books(
    uow: UnitOfWork, actor: Actor, now: datetime, *, only_begun: bool
) -> Iterator[tuple[AdvanceBook, Mapping[AdvanceStep, CalendarDay], list[Known]]]:
    """Agreements with the calendar of their year, and who waits under each.

    Before the season whoever was led on their way already, as whoever stands at its beginning waits
    for nobody yet; in the year after theirs who tries again.
    """
    today = local_date(now)
    lines = list_agreements(uow, actor, now=now, limit=LIMIT_MAX).items
    near = [
        line.agreement.agreement_id
        for line in lines
        if -1 <= finishing_year(line.agreement) - today.year <= 1
    ]
    books = open_books(uow, near, today=today) if near else {}
    seasons = {
        number: season
        for number, book in books.items()
        if (season := _season(book, today)) is not None
    }
    for is_near in (True, False):
        asked = {
            number: books[number] for number, item in seasons.items() if item.is_near is is_near
        }
        begun = only_begun or not is_near
        found = everybody_known(uow, asked, only_begun=begun) if asked else {}
        for number, known in found.items():
            season = seasons[number]
            waiting = [item for item in known if item.standing.attempt >= season.attempt]
            yield books[number], season.days, waiting


def _season(book: AdvanceBook, today: date) -> _Season | None:
    attempt = 2 if finishing_year(book.agreement) < today.year else 1
    days = book.days(attempt)
    if not days or days[-1].ends_on < today - _OVER_FOR:
        return None
    return _Season(
        {item.step: item for item in days},
        attempt,
        is_near=attempt == 1 and days[0].starts_on <= today + _SOON,
    )


def _line(book: AdvanceBook, count: int, what: str, day: CalendarDay | None) -> Waiting:
    return Waiting(
        count=count,
        since=None if day is None else min(day.starts_on, book.today),
        until=None if day is None else day.ends_on,
        number=book.agreement.agreement_id,
        about=f"{what}|{book.agreement.name}",
    )
