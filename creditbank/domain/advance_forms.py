"""转段资格审核表: what stands on it, in words. Both sides print it, give their opinion and sign."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCondition:
    """One hard condition. evidence: where it is on record."""

    name: str
    required: str
    actual: str
    met: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormScore:
    """One score of the weighted total; points "" while there is none."""

    name: str
    full_marks: str
    weight: str
    points: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOpinion:
    """What an office has decided so far; empty while it has not."""

    office: str
    words: str = ""
    document_no: str = ""
    given_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceFormContent:
    """One learner's form. notice: its days, "" before; total and rank: "" before the ranking."""

    school: str
    college: str
    agreement: str
    document_no: str
    name: str
    student_no: str
    class_name: str
    attempt: int
    conditions: tuple[FormCondition, ...]
    scores: tuple[FormScore, ...]
    total: str
    rank: str
    notice: str
    conclusion: str
    opinions: tuple[FormOpinion, ...]
