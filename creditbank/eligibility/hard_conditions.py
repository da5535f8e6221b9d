"""The hard conditions of an agreement, one function each: what was asked, what was found."""

from __future__ import annotations

from collections.abc import Callable

from creditbank.domain.agreements import HardCondition, HardConditionKind
from creditbank.domain.awards import CertificateLevel
from creditbank.domain.snapshots import Appraisal, AttestationKind
from creditbank.domain.verdicts import ConditionResult
from creditbank.eligibility.case import LEVELS, Case, is_over
from creditbank.eligibility.conditions import STUDYING, latest

STARTED = "started"
NOT_STARTED = "not_started"


def check(item: HardCondition, case: Case) -> ConditionResult:
    """One condition. Its threshold is read as domain.agreements.HardCondition says."""
    return _CHECKS[item.kind](item, case)


def units_asked(item: HardCondition, case: Case) -> int:
    """The share of the plan to date that CREDITS_TO_DATE asks for, rounded up to a hundredth."""
    return -(-case.due * int(item.threshold) // 100)


def _in_class(item: HardCondition, case: Case) -> ConditionResult:
    member = case.membership
    since_entry = (
        member is not None
        and case.member_since_entry
        and not is_over(member, case.as_of)
        and case.snapshot.status in STUDYING
    )
    joined = "" if member is None else member.joined_on.isoformat()
    left = "" if member is None or member.left_on is None else f"/{member.left_on.isoformat()}"
    return ConditionResult(item.kind.value, since_entry, "since_entry", f"{joined}{left}")


def _year(item: HardCondition, case: Case) -> ConditionResult:
    year = case.year_of_study
    return ConditionResult(item.kind.value, year >= int(item.threshold), item.threshold, str(year))


def _credits(item: HardCondition, case: Case) -> ConditionResult:
    asked = units_asked(item, case)
    return ConditionResult(item.kind.value, case.counted >= asked, str(asked), str(case.counted))


def _failed_core(item: HardCondition, case: Case) -> ConditionResult:
    missing = tuple(
        code
        for code, semester_no in case.index.core_courses
        if semester_no < case.semester and code not in case.passed_courses
    )
    return ConditionResult(item.kind.value, not missing, "0", str(len(missing)), missing)


def _conduct(item: HardCondition, case: Case) -> ConditionResult:
    return _appraisal(item, case.snapshot.conduct)


def _sanction(item: HardCondition, case: Case) -> ConditionResult:
    in_force = [
        sanction.level.value
        for sanction in case.snapshot.sanctions
        if sanction.decided_on <= case.as_of
        and (sanction.lifted_on is None or sanction.lifted_on > case.as_of)
    ]
    worst = max(in_force, default="")
    return ConditionResult(item.kind.value, worst < item.threshold, item.threshold, worst)


def _internship(item: HardCondition, case: Case) -> ConditionResult:
    found = case.snapshot.internship
    started = case.snapshot.internship_started or found is not Appraisal.PENDING
    actual = found.value
    if found is Appraisal.PENDING:
        actual = STARTED if started else NOT_STARTED
    met = found is Appraisal.PASSED
    if item.threshold == STARTED:
        met = started and found is not Appraisal.FAILED
    return ConditionResult(item.kind.value, met, item.threshold, actual)


def _certificate(item: HardCondition, case: Case) -> ConditionResult:
    found = case.certificate
    met = LEVELS.index(found) >= LEVELS.index(CertificateLevel(item.threshold))
    return ConditionResult(item.kind.value, met, item.threshold, found.value)


def _registered(item: HardCondition, case: Case) -> ConditionResult:
    return _appraisal(item, latest(case.snapshot, AttestationKind.EXAM_REGISTRATION))


def _healthy(item: HardCondition, case: Case) -> ConditionResult:
    return _appraisal(item, latest(case.snapshot, AttestationKind.MEDICAL_CHECK))


def _appraisal(item: HardCondition, found: Appraisal) -> ConditionResult:
    passed = Appraisal.PASSED
    return ConditionResult(item.kind.value, found is passed, passed.value, found.value)


_CHECKS: dict[HardConditionKind, Callable[[HardCondition, Case], ConditionResult]] = {
    HardConditionKind.IN_CLASS_SINCE_ENTRY: _in_class,
    HardConditionKind.YEAR_OF_STUDY: _year,
    HardConditionKind.CREDITS_TO_DATE: _credits,
    HardConditionKind.NO_FAILED_CORE: _failed_core,
    HardConditionKind.CONDUCT: _conduct,
    HardConditionKind.NO_SANCTION: _sanction,
    HardConditionKind.INTERNSHIP: _internship,
    HardConditionKind.CERTIFICATE: _certificate,
    HardConditionKind.EXAM_REGISTRATION: _registered,
    HardConditionKind.MEDICAL_CHECK: _healthy,
}
