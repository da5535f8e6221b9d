"""Natural keys: the same piece of evidence has the same key, so the database can refuse it twice.

The revision is how many times the evidence was taken back before: a corrected mark is the reversal
of the old entry and a new one with the next revision.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from creditbank.domain.awards import AwardLevel, InnovationCategory
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.ledger import EntryKind

ACCUMULATING = frozenset({InnovationCategory.SOCIAL_PRACTICE, InnovationCategory.VOLUNTEERING})
"""Categories of which one has many; each date is a piece of evidence of its own."""


_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)", re.ASCII)
_YEAR_WORD = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:[\s~〜～至—–−-]+(?:19|20)\d\d)?(?!\d)\s*(?:学?年度?)?", re.ASCII
)
_PUNCTUATION = re.compile(r"[\s\"'“”‘’「」『』《》〈〉()\[\]{}【】〔〕·・•~〜—–−_,.、。:;!?-]+")


def course_evidence_key(course_code: str, term: Term, exam_kind: ExamKind, revision: int) -> str:
    """One attempt of one kind at one course in one term."""
    return f"course|{course_code}|{term.code}|{exam_kind.value}|r{revision}"


@dataclass(frozen=True, slots=True)
class Event:
    """One contest of one year. name: as it is compared, never as it is shown."""

    name: str
    year: int


def event_of(name: str, awarded_on: date) -> Event:
    """The contest that a typed name stands for: two spellings of one event in one year are one.

    Width, case, spaces, quotes, brackets, dashes and a year in the name make no difference. The
    year is the one in the name (a prize of 2025 may be awarded in January), else the award's.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    years = [int(found) for found in _YEAR.findall(text)]
    bare = _PUNCTUATION.sub("", _YEAR_WORD.sub("", text))
    year = awarded_on.year if not years or awarded_on.year in years else years[-1]
    return Event(bare or _PUNCTUATION.sub("", text), year)


def competition_evidence_key(event: str, level: AwardLevel, awarded_on: date, revision: int) -> str:
    """One award at one level of one event: a better rank is a correction, not a second award.

    Entries from before events had a year keep the key they were booked under, which holds the
    typed name alone; `same_award` knows them all by what they say.
    """
    found = event_of(event, awarded_on)
    return f"competition|{found.name}|{found.year}|{level.value}|r{revision}"


def same_award(row: Mapping[str, Any], event: str, level: AwardLevel, awarded_on: date) -> bool:
    """Whether a ledger row is this award, whatever key it was booked under."""
    if row["kind"] != EntryKind.COMPETITION or row["detail"]["level"] != level.value:
        return False
    return event_of(row["detail"]["event"], row["earned_on"]) == event_of(event, awarded_on)


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


IN_BLOCK = "block:"


def recognition_evidence_key(status_change_id: int, source_seq: int, given: str, side: str) -> str:
    """One half of a recognition: side is "from" for the course's and "to" for what it is given for.

    given: a course code, or IN_BLOCK and the code of a block.
    """
    return f"recognition|{status_change_id}|{source_seq}|{given}|{side}"


def half_of(evidence_key: str) -> str:
    """What both halves of a substitution or recognition have in common; "" for other entries.

    Of a recognition for a course the halves of all its sources: a course is recognised whole or not
    at all. In a block each source stands for itself.
    """
    parts = evidence_key.split("|")
    if parts[0] == EntryKind.RECOGNITION:
        is_block = parts[3].startswith(IN_BLOCK)
        return "|".join((*parts[: 3 if is_block else 2], parts[3]))
    if parts[0] == EntryKind.SUBSTITUTION:
        return "|".join((*parts[:3], parts[4]))
    return ""


def revision_of(rows: Sequence[Mapping[str, Any]], key: str, reversed_seqs: Collection[int]) -> int:
    """The revision a new entry gets: how many entries under this key's stem were reversed.

    rows: the learner's ledger rows; key: the key made with any revision.
    """
    stem = key.rpartition("|r")[0] + "|r"
    return sum(
        row["evidence_key"].startswith(stem) and row["ledger_seq"] in reversed_seqs for row in rows
    )


def event_key(
    kind: str, detail: Mapping[str, Any], evidence_no: str | None, earned_on: date
) -> str:
    """Entries with the same event key are one event, project or certificate: the highest counts.

    Empty for what accumulates (days of practice, hours of volunteering).
    """
    if kind == "competition":
        event = event_of(detail["event"], earned_on)
        return f"event|{event.name}|{event.year}"
    if kind != "innovation" or detail["category"] in ACCUMULATING:
        return ""
    return f"certificate|{evidence_no}" if evidence_no else f"project|{detail['title']}"
