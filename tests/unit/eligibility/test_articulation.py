"""The hard conditions of an agreement, each met and not met, before the advance and when due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from creditbank.domain.agreements import (
    Agreement,
    EducationLevel,
    HardCondition,
    HardConditionKind,
)
from creditbank.domain.awards import CertificateLevel
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.snapshots import (
    Appraisal,
    Attestation,
    AttestationKind,
    Membership,
    Record,
    Sanction,
    SanctionLevel,
    Snapshot,
)
from creditbank.domain.verdicts import Outcome
from creditbank.eligibility import evaluate_articulation
from tests.unit.eligibility.learners import make_policy, vocational_plan

_PLAN = vocational_plan(surplus_to_electives=False)
_POLICY = make_policy()
_DUE = date(2026, 3, 10)
_EARLY = date(2025, 3, 10)
_KIND = HardConditionKind
_CONDITIONS = (
    HardCondition(_KIND.IN_CLASS_SINCE_ENTRY),
    HardCondition(_KIND.YEAR_OF_STUDY, "3"),
    HardCondition(_KIND.CREDITS_TO_DATE, "90"),
    HardCondition(_KIND.NO_FAILED_CORE),
    HardCondition(_KIND.CONDUCT),
    HardCondition(_KIND.NO_SANCTION, "3"),
    HardCondition(_KIND.INTERNSHIP, "started"),
    HardCondition(_KIND.CERTIFICATE, "intermediate"),
    HardCondition(_KIND.EXAM_REGISTRATION),
    HardCondition(_KIND.MEDICAL_CHECK),
)
_AGREEMENT = Agreement(
    agreement_id=7,
    school_id=1,
    college_id=2,
    name="数控技术应用—机械设计制造及其自动化",
    document_no="平职合〔2023〕7号",
    entry_year=2023,
    pre_level=EducationLevel.SECONDARY_VOCATIONAL,
    pre_years_tenths=30,
    post_level=EducationLevel.BACHELOR,
    post_years_tenths=40,
    pre_major_code="660103",
    pre_catalogue_year=2021,
    post_major_code="080202",
    post_catalogue_year=2021,
    quota=40,
    valid_from=date(2023, 9, 1),
    valid_to=date(2030, 8, 31),
    hard_conditions=_CONDITIONS,
)
_CORE = sorted(course.course_code for course in _PLAN.courses if course.block_code == "ZH")
_NOT_CORE = {course.course_code for course in _PLAN.courses} - set(_CORE)


def _certificate(**changes) -> Record:
    held = Record(
        900,
        EntryKind.INNOVATION,
        300,
        date(2025, 6, 1),
        "车工",
        category="skill_certificate",
        event_key="certificate|1",
        certificate_level=CertificateLevel.INTERMEDIATE,
    )
    return replace(held, **changes)


def _courses(*, without=()) -> tuple[Record, ...]:
    return tuple(
        Record(number, EntryKind.COURSE, course.units, date(2024, 1, 1), course.name,
               course.course_code)
        for number, course in enumerate(_PLAN.courses, start=1)
        if course.course_code not in without
    )  # fmt: skip


def _learner(**changes) -> Snapshot:
    learner = Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=99,
        facts_seq=1,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=(*_courses(), _certificate()),
        conduct=Appraisal.PASSED,
        internship=Appraisal.PENDING,
        internship_started=True,
        attestations=(
            Attestation(AttestationKind.EXAM_REGISTRATION, "", Appraisal.PASSED, date(2025, 11, 1)),
            Attestation(AttestationKind.MEDICAL_CHECK, "", Appraisal.PASSED, date(2025, 11, 1)),
        ),
        memberships=(Membership(7, date(2023, 9, 10)),),
    )
    return replace(learner, **changes)


def _judge(learner, day=_DUE, agreement=_AGREEMENT):
    return evaluate_articulation(learner, agreement, _PLAN, _POLICY, day)


def _unmet(verdict):
    return {item.code for item in verdict.conditions if not item.met}


def test_the_exceptions_that_hold_are_told():
    said = ("", None, 100, "因病", "测1号", 7, date(2024, 3, 1))
    lowered = PlanException(ExceptionKind.LOWER, "", *said)
    later = replace(lowered, decided_on=date(2999, 1, 1))
    (told,) = _judge(_learner(exceptions=(lowered, later))).exceptions
    assert (told.kind, told.units, told.document_no) == (ExceptionKind.LOWER, 100, "测1号")
    assert _judge(_learner()).exceptions == ()


def test_who_meets_every_condition_is_qualified():
    verdict = _judge(_learner())
    assert verdict.outcome is Outcome.QUALIFIED
    assert [item.code for item in verdict.conditions] == [item.kind for item in _CONDITIONS]


_FAILING: dict[str, tuple[dict[str, Any], HardConditionKind]] = {
    "joined a year after entry": (
        {"memberships": (Membership(7, date(2024, 9, 1)),)},
        _KIND.IN_CLASS_SINCE_ENTRY,
    ),
    "left once and came back": (
        {
            "memberships": (
                Membership(7, date(2023, 9, 1), date(2024, 3, 1)),
                Membership(7, date(2024, 9, 1)),
            )
        },
        _KIND.IN_CLASS_SINCE_ENTRY,
    ),
    "suspended": ({"status": EnrolmentStatus.SUSPENDED}, _KIND.IN_CLASS_SINCE_ENTRY),
    "too few credits": (
        {"records": (*_courses(without=_NOT_CORE), _certificate())},
        _KIND.CREDITS_TO_DATE,
    ),
    "a core course failed": (
        {"records": (*_courses(without=_CORE[:1]), _certificate())},
        _KIND.NO_FAILED_CORE,
    ),
    "conduct failed": ({"conduct": Appraisal.FAILED}, _KIND.CONDUCT),
    "demerit in force": (
        {"sanctions": (Sanction(SanctionLevel.DEMERIT, date(2025, 1, 1)),)},
        _KIND.NO_SANCTION,
    ),
    "internship not started": ({"internship_started": False}, _KIND.INTERNSHIP),
    "internship failed": ({"internship": Appraisal.FAILED}, _KIND.INTERNSHIP),
    "no certificate": ({"records": _courses()}, _KIND.CERTIFICATE),
    "certificate too low": (
        {
            "records": (
                *_courses(),
                _certificate(certificate_level=CertificateLevel.ELEMENTARY),
            )
        },
        _KIND.CERTIFICATE,
    ),
    "certificate expired": (
        {"records": (*_courses(), _certificate(valid_until=date(2026, 3, 9)))},
        _KIND.CERTIFICATE,
    ),
    "not registered": ({"attestations": _learner().attestations[1:]}, _KIND.EXAM_REGISTRATION),
    "no medical check": ({"attestations": _learner().attestations[:1]}, _KIND.MEDICAL_CHECK),
}


@pytest.mark.parametrize("name", _FAILING)
def test_each_condition_fails_alone_when_due(name):
    changes, kind = _FAILING[name]
    verdict = _judge(_learner(**changes))
    assert _unmet(verdict) == {kind}
    assert verdict.outcome is Outcome.NOT_QUALIFIED


_BEHIND = {
    "joined a year after entry",
    "left once and came back",
    "suspended",
    "too few credits",
    "a core course failed",
    "conduct failed",
    "demerit in force",
}


@pytest.mark.parametrize("name", sorted(_FAILING.keys() - {"joined a year after entry"}))
def test_before_it_is_due_only_what_can_be_judged_makes_behind(name):
    verdict = _judge(_learner(**_FAILING[name][0]), _EARLY)
    assert verdict.outcome is (Outcome.BEHIND if name in _BEHIND else Outcome.ON_TRACK)
    assert _KIND.YEAR_OF_STUDY in _unmet(verdict)


def test_courses_of_the_running_semester_are_not_yet_asked():
    later = [c.course_code for c in _PLAN.courses if c.semester_no >= 4]
    verdict = _judge(_learner(records=_courses(without=later)), _EARLY)
    assert verdict.outcome is Outcome.ON_TRACK
    assert verdict.counted_units >= verdict.required_units


def test_the_failed_core_courses_are_named():
    verdict = _judge(_learner(records=(*_courses(without=_CORE[1:3]), _certificate())))
    found = next(item for item in verdict.conditions if item.code == _KIND.NO_FAILED_CORE)
    assert found.missing_codes == tuple(_CORE[1:3])


def test_a_recognised_core_course_is_not_missing():
    recognised = Record(
        950, EntryKind.RECOGNITION, 400, date(2024, 9, 1), "原校课程", _CORE[0], block_code="ZH"
    )
    verdict = _judge(_learner(records=(*_courses(without=_CORE[:1]), _certificate(), recognised)))
    assert verdict.outcome is Outcome.QUALIFIED


@pytest.mark.parametrize(
    "changes",
    [
        {"memberships": ()},
        {"memberships": (Membership(7, date(2023, 9, 1), date(2025, 1, 1)),)},
        {"memberships": (Membership(8, date(2023, 9, 1)),)},
        {"status": EnrolmentStatus.TRANSFERRED_OUT},
        {"status": EnrolmentStatus.GRADUATED},
    ],
)
def test_outside_the_class_or_the_school_it_has_ended(changes):
    assert _judge(_learner(**changes)).outcome is Outcome.ENDED


def test_a_sanction_lifted_or_milder_does_not_block():
    mild = Sanction(SanctionLevel.WARNING, date(2025, 1, 1))
    lifted = Sanction(SanctionLevel.DEMERIT, date(2024, 1, 1), date(2025, 1, 1))
    assert _judge(_learner(sanctions=(mild, lifted))).outcome is Outcome.QUALIFIED


def test_a_certificate_in_dispute_asks_for_a_review_but_only_if_it_would_do():
    disputed = (*_courses(), _certificate(disputed=True))
    assert _judge(_learner(records=disputed)).outcome is Outcome.NEEDS_REVIEW
    failed = _learner(records=disputed, conduct=Appraisal.FAILED)
    assert _judge(failed).outcome is Outcome.NOT_QUALIFIED


def test_two_and_a_half_years_are_due_in_the_fifth_semester():
    agreement = replace(_AGREEMENT, pre_years_tenths=25)
    assert _judge(_learner(), date(2025, 8, 30), agreement).outcome is Outcome.ON_TRACK
    assert _judge(_learner(), date(2025, 9, 1), agreement).outcome is Outcome.QUALIFIED


def test_a_passed_internship_can_be_asked_for():
    passed = (HardCondition(_KIND.INTERNSHIP, "passed"),)
    agreement = replace(_AGREEMENT, hard_conditions=passed)
    assert _judge(_learner(), agreement=agreement).outcome is Outcome.NOT_QUALIFIED
    done = _learner(internship=Appraisal.PASSED)
    assert _judge(done, agreement=agreement).outcome is Outcome.QUALIFIED
