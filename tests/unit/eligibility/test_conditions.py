"""What each condition without credits says: whether it is met, what was asked, what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.plans import ConditionKind
from creditbank.domain.snapshots import Appraisal, Attestation, AttestationKind, Snapshot
from creditbank.domain.verdicts import ConditionResult
from creditbank.eligibility.conditions import (
    current_semester,
    graduation_conditions,
    latest,
)
from tests.unit.eligibility.learners import AS_OF, EXAMS, general_plan, make_plan, make_policy

_PLAN = make_plan((), (), 0, conditions=tuple(ConditionKind))
_PASSED, _FAILED, _PENDING = Appraisal.PASSED, Appraisal.FAILED, Appraisal.PENDING
_EXAM, _EVALUATION = (
    AttestationKind.ACADEMIC_PASS_EXAM,
    AttestationKind.COMPREHENSIVE_EVALUATION,
)


def _learner(**changes) -> Snapshot:
    learner = Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=0,
        facts_seq=0,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=(),
    )
    return replace(learner, **changes)


def _found(learner, plan=_PLAN, **policy) -> dict[str, ConditionResult]:
    found = graduation_conditions(learner, plan, make_policy(**policy), AS_OF)
    return {item.code: item for item in found}


def _exams(*passed, failed=()):
    results = {**dict.fromkeys(passed, _PASSED), **dict.fromkeys(failed, _FAILED)}
    return tuple(Attestation(_EXAM, name, how, date(2025, 6, 20)) for name, how in results.items())


@pytest.mark.parametrize("status", EnrolmentStatus)
def test_only_who_studies_has_the_status_for_it(status):
    studying = status in {EnrolmentStatus.STUDYING, EnrolmentStatus.RESUMED}
    assert _found(_learner(status=status))["status"] == ConditionResult(
        "status", met=studying, required="01", actual=status.value
    )


@pytest.mark.parametrize("found", Appraisal)
def test_conduct_internship_and_evaluation_must_be_passed(found):
    evaluation = (Attestation(_EVALUATION, "", found, date(2026, 5, 1)),)
    results = _found(_learner(conduct=found, internship=found, attestations=evaluation))
    for code in ("conduct", "internship", "comprehensive_evaluation"):
        assert results[code] == ConditionResult(code, found is _PASSED, "passed", found.value)


def test_pass_exams_are_counted_and_the_missing_ones_named():
    one_left = _exams("语文", "外语", failed=("数学",))
    assert _found(_learner(attestations=one_left))["academic_pass_exams"] == ConditionResult(
        "academic_pass_exams", met=False, required="3", actual="2", missing_codes=("数学",)
    )
    assert _found(_learner(attestations=_exams(*EXAMS)))["academic_pass_exams"] == ConditionResult(
        "academic_pass_exams", met=True, required="3", actual="3"
    )


def test_a_subject_is_passed_by_an_exam_of_its_own_kind():
    other = tuple(Attestation(_EVALUATION, name, _PASSED, date(2025, 6, 20)) for name in EXAMS)
    found = _found(_learner(attestations=other), general_plan())["academic_pass_exams"]
    assert (found.met, found.actual, found.missing_codes) == (False, "0", EXAMS)


def test_the_latest_attestation_speaks_and_of_one_day_the_least_favourable():
    early, late = date(2025, 1, 1), date(2025, 1, 2)

    def speak(*given):
        items = tuple(Attestation(_EVALUATION, "", how, day) for how, day in given)
        return latest(_learner(attestations=items), _EVALUATION)

    assert speak() is _PENDING
    assert speak((_FAILED, early), (_PASSED, late)) is _PASSED
    assert speak((_PASSED, late), (_FAILED, early)) is _PASSED
    assert speak((_FAILED, late), (_PASSED, early)) is _FAILED
    for day in ((_FAILED, late), (_PASSED, late)), ((_PASSED, late), (_FAILED, late)):
        assert speak(*day) is _FAILED
    assert speak((_PENDING, late), (_PASSED, late)) is _PASSED


@pytest.mark.parametrize(
    ("years", "early", "suspended", "counts", "months", "over"),
    [
        (3, 1, 0, False, "24", "2025-09-01"),
        (3, 0, 0, False, "36", "2026-09-01"),
        (3, 1, 1, False, "24", "2026-03-01"),
        (3, 1, 2, False, "24", "2026-09-01"),
        (3, 1, 2, True, "24", "2025-09-01"),
        (3, 3, 0, False, "0", "2023-09-01"),
        (3, 5, 0, False, "0", "2023-09-01"),
    ],
)
def test_the_shortest_time_of_study(years, early, suspended, counts, months, over):
    found = _found(
        _learner(suspended_semesters=suspended),
        replace(_PLAN, years=years),
        duration__years_early_max=early,
        duration__suspension_counts=counts,
    )["min_duration"]
    met = date.fromisoformat(over) <= AS_OF
    assert found == ConditionResult("min_duration", met, months, over)


def test_the_shortest_time_is_over_on_its_day():
    for day, met in ((date(2025, 8, 31), False), (date(2025, 9, 1), True)):
        found = graduation_conditions(_learner(), _PLAN, make_policy(), day)[-1]
        assert (found.code, found.met) == ("min_duration", met)


def test_suspended_semesters_are_no_semesters_of_the_learner():
    assert current_semester(_learner(), AS_OF) == 6
    assert current_semester(_learner(suspended_semesters=2), AS_OF) == 4


@pytest.mark.parametrize(
    ("status", "until", "as_of", "semester"),
    [
        # away in the third and fourth semester: back in the third, a year later
        (EnrolmentStatus.SUSPENDED, date(2025, 8, 31), date(2024, 9, 1), 3),
        (EnrolmentStatus.SUSPENDED, date(2025, 8, 31), date(2025, 3, 1), 3),
        (EnrolmentStatus.SUSPENDED, date(2025, 8, 31), date(2025, 8, 31), 3),
        (EnrolmentStatus.SUSPENDED, date(2025, 8, 31), date(2026, 3, 1), 4),
        # who is back is where the day says, and of whom no last day is known as well
        (EnrolmentStatus.STUDYING, date(2025, 8, 31), date(2024, 9, 1), 1),
        (EnrolmentStatus.SUSPENDED, None, date(2024, 9, 1), 1),
    ],
)
def test_who_is_away_is_in_the_semester_of_the_return(status, until, as_of, semester):
    learner = _learner(suspended_semesters=2, status=status, away_until=until)
    assert current_semester(learner, as_of) == semester
