"""How the demo's courses are marked: on which scale, under which exam kind, in which words."""

from __future__ import annotations

from functools import cache

from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.plans import PlanCourse

_BY_BLOCK = {"SX": GradingScale.FIVE_LEVEL, "HD": GradingScale.PASS_FAIL}
_BY_NAME = {
    "军训": GradingScale.CONDUCT, "书法鉴赏": GradingScale.LETTER,
    "短视频制作": GradingScale.LETTER, "戏剧表演": GradingScale.LETTER,
    "研究性学习": GradingScale.FIVE_LEVEL, "劳动必修": GradingScale.PASS_FAIL,
}  # fmt: skip
_WORDS: dict[GradingScale, tuple[tuple[int, str], ...]] = {
    GradingScale.FIVE_LEVEL: (
        (90, "优秀"), (80, "良好"), (70, "中等"), (60, "及格"), (0, "不及格"),
    ),
    GradingScale.LETTER: ((90, "A"), (80, "B"), (70, "C"), (60, "D"), (0, "E")),
    GradingScale.PASS_FAIL: ((60, "合格"), (0, "不合格")),
    GradingScale.CONDUCT: ((90, "优秀"), (80, "良好"), (60, "合格"), (0, "不合格")),
}  # fmt: skip


def scale_of(course: PlanCourse) -> GradingScale:
    """Trainings by five levels, activities by 合格, a few by letters; all others out of 100."""
    return _scale(course.name, course.block_code)


@cache
def _scale(course_name: str, block_code: str) -> GradingScale:
    for name, scale in _BY_NAME.items():
        if course_name.startswith(name):
            return scale
    return _BY_BLOCK.get(block_code, GradingScale.PERCENT)


def shows_by_test(course: PlanCourse) -> bool:
    """Whether a test can show enough for an exemption: 合格 says nothing of how well."""
    return scale_of(course) not in {GradingScale.PASS_FAIL, GradingScale.CONDUCT}


def usual_kind(course: PlanCourse) -> ExamKind:
    """社会实践 is appraised outside the exams of the term."""
    is_outside = course.block_code == "HD" and course.name == "社会实践"
    return ExamKind.OTHER if is_outside else ExamKind.NORMAL


def written(mark: str, scale: GradingScale) -> str:
    """A mark out of 100 in the words of a scale; "" (no mark) stays as it is."""
    if not mark or scale is GradingScale.PERCENT:
        return mark
    return next(word for least, word in _WORDS[scale] if float(mark) >= least)
