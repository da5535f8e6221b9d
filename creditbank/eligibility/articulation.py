"""资格初审: the hard conditions of a through-training agreement, line by line.

What people decide later (assessment, tests, admission) is not here.
"""

from __future__ import annotations

from datetime import date

from creditbank.domain.agreements import Agreement, HardConditionKind
from creditbank.domain.enrolments import OPEN_STATUSES
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Appraisal, Snapshot
from creditbank.domain.verdicts import ConditionResult, Outcome, SubjectKind, Verdict
from creditbank.eligibility.case import Case, is_over, make_case
from creditbank.eligibility.findings import applied_exceptions
from creditbank.eligibility.hard_conditions import check, units_asked
from creditbank.eligibility.plan_index import PlanIndex, index_for
from creditbank.eligibility.version import ENGINE_VERSION

_TENTHS_OF_A_YEAR_PER_SEMESTER = 5
_JUDGED_AT_ALL_TIMES = frozenset(
    {
        HardConditionKind.IN_CLASS_SINCE_ENTRY,
        HardConditionKind.CREDITS_TO_DATE,
        HardConditionKind.NO_FAILED_CORE,
        HardConditionKind.NO_SANCTION,
    }
)


def evaluate_articulation(
    snapshot: Snapshot, agreement: Agreement, plan: Plan, policy: Policy, as_of: date
) -> Verdict:
    """The verdict on one agreement's hard conditions on one day.

    Before the last semester of the first stage: on_track, or behind where a condition that can be
    judged by now is not met. In it and after: qualified, not_qualified, or needs_review where the
    answer depends on disputed evidence or contradicts what was decided before (the decision
    stands). ended: no longer in the class or at the school.

    required_units and counted_units speak of the plan to date; shortfall_units is what lacks of
    the share that the agreement asks for. Raises ProgramError (see allocate.allocate).
    """
    index = index_for(plan, snapshot.exceptions, as_of)
    case = make_case(snapshot, agreement, index, policy, as_of)
    conditions = _conditions(agreement, case)
    outcome = _outcome(agreement, case, conditions)
    if outcome is Outcome.NOT_QUALIFIED and (
        snapshot.has_decision(SubjectKind.ARTICULATION, agreement.agreement_id, as_of)
        or _depends_on_dispute(snapshot, agreement, index, policy, as_of)
    ):
        outcome = Outcome.NEEDS_REVIEW
    required = _required_to_date(agreement, case)
    return Verdict(
        subject_kind=SubjectKind.ARTICULATION,
        subject_id=agreement.agreement_id,
        learner_id=snapshot.learner_id,
        enrolment_id=snapshot.enrolment_id,
        ledger_seq=snapshot.ledger_seq,
        facts_seq=snapshot.facts_seq,
        plan_id=plan.plan_id,
        policy_version=policy.version,
        engine_version=ENGINE_VERSION,
        as_of=as_of,
        outcome=outcome,
        required_units=required,
        counted_units=case.counted,
        shortfall_units=max(0, required - case.counted),
        blocks=(),
        conditions=conditions,
        placements=(),
        proof=(),
        exceptions=applied_exceptions(snapshot, plan, as_of),
    )


def _conditions(agreement: Agreement, case: Case) -> tuple[ConditionResult, ...]:
    return tuple(check(item, case) for item in agreement.hard_conditions)


def _outcome(agreement: Agreement, case: Case, conditions: tuple[ConditionResult, ...]) -> Outcome:
    member = case.membership
    if member is None or is_over(member, case.as_of) or case.snapshot.status not in OPEN_STATUSES:
        return Outcome.ENDED
    unmet = {HardConditionKind(item.code) for item in conditions if not item.met}
    if _TENTHS_OF_A_YEAR_PER_SEMESTER * case.semester >= agreement.pre_years_tenths:
        return Outcome.NOT_QUALIFIED if unmet else Outcome.QUALIFIED
    behind = bool(unmet & _JUDGED_AT_ALL_TIMES) or (
        HardConditionKind.CONDUCT in unmet and case.snapshot.conduct is Appraisal.FAILED
    )
    return Outcome.BEHIND if behind else Outcome.ON_TRACK


def _depends_on_dispute(
    snapshot: Snapshot, agreement: Agreement, index: PlanIndex, policy: Policy, as_of: date
) -> bool:
    """Whether all conditions would be met if evidence in dispute counted."""
    if not any(record.disputed for record in snapshot.records):
        return False
    case = make_case(snapshot, agreement, index, policy, as_of, count_disputed=True)
    return all(item.met for item in _conditions(agreement, case))


def _required_to_date(agreement: Agreement, case: Case) -> int:
    for item in agreement.hard_conditions:
        if item.kind is HardConditionKind.CREDITS_TO_DATE:
            return units_asked(item, case)
    return case.due
