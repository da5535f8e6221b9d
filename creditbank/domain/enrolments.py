"""学籍: one learner at one institution in one major. Codes are JY/T 1001 XSDQZT (当前状态码)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class EnrolmentStatus(StrEnum):
    """学生当前状态码, JY/T 1001."""

    STUDYING = "01"
    SUSPENDED = "02"
    WITHDRAWN = "03"
    STOPPED = "04"
    RESUMED = "05"
    LOST = "06"
    GRADUATED = "07"
    COMPLETED = "08"
    INCOMPLETE = "09"
    TRANSFERRED_OUT = "10"
    DECEASED = "11"
    ADMISSION_RESERVED = "12"
    SENT_ABROAD = "13"
    EXPELLED = "14"
    MISSING = "15"
    OTHER = "99"


OPEN_STATUSES = frozenset(
    {
        EnrolmentStatus.STUDYING,
        EnrolmentStatus.SUSPENDED,
        EnrolmentStatus.STOPPED,
        EnrolmentStatus.RESUMED,
        EnrolmentStatus.ADMISSION_RESERVED,
        EnrolmentStatus.SENT_ABROAD,
    }
)
"""在籍: the enrolment still binds learner and school."""


class StudyMode(StrEnum):
    """学习形式."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"


_AUTUMN_STARTS_IN = 9
_TERM_CODE = re.compile(r"^((?:19|20)\d\d)-((?:19|20)\d\d)-([123])$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Term:
    """学年学期: academic year by its first calendar year, semester 1 autumn, 2 spring, 3 summer."""

    first_year: int
    semester: int

    @property
    def code(self) -> str:
        """Such as "2025-2026-1", the form used on the wire and in files."""
        return f"{self.first_year}-{self.first_year + 1}-{self.semester}"

    @property
    def label_zh(self) -> str:
        """Such as 2025-2026学年第一学期."""
        ordinal = "一二三"[self.semester - 1]
        return f"{self.first_year}-{self.first_year + 1}学年第{ordinal}学期"

    @property
    def label_en(self) -> str:
        """Such as 2025-2026 autumn."""
        season = ("autumn", "spring", "summer")[self.semester - 1]
        return f"{self.first_year}-{self.first_year + 1} {season}"

    @classmethod
    def parse(cls, code: str) -> Term:
        """Read "2025-2026-1"; ValueError says what is wrong."""
        match = _TERM_CODE.fullmatch(code)
        if match is None or int(match[2]) != int(match[1]) + 1:
            message = f"not a term such as 2025-2026-1: {code!r}"
            raise ValueError(message)
        return cls(first_year=int(match[1]), semester=int(match[3]))

    @classmethod
    def containing(cls, day: date) -> Term:
        """The term a day falls in: autumn from 1 September, spring from 1 February."""
        if day.month >= _AUTUMN_STARTS_IN:
            return cls(day.year, 1)
        return cls(day.year - 1, 1 if day.month == 1 else 2)


def semester_no(*, entry_year: int, term: Term, suspended_semesters: int = 0) -> int:
    """The learner's own semester: 2 x (year of term - entry year) + semester - suspended ones."""
    return 2 * (term.first_year - entry_year) + min(term.semester, 2) - suspended_semesters


def term_of_semester(*, entry_year: int, semester: int, suspended_semesters: int = 0) -> Term:
    """The term of the learner's own semester, from 1: the other way round."""
    year, half = divmod(semester - 1 + suspended_semesters, 2)
    return Term(entry_year + year, half + 1)
