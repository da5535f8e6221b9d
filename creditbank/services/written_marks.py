"""Marks as people write them in a cell: on which scale, or why there is none.

Whether the mark is one of its scale is asked by domain.marks when the command is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.errors import Message
from creditbank.domain.ledger import NUMBER_MAX
from creditbank.domain.marks import ABSENT_WORDS, DEFERRED_WORD, EXEMPT_WORD

_LEVELS = frozenset({"优秀", "优", "良好", "良", "中等", "中", "及格", "不及格"})
_PASS_FAIL = frozenset({"合格", "不合格"})
_LETTERS = frozenset("ABCDE")
_WORD_KINDS = {
    DEFERRED_WORD: ExamKind.DEFERRED,
    EXEMPT_WORD: ExamKind.EXEMPT,
    **dict.fromkeys(ABSENT_WORDS, ExamKind.ABSENT),
}
_PROVED = re.compile(rf"{EXEMPT_WORD}\s*(?:\((.+)\)|[:\s]\s*(.+))")
_TEST_MARK = re.compile(r"\d{1,3}(?:\.\d+)?", re.ASCII)
_NEED_NO_MARK = frozenset(_WORD_KINDS.values())


class RefusedCellError(Exception):
    """Why a cell is not taken, before its place is known. field: which part of the row is wrong."""

    def __init__(self, *, code: str, zh: str, en: str, field: str = "mark") -> None:
        super().__init__(code)
        self.code = code
        self.message = Message(zh, en)
        self.field = field


@dataclass(frozen=True, slots=True)
class WrittenAttempt:
    """An attempt as a command needs it."""

    exam_kind: ExamKind
    scale: GradingScale
    mark: str
    proof_no: str = ""


def attempt_of(written: str, exam_kind: ExamKind) -> WrittenAttempt:
    """The attempt that a cell stands for.

    A word such as 缓考 in a normal sheet says what kind of attempt it was; after 免修 the cell may
    name its proof or the mark of the test: 免修(平教〔2026〕1号), 免修 86. RefusedCellError where
    that contradicts the sheet, or where a mark is missing.
    """
    proved = _PROVED.fullmatch(written)
    if proved is not None and exam_kind in {ExamKind.NORMAL, ExamKind.EXEMPT}:
        return _exempted(proved[1] or proved[2])
    kind = _WORD_KINDS.get(written)
    if kind is not None and exam_kind in {ExamKind.NORMAL, kind}:
        return WrittenAttempt(kind, GradingScale.PERCENT, "")
    if kind in {ExamKind.DEFERRED, ExamKind.EXEMPT}:
        raise RefusedCellError(
            code="word_contradicts_exam_kind",
            zh=f"补考、重修等成绩栏内不能填“{written}”,请填成绩;没有参加的请留空。",
            en="a resit or retake needs a mark here; leave the cell empty if there was none.",
        )
    if not written and exam_kind not in _NEED_NO_MARK:
        raise RefusedCellError(
            code="mark_missing", zh="缺少成绩,请填写。", en="no mark is written."
        )
    return WrittenAttempt(exam_kind, _scale_of(written), written)


def _exempted(rest: str) -> WrittenAttempt:
    if _TEST_MARK.fullmatch(rest):
        return WrittenAttempt(ExamKind.EXEMPT, GradingScale.PERCENT, rest)
    if len(rest) > NUMBER_MAX:
        raise RefusedCellError(
            code="proof_too_long",
            zh=f"免修证明超过{NUMBER_MAX}个字,请只填证书编号或文号。",
            en=f"the proof is longer than {NUMBER_MAX} characters; give only its number.",
        )
    return WrittenAttempt(ExamKind.EXEMPT, GradingScale.PERCENT, "", rest)


def _scale_of(written: str) -> GradingScale:
    if written in _LEVELS:
        return GradingScale.FIVE_LEVEL
    if written in _PASS_FAIL:
        return GradingScale.PASS_FAIL
    if written.upper() in _LETTERS:
        return GradingScale.LETTER
    return GradingScale.PERCENT
