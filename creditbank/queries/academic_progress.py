"""学业预警 read: a school's classes in numbers, the learners of one by name, and one learner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.academic_progress import ContactWith, Due, Shares, WarningLevel
from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action, Role
from creditbank.store.academic_progress import (
    Contact,
    LastContact,
    Standing,
    Whom,
    contacts_of,
    last_contacts,
    outlooks,
    standings,
)
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork

LISTED_MAX = 300
"""How many learners are named at once."""
CONTACTS_MAX = 20
_WITH_FAMILY = {
    Role.STUDENT: frozenset({ContactWith.STUDENT, ContactWith.BOTH}),
    Role.GUARDIAN: frozenset({ContactWith.GUARDIAN, ContactWith.BOTH}),
}
"""What was talked over with somebody else is theirs."""


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


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """Of one learner who is warned, or whom somebody has talked with about it.

    due: when more is expected, and how much. contacts: those that the reader may read, the latest
    first.
    """

    standing: Standing
    shares: Shares
    due: Due | None
    contacts: tuple[Contact, ...]


def own_progress(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[OwnProgress, ...]:
    """One for each open enrolment of the actor's reach; a line in the access log for any.

    A family reads what was agreed with whom the account is for. Raises ForbiddenError or
    NotFoundError.
    """
    connection, today = uow.connection, local_date(now)
    key = learner_key(connection, learner_id, as_of=today)
    grant = decide(actor, Action.SEE_WARNING, key)
    found = []
    for standing, due in outlooks(connection, learner_id, on=today):
        told = contacts_of(connection, standing.enrolment_id, limit=CONTACTS_MAX)
        contacts = tuple(item for item in told if _may_read(actor, item))
        if standing.progress.level is not WarningLevel.NONE or contacts:
            policy = policy_for(connection, standing.institution_id, today)
            found.append(OwnProgress(standing, Shares.of(policy), due, contacts))
    if found:
        record_access(connection, actor, Action.SEE_WARNING, grant.mask, [learner_id], now)
    return tuple(found)


def _may_read(actor: Actor, contact: Contact) -> bool:
    with_whom = ContactWith(contact.with_whom)
    return with_whom in _WITH_FAMILY.get(actor.role, ContactWith)


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
