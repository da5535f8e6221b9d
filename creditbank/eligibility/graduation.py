"""Graduation: 教职成〔2010〕7号 art. 33, or the credit plan of a general high school."""

from __future__ import annotations

import hashlib
from datetime import date
from operator import attrgetter

from creditbank.domain.agreements import Agreement
from creditbank.domain.enrolments import OPEN_STATUSES
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import (
    BlockResult,
    ConditionResult,
    Outcome,
    Placement,
    SubjectKind,
    Use,
    Verdict,
)
from creditbank.eligibility.allocation import Allocation, allocate
from creditbank.eligibility.conditions import (
    current_semester,
    graduation_conditions,
    longest_time_is_over,
)
from creditbank.eligibility.plan_index import PlanIndex, plan_index
from creditbank.eligibility.usable import Usable, usable_records
from creditbank.eligibility.version import ENGINE_VERSION


def evaluate_graduation(snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date) -> Verdict:
    """The graduation verdict of one enrolment under its plan on one day."""
    index = plan_index(plan)
    usable = usable_records(snapshot.records, index, policy, as_of)
    allocation = allocate(usable, index)
    conditions = graduation_conditions(snapshot, plan, policy, as_of)
    return Verdict(
        subject_kind=SubjectKind.GRADUATION,
        subject_id=plan.plan_id,
        learner_id=snapshot.learner_id,
        enrolment_id=snapshot.enrolment_id,
        ledger_seq=snapshot.ledger_seq,
        facts_seq=snapshot.facts_seq,
        plan_id=plan.plan_id,
        policy_version=policy.version,
        engine_version=ENGINE_VERSION,
        as_of=as_of,
        outcome=_outcome(snapshot, index, policy, as_of, allocation, conditions),
        required_units=plan.units_min,
        counted_units=allocation.counted,
        shortfall_units=allocation.shortfall,
        blocks=_blocks(index, allocation),
        conditions=conditions,
        placements=_placements(usable, allocation, index),
        proof=tuple(index.blocks[block].code for block in allocation.cut),
        input_hash=input_hash(snapshot, index, policy, as_of),
    )


def input_hash(
    snapshot: Snapshot,
    index: PlanIndex,
    policy: Policy,
    as_of: date,
    agreement: Agreement | None = None,
) -> str:
    """SHA-256 hex over everything a verdict looks at, whatever the order of the records."""
    records = "\n".join(map(_line, sorted(snapshot.records, key=attrgetter("ledger_seq"))))
    facts = (
        snapshot.learner_id, snapshot.enrolment_id, snapshot.status, snapshot.entered_on,
        snapshot.entry_year, snapshot.suspended_semesters, snapshot.conduct, snapshot.internship,
        snapshot.internship_started, snapshot.sanctions, snapshot.attestations,
        snapshot.memberships,
    )  # fmt: skip
    seen = (ENGINE_VERSION, index.digest, policy.version, as_of, agreement, facts, records)
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _line(record: Record) -> str:
    """A record as text: every field, in order; quicker than repr over thousands of records."""
    return (
        f"{record.ledger_seq}|{record.kind}|{record.units}|{record.earned_on}|{record.title!r}"
        f"|{record.course_code}|{record.passed}|{record.category}|{record.event_key!r}"
        f"|{record.block_code}|{record.certificate_level}|{record.valid_until}|{record.disputed}"
    )


def _outcome(
    snapshot: Snapshot,
    index: PlanIndex,
    policy: Policy,
    as_of: date,
    allocation: Allocation,
    conditions: tuple[ConditionResult, ...],
) -> Outcome:
    if snapshot.status not in OPEN_STATUSES:
        return Outcome.CLOSED
    all_met = all(condition.met for condition in conditions)
    if all_met and not allocation.shortfall:
        return _eligible(snapshot, index.plan, as_of)
    if all_met and _would_pass_undisputed(snapshot, index, policy, as_of):
        return Outcome.NEEDS_REVIEW
    if longest_time_is_over(snapshot, policy, as_of):
        return Outcome.COMPLETION_DUE
    return Outcome.NOT_YET


def _eligible(snapshot: Snapshot, plan: Plan, as_of: date) -> Outcome:
    if current_semester(snapshot, as_of) < 2 * plan.years:
        return Outcome.ELIGIBLE_EARLY
    return Outcome.ELIGIBLE


def _would_pass_undisputed(
    snapshot: Snapshot, index: PlanIndex, policy: Policy, as_of: date
) -> bool:
    if not any(record.disputed for record in snapshot.records):
        return False
    usable = usable_records(snapshot.records, index, policy, as_of, count_disputed=True)
    return not allocate(usable, index).shortfall


def _blocks(index: PlanIndex, allocation: Allocation) -> tuple[BlockResult, ...]:
    earned = [0] * len(index.blocks)
    approved = [0] * len(index.blocks)
    recognised = [0] * len(index.blocks)
    for record, block in allocation.placed:
        if record.kind is EntryKind.SUBSTITUTION:
            approved[block] += record.units
        elif record.kind is EntryKind.RECOGNITION:
            recognised[block] += record.units
        else:
            earned[block] += record.units
    return tuple(
        BlockResult(
            code=block.code,
            name=block.name,
            name_en=block.name_en,
            required=block.units_min,
            earned=earned[number],
            substituted=approved[number] + allocation.substituted[number],
            recognised=recognised[number],
            missing=allocation.missing[number],
        )
        for number, block in enumerate(index.blocks)
    )


def _placements(usable: Usable, allocation: Allocation, index: PlanIndex) -> tuple[Placement, ...]:
    """Where each record counts and what became of the rest, by ledger_seq."""
    places = list(usable.unused)
    for record, block in allocation.placed:
        use = Use.SUBSTITUTED if record.kind is EntryKind.SUBSTITUTION else Use.COUNTED
        places.append(Placement(record.ledger_seq, index.blocks[block].code, record.units, use))
    open_units = list(allocation.substituted)
    for record, available in usable.awards:
        left = available
        for block in index.automatic:
            units = min(left, open_units[block])
            if units:
                code = index.blocks[block].code
                places.append(Placement(record.ledger_seq, code, units, Use.SUBSTITUTED))
                open_units[block] -= units
                left -= units
        if left:
            places.append(Placement(record.ledger_seq, "", left, Use.SURPLUS))
    places.sort(key=lambda item: (item.ledger_seq, item.block_code, item.use, item.units))
    return tuple(places)
