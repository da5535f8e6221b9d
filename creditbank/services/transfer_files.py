"""The file of a transfer: who applies, what was earned, what of it would be recognised, the gap.

For the family, both schools and the bureau alike, from the application on; the receiving school
reads it until the application is refused, taken back or carried out. Writes the access log only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, Message, NotFoundError
from creditbank.domain.permissions import Action
from creditbank.domain.plans import Plan
from creditbank.domain.snapshots import Sanction
from creditbank.domain.status_changes import OPEN_STATES, Office, speaks_for
from creditbank.eligibility.recogniser import alternatives, propose
from creditbank.eligibility.recognition import Proposal, Transfer
from creditbank.eligibility.solver import ProgramError
from creditbank.services.executions import circumstances
from creditbank.services.open_changes import visible_change
from creditbank.services.recognitions import evidence_of, passed_elsewhere, transfer_of
from creditbank.services.transfers import Standing, classes_there, standing_of
from creditbank.store.access_log import record_access
from creditbank.store.plans import load_plan
from creditbank.store.status_changes import KeptChange
from creditbank.store.transfers import (
    Applicant,
    Arrival,
    KeptPlan,
    PresentedCourse,
    RecognisedPair,
    applicant_of,
    arrival_of,
    latest_plan,
    presented_courses,
    recognised_pairs,
)
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Desk:
    """What the receiving registrar chooses from. transfer: with the lines of the table, if any."""

    transfer: Transfer | None
    alternatives: tuple[Proposal, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TransferFile:
    """courses: passed at the school that is left. sanctions: those of the person. there: the plan.

    plan: the receiving school's, None until there is one. best: what the recogniser proposes now,
    None with message where nothing can be recognised or proven. planned: what the plan leads to by
    the rules of its day, None where it no longer fits; later: passed after it. Both proposals are
    None once it is decided. recognised: as it stands in the books after the arrival. desk: for who
    plans, may_renew: who may still change the plan.
    """

    change: KeptChange
    applicant: Applicant
    courses: tuple[PresentedCourse, ...]
    sanctions: tuple[Sanction, ...]
    there: Plan
    plan: KeptPlan | None
    best: Proposal | None
    planned: Proposal | None
    later: tuple[PresentedCourse, ...]
    arrival: Arrival | None
    recognised: tuple[RecognisedPair, ...]
    desk: Desk | None
    may_renew: bool
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
        is_open = found.state in OPEN_STATES
        is_planning = found.office is Office.RECEIVING_REGISTRAR and speaks_for(
            actor, found.office, found.ends
        )
        plan = latest_plan(uow.connection, status_change_id)
        evaluand, records = evidence_of(uow.connection, found)
        snapshot = evaluand.snapshot
        recognised = recognised_pairs(uow.connection, status_change_id, found.learner_id)
        seqs = {record.ledger_seq for record in passed_elsewhere(records, snapshot.records)}
        seqs |= {pair.source_seq for pair in recognised}
        passed = (
            tested if is_planning and tested is not None else sorted(plan.tested if plan else ())
        )
        transfer, best, others, message = (
            _proposed(uow, found, passed, now) if is_open else _NOTHING
        )
        is_planned = is_open and plan is not None and plan.passed
        standing = standing_of(uow, found, plan) if is_planned and plan else Standing(None)
        later = {record.ledger_seq for record in standing.later}
        courses = presented_courses(uow.connection, found.learner_id, seqs)
        may_renew = (
            is_planned
            and not is_planning
            and speaks_for(actor, Office.RECEIVING_REGISTRAR, found.ends)
        )
        return TransferFile(
            change=found,
            applicant=applicant_of(uow.connection, status_change_id),
            courses=courses,
            sanctions=snapshot.sanctions,
            there=load_plan(uow.connection, found.what.plan_id or 0),
            plan=plan,
            best=best,
            planned=standing.proposal,
            later=tuple(course for course in courses if course.ledger_seq in later),
            arrival=arrival_of(uow.connection, status_change_id),
            recognised=tuple(recognised),
            desk=_desk(uow, found, transfer, others, now) if is_planning or may_renew else None,
            may_renew=may_renew,
            message=message,
        )


_Proposed = tuple[Transfer | None, Proposal | None, tuple[Proposal, ...], Message | None]
_NOTHING: _Proposed = None, None, (), None


def _proposed(
    uow: UnitOfWork, found: KeptChange, tested: Sequence[str], now: datetime
) -> _Proposed:
    """The best, and for who plans the others; by the rules of today."""
    transfer = None
    try:
        transfer = transfer_of(uow, found, as_of=local_date(now), tested=tested)
        is_planned = found.office is Office.RECEIVING_REGISTRAR
        return transfer, propose(transfer), alternatives(transfer) if is_planned else (), None
    except InvalidInputError as error:
        return None, None, (), error.message
    except ProgramError:
        return transfer, None, (), _UNPROVEN


def _desk(
    uow: UnitOfWork,
    found: KeptChange,
    transfer: Transfer | None,
    others: tuple[Proposal, ...],
    now: datetime,
) -> Desk:
    about = circumstances(uow, found.enrolment_id, found.what, applied_on=found.applied_on, now=now)
    return Desk(transfer, others, tuple(classes_there(about, found)))


_UNPROVEN = Message(
    "这份测算没有在规定时间内完成,请稍后重新打开本页。",
    "This could not be worked out in time; open the page again later.",
)
