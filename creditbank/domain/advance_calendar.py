"""转段年历: which step of the advance falls on which days, by finishing year and level after it.

Dates move every year: what ships is the pattern of the notices, and the county puts the days of a
year in force over it (store.advance_calendar). Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.agreements import Agreement, EducationLevel

_TENTHS_OF_A_YEAR = 10


class AdvanceStep(StrEnum):
    """Steps of the year in their order, from the province's yearly 转段 notices.

    抽取考试课程, 过程考核结果上传, 报送备案, 专业测试, 阅卷, 成绩报送, 文化基础考试, 合格线, 录取.
    """

    COURSES_DRAWN = "courses_drawn"
    PROCESS_UPLOADED = "process_uploaded"
    FILED = "filed"
    TESTS = "tests"
    MARKING = "marking"
    SCORES_SENT = "scores_sent"
    CULTURE_EXAM = "culture_exam"
    PASS_LINE = "pass_line"
    ADMISSION = "admission"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """The days of one step, both included, for who finishes the first stage in a year.

    is_announced: the county has put these days in force; otherwise they are the shipped pattern,
    which says when the step usually is.
    """

    finishing_year: int
    post_level: EducationLevel
    step: AdvanceStep
    starts_on: date
    ends_on: date
    document_no: str
    is_announced: bool = False


def finishing_year(agreement: Agreement) -> int:
    """The year in which the cohort finishes the first stage: half a year counts into the next."""
    return agreement.entry_year + -(-agreement.pre_years_tenths // _TENTHS_OF_A_YEAR)


def days_in_order(
    pattern: Iterable[CalendarDay], announced: Iterable[CalendarDay]
) -> tuple[CalendarDay, ...]:
    """One line for each step: what was announced last, or else the pattern. In order of steps."""
    found: Mapping[AdvanceStep, CalendarDay] = {item.step: item for item in (*pattern, *announced)}
    return tuple(found[step] for step in AdvanceStep if step in found)
