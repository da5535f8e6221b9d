"""How marks, natures, exams and scales are written on papers from the books, and in English."""

from __future__ import annotations

from collections.abc import Mapping

from creditbank.domain.courses import CourseNature, ExamKind
from creditbank.domain.enrolments import EnrolmentStatus, Term
from creditbank.domain.policies import Policy
from creditbank.domain.verdicts import Outcome

NATURES: Mapping[CourseNature, tuple[str, str]] = {
    CourseNature.REQUIRED: ("必修", "Required"),
    CourseNature.RESTRICTED_ELECTIVE: ("限选", "Restricted"),
    CourseNature.FREE_ELECTIVE: ("任选", "Elective"),
    CourseNature.MINOR: ("辅修", "Minor"),
    CourseNature.PRACTICE: ("实践", "Practice"),
    CourseNature.DOUBLE_REQUIRED: ("双必", "Required"),
    CourseNature.DOUBLE_ELECTIVE: ("双选", "Elective"),
    CourseNature.GENERAL_ELECTIVE: ("通选", "General"),
    CourseNature.OTHER: ("其他", "Other"),
}
RECOGNISED, INNOVATION = ("转入认定", "Recognised"), ("创新实践", "Innovation")
EXAMS: Mapping[ExamKind, tuple[str, str]] = {
    ExamKind.NORMAL: ("正常", "Regular"),
    ExamKind.DEFERRED: ("缓考", "Deferred"),
    ExamKind.ABSENT: ("旷考", "Absent"),
    ExamKind.FIRST_RESIT: ("补考一", "Resit 1"),
    ExamKind.SECOND_RESIT: ("补考二", "Resit 2"),
    ExamKind.RETAKE: ("重修", "Retake"),
    ExamKind.EXEMPT: ("免修", "Exempt"),
    ExamKind.RESIT_AFTER_COMPLETION: ("结业补考", "Late resit"),
    ExamKind.OTHER: ("其他", "Other"),
}
MARKS: Mapping[str, str] = {
    "优秀": "Excellent", "良好": "Good", "中等": "Medium", "及格": "Pass", "不及格": "Fail",
    "合格": "Pass", "不合格": "Fail", "免修": "Exempt", "缓考": "Deferred", "旷考": "Absent",
    "缺考": "Absent", "作弊": "Void",
}  # fmt: skip
APPRAISALS: Mapping[str, tuple[str, str]] = {
    "pending": ("尚无结果", "pending"),
    "passed": ("合格", "passed"),
    "failed": ("不合格", "not passed"),
}
SANCTIONS: Mapping[str, str] = {
    "1": "警告", "2": "严重警告", "3": "记过", "4": "留校察看", "5": "开除学籍",
}  # fmt: skip
CONCLUSIONS: Mapping[Outcome, str] = {
    Outcome.ELIGIBLE: "毕业",
    Outcome.ELIGIBLE_EARLY: "毕业（提前）",
    Outcome.NOT_YET: "延期",
    Outcome.COMPLETION_DUE: "结业",
    Outcome.NEEDS_REVIEW: "需人工复核",
}
FINISHED: Mapping[EnrolmentStatus, str] = {
    EnrolmentStatus.GRADUATED: "毕业（已办理）",
    EnrolmentStatus.COMPLETED: "结业（已办理）",
}
_SEXES_EN = {"1": "male", "2": "female"}
_LEVELS = ("excellent", "good", "medium", "pass", "fail")


def sex_in_english(code: str) -> str:
    """GB/T 2261.1 in English."""
    return _SEXES_EN.get(code, "not stated")


def term_in_english(term: Term) -> str:
    """Such as 2025-2026, semester 1."""
    return f"{term.first_year}-{term.first_year + 1}, semester {term.semester}"


def legend(policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The scales and how grade points come about, by the rules of the school: zh and en."""
    passes, base = policy.integer("marks.pass_mark"), policy.integer("marks.point_base")
    values = [policy.integer(f"marks.level_value.{level}") for level in _LEVELS]
    points = [_point(policy.integer(f"marks.level_point.{level}")) for level in _LEVELS]
    weighed = policy.integer("marks.pass_fail_point")
    resit = _point(policy.integer("marks.resit_point"))
    is_written = policy.text("marks.resit_recorded") == "pass_mark"
    five = "、".join(
        f"{name} {value}"
        for name, value in zip(("优秀", "良好", "中等", "及格", "不及格"), values, strict=True)
    )
    scales = (
        f"百分制 0-100，{passes} 分及格；五级制及折合分 {five}；"
        "等级 A、B、C、D 依次同前四级，E 不及格；二级制 合格、不合格"
    )
    averaged = (
        f"绩点：百分制及格的为（成绩－{base}）÷10，五级制 {'、'.join(points)}，"
        + (f"合格 {_point(weighed)}" if weighed else "二级制不计")
        + (f"，补考及格记 {passes} 分、绩点 {resit}" if is_written else "")
        + "，不及格 0；免修和没有成绩的不计入平均"
    )
    scales_en = (
        f"Percentage 0-100, pass mark {passes}; five levels and their value: excellent"
        f" {values[0]}, good {values[1]}, medium {values[2]}, pass {values[3]}, fail {values[4]};"
        " letters A to D likewise, E fails; pass/fail"
    )
    averaged_en = (
        f"Grade points: (mark - {base}) / 10 for a percentage that passes, levels "
        + ", ".join(points)
        + (f"; pass {_point(weighed)}" if weighed else "; pass/fail left out")
        + (f"; a resit that passes is written {passes} with {resit}" if is_written else "")
        + "; a fail 0; exemptions are left out"
    )
    return (scales, averaged), (scales_en, averaged_en)


def _point(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")
