"""转段 in numbers: how many of each agreement stand where, and what is late. Nobody is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_calendar import AdvanceStep, CalendarDay
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action
from creditbank.queries.advances import may_see
from creditbank.queries.agreements import AgreementLine, list_agreements
from creditbank.queries.messages import TOLD, told_to
from creditbank.queries.pages import LIMIT_MAX
from creditbank.store.advance_standings import AdvanceBook, Known, everybody_known, open_books
from creditbank.store.unit_of_work import UnitOfWork

_BEFORE: Mapping[AdvanceStep, frozenset[Stage]] = {
    AdvanceStep.PROCESS_UPLOADED: frozenset({Stage.QUALIFIED}),
    AdvanceStep.FILED: frozenset({Stage.QUALIFIED, Stage.ASSESSED, Stage.NOTICE}),
    AdvanceStep.SCORES_SENT: frozenset({Stage.FILED}),
    AdvanceStep.ADMISSION: frozenset({Stage.FILED, Stage.TESTED, Stage.PROPOSED}),
}
"""Who should have gone on by the last day of a step: stages before it."""
_OUT = frozenset({Stage.ENDED})


@dataclass(frozen=True, slots=True)
class Late:
    """A step whose days are over, and how many have not taken it."""

    day: CalendarDay
    count: int


@dataclass(frozen=True, slots=True)
class AdvanceNumbers:
    """One agreement. counts: by stage; due: the step that the year is at."""

    line: AgreementLine
    counts: Mapping[Stage, int]
    flagged: int
    due: CalendarDay | None
    late: tuple[Late, ...]

    @property
    def members(self) -> int:
        """Everybody who has not left."""
        return sum(count for stage, count in self.counts.items() if stage not in _OUT)

    @property
    def advanced(self) -> int:
        """已转段."""
        return self.counts.get(Stage.ADVANCED, 0)


def advance_numbers(uow: UnitOfWork, actor: Actor, *, now: datetime) -> tuple[AdvanceNumbers, ...]:
    """Every agreement that the actor may see, in their order. Raises ForbiddenError."""
    decide(actor, Action.SEE_ADVANCE_COHORT)
    lines = list_agreements(uow, actor, now=now, limit=LIMIT_MAX).items
    numbers = [line.agreement.agreement_id for line in lines]
    books = open_books(uow, numbers, today=local_date(now))
    known = everybody_known(uow, books)
    return tuple(
        _numbers(actor, line, books[number], known[number])
        for line, number in zip(lines, numbers, strict=True)
    )


def _numbers(
    actor: Actor, line: AgreementLine, book: AdvanceBook, known: Iterable[Known]
) -> AdvanceNumbers:
    standings = [item.standing for item in known if may_see(actor, Action.SEE_ADVANCE_COHORT, item)]
    counts = Counter(standing.stage for standing in standings)
    days, today = book.days(), book.today
    late = (
        Late(item, sum(counts[stage] for stage in _BEFORE[item.step]))
        for item in days
        if item.step in _BEFORE and item.ends_on < today
    )
    return AdvanceNumbers(
        line,
        counts,
        sum(standing.is_flagged for standing in standings),
        next((item for item in days if item.ends_on >= today), None),
        tuple(item for item in late if item.count),
    )


@dataclass(frozen=True, slots=True)
class AdvanceNews:
    """Steps under one agreement of which the reader has been told and has not looked at.

    up_to: the last message, to mark all of them as seen.
    """

    agreement_id: int
    kind: MoveKind | None
    count: int
    latest_at: datetime
    up_to: int


_NEWS = text(f"""
SELECT coalesce(a.agreement_id, d.subject_id) AS agreement_id,
  CASE WHEN a.kind IS NULL THEN 'qualify' ELSE a.kind END AS kind, sum(m.learners) AS steps,
  max(m.created_at) AS latest_at, max(m.message_id) AS up_to
FROM messages m {TOLD} AND m.kind = 'advance'
  AND NOT EXISTS (SELECT FROM message_reads r WHERE r.message_id = m.message_id)
GROUP BY 1, 2 ORDER BY latest_at DESC LIMIT 100
""")  # noqa: S608 (put together from our own constants)


def advance_news(uow: UnitOfWork, actor: Actor) -> tuple[AdvanceNews, ...]:
    """What was told to the actor's account about the advance and not yet read; latest first.

    The last look is kept on the server as what was read (message_reads), by account.
    """
    decide(actor, Action.SEE_AGREEMENTS)
    with told_to(uow, actor) as told:
        rows = uow.connection.execute(_NEWS, told).all()
    return tuple(
        AdvanceNews(
            row.agreement_id,
            None if row.kind == "withdraw" else MoveKind(row.kind),
            row.steps,
            row.latest_at,
            row.up_to,
        )
        for row in rows
    )
