"""办理消息: who is told of a step of a status change, what is read, what is mailed.

A message is written in the transaction of what it tells of, so there is none of what was rolled
back. A mail only says how many wait: to whom mail servers show it, it says nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.messages import FOR_REGISTRARS, OF_OFFICE, Handed, MessageKind
from creditbank.domain.permissions import Action, Role
from creditbank.domain.status_changes import Office, speaks_for
from creditbank.registry.routes import SOON_DAYS, due_on
from creditbank.store import messages as rows
from creditbank.store.policies import policy_for
from creditbank.store.status_changes import KeptChange, read_change
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import UnitOfWork

MAIL_AFTER = timedelta(minutes=1)
"""What follows at once goes into the same mail."""
MAIL_WITHIN = timedelta(days=7)
"""What is older is no news: an address or a server that comes late is not flooded."""
MAILS_MAX = 50
"""Accounts in one round; the next minute goes on."""


def tell(
    uow: UnitOfWork,
    kind: MessageKind,
    status_change_id: int,
    *,
    by: int | None,
    now: datetime,
    office: Office | None = None,
) -> None:
    """Tell everybody whom a step concerns, but not the account that took it; once for each step.

    The family and the registrar who applied are told of every step, the registrars of both schools
    how it ends, the office whose turn it is by now that it is. office: whose step it was.
    """
    connection = uow.connection
    found = read_change(connection, status_change_id)
    assert found is not None  # noqa: S101 (the step has just been written)
    staff = _staff(uow, found)
    step = kind, office if kind in OF_OFFICE else None
    told = dict.fromkeys(rows.family_of(connection, found.learner_id), step)
    told |= {
        who.account_id: step
        for who in staff
        if who.role is Role.REGISTRAR
        and (kind in FOR_REGISTRARS or who.account_id == found.applied_by)
    }
    told |= _of_turn(found, staff, MessageKind.TURN)
    told.pop(by or 0, None)
    rows.add_messages(connection, status_change_id, told, now=now)


def tell_of_grades(
    uow: UnitOfWork,
    kind: MessageKind,
    grade_draft_step_id: int,
    accounts: Collection[int],
    *,
    now: datetime,
) -> None:
    """Tell these accounts of a step of a sheet of marks."""
    if accounts:
        rows.add_grade_messages(uow.connection, grade_draft_step_id, kind, accounts, now=now)


def remind_offices(uow: UnitOfWork, *, now: datetime) -> int:
    """Tell offices that have little time left, or none, once for each application; how many.

    The reach is everywhere, for everybody.
    """
    connection, today = uow.connection, local_date(now)
    calendar = school_calendar(connection)
    reminded = 0
    for status_change_id in rows.unreminded_changes(connection):
        found = read_change(connection, status_change_id)
        if found is None:
            continue
        policy = policy_for(connection, found.institution_id, found.applied_on)
        due = due_on(local_date(found.since), policy, calendar)
        if calendar.working_days(today, due) > SOON_DAYS:
            continue
        told = _of_turn(found, _staff(uow, found), MessageKind.DEADLINE)
        rows.add_messages(connection, status_change_id, told, now=now)
        reminded += bool(told)
    return reminded


def _staff(uow: UnitOfWork, found: KeptChange) -> list[Actor]:
    ends = found.ends
    schools = [ends.institution_id, *([ends.to_institution_id] if ends.to_institution_id else [])]
    return rows.staff_of(uow.connection, schools)


def _of_turn(
    found: KeptChange, staff: Sequence[Actor], kind: MessageKind
) -> dict[int, tuple[MessageKind, Office | None]]:
    office = found.office
    if office is None:
        return {}
    speakers = (who.account_id for who in staff if speaks_for(who, office, found.ends))
    return dict.fromkeys(speakers, (kind, office))


def mark_read(
    uow: UnitOfWork, actor: Actor, *, message_id: int = 0, up_to: int = 0, now: datetime
) -> int:
    """Mark the actor's own messages read: one, or all up to one; how many were unread.

    Others' numbers and what was read before change nothing. Raises ForbiddenError.
    """
    decide(actor, Action.SEE_MESSAGES)
    return rows.add_reads(uow.connection, actor.account_id, message_id, up_to, now=now)


@dataclass(frozen=True, slots=True)
class MailReport:
    """How many mails were accepted, refused for good, and put off; error: why the round ended."""

    accepted: int = 0
    refused: int = 0
    later: int = 0
    error: str = ""


def mail_messages(
    open_unit: Callable[[], UnitOfWork], send: Callable[[str, int], Handed], *, now: datetime
) -> MailReport:
    """One mail for each account with an address that has messages to read, not mailed before.

    send: hand over (address, how many wait); raises OSError where no server answers, which ends the
    round. Each account in a transaction of its own that marks what was mailed; two workers at once
    send one mail. Where a process dies between the server's yes and the commit it is sent again.
    """
    span = {"since": now - MAIL_WITHIN, "until": now - MAIL_AFTER}
    with open_unit() as uow:
        accounts = rows.accounts_to_mail(uow.connection, **span, limit=MAILS_MAX)
    said: list[Handed] = []
    error = ""
    for account_id in accounts:
        try:
            with open_unit() as uow:
                if not rows.lock_mails(uow.connection, account_id):
                    continue
                address, ids = rows.messages_to_mail(uow.connection, account_id, **span)
                if not ids:
                    continue
                handed = send(address, len(ids))
                if handed is not Handed.LATER:
                    is_accepted = handed is Handed.ACCEPTED
                    rows.add_mails(
                        uow.connection, account_id, ids, is_accepted=is_accepted, now=now
                    )
            said.append(handed)
        except OSError as problem:
            error = type(problem).__name__
            break
    return MailReport(
        accepted=said.count(Handed.ACCEPTED),
        refused=said.count(Handed.REFUSED),
        later=said.count(Handed.LATER),
        error=error,
    )
