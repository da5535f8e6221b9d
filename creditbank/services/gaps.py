"""The cheapest way to fill a learner's gap, as things stand in the books now. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from creditbank.domain.access import Actor, decide
from creditbank.domain.agreements import HardConditionKind
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import OPEN_STATUSES
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.eligibility import evaluate_articulation
from creditbank.eligibility.gap import Gap, gap_of, offers_for
from creditbank.eligibility.offers import Offer
from creditbank.store.access_log import record_access
from creditbank.store.agreements import load_agreements
from creditbank.store.courses import course_units
from creditbank.store.learner_keys import learner_key
from creditbank.store.packed_entries import packed_entry
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for
from creditbank.store.snapshots import read_evaluands, standing_records
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class EnrolmentGap:
    """The gap of one enrolment under the plan it follows."""

    enrolment_id: int
    ledger_seq: int
    as_of: date
    plan: Plan
    gap: Gap


def visible_gaps(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[EnrolmentGap, ...]:
    """For each enrolment whose graduation verdict the actor may see; noted in the access log.

    Raises NotFoundError, ForbiddenError, ProgramError.
    """
    today = local_date(now)
    key = learner_key(uow.connection, learner_id, as_of=today)
    grant = decide(actor, Action.SEE_VERDICTS, key)
    record_access(uow.connection, actor, Action.SEE_VERDICTS, grant.mask, [learner_id], now)
    found = learner_gaps(uow, learner_id, as_of=today, actor=actor)
    return tuple(found)


def learner_gaps(
    uow: UnitOfWork, learner_id: int, *, as_of: date, actor: Actor
) -> list[EnrolmentGap]:
    """The gaps of the enrolments that concern the actor, who may see the learner's verdicts."""
    scope = decide(actor, Action.SEE_VERDICTS).scope
    with uow.everywhere():
        evaluands = read_evaluands(uow.connection, [learner_id])
        plans = load_plans(uow.connection, (item.plan_id for item in evaluands))
        return [
            _gap(uow.connection, item.snapshot, plans[item.plan_id], as_of)
            for item in evaluands
            if _concerns(item.snapshot, actor, scope)
        ]


def _concerns(snapshot: Snapshot, actor: Actor, scope: Scope) -> bool:
    if snapshot.status not in OPEN_STATUSES:
        return False
    if scope is Scope.SCHOOL:
        return snapshot.institution_id == actor.institution_id
    if scope is Scope.AGREED:
        return any(item.agreement_id in actor.agreement_ids for item in snapshot.memberships)
    return True


def _gap(connection: Connection, snapshot: Snapshot, plan: Plan, as_of: date) -> EnrolmentGap:
    policy = policy_for(connection, snapshot.institution_id, as_of)
    return EnrolmentGap(
        enrolment_id=snapshot.enrolment_id,
        ledger_seq=snapshot.ledger_seq,
        as_of=as_of,
        plan=plan,
        gap=posted_gap(connection, snapshot, plan, policy, as_of),
    )


def posted_gap(
    connection: Connection, snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date
) -> Gap:
    """The gap, by offers that count as their posting would. The reach must be everywhere."""
    found = offers_for(snapshot, plan, policy, as_of)
    return gap_of(
        snapshot,
        plan,
        policy,
        as_of,
        as_posted(connection, found, snapshot.institution_id),
        must=_core_asked_for(connection, snapshot, plan, policy, as_of),
    )


def as_posted(
    connection: Connection, offers: Sequence[Offer], institution_id: int
) -> tuple[Offer, ...]:
    """The offers with records as the school's books would give them back.

    A course earns what the school's list of courses says; one that is not taught is not on offer.
    """
    units = course_units(
        connection,
        {(institution_id, offer.code) for offer in offers if offer.record.kind is EntryKind.COURSE},
    )
    found = []
    for offer in offers:
        if offer.record.kind is EntryKind.COURSE:
            earned = units.get((institution_id, offer.code), 0)
            if not earned:
                continue
            offer = replace(offer, record=replace(offer.record, units=earned))  # noqa: PLW2901
        found.append(replace(offer, record=_posted(offer, institution_id)))
    return tuple(found)


def _posted(offer: Offer, institution_id: int) -> Record:
    record = offer.record
    is_course = record.kind is EntryKind.COURSE
    row = {
        "ledger_seq": 0,
        "kind": record.kind.value,
        "units": record.units,
        "earned_on": record.earned_on,
        "course_code": record.course_code or None,
        "passed": True if is_course else None,
        "block_code": None,
        "source_seq": None,
        "evidence_no": None,
        "institution_id": institution_id,
        "detail": {
            "title": record.title,
            "event": record.event_key,
            "category": record.category,
            "certificate_level": record.certificate_level.value,
        },
    }
    (posted,) = standing_records([packed_entry(row)], institution_id)
    return replace(posted, event_key=record.event_key)


def _core_asked_for(
    connection: Connection, snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date
) -> frozenset[str]:
    """Core courses that an advance asks for by now and that are not passed."""
    agreements = load_agreements(
        connection,
        {item.agreement_id for item in snapshot.memberships if item.left_on is None},
        as_of=as_of,
    )
    return frozenset(
        code
        for agreement in agreements.values()
        for item in evaluate_articulation(snapshot, agreement, plan, policy, as_of).conditions
        if item.code == HardConditionKind.NO_FAILED_CORE.value and not item.met
        for code in item.missing_codes
    )
