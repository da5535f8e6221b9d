"""The recognition table of a day, and all versions of one line. It names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_rules import DIRECTIONS, RecognitionRule, in_force
from creditbank.store.recognition_rules import decided_rules, known_rules
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RecognitionTable:
    """The lines in force on a day, by direction, relation and code.

    to_come: first days of lines that are decided and not yet in force today, the earliest first.
    """

    as_of: date
    items: tuple[RecognitionRule, ...]
    to_come: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class RecognitionVersion:
    """One version of a line. decided_at: None for what ships; is_in_force: whether it speaks."""

    rule: RecognitionRule
    reason: str
    decided_at: datetime | None
    is_in_force: bool


def recognition_table(
    uow: UnitOfWork, actor: Actor, *, now: datetime, as_of: date | None = None
) -> RecognitionTable:
    """The table of a day, today's if none is named. Raises ForbiddenError."""
    decide(actor, Action.SEE_RECOGNITION_RULES)
    known, today = known_rules(uow.connection), local_date(now)
    day = as_of or today
    return RecognitionTable(
        as_of=day,
        items=tuple(rule for into in DIRECTIONS for rule in in_force(known, into=into, as_of=day)),
        to_come=tuple(sorted({rule.valid_from for rule in known if rule.valid_from > today})),
    )


def recognition_versions(
    uow: UnitOfWork, actor: Actor, code: str, *, now: datetime
) -> tuple[RecognitionVersion, ...]:
    """All versions of a line, the latest day first. Raises ForbiddenError, NotFoundError."""
    decide(actor, Action.SEE_RECOGNITION_RULES)
    decided = [item for item in decided_rules(uow.connection) if item.rule.code == code]
    if not decided:
        raise NotFoundError
    into = decided[0].rule.into
    known = [item.rule for item in decided]
    speaking = in_force(known, into=into, as_of=local_date(now))
    # Of two from one day the one decided later comes first.
    order = sorted(
        range(len(decided)), key=lambda at: (decided[at].rule.valid_from, at), reverse=True
    )
    return tuple(
        RecognitionVersion(
            rule=decided[at].rule,
            reason=decided[at].reason,
            decided_at=decided[at].decided_at,
            is_in_force=known[at] in speaking and known[at] not in known[at + 1 :],
        )
        for at in order
    )
