"""Natural keys: the same piece of evidence has the same key, so the database can refuse it twice.

The revision is how many times the evidence was taken back before: a corrected mark is the reversal
of the old entry and a new one with the next revision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from creditbank.domain.awards import AwardLevel, InnovationCategory
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term

ACCUMULATING = frozenset({InnovationCategory.SOCIAL_PRACTICE, InnovationCategory.VOLUNTEERING})
"""Categories of which one has many; each date is a piece of evidence of its own."""


def course_evidence_key(course_code: str, term: Term, exam_kind: ExamKind, revision: int) -> str:
    """One attempt of one kind at one course in one term."""
    return f"course|{course_code}|{term.code}|{exam_kind.value}|r{revision}"


def competition_evidence_key(event: str, level: AwardLevel, revision: int) -> str:
    """One award at one level of one event: a better rank is a correction, not a second award."""
    return f"competition|{event}|{level.value}|r{revision}"


def innovation_evidence_key(
    category: InnovationCategory, title: str, number: str, earned_on: str, revision: int
) -> str:
    """One achievement: by its certificate number, else by title, and by date where one has many."""
    day = earned_on if category in ACCUMULATING else ""
    return f"innovation|{category.value}|{number or title}|{day}|r{revision}"


def reversal_evidence_key(source_seq: int) -> str:
    """An entry is reversed once."""
    return f"reversal|{source_seq}"


def substitution_evidence_key(source_seq: int, block_code: str, side: str, pair: int) -> str:
    """One half of a substitution: side is "from" for the award's and "to" for the block's.

    pair is the ledger_seq of the first half: an award may be drawn upon more than once.
    """
    return f"substitution|{source_seq}|{block_code}|{side}|{pair}"


def revision_of(rows: Sequence[Mapping[str, Any]], key: str, reversed_seqs: frozenset[int]) -> int:
    """The revision a new entry gets: how many entries under this key's stem were reversed.

    rows: the learner's ledger rows; key: the key made with any revision.
    """
    stem = key.rpartition("|r")[0] + "|r"
    return sum(
        row["evidence_key"].startswith(stem) and row["ledger_seq"] in reversed_seqs for row in rows
    )


def event_key(kind: str, detail: Mapping[str, Any], evidence_no: str | None) -> str:
    """Entries with the same event key are one event, project or certificate: the highest counts.

    Empty for what accumulates (days of practice, hours of volunteering).
    """
    if kind == "competition":
        return f"event|{detail['event']}"
    if kind != "innovation" or detail["category"] in ACCUMULATING:
        return ""
    return f"certificate|{evidence_no}" if evidence_no else f"project|{detail['title']}"
