"""Conditions for graduation that carry no credits: 教职成〔2010〕7号 art. 33 and the plan's own."""

from __future__ import annotations

from datetime import date

from creditbank.domain.enrolments import EnrolmentStatus, Term, semester_no
from creditbank.domain.plans import ConditionKind, Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Appraisal, AttestationKind, Snapshot
from creditbank.domain.verdicts import ConditionResult

STUDYING = frozenset({EnrolmentStatus.STUDYING, EnrolmentStatus.RESUMED})
STATUS = "status"
MIN_DURATION = "min_duration"


def graduation_conditions(
    snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date
) -> tuple[ConditionResult, ...]:
    """Every condition of the plan, then the status and the shortest time of study."""
    results = [_condition(kind, snapshot, plan) for kind in plan.conditions]
    results.append(
        ConditionResult(
            STATUS,
            met=snapshot.status in STUDYING,
            required=EnrolmentStatus.STUDYING.value,
            actual=snapshot.status.value,
        )
    )
    months, least = (
        months_between(snapshot.entered_on, as_of),
        policy.integer("duration.min_months"),
    )
    results.append(
        ConditionResult(MIN_DURATION, met=months >= least, required=str(least), actual=str(months))
    )
    return tuple(results)


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
    """The latest attestation of a kind, pending without one."""
    found = [item for item in snapshot.attestations if item.kind is kind]
    return max(found, key=lambda item: item.attested_on).result if found else Appraisal.PENDING


def months_between(start: date, end: date) -> int:
    """Whole months from start to end."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def current_semester(snapshot: Snapshot, as_of: date, *, suspension_counts: bool = False) -> int:
    """The learner's own semester on a day, suspensions not counted unless policy says so."""
    suspended = 0 if suspension_counts else snapshot.suspended_semesters
    return semester_no(
        entry_year=snapshot.entry_year, term=Term.containing(as_of), suspended_semesters=suspended
    )


def longest_time_is_over(snapshot: Snapshot, policy: Policy, as_of: date) -> bool:
    """Whether the longest time of study has run out; suspensions as policy says."""
    months = months_between(snapshot.entered_on, as_of)
    if not policy.flag("duration.suspension_counts"):
        months -= 6 * snapshot.suspended_semesters
    return months >= 12 * policy.integer("duration.max_years")
