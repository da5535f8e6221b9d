"""Graduation: 教职成〔2010〕7号 art. 33, or the credit plan of a general high school."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from creditbank.domain.enrolments import OPEN_STATUSES
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Snapshot
from creditbank.domain.verdicts import ConditionResult, Outcome, SubjectKind, Use, Verdict
from creditbank.eligibility.allocate import allocate
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.conditions import (
    current_semester,
    graduation_conditions,
    longest_time_is_over,
)
from creditbank.eligibility.findings import applied_exceptions, block_results, placements
from creditbank.eligibility.plan_conditions import depends_on_records, plan_conditions
from creditbank.eligibility.plan_index import PlanIndex, index_for
from creditbank.eligibility.standing import Standing, standing_records
from creditbank.eligibility.version import ENGINE_VERSION


def evaluate_graduation(snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date) -> Verdict:
    """The graduation verdict of one enrolment under its plan on one day.

    eligible_early: before the last planned semester. needs_review: it depends on disputed evidence,
    or people decided otherwise before. completion_due: the longest time is over without it. closed:
    the enrolment is no longer open. Raises ProgramError (see allocate.allocate).
    """
    index = index_for(plan, snapshot.exceptions, as_of)
    standing = standing_records(snapshot.records, index, as_of)
    allocation = allocate(standing, index, policy)
    conditions = (
        *graduation_conditions(snapshot, index.plan, policy, as_of),
        *plan_conditions(index, standing, allocation),
    )
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
        outcome=_outcome(_Asked(snapshot, index, policy, as_of), standing, allocation, conditions),
        required_units=index.plan.units_min,
        counted_units=allocation.counted,
        shortfall_units=allocation.shortfall,
        blocks=block_results(index, allocation),
        conditions=conditions,
        placements=placements(allocation),
        proof=tuple([index.codes[block] for block in allocation.cut]),
        exceptions=applied_exceptions(snapshot, plan, as_of),
    )


class _Asked(NamedTuple):
    """Of whom, under what and when."""

    snapshot: Snapshot
    plan: PlanIndex
    policy: Policy
    as_of: date


def _outcome(
    asked: _Asked,
    standing: Standing,
    allocation: Allocation,
    conditions: tuple[ConditionResult, ...],
) -> Outcome:
    snapshot, index, policy, as_of = asked
    if snapshot.status not in OPEN_STATUSES:
        return Outcome.CLOSED
    if not allocation.shortfall and all(condition.met for condition in conditions):
        return _eligible(snapshot, index.plan, as_of)
    if snapshot.has_decision(SubjectKind.GRADUATION, index.plan.plan_id, as_of):
        return Outcome.NEEDS_REVIEW
    is_disputed = any(item.use is Use.DISPUTED for item in standing.unused)
    if is_disputed and _facts_are_met(conditions) and _would_pass_undisputed(asked):
        return Outcome.NEEDS_REVIEW
    if longest_time_is_over(snapshot, index.plan, policy, as_of):
        return Outcome.COMPLETION_DUE
    return Outcome.NOT_YET


def _facts_are_met(conditions: tuple[ConditionResult, ...]) -> bool:
    """All but those that evidence in dispute might meet."""
    return all(item.met for item in conditions if not depends_on_records(item))


def _eligible(snapshot: Snapshot, plan: Plan, as_of: date) -> Outcome:
    if current_semester(snapshot, as_of) < 2 * plan.years:
        return Outcome.ELIGIBLE_EARLY
    return Outcome.ELIGIBLE


def _would_pass_undisputed(asked: _Asked) -> bool:
    snapshot, index, policy, as_of = asked
    standing = standing_records(snapshot.records, index, as_of, count_disputed=True)
    allocation = allocate(standing, index, policy)
    return not allocation.shortfall and all(
        item.met for item in plan_conditions(index, standing, allocation)
    )
