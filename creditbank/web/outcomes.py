"""The table of where learners stand after many credits were posted at once, and its renewal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import session

from creditbank.domain.credits import credits_text
from creditbank.domain.verdicts import Outcome
from creditbank.queries.outcomes import LearnerOutcome, learner_outcomes
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.labels import name_of
from creditbank.web.sessions import AccountSession
from creditbank.web.verdict_cards import TONES
from creditbank.web.visits import actor, now

_SOON_MS, _LATER_MS = 300, 3_000
_ROUNDS_SOON = 40


@dataclass(frozen=True, slots=True)
class Said:
    """An outcome in a word, with its tone."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One learner. before: how graduation stood, where that was otherwise; texts are credits."""

    learner_id: int
    name: str
    student_no: str
    graduation: Said | None
    before: Said | None
    shortfall: str
    shortfall_before: str
    articulation: Said | None


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """The table, and when and where it asks again. waiting: verdicts still on their way."""

    rows: tuple[OutcomeRow, ...]
    waiting: int
    changed: int
    url: str
    wait_ms: int

    @property
    def is_settled(self) -> bool:
        """Whether every verdict stands at the head of its ledger."""
        return self.waiting == 0


def outcome_table(
    uow: UnitOfWork, learner_ids: Sequence[int], *, since: datetime, url: str, round_: int
) -> OutcomeTable:
    """The table for these learners. since: when the credits were posted."""
    found = learner_outcomes(uow, actor(), learner_ids, since=since, now=now())
    rows = tuple(_row(item) for item in found)
    return OutcomeTable(
        rows=rows,
        waiting=sum(not item.is_fresh for item in found),
        changed=sum(row.before is not None or bool(row.shortfall_before) for row in rows),
        url=url,
        wait_ms=_SOON_MS if round_ < _ROUNDS_SOON else _LATER_MS,
    )


def is_polled() -> None:
    """Say that this request came by itself and keeps nobody signed in."""
    if isinstance(session, AccountSession):
        session.is_polled = True


def _row(item: LearnerOutcome) -> OutcomeRow:
    differs = item.before and item.before != item.graduation
    moved = item.before and item.shortfall_before != item.shortfall_units
    return OutcomeRow(
        learner_id=item.learner_id,
        name=item.name,
        student_no=item.student_no,
        graduation=_said(item.graduation),
        before=_said(item.before) if differs else None,
        shortfall=credits_text(item.shortfall_units) if item.shortfall_units else "",
        shortfall_before=credits_text(item.shortfall_before) if moved else "",
        articulation=_said(item.articulation),
    )


def _said(code: str) -> Said | None:
    if not code:
        return None
    outcome = Outcome(code)
    return Said(name_of(outcome), TONES[outcome])
