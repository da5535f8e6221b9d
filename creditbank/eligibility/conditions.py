"""Conditions for graduation that carry no credits: 教职成〔2010〕7号 art. 33 and the plan's own."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from creditbank.domain.calendar import months_after
from creditbank.domain.enrolments import EnrolmentStatus, Term, semester_no
from creditbank.domain.plans import ConditionKind, Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Appraisal, AttestationKind, Snapshot
from creditbank.domain.verdicts import ConditionResult

STUDYING = frozenset({EnrolmentStatus.STUDYING, EnrolmentStatus.RESUMED})
STATUS = "status"
MIN_DURATION = "min_duration"
MONTHS_PER_SEMESTER = 6
_WEIGHT = (Appraisal.PENDING, Appraisal.PASSED, Appraisal.FAILED)


def graduation_conditions(
    snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date
) -> tuple[ConditionResult, ...]:
    """Every condition of the plan, then the status and the shortest time of study."""
    return (
        *[_condition(kind, snapshot, plan) for kind in plan.conditions],
        _status(snapshot.status),
        _min_duration(snapshot, plan, policy, as_of),
    )


@cache
def _status(status: EnrolmentStatus) -> ConditionResult:
    return ConditionResult(
        STATUS,
        met=status in STUDYING,
        required=EnrolmentStatus.STUDYING.value,
        actual=status.value,
    )


def _min_duration(snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date) -> ConditionResult:
    """required: months; actual: the day on which they are over, which stays the same every day."""
    least = 12 * max(0, plan.years - policy.integer("duration.years_early_max"))
    over = months_after(snapshot.entered_on, least + _suspended_months(snapshot, policy))
    return ConditionResult(
        MIN_DURATION, met=as_of >= over, required=str(least), actual=over.isoformat()
    )


def _condition(kind: ConditionKind, snapshot: Snapshot, plan: Plan) -> ConditionResult:
    match kind:
        case ConditionKind.CONDUCT:
            return _appraisal(kind, snapshot.conduct)
        case ConditionKind.INTERNSHIP:
            return _appraisal(kind, snapshot.internship)
        case ConditionKind.COMPREHENSIVE_EVALUATION:
            found = latest(snapshot, AttestationKind.COMPREHENSIVE_EVALUATION)
            return _appraisal(kind, found)
        case ConditionKind.ACADEMIC_PASS_EXAMS:
            return _pass_exams(snapshot, plan)


@cache
def _appraisal(kind: ConditionKind, found: Appraisal) -> ConditionResult:
    return ConditionResult(
        kind.value,
        met=found is Appraisal.PASSED,
        required=Appraisal.PASSED.value,
        actual=found.value,
    )


def _pass_exams(snapshot: Snapshot, plan: Plan) -> ConditionResult:
    """合格考: every subject of the plan passed at least once."""
    passed = {
        item.subject
        for item in snapshot.attestations
        if item.kind is AttestationKind.ACADEMIC_PASS_EXAM and item.result is Appraisal.PASSED
    }
    missing = tuple(subject for subject in plan.required_pass_exams if subject not in passed)
    total = len(plan.required_pass_exams)
    return ConditionResult(
        ConditionKind.ACADEMIC_PASS_EXAMS.value,
        met=not missing,
        required=str(total),
        actual=str(total - len(missing)),
        missing_codes=missing,
    )


def latest(snapshot: Snapshot, kind: AttestationKind) -> Appraisal:
    """The latest attestation of a kind, pending without one; of one day's the least favourable."""
    found = [item for item in snapshot.attestations if item.kind is kind]
    if not found:
        return Appraisal.PENDING
    return max(found, key=lambda item: (item.attested_on, _WEIGHT.index(item.result))).result


def current_semester(snapshot: Snapshot, as_of: date) -> int:
    """The learner's own semester on a day; suspended ones do not count.

    Who is away is in the semester of the return: those of the suspension are counted beforehand.
    """
    day = as_of
    if snapshot.status is EnrolmentStatus.SUSPENDED and snapshot.away_until is not None:
        day = max(as_of, snapshot.away_until + timedelta(days=1))
    return semester_no(
        entry_year=snapshot.entry_year,
        term=Term.containing(day),
        suspended_semesters=snapshot.suspended_semesters,
    )


def longest_time_is_over(snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date) -> bool:
    """Whether the longest time of study has run out; suspensions as policy says."""
    months = 12 * (plan.years + policy.integer("duration.years_late_max"))
    months += _suspended_months(snapshot, policy)
    return as_of >= months_after(snapshot.entered_on, months)


def _suspended_months(snapshot: Snapshot, policy: Policy) -> int:
    """Months by which suspensions push the shortest and the longest time of study back."""
    if policy.flag("duration.suspension_counts"):
        return 0
    return MONTHS_PER_SEMESTER * snapshot.suspended_semesters
