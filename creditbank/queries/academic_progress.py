"""学业预警 read: a school's classes in numbers, and the learners of one by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.academic_progress import Shares, WarningLevel
from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action
from creditbank.store.academic_progress import (
    LastContact,
    Standing,
    Whom,
    last_contacts,
    standings,
)
from creditbank.store.access_log import record_access
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork

LISTED_MAX = 300
"""How many learners are named at once."""


@dataclass(frozen=True, slots=True)
class ClassProgress:
    """A class: how many stand at which level."""

    class_name: str
    entry_year: int
    levels: Mapping[WarningLevel, int]


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """One learner, and the last contact about it."""

    standing: Standing
    contact: LastContact | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Whom to list. levels: those that are wanted, all for none."""

    class_name: str | None = None
    entry_year: int | None = None
    levels: frozenset[WarningLevel] = frozenset()


@dataclass(frozen=True, slots=True)
class ProgressList:
    """The learners, those first who are furthest behind. hidden: how many more there are.

    shares: of the plan to date, below which the school warns. classes: those that were looked at,
    with everybody in them.
    """

    lines: tuple[ProgressLine, ...]
    hidden: int
    shares: Shares
    classes: tuple[ClassProgress, ...]


def class_progress(uow: UnitOfWork, actor: Actor, *, now: datetime) -> tuple[ClassProgress, ...]:
    """The classes of the actor's school, the youngest first; names nobody."""
    decide(actor, Action.SEE_ACADEMIC_PROGRESS)
    return _by_class(_found(uow, actor, Chosen(), now))


def listed_progress(
    uow: UnitOfWork, actor: Actor, chosen: Chosen, *, now: datetime, limit: int = LISTED_MAX
) -> ProgressList:
    """Who of the actor's school is wanted; one line in the access log. Raises ForbiddenError."""
    grant = decide(actor, Action.SEE_ACADEMIC_PROGRESS)
    found = _found(uow, actor, chosen, now)
    wanted = [item for item in found if not chosen.levels or item.progress.level in chosen.levels]
    wanted.sort(key=_urgency)
    shown = wanted[:limit]
    contacts = last_contacts(uow.connection, [item.enrolment_id for item in shown])
    seen = [item.learner_id for item in shown]
    record_access(uow.connection, actor, Action.SEE_ACADEMIC_PROGRESS, grant.mask, seen, now)
    policy = policy_for(uow.connection, actor.institution_id or 0, local_date(now))
    lines = tuple(ProgressLine(item, contacts.get(item.enrolment_id)) for item in shown)
    return ProgressList(lines, len(wanted) - len(shown), Shares.of(policy), _by_class(found))


def _by_class(found: Iterable[Standing]) -> tuple[ClassProgress, ...]:
    counts: dict[tuple[int, str], dict[WarningLevel, int]] = {}
    for item in found:
        levels = counts.setdefault(
            (item.entry_year, item.class_name), dict.fromkeys(WarningLevel, 0)
        )
        levels[item.progress.level] += 1
    return tuple(ClassProgress(name, year, levels) for (year, name), levels in counts.items())


def _found(uow: UnitOfWork, actor: Actor, chosen: Chosen, now: datetime) -> list[Standing]:
    whom = Whom(
        institution_id=actor.institution_id or 0,
        class_name=chosen.class_name,
        entry_year=chosen.entry_year,
    )
    return list(standings(uow.connection, whom, on=local_date(now)))


def _urgency(item: Standing) -> tuple[int, float]:
    """The worse level first, within it the smaller part of what is expected."""
    expected = item.progress.expected
    return -item.progress.level.rank, item.progress.earned / expected if expected else 1.0
