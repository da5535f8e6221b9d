"""合格线 of an examination, announced for everybody who finishes in a year.

The province announces the line of the culture examination in June (转段工作通知), and the county
puts it on record. Rows are only added: of one year, level and score the one recorded last speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditbank.domain.agreement_terms import ScoreKind, ScorePart
from creditbank.domain.agreements import EducationLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class PassLine:
    """The line of one score. points, full_marks: hundredths, as they were announced."""

    finishing_year: int
    post_level: EducationLevel
    score: ScoreKind
    points: int
    full_marks: int
    document_no: str
    announced_on: date

    def pass_mark(self, part: ScorePart) -> int:
        """The line in points of a part of other full marks, rounded up: who is below is below."""
        return -(-self.points * part.full_marks // self.full_marks)
