"""学业预警: who has newly fallen behind is noted once a day, and what was agreed about it.

The round waits until the day's verdicts are there. Whoever reaches a level that is worse than the
one that was noted is told, with the family; who has caught up is noted as well, so that falling
behind again is news again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from creditbank.domain.academic_progress import ContactWith
from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.services.waits import posting
from creditbank.store.academic_progress import (
    Whom,
    add_contact,
    add_counts,
    add_warnings,
    count_progress,
    is_noted,
    standings,
    tell_of_warnings,
    waits_for_verdicts,
    warned_seat,
)
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.unit_of_work import UnitOfWork

NOTE_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteContact:
    """What an advisor or registrar has agreed with a learner or the family about being behind."""

    enrolment_id: int
    contacted_on: date
    with_whom: ContactWith
    note: str


def note_progress(uow: UnitOfWork, *, now: datetime) -> int:
    """The round of a day, once; how many were newly warned. The reach is everywhere."""
    connection, today = uow.connection, local_date(now)
    if is_noted(connection, today) or waits_for_verdicts(connection):
        return 0
    everybody = list(standings(connection, Whom(), on=today))
    changed = [item for item in everybody if item.progress.level is not item.warned]
    worse = [item for item in changed if item.progress.level.rank > item.warned.rank]
    numbers = add_warnings(connection, changed, on=today, now=now)
    tell_of_warnings(connection, [numbers[item.enrolment_id] for item in worse], now=now)
    add_counts(connection, count_progress(connection, on=today))
    return len(worse)


def note_contact(
    uow: UnitOfWork, actor: Actor, command: NoteContact, *, idempotency_key: str, now: datetime
) -> int:
    """Keep what was agreed; the number of the note, the same for the same key.

    Raises ForbiddenError, NotFoundError for an enrolment that is not the school's or not open, or
    InvalidInputError with all that is wrong.
    """
    decide(actor, Action.NOTE_WARNING_CONTACT)
    connection, hashed = uow.connection, request_hash(command)
    with posting():
        answer = earlier_answer(connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return int(answer["warning_contact_id"])
        found = warned_seat(connection, command.enrolment_id)
        if found is None:
            raise NotFoundError
        key = LearnerKey(found.learner_id, frozenset({found.institution_id}))
        decide(actor, Action.NOTE_WARNING_CONTACT, key)
        problems = tuple(_problems(command, local_date(now)))
        if problems:
            raise refused(*problems)
        number = add_contact(
            connection,
            {
                "institution_id": found.institution_id,
                "learner_id": found.learner_id,
                "enrolment_id": command.enrolment_id,
                "academic_warning_id": found.academic_warning_id,
                "contacted_on": command.contacted_on,
                "with_whom": command.with_whom.value,
                "note": command.note.strip(),
                "noted_by": actor.account_id,
                "noted_at": now,
            },
        )
        kept = {"warning_contact_id": number}
        keep_answer(connection, actor.account_id, idempotency_key, hashed, kept, now)
    return number


def _problems(command: NoteContact, today: date) -> Iterable[Problem]:
    if command.contacted_on > today:
        yield _TO_COME
    if not 0 < len(command.note.strip()) <= NOTE_MAX:
        yield _NOTE


_TO_COME = Problem(
    "in_future",
    Message("联系日期不能晚于今天,请核对。", "The day has not come yet; check it."),
    "contacted_on",
)
_NOTE = Problem(
    "note",
    Message(
        f"请写明商定的内容,1至{NOTE_MAX}字。",
        f"Say what was agreed, in 1 to {NOTE_MAX} characters.",
    ),
    "note",
)
