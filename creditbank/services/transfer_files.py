"""The file of a transfer: who applies, what was earned, what of it would be recognised, the gap.

For the family, both schools and the bureau alike, from the application on; the receiving school
reads it until the application is refused, taken back or carried out. Writes the access log only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Action, Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError
from creditbank.domain.plans import Plan
from creditbank.domain.snapshots import Sanction
from creditbank.domain.status_changes import OPEN_STATES, Office, speaks_for
from creditbank.eligibility.recogniser import alternatives, propose
from creditbank.eligibility.recognition import Proposal, Transfer
from creditbank.eligibility.recognition_decision import decided_of, judge
from creditbank.eligibility.solver import ProgramError
from creditbank.services.executions import circumstances
from creditbank.services.open_changes import visible_change
from creditbank.services.recognitions import transfer_of
from creditbank.services.status_change_checks import class_names
from creditbank.store.access_log import record_access
from creditbank.store.status_changes import KeptChange
from creditbank.store.transfers import (
    Applicant,
    Arrival,
    KeptPlan,
    PresentedCourse,
    applicant_of,
    arrival_of,
    latest_plan,
    presented_courses,
)
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Desk:
    """What the receiving registrar chooses from. transfer: with the lines of the table."""

    transfer: Transfer
    alternatives: tuple[Proposal, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TransferFile:
    """courses: passed at the school that is left. sanctions: those of the person. there: the plan.

    plan: the receiving school's, None until there is one. best: what the recogniser proposes now;
    planned: what the plan leads to now, None where it no longer fits. Both are None, with message,
    where nothing can be recognised or proven, and without one once it is decided. desk: for who
    plans.
    """

    change: KeptChange
    applicant: Applicant
    courses: tuple[PresentedCourse, ...]
    sanctions: tuple[Sanction, ...]
    there: Plan | None
    plan: KeptPlan | None
    best: Proposal | None
    planned: Proposal | None
    arrival: Arrival | None
    desk: Desk | None
    message: Message | None = None


def read_transfer(
    uow: UnitOfWork,
    actor: Actor,
    status_change_id: int,
    *,
    now: datetime,
    tested: Sequence[str] | None = None,
) -> TransferFile:
    """One transfer; one line in the access log. tested: lines whose test is supposed to be passed.

    Raises NotFoundError, ForbiddenError.
    """
    grant = decide(actor, Action.SEE_TRANSFER)
    found = visible_change(uow, actor, Action.SEE_TRANSFER, status_change_id)
    if found.ends.to_institution_id is None:
        raise NotFoundError
    record_access(uow.connection, actor, Action.SEE_TRANSFER, grant.mask, [found.learner_id], now)
    with uow.everywhere():
        plan = latest_plan(uow.connection, status_change_id)
        applicant = applicant_of(uow.connection, status_change_id)
        arrival = arrival_of(uow.connection, status_change_id)
        passed = tested if tested is not None else sorted(plan.tested if plan else ())
        try:
            transfer = transfer_of(uow, found, as_of=local_date(now), tested=passed)
        except InvalidInputError as error:
            return TransferFile(
                found, applicant, (), (), None, plan, None, None, arrival, None, error.message
            )
        best, others, message = _proposed(transfer, found)
        seqs = [record.ledger_seq for record in transfer.passed]
        courses = presented_courses(uow.connection, found.learner_id, seqs)
        is_open = found.state in OPEN_STATES
        is_planning = found.office is Office.RECEIVING_REGISTRAR and speaks_for(
            actor, found.office, found.ends
        )
        return TransferFile(
            change=found,
            applicant=applicant,
            courses=courses,
            sanctions=transfer.snapshot.sanctions,
            there=transfer.there,
            plan=plan,
            best=best,
            planned=_planned(transfer, plan) if is_open and plan else None,
            arrival=arrival,
            desk=_desk(uow, found, transfer, others, now) if is_planning else None,
            message=message,
        )


def _proposed(
    transfer: Transfer, found: KeptChange
) -> tuple[Proposal | None, tuple[Proposal, ...], Message | None]:
    """The best, and for who plans the others; while it is open."""
    if found.state not in OPEN_STATES:
        return None, (), None
    try:
        is_planned = found.office is Office.RECEIVING_REGISTRAR
        return propose(transfer), alternatives(transfer) if is_planned else (), None
    except ProgramError:
        return None, (), _UNPROVEN


def _planned(transfer: Transfer, plan: KeptPlan) -> Proposal | None:
    try:
        return judge(transfer, decided_of(plan.items)) if plan.passed else None
    except InvalidInputError:
        return None


def _desk(
    uow: UnitOfWork,
    found: KeptChange,
    transfer: Transfer,
    others: tuple[Proposal, ...],
    now: datetime,
) -> Desk:
    about = circumstances(uow, found.enrolment_id, found.what, applied_on=found.applied_on, now=now)
    major = transfer.there.major_code, transfer.there.catalogue_year
    return Desk(transfer, others, tuple(class_names(about.classes, major)))


_UNPROVEN = Message(
    "这份测算没有在规定时间内完成,请稍后重新打开本页。",
    "This could not be worked out in time; open the page again later.",
)
