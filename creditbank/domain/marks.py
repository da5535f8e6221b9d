"""Marks: reading them on every scale, whether they pass, and what they weigh.

What belongs here: one mark by itself. What an attempt earns beside earlier ones, and the average
over courses, is in domain.attempts. Integers only: marks in tenths (85.5 is 855), grade points in
hundredths. The words of each scale are here; the pass mark, what a level is worth and the grade
points are policy (marks.*).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.errors import Message, Problem
from creditbank.domain.policies import Policy
from creditbank.domain.sheets import clean_text

FULL_TENTHS = 1000
_NUMBER = re.compile(r"^(\d{1,3})(?:\.(\d)0*)?$", re.ASCII)
_TOO_FINE = re.compile(r"^(?:\d{1,2}|100)\.\d{2,}$", re.ASCII)
_DECIMAL = re.compile(r"^-?\d+(?:\.\d+)?$", re.ASCII)

DEFERRED_WORD = "缓考"
ABSENT_WORDS = frozenset({"旷考", "缺考"})
CHEATED_WORD = "作弊"
ZERO_WORDS = ABSENT_WORDS | {CHEATED_WORD}
EXEMPT_WORD = "免修"

_FIVE_LEVEL = {
    "优秀": "excellent", "良好": "good", "中等": "medium", "及格": "pass", "不及格": "fail",
}  # fmt: skip
_SHORT = {"优": "优秀", "良": "良好", "中": "中等"}
_LETTER = dict(zip("ABCDE", _FIVE_LEVEL.values(), strict=True))
_PASS_FAIL = {"合格": True, "不合格": False}
LEVELS_EN = {**_FIVE_LEVEL, "合格": "passed", "不合格": "failed"}
"""Levels of marks and of conduct in English, for where one stands in a sentence."""
_CONDUCT = {
    "优秀": True,
    "良好": True,
    "及格": True,
    "合格": True,
    "不及格": False,
    "不合格": False,
}


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


def read_mark(
    text: str, scale: GradingScale, exam_kind: ExamKind, policy: Policy
) -> Mark | Problem:
    """Read a mark as written on its scale; the words 缓考, 旷考, 缺考, 作弊, 免修 go on any scale.

    An exempted course may have a mark or the word 免修; a deferred exam has none, an absence none
    but 0.
    """
    word = clean_text(text)
    if exam_kind is ExamKind.DEFERRED or word == DEFERRED_WORD:
        return _deferred(word, scale)
    if exam_kind is ExamKind.ABSENT or word in ZERO_WORDS:
        return _zero(word, scale, exam_kind)
    if word == EXEMPT_WORD or (exam_kind is ExamKind.EXEMPT and not word):
        if exam_kind is not ExamKind.EXEMPT:
            return _problem(word, "与考试性质不符,免修须以“免修”录入", "needs the exam kind 免修")
        return Mark(EXEMPT_WORD, scale, passed=True, tenths=None)
    return _READERS[scale](word, scale, policy)


def _deferred(word: str, scale: GradingScale) -> Mark | Problem:
    if word not in {"", DEFERRED_WORD}:
        return _problem(
            word, "不应填写,缓考没有成绩,请留空", "is one too many: a deferred exam has none"
        )
    return Mark(DEFERRED_WORD, scale, passed=False, tenths=None, is_pending=True)


def _zero(word: str, scale: GradingScale, exam_kind: ExamKind) -> Mark | Problem:
    if word not in ZERO_WORDS | {"", "0"} or exam_kind is ExamKind.EXEMPT:
        return _problem(word, "与考试性质不符,请核对", "contradicts the exam kind: check both")
    return Mark(word if word in ZERO_WORDS else "旷考", scale, passed=False, tenths=0)


def _read_percent(word: str, scale: GradingScale, policy: Policy) -> Mark | Problem:
    match = _NUMBER.fullmatch(word)
    if match is None:
        if _DECIMAL.fullmatch(word) is None:
            return _problem(
                word,
                "不是百分制成绩,请填0到100之间的数,最多一位小数",
                "is not a percent mark: give 0 to 100 with at most one decimal",
            )
        if _TOO_FINE.fullmatch(word):
            return _problem(word, "最多一位小数,请改正", "may have at most one decimal")
        return _out_of_range(word)
    tenths = int(match[1]) * 10 + int(match[2] or 0)
    if tenths > FULL_TENTHS:
        return _out_of_range(word)
    return Mark(tenths_text(tenths), scale, passed=tenths >= pass_tenths(policy), tenths=tenths)


def _out_of_range(word: str) -> Problem:
    return _problem(
        word,
        "超出0-100,请改为0到100之间的数,最多一位小数",
        "is outside 0-100: give 0 to 100 with at most one decimal",
    )


def _read_five_level(word: str, scale: GradingScale, policy: Policy) -> Mark | Problem:
    full = _SHORT.get(word, word)
    if full not in _FIVE_LEVEL:
        return _unknown(word, _FIVE_LEVEL)
    return _level_mark(full, _FIVE_LEVEL[full], scale, policy)


def _read_letter(word: str, scale: GradingScale, policy: Policy) -> Mark | Problem:
    letter = word.upper()
    if letter not in _LETTER:
        return _unknown(word, _LETTER)
    return _level_mark(letter, _LETTER[letter], scale, policy)


def _level_mark(text: str, level: str, scale: GradingScale, policy: Policy) -> Mark:
    tenths = 10 * policy.integer(f"marks.level_value.{level}")
    return Mark(text, scale, passed=tenths >= pass_tenths(policy), tenths=tenths)


def _read_pass_fail(word: str, scale: GradingScale, _: Policy) -> Mark | Problem:
    if word not in _PASS_FAIL:
        return _unknown(word, _PASS_FAIL)
    return Mark(word, scale, passed=_PASS_FAIL[word], tenths=None)


def _read_conduct(word: str, scale: GradingScale, _: Policy) -> Mark | Problem:
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


def pass_tenths(policy: Policy) -> int:
    """The pass mark in tenths."""
    return 10 * policy.integer("marks.pass_mark")


def tenths_text(tenths: int) -> str:
    """855 -> "85.5", 600 -> "60"."""
    whole, fraction = divmod(tenths, 10)
    return f"{whole}.{fraction}" if fraction else str(whole)


def grade_point(mark: Mark, policy: Policy) -> int | None:
    """Grade point in hundredths, or None where the mark is left out of the average.

    A percent mark that passes: (x - marks.point_base) / 10; a level by marks.level_point; 合格 by
    marks.pass_fail_point, where 0 leaves the whole scale out, failures too. A failure is 0. Conduct
    is never averaged.
    """
    if mark.is_pending or mark.text == EXEMPT_WORD or mark.scale is GradingScale.CONDUCT:
        return None
    if mark.scale is GradingScale.PASS_FAIL:
        point = policy.integer("marks.pass_fail_point")
        return (point if mark.passed else 0) if point else None
    if not mark.passed:
        return 0
    if mark.scale is GradingScale.PERCENT:
        return max(0, (mark.tenths or 0) - 10 * policy.integer("marks.point_base"))
    level = _FIVE_LEVEL.get(mark.text) or _LETTER[mark.text]
    return policy.integer(f"marks.level_point.{level}")
