"""Courses, attempts and marks. Codes: JY/T 1001 KCSX (课程属性) and KSXZ (考试性质)."""

from __future__ import annotations

from enum import StrEnum


class CourseNature(StrEnum):
    """课程属性码 KCSX."""

    REQUIRED = "1"
    RESTRICTED_ELECTIVE = "2"
    FREE_ELECTIVE = "3"
    MINOR = "4"
    PRACTICE = "5"
    DOUBLE_REQUIRED = "6"
    DOUBLE_ELECTIVE = "7"
    GENERAL_ELECTIVE = "8"
    OTHER = "9"


class ExamKind(StrEnum):
    """考试性质码 KSXZ."""

    NORMAL = "01"
    DEFERRED = "02"
    ABSENT = "03"
    FIRST_RESIT = "11"
    SECOND_RESIT = "12"
    RETAKE = "13"
    EXEMPT = "14"
    RESIT_AFTER_COMPLETION = "21"
    OTHER = "99"


RESITS = frozenset({ExamKind.FIRST_RESIT, ExamKind.SECOND_RESIT, ExamKind.RESIT_AFTER_COMPLETION})


class GradingScale(StrEnum):
    """How a mark is written: 百分制, 五级制, 二级制, 等级制, 操行."""

    PERCENT = "percent"
    FIVE_LEVEL = "five_level"
    PASS_FAIL = "pass_fail"
    LETTER = "letter"
    CONDUCT = "conduct"
