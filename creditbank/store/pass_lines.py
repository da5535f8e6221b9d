"""Announced pass lines: rows to domain, and added; the latest speaks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, insert, text

from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.pass_lines import PassLine
from creditbank.tables.agreement_terms import AdvancePassLine

_LINES = text("""
SELECT DISTINCT ON (score) score, points, full_marks, document_no, announced_on
FROM advance_pass_lines WHERE finishing_year = :year AND post_level = :level
ORDER BY score, advance_pass_line_id DESC
""")


def pass_lines_of(
    connection: Connection, finishing_year: int, post_level: EducationLevel
) -> dict[ScoreKind, PassLine]:
    """The line of each score of a year; one that is not announced yet is missing."""
    rows = connection.execute(_LINES, {"year": finishing_year, "level": post_level.value})
    return {
        ScoreKind(row["score"]): PassLine(
            finishing_year=finishing_year,
            post_level=post_level,
            **{**row, "score": ScoreKind(row["score"])},
        )
        for row in rows.mappings()
    }


def insert_pass_line(
    connection: Connection, line: PassLine, *, reason: str, decided_by: int, now: datetime
) -> None:
    """Put a line on record; a trigger marks whoever has scores that go by it."""
    values = asdict(line) | {"post_level": line.post_level.value, "score": line.score.value}
    decided = {"reason": reason, "decided_by": decided_by, "decided_at": now}
    connection.execute(insert(AdvancePassLine).values(**values, **decided))
