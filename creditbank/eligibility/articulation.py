"""资格初审: the hard conditions of a through-training agreement, line by line.

What people decide later (assessment, tests, admission) is not here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from creditbank.domain.agreements import Agreement, HardCondition, HardConditionKind
from creditbank.domain.awards import CertificateLevel, InnovationCategory
from creditbank.domain.enrolments import OPEN_STATUSES
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import (
    Appraisal,
    AttestationKind,
    Membership,
    Record,
    Snapshot,
)
from creditbank.domain.verdicts import ConditionResult, Outcome, SubjectKind, Verdict
from creditbank.eligibility.allocation import allocate
from creditbank.eligibility.conditions import STUDYING, current_semester, latest
from creditbank.eligibility.input_hash import input_hash
from creditbank.eligibility.plan_index import PlanIndex, plan_index
from creditbank.eligibility.usable import usable_records
from creditbank.eligibility.version import ENGINE_VERSION

_LEVELS = (
    CertificateLevel.NONE,
    CertificateLevel.ELEMENTARY,
    CertificateLevel.INTERMEDIATE,
    CertificateLevel.ADVANCED,
)
_JUDGED_ALWAYS = frozenset(
    {
        HardConditionKind.IN_CLASS_SINCE_ENTRY,
        HardConditionKind.CREDITS_TO_DATE,
        HardConditionKind.NO_FAILED_CORE,
        HardConditionKind.NO_SANCTION,
    }
)


class _Case:
    """One learner, one agreement, one day: what the conditions look at."""

    def __init__(
        self,
        snapshot: Snapshot,
        agreement: Agreement,
        index: PlanIndex,
        policy: Policy,
        as_of: date,
        membership: Membership | None,
    ) -> None:
        self.snapshot = snapshot
        self.agreement = agreement
        self.index = index
        self.as_of = as_of
        self.membership = membership
        self.semester = current_semester(snapshot, as_of)
        usable = usable_records(snapshot.records, index, policy, as_of)
        self.counted = allocate(usable, index).counted
        self.due = index.units_due(self.semester)
        self.passed_courses = frozenset(record.course_code for record in usable.courses)

    @property
    def year_of_study(self) -> int:
        return (self.semester + 1) // 2


def evaluate_articulation(
    snapshot: Snapshot, agreement: Agreement, plan: Plan, policy: Policy, as_of: date
) -> Verdict:
    """The verdict on one agreement's hard conditions on one day.

    required_units and counted_units speak of the plan to date; shortfall_units is what lacks of
    the share that the agreement asks for.
    """
    index = plan_index(plan)
    membership = next(
        (item for item in snapshot.memberships if item.agreement_id == agreement.agreement_id), None
    )
    case = _Case(snapshot, agreement, index, policy, as_of, membership)
    conditions = tuple(_CHECKS[item.kind](item, case) for item in agreement.hard_conditions)
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
        outcome=_outcome(case, conditions),
        required_units=required,
        counted_units=case.counted,
        shortfall_units=max(0, required - case.counted),
        blocks=(),
        conditions=conditions,
        placements=(),
        proof=(),
        input_hash=input_hash(snapshot, index, policy, as_of, agreement),
    )


def _outcome(case: _Case, conditions: tuple[ConditionResult, ...]) -> Outcome:
    member = case.membership
    if member is None or member.left_on is not None or case.snapshot.status not in OPEN_STATUSES:
        return Outcome.ENDED
    unmet = {HardConditionKind(item.code) for item in conditions if not item.met}
    if 5 * case.semester < case.agreement.pre_years_tenths:  # before the last semester
        failed_conduct = case.snapshot.conduct is Appraisal.FAILED
        behind = bool(unmet & _JUDGED_ALWAYS) or (
            failed_conduct and HardConditionKind.CONDUCT in unmet
        )
        return Outcome.BEHIND if behind else Outcome.ON_TRACK
    if not unmet:
        return Outcome.QUALIFIED
    if unmet == {HardConditionKind.CERTIFICATE} and _disputed_would_do(case):
        return Outcome.NEEDS_REVIEW
    return Outcome.NOT_QUALIFIED


def _required_to_date(agreement: Agreement, case: _Case) -> int:
    for item in agreement.hard_conditions:
        if item.kind is HardConditionKind.CREDITS_TO_DATE:
            return -(-case.due * int(item.threshold) // 100)
    return case.due


def _in_class(item: HardCondition, case: _Case) -> ConditionResult:
    member = case.membership
    since_entry = (
        member is not None
        and member.left_on is None
        and member.joined_on.year <= case.snapshot.entry_year
        and case.snapshot.status in STUDYING
    )
    joined = "" if member is None else member.joined_on.isoformat()
    left = "" if member is None or member.left_on is None else f"/{member.left_on.isoformat()}"
    return ConditionResult(item.kind.value, since_entry, "since_entry", f"{joined}{left}")


def _year(item: HardCondition, case: _Case) -> ConditionResult:
    year = case.year_of_study
    return ConditionResult(item.kind.value, year >= int(item.threshold), item.threshold, str(year))


def _credits(item: HardCondition, case: _Case) -> ConditionResult:
    required = -(-case.due * int(item.threshold) // 100)
    return ConditionResult(
        item.kind.value, case.counted >= required, str(required), str(case.counted)
    )


def _failed_core(item: HardCondition, case: _Case) -> ConditionResult:
    core = {block.code for block in case.index.blocks if block.is_major_core}
    missing = tuple(
        sorted(
            course.course_code
            for course in case.index.plan.courses
            if course.block_code in core
            and course.semester_no < case.semester
            and course.course_code not in case.passed_courses
        )
    )
    return ConditionResult(item.kind.value, not missing, "0", str(len(missing)), missing)


def _conduct(item: HardCondition, case: _Case) -> ConditionResult:
    found = case.snapshot.conduct
    return ConditionResult(item.kind.value, found is Appraisal.PASSED, "passed", found.value)


def _sanction(item: HardCondition, case: _Case) -> ConditionResult:
    in_force = [
        sanction.level.value
        for sanction in case.snapshot.sanctions
        if sanction.decided_on <= case.as_of
        and (sanction.lifted_on is None or sanction.lifted_on > case.as_of)
    ]
    worst = max(in_force, default="")
    return ConditionResult(item.kind.value, worst < item.threshold, item.threshold, worst)


def _internship(item: HardCondition, case: _Case) -> ConditionResult:
    found = case.snapshot.internship
    if item.threshold == Appraisal.PASSED.value:
        met = found is Appraisal.PASSED
    else:
        met = case.snapshot.internship_started and found is not Appraisal.FAILED
    actual = found.value
    if found is Appraisal.PENDING:
        actual = "started" if case.snapshot.internship_started else "not_started"
    return ConditionResult(item.kind.value, met, item.threshold, actual)


def _certificate(item: HardCondition, case: _Case) -> ConditionResult:
    best = _best_certificate(case, disputed=False)
    met = _LEVELS.index(best) >= _LEVELS.index(CertificateLevel(item.threshold))
    return ConditionResult(item.kind.value, met, item.threshold, best.value)


def _best_certificate(case: _Case, *, disputed: bool) -> CertificateLevel:
    held = [
        record.certificate_level
        for record in case.snapshot.records
        if _is_valid_certificate(record, case.as_of) and (disputed or not record.disputed)
    ]
    return max(held, key=_LEVELS.index, default=CertificateLevel.NONE)


def _is_valid_certificate(record: Record, as_of: date) -> bool:
    return (
        record.kind is EntryKind.INNOVATION
        and record.category == InnovationCategory.SKILL_CERTIFICATE.value
        and (record.valid_until is None or record.valid_until >= as_of)
    )


def _disputed_would_do(case: _Case) -> bool:
    asked = next(
        CertificateLevel(item.threshold)
        for item in case.agreement.hard_conditions
        if item.kind is HardConditionKind.CERTIFICATE
    )
    return _LEVELS.index(_best_certificate(case, disputed=True)) >= _LEVELS.index(asked)


def _attested(kind: AttestationKind) -> Callable[[HardCondition, _Case], ConditionResult]:
    def check(item: HardCondition, case: _Case) -> ConditionResult:
        found = latest(case.snapshot, kind)
        return ConditionResult(item.kind.value, found is Appraisal.PASSED, "passed", found.value)

    return check


_CHECKS: dict[HardConditionKind, Callable[[HardCondition, _Case], ConditionResult]] = {
    HardConditionKind.IN_CLASS_SINCE_ENTRY: _in_class,
    HardConditionKind.YEAR_OF_STUDY: _year,
    HardConditionKind.CREDITS_TO_DATE: _credits,
    HardConditionKind.NO_FAILED_CORE: _failed_core,
    HardConditionKind.CONDUCT: _conduct,
    HardConditionKind.NO_SANCTION: _sanction,
    HardConditionKind.INTERNSHIP: _internship,
    HardConditionKind.CERTIFICATE: _certificate,
    HardConditionKind.EXAM_REGISTRATION: _attested(AttestationKind.EXAM_REGISTRATION),
    HardConditionKind.MEDICAL_CHECK: _attested(AttestationKind.MEDICAL_CHECK),
}
