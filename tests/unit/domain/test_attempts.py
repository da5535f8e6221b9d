"""Attempts: resits, retakes, exemptions, credit earned once, and the average."""

from __future__ import annotations

import itertools
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.domain.attempts import (
    Attempt,
    AttemptOutcome,
    GradedAttempt,
    attempt_outcome,
    gpa,
)
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.errors import Problem
from creditbank.domain.marks import Mark, read_mark
from creditbank.domain.policies import Policy
from tests.factories.policies import shipped_policy

FAILED = Attempt(ExamKind.NORMAL, passed=False, units=0, ledger_seq=1, mark="52")
PASSED = Attempt(ExamKind.NORMAL, passed=True, units=400, ledger_seq=1, mark="70")
ABSENT = Attempt(ExamKind.ABSENT, passed=False, units=0, ledger_seq=1, mark="旷考")
CHEATED = Attempt(ExamKind.NORMAL, passed=False, units=0, ledger_seq=1, mark="作弊")
DEFERRED = Attempt(ExamKind.DEFERRED, passed=False, units=0, ledger_seq=1, mark="缓考")
RESAT = Attempt(ExamKind.FIRST_RESIT, passed=False, units=0, ledger_seq=2, mark="55")
RESAT_AGAIN = Attempt(ExamKind.SECOND_RESIT, passed=False, units=0, ledger_seq=3, mark="57")


def outcome(
    text: str,
    kind: ExamKind,
    *earlier: Attempt,
    scale: GradingScale = GradingScale.PERCENT,
    rules: Policy | None = None,
    proof_no: str = "",
) -> AttemptOutcome | Problem:
    """The outcome of a mark at a course of four credits."""
    mark = read_mark(text, scale, kind, rules or shipped_policy())
    assert isinstance(mark, Mark), mark
    return attempt_outcome(
        mark,
        kind,
        course_units=400,
        earlier=earlier,
        policy=rules or shipped_policy(),
        proof_no=proof_no,
    )


def test_a_pass_earns_all_credits_and_a_failure_none():
    assert outcome("60", ExamKind.NORMAL) == AttemptOutcome(
        "60", "", grade_point=100, units=400, passed=True
    )
    assert outcome("59.5", ExamKind.NORMAL) == AttemptOutcome(
        "59.5", "", grade_point=0, units=0, passed=False
    )


def test_a_resit_pass_is_recorded_as_60_with_its_credit_and_point_1():
    assert outcome("92", ExamKind.FIRST_RESIT, FAILED) == AttemptOutcome(
        "60", "92", grade_point=100, units=400, passed=True
    )


def test_a_school_may_record_the_real_mark_of_a_resit():
    real = shipped_policy(marks__resit_recorded="real")
    found = outcome("92", ExamKind.FIRST_RESIT, FAILED, rules=real)
    assert found == AttemptOutcome("92", "", grade_point=420, units=400, passed=True)


@pytest.mark.parametrize(
    ("scale", "text", "written"),
    [
        (GradingScale.FIVE_LEVEL, "良好", "及格"),
        (GradingScale.LETTER, "A", "D"),
        (GradingScale.PASS_FAIL, "合格", "合格"),
    ],
)
def test_a_resit_pass_on_other_scales_is_the_lowest_pass(scale, text, written):
    found = outcome(text, ExamKind.SECOND_RESIT, FAILED, RESAT, scale=scale)
    assert isinstance(found, AttemptOutcome)
    assert (found.mark, found.grade_point, found.units) == (written, 100, 400)


def test_a_resit_does_not_bring_a_scale_into_the_average_that_is_left_out():
    rules = shipped_policy(marks__pass_fail_point=0)
    found = outcome("合格", ExamKind.FIRST_RESIT, FAILED, scale=GradingScale.PASS_FAIL, rules=rules)
    assert isinstance(found, AttemptOutcome)
    assert found.grade_point is None


def test_a_failed_resit_keeps_its_real_mark():
    found = outcome("48", ExamKind.FIRST_RESIT, FAILED)
    assert found == AttemptOutcome("48", "", grade_point=0, units=0, passed=False)


def test_a_retake_has_its_real_mark():
    found = outcome("88", ExamKind.RETAKE, FAILED, RESAT, RESAT_AGAIN)
    assert found == AttemptOutcome("88", "", grade_point=380, units=400, passed=True)


def test_a_retake_after_a_pass_earns_the_credit_no_second_time():
    assert outcome("95", ExamKind.RETAKE, PASSED) == AttemptOutcome(
        "95", "", grade_point=450, units=0, passed=True
    )


@pytest.mark.parametrize(
    ("kind", "earlier", "code"),
    [
        (ExamKind.FIRST_RESIT, (), "resit_without_attempt"),
        (ExamKind.RESIT_AFTER_COMPLETION, (), "resit_without_attempt"),
        (ExamKind.FIRST_RESIT, (PASSED,), "resit_after_pass"),
        (ExamKind.FIRST_RESIT, (ABSENT,), "resit_forfeited"),
        (ExamKind.FIRST_RESIT, (CHEATED,), "resit_forfeited"),
        (ExamKind.SECOND_RESIT, (FAILED, RESAT, RESAT_AGAIN), "resits_used_up"),
        (ExamKind.FIRST_RESIT, (DEFERRED,), "resit_after_deferral"),
        (ExamKind.SECOND_RESIT, (DEFERRED,), "resit_after_deferral"),
    ],
)
def test_a_resit_that_may_not_be_is_refused(kind, earlier, code):
    found = outcome("70", kind, *earlier)
    assert isinstance(found, Problem)
    assert (found.code, found.field) == (code, "exam_kind")


@pytest.mark.parametrize(
    ("kind", "earlier"),
    [
        (ExamKind.FIRST_RESIT, (DEFERRED, FAILED)),
        (ExamKind.RESIT_AFTER_COMPLETION, (DEFERRED,)),
        (ExamKind.SECOND_RESIT, (FAILED, RESAT)),
        (ExamKind.RESIT_AFTER_COMPLETION, (FAILED, RESAT, RESAT_AGAIN)),
        (ExamKind.RESIT_AFTER_COMPLETION, (ABSENT,)),
    ],
)
def test_a_resit_that_may_be_is_taken(kind, earlier):
    assert isinstance(outcome("70", kind, *earlier), AttemptOutcome)


def test_a_school_decides_on_the_number_of_resits_and_on_resits_after_absence():
    one = shipped_policy(marks__resits_max=1)
    assert isinstance(outcome("70", ExamKind.SECOND_RESIT, FAILED, RESAT, rules=one), Problem)
    mild = shipped_policy(marks__resit_after_absence=True)
    found = outcome("70", ExamKind.FIRST_RESIT, ABSENT, rules=mild)
    assert isinstance(found, AttemptOutcome)


def test_after_a_failed_retake_an_old_absence_forfeits_nothing():
    retaken = Attempt(ExamKind.RETAKE, passed=False, units=0, ledger_seq=2, mark="50")
    assert isinstance(outcome("70", ExamKind.FIRST_RESIT, ABSENT, retaken), AttemptOutcome)


def test_an_exemption_earns_the_credit_and_stays_out_of_the_average():
    assert outcome("", ExamKind.EXEMPT, proof_no="平教〔2026〕1号") == AttemptOutcome(
        "免修", "", grade_point=None, units=400, passed=True
    )
    assert outcome("85", ExamKind.EXEMPT) == AttemptOutcome(
        "85", "", grade_point=None, units=400, passed=True
    )


@pytest.mark.parametrize(
    ("text", "scale"),
    [("", GradingScale.PERCENT), ("免修", GradingScale.PERCENT), ("合格", GradingScale.PASS_FAIL)],
)
def test_an_exemption_without_a_test_mark_needs_proof(text, scale):
    found = outcome(text, ExamKind.EXEMPT, scale=scale)
    assert isinstance(found, Problem)
    assert (found.code, found.field) == ("exemption_proof_missing", "proof_no")
    shown = outcome(text, ExamKind.EXEMPT, scale=scale, proof_no="JN2026001")
    assert isinstance(shown, AttemptOutcome)
    assert shown.passed
    lax = shipped_policy(marks__exempt_proof_required=False)
    assert isinstance(outcome(text, ExamKind.EXEMPT, scale=scale, rules=lax), AttemptOutcome)


def test_the_exam_after_a_deferral_counts_as_it_is():
    assert outcome("92", ExamKind.NORMAL, DEFERRED) == AttemptOutcome(
        "92", "", grade_point=420, units=400, passed=True
    )


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("79.5", GradingScale.PERCENT),
        ("中等", GradingScale.FIVE_LEVEL),
        ("不合格", GradingScale.PASS_FAIL),
    ],
)
def test_an_exemption_by_a_low_test_mark_is_refused(text, scale):
    found = outcome(text, ExamKind.EXEMPT, scale=scale)
    assert isinstance(found, Problem)
    assert found.code == "exemption_mark_too_low"


@given(st.lists(st.sampled_from(["45", "59.9", "60", "88"]), min_size=1, max_size=6))
def test_the_credit_of_a_course_is_earned_once_whatever_comes(marks):
    earlier: list[Attempt] = []
    for text in marks:
        found = outcome(text, ExamKind.RETAKE, *earlier)
        assert isinstance(found, AttemptOutcome)
        seq = len(earlier) + 1
        earlier.append(Attempt(ExamKind.RETAKE, found.passed, found.units, seq, found.mark))
    passed = any(float(text) >= 60 for text in marks)
    assert sum(attempt.units for attempt in earlier) == (400 if passed else 0)


def graded(*points: int | None, course: str = "GG01", units: int = 400) -> list[GradedAttempt]:
    return [
        GradedAttempt(course, units, point, seq, passed=point is None or point > 0)
        for seq, point in enumerate(points, start=1)
    ]


def test_the_average_weighs_by_credits_and_rounds_half_up_once():
    attempts = graded(350, course="A", units=100) + graded(355, course="B", units=100)
    assert gpa(attempts, shipped_policy()) == 353
    assert gpa(graded(350, units=300) + graded(0, course="B", units=100), shipped_policy()) == 263


def test_without_a_graded_attempt_there_is_no_average():
    assert gpa([], shipped_policy()) is None
    assert gpa(graded(None), shipped_policy()) is None
    assert gpa(graded(400, units=0), shipped_policy()) is None


def test_the_best_attempt_counts_or_the_latest():
    attempts = graded(0, 400, 300)
    assert gpa(attempts, shipped_policy()) == 400
    assert gpa(attempts, shipped_policy(marks__retake_counts="latest")) == 300


def test_a_course_passed_without_a_point_is_left_out_though_it_was_failed_before():
    others = graded(400, course="B")
    assert gpa([*graded(0, None), *others], shipped_policy()) == 400
    assert gpa([*graded(0, None), *others], shipped_policy(marks__retake_counts="latest")) == 400


def test_a_graded_pass_is_not_lost_by_an_exemption():
    assert gpa(graded(350, None), shipped_policy()) == 350


def test_a_pending_attempt_changes_nothing():
    pending = GradedAttempt("GG01", 400, None, 2, passed=False)
    for rules in (shipped_policy(), shipped_policy(marks__retake_counts="latest")):
        assert gpa([*graded(0), pending], rules) == 0


courses = st.lists(
    st.tuples(st.sampled_from([50, 100, 200, 450]), st.integers(0, 500)), min_size=1, max_size=12
)


@given(courses, st.randoms())
def test_the_average_is_exact_and_the_order_of_posting_is_no_matter(rows, random):
    attempts = [
        GradedAttempt(f"C{number}", units, point, number, passed=point > 0)
        for number, (units, point) in enumerate(rows)
    ]
    random.shuffle(attempts)
    total = sum(Decimal(units * point) for units, point in rows)
    exact = total / sum(units for units, _ in rows)
    assert gpa(attempts, shipped_policy()) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def test_every_kind_of_exam_has_an_outcome_or_a_reason():
    for kind, earlier in itertools.product(ExamKind, ((), (FAILED,), (PASSED,), (ABSENT,))):
        text = "" if kind in {ExamKind.DEFERRED, ExamKind.ABSENT, ExamKind.EXEMPT} else "75"
        assert isinstance(outcome(text, kind, *earlier), AttemptOutcome | Problem)
