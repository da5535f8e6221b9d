"""Attempts at a course: what a new one is recorded as beside those before it, and the average.

What belongs here: the rules that look at several attempts. Reading one mark is in domain.marks.
Grade points and credits in hundredths; what schools decide differently (how a resit pass is
written, which attempt counts, how many resits there are) is policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from creditbank.domain.courses import RESITS, ExamKind, GradingScale
from creditbank.domain.errors import Message, Problem
from creditbank.domain.marks import ZERO_WORDS, Mark, grade_point, pass_tenths, tenths_text
from creditbank.domain.policies import Policy

_LIMITED_RESITS = frozenset({ExamKind.FIRST_RESIT, ExamKind.SECOND_RESIT})


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier attempt of the same course that stands in the ledger. units: what it earned.

    mark: as recorded; it tells an absence or a cheated exam posted under another exam kind.
    """

    exam_kind: ExamKind
    passed: bool
    units: int
    ledger_seq: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """What a new attempt is recorded as. raw: the mark as handed in, when it differs.

    units: hundredths earned now; 0 for a failure and for a course earned before.
    """

    mark: str
    raw: str
    passed: bool
    grade_point: int | None
    units: int


def attempt_outcome(
    mark: Mark,
    exam_kind: ExamKind,
    *,
    course_units: int,
    earlier: Sequence[Attempt],
    policy: Policy,
    proof_no: str = "",
) -> AttemptOutcome | Problem:
    """What a new attempt at a course is recorded as, given the attempts that stand.

    A pass by resit is written as policy marks.resit_recorded says ("pass_mark": the pass mark, or
    及格, with marks.resit_point; "real": as it is); a retake has its real mark; an exempted course
    has no grade point. The credit of a course is earned once. A resit needs an attempt before it
    and none that passed; marks.resits_max limits their number, and marks.resit_after_absence says
    whether one who was absent or cheated may resit. A deferred exam is no attempt: the exam that
    follows it is a normal one. An exemption needs proof_no, the number of a certificate or a
    document, or else a test with marks.exempt_test_min.
    """
    refusal = _refuse_exemption(mark, exam_kind, proof_no, policy) or _refuse_resit(
        exam_kind, earlier, policy
    )
    if refusal is not None:
        return refusal
    written, point = mark.text, grade_point(mark, policy)
    if exam_kind is ExamKind.EXEMPT:
        point = None
    if exam_kind in RESITS and mark.passed and policy.text("marks.resit_recorded") == "pass_mark":
        written = _lowest_pass(mark, policy)
        point = None if point is None else policy.integer("marks.resit_point")
    already = any(attempt.units for attempt in earlier)
    return AttemptOutcome(
        mark=written,
        raw=mark.text if written != mark.text else "",
        passed=mark.passed,
        grade_point=point,
        units=course_units if mark.passed and not already else 0,
    )


def _lowest_pass(mark: Mark, policy: Policy) -> str:
    match mark.scale:
        case GradingScale.PERCENT:
            return tenths_text(pass_tenths(policy))
        case GradingScale.LETTER:
            return "D"
        case GradingScale.FIVE_LEVEL:
            return "及格"
        case GradingScale.PASS_FAIL | GradingScale.CONDUCT:
            return mark.text


def _refuse_exemption(
    mark: Mark, exam_kind: ExamKind, proof_no: str, policy: Policy
) -> Problem | None:
    if exam_kind is not ExamKind.EXEMPT:
        return None
    least = policy.integer("marks.exempt_test_min")
    if mark.passed if mark.tenths is None else mark.tenths >= least * 10:
        # A word is no test: without a mark that can be compared somebody must show something.
        needs_proof = mark.tenths is None and policy.flag("marks.exempt_proof_required")
        return _exemption_unproved(least) if needs_proof and not proof_no else None
    return Problem(
        "exemption_mark_too_low",
        Message(
            f"免修测试成绩未达到{least}分,不能免修,请安排学生修读。",
            f"The mark of the exemption test is below {least}: the course must be taken.",
        ),
        field="mark",
    )


def _exemption_unproved(least: int) -> Problem:
    return Problem(
        "exemption_proof_missing",
        Message(
            f"免修须有证明:请填写证书编号或文号,或填写不低于{least}分的免修测试成绩。",
            "An exemption needs proof: give the number of the certificate or document, or the mark"
            f" of a test of at least {least}.",
        ),
        field="proof_no",
    )


def _refuse_resit(
    exam_kind: ExamKind, earlier: Sequence[Attempt], policy: Policy
) -> Problem | None:
    if exam_kind not in RESITS:
        return None
    if not earlier:
        return _resit_problem(
            "resit_without_attempt",
            "该课程没有首次考试记录,不能录入补考成绩。",
            "There is no first attempt at this course, so a resit cannot be posted.",
        )
    if exam_kind in _LIMITED_RESITS and all(
        attempt.exam_kind is ExamKind.DEFERRED for attempt in earlier
    ):
        return _resit_problem(
            "resit_after_deferral",
            "该课程只有缓考记录;缓考后的考试不是补考,请以“正常”录入。",
            "Only a deferral stands here; the exam after it is no resit: post it as a normal one.",
        )
    if any(attempt.passed for attempt in earlier):
        return _resit_problem(
            "resit_after_pass",
            "该课程已经通过,无须补考;如为提高成绩,请以“重修”录入。",
            "This course is passed already; a mark that is to be raised is posted as a retake.",
        )
    return (
        None if exam_kind is ExamKind.RESIT_AFTER_COMPLETION else _refuse_further(earlier, policy)
    )


def _refuse_further(earlier: Sequence[Attempt], policy: Policy) -> Problem | None:
    """Why there is no further resit before the course is retaken."""
    may_resit = policy.flag("marks.resit_after_absence")
    if not may_resit and _is_forfeited(max(earlier, key=lambda item: item.ledger_seq)):
        return _resit_problem(
            "resit_forfeited",
            "该课程旷考或作弊,不能补考,须重修后以“重修”录入。",
            "After an absence or cheating there is no resit; the course must be retaken.",
        )
    most = policy.integer("marks.resits_max")
    if sum(attempt.exam_kind in _LIMITED_RESITS for attempt in earlier) >= most:
        return _resit_problem(
            "resits_used_up",
            f"该课程补考已达{most}次,须重修后以“重修”录入。",
            f"This course has had {most} resits already; it must be retaken.",
        )
    return None


def _is_forfeited(attempt: Attempt) -> bool:
    return attempt.exam_kind is ExamKind.ABSENT or attempt.mark in ZERO_WORDS


def _resit_problem(code: str, zh: str, en: str) -> Problem:
    return Problem(code, Message(zh, en), field="exam_kind")


@dataclass(frozen=True, slots=True)
class GradedAttempt:
    """A standing attempt for the average: plan weight in hundredths of credits, point likewise.

    passed matters where there is no point: a course passed without one (免修) is left out even if
    it was failed before.
    """

    course_code: str
    course_units: int
    grade_point: int | None
    ledger_seq: int
    passed: bool = False


def gpa(attempts: Iterable[GradedAttempt], policy: Policy) -> int | None:
    """平均学分绩点 in hundredths, rounded half up once; None without a graded attempt.

    Of several attempts at a course one counts: the best, or the latest where policy
    marks.retake_counts says so. Attempts without a grade point are left out of both sums.
    """
    latest = policy.text("marks.retake_counts") == "latest"
    counted: dict[str, GradedAttempt] = {}
    for attempt in sorted(attempts, key=lambda item: item.ledger_seq):
        if attempt.grade_point is None and not attempt.passed:
            continue
        other = counted.get(attempt.course_code)
        if other is None or latest or _worth(attempt) >= _worth(other):
            counted[attempt.course_code] = attempt
    graded = [attempt for attempt in counted.values() if attempt.grade_point is not None]
    weight = sum(attempt.course_units for attempt in graded)
    if not weight:
        return None
    total = sum(attempt.course_units * (attempt.grade_point or 0) for attempt in graded)
    return (2 * total + weight) // (2 * weight)


def _worth(attempt: GradedAttempt) -> int:
    """For the best of several: a pass without a point beats a failure, and no graded pass."""
    return (1 if attempt.passed else 0) if attempt.grade_point is None else attempt.grade_point
