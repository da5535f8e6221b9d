"""Marks: reading them on every scale, what they pass, what they weigh, and what an attempt earns.

Integers only: marks in tenths (85.5 is 855), grade points and credits in hundredths. Sources: the
scales and the grade point x/10 - 5 of the credit-system rules in docs/glossary.md; what schools
decide differently (how a resit pass is written, which attempt counts) is policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from creditbank.domain.courses import RESITS, ExamKind, GradingScale
from creditbank.domain.errors import Message, Problem
from creditbank.domain.policies import Policy

PASS_TENTHS = 600
FULL_TENTHS = 1000
_NUMBER = re.compile(r"^(\d{1,3})(?:\.(\d))?$", re.ASCII)
_DECIMAL = re.compile(r"^-?\d+(?:\.\d+)?$", re.ASCII)

DEFERRED_WORD = "缓考"
ABSENT_WORDS = frozenset({"旷考", "缺考"})
CHEATED_WORD = "作弊"
EXEMPT_WORD = "免修"

_FIVE_LEVEL = {"优秀": 950, "良好": 850, "中等": 750, "及格": 650, "不及格": 500}
_SHORT = {"优": "优秀", "良": "良好", "中": "中等"}
_LETTER = {"A": 950, "B": 850, "C": 750, "D": 650, "E": 500}
_PASS_FAIL = {"合格": True, "不合格": False}
_CONDUCT = {
    "优秀": True,
    "良好": True,
    "及格": True,
    "合格": True,
    "不及格": False,
    "不合格": False,
}
_LEVEL_POINTS = {950: 450, 850: 350, 750: 250, 650: 150, 500: 0}


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark as read. tenths: its value for averaging, None where the scale has none.

    text is how it is written: "85.5", "良好", "合格", "缓考".
    """

    text: str
    scale: GradingScale
    passed: bool
    tenths: int | None
    is_pending: bool = False


def read_mark(text: str, scale: GradingScale, exam_kind: ExamKind) -> Mark | Problem:
    """Read a mark as written on its scale; the words 缓考, 旷考, 缺考, 作弊, 免修 go on any scale.

    An exempted course may have a mark or the word 免修; a deferred exam has none.
    """
    word = text.strip()
    if exam_kind is ExamKind.DEFERRED or word == DEFERRED_WORD:
        return _deferred(word, scale)
    if exam_kind is ExamKind.ABSENT or word in ABSENT_WORDS or word == CHEATED_WORD:
        return Mark(word if word in ABSENT_WORDS or word == CHEATED_WORD else "旷考", scale,
                    passed=False, tenths=0)  # fmt: skip
    if word == EXEMPT_WORD or (exam_kind is ExamKind.EXEMPT and not word):
        if exam_kind is not ExamKind.EXEMPT:
            return _problem(word, "考试性质不是免修", "the exam kind is not exemption")
        return Mark(EXEMPT_WORD, scale, passed=True, tenths=None)
    return _READERS[scale](word, scale)


def _deferred(word: str, scale: GradingScale) -> Mark | Problem:
    if word not in {"", DEFERRED_WORD}:
        return _problem(
            word, "缓考不应有成绩,请留空", "a deferred exam has no mark: leave it empty"
        )
    return Mark(DEFERRED_WORD, scale, passed=False, tenths=None, is_pending=True)


def _read_percent(word: str, scale: GradingScale) -> Mark | Problem:
    match = _NUMBER.fullmatch(word)
    if match is None:
        if _DECIMAL.fullmatch(word):
            return _out_of_range(word)
        return _problem(
            word,
            "不是百分制成绩,请填0到100之间的数,最多一位小数",
            "not a percent mark: give 0 to 100 with at most one decimal",
        )
    tenths = int(match[1]) * 10 + int(match[2] or 0)
    if tenths > FULL_TENTHS:
        return _out_of_range(word)
    return Mark(tenths_text(tenths), scale, passed=tenths >= PASS_TENTHS, tenths=tenths)


def _out_of_range(word: str) -> Problem:
    return _problem(
        word,
        "超出0-100,请改为0到100之间的数,最多一位小数",
        "is outside 0-100: give 0 to 100 with at most one decimal",
    )


def _read_five_level(word: str, scale: GradingScale) -> Mark | Problem:
    full = _SHORT.get(word, word)
    if full not in _FIVE_LEVEL:
        return _unknown(word, _FIVE_LEVEL)
    tenths = _FIVE_LEVEL[full]
    return Mark(full, scale, passed=tenths >= PASS_TENTHS, tenths=tenths)


def _read_letter(word: str, scale: GradingScale) -> Mark | Problem:
    letter = word.upper()
    if letter not in _LETTER:
        return _unknown(word, _LETTER)
    tenths = _LETTER[letter]
    return Mark(letter, scale, passed=tenths >= PASS_TENTHS, tenths=tenths)


def _read_pass_fail(word: str, scale: GradingScale) -> Mark | Problem:
    if word not in _PASS_FAIL:
        return _unknown(word, _PASS_FAIL)
    return Mark(word, scale, passed=_PASS_FAIL[word], tenths=None)


def _read_conduct(word: str, scale: GradingScale) -> Mark | Problem:
    full = _SHORT.get(word, word)
    if full not in _CONDUCT:
        return _unknown(word, _CONDUCT)
    return Mark(full, scale, passed=_CONDUCT[full], tenths=None)


_READERS = {
    GradingScale.PERCENT: _read_percent,
    GradingScale.FIVE_LEVEL: _read_five_level,
    GradingScale.LETTER: _read_letter,
    GradingScale.PASS_FAIL: _read_pass_fail,
    GradingScale.CONDUCT: _read_conduct,
}


def _unknown(word: str, allowed: Iterable[str]) -> Problem:
    names = "、".join(allowed)
    return _problem(word, f"不在可填范围,请填:{names}", f"is not one of {names}")


def _problem(word: str, zh: str, en: str) -> Problem:
    shown = word[:20]
    if not word:
        return Problem(
            "mark_missing",
            Message("成绩为空,请填写。", "The mark is empty: fill it in."),
            field="mark",
        )
    return Problem("mark_invalid", Message(f"成绩“{shown}”{zh}。", f"Mark “{shown}” {en}."), "mark")


def tenths_text(tenths: int) -> str:
    """855 -> "85.5", 600 -> "60"."""
    whole, fraction = divmod(tenths, 10)
    return f"{whole}.{fraction}" if fraction else str(whole)


def grade_point(mark: Mark, policy: Policy) -> int | None:
    """Grade point in hundredths, or None where the mark is left out of the average.

    x >= 60: x/10 - 5; levels by table; 合格 by policy marks.pass_fail_point (0 leaves it out).
    """
    if mark.is_pending or mark.text == EXEMPT_WORD:
        return None
    if mark.scale in {GradingScale.FIVE_LEVEL, GradingScale.LETTER}:
        return _LEVEL_POINTS[mark.tenths or 500]
    if mark.tenths is not None:
        return mark.tenths - 500 if mark.tenths >= PASS_TENTHS else 0
    if not mark.passed:
        return 0
    return policy.integer("marks.pass_fail_point") or None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier attempt of the same course that stands in the ledger. units: what it earned."""

    exam_kind: ExamKind
    passed: bool
    units: int
    ledger_seq: int


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
) -> AttemptOutcome | Problem:
    """What a new attempt at a course is recorded as, given the attempts that stand.

    A pass by resit is written as policy marks.resit_recorded says ("pass_mark": 60 or 及格 with
    grade point 1.0; "real": as it is). The credit of a course is earned once. A resit needs a
    failed or deferred attempt before it, and policy marks.resits_max limits their number.
    """
    refusal = _refuse_resit(exam_kind, earlier, policy)
    if refusal is not None:
        return refusal
    written, point = mark.text, grade_point(mark, policy)
    capped = policy.text("marks.resit_recorded") == "pass_mark"
    if exam_kind in RESITS and mark.passed and capped:
        written, point = _lowest_pass(mark), 100
    already = any(attempt.units for attempt in earlier)
    return AttemptOutcome(
        mark=written,
        raw=mark.text if written != mark.text else "",
        passed=mark.passed,
        grade_point=point,
        units=course_units if mark.passed and not already else 0,
    )


def _lowest_pass(mark: Mark) -> str:
    match mark.scale:
        case GradingScale.PERCENT:
            return tenths_text(PASS_TENTHS)
        case GradingScale.LETTER:
            return "D"
        case GradingScale.FIVE_LEVEL:
            return "及格"
        case GradingScale.PASS_FAIL | GradingScale.CONDUCT:
            return mark.text


def _refuse_resit(
    exam_kind: ExamKind, earlier: Sequence[Attempt], policy: Policy
) -> Problem | None:
    if exam_kind not in RESITS:
        return None
    if not earlier:
        return Problem(
            "resit_without_attempt",
            Message(
                "该课程没有首次考试记录,不能录入补考成绩。",
                "There is no first attempt at this course, so a resit cannot be posted.",
            ),
            field="exam_kind",
        )
    most = policy.integer("marks.resits_max")
    if sum(attempt.exam_kind in RESITS for attempt in earlier) >= most:
        return Problem(
            "resits_used_up",
            Message(
                f"该课程补考已达{most}次,须重修后以“重修”录入。",
                f"This course has had {most} resits already; it must be retaken.",
            ),
            field="exam_kind",
        )
    return None


@dataclass(frozen=True, slots=True)
class GradedAttempt:
    """A standing attempt for the average: plan weight in hundredths of credits, point likewise."""

    course_code: str
    course_units: int
    grade_point: int | None
    ledger_seq: int


def gpa(attempts: Iterable[GradedAttempt], policy: Policy) -> int | None:
    """平均学分绩点 in hundredths, rounded half up once; None without a graded attempt.

    Of several attempts at a course one counts: the best, or the latest where policy
    marks.retake_counts says so. Attempts without a grade point are left out of both sums.
    """
    latest = policy.text("marks.retake_counts") == "latest"
    counted: dict[str, GradedAttempt] = {}
    for attempt in sorted(attempts, key=lambda item: item.ledger_seq):
        other = counted.get(attempt.course_code)
        if attempt.grade_point is None:
            continue
        if other is None or latest or attempt.grade_point > (other.grade_point or 0):
            counted[attempt.course_code] = attempt
    return _average(counted)


def _average(counted: Mapping[str, GradedAttempt]) -> int | None:
    weight = sum(attempt.course_units for attempt in counted.values())
    if not weight:
        return None
    total = sum(attempt.course_units * (attempt.grade_point or 0) for attempt in counted.values())
    return (2 * total + weight) // (2 * weight)
