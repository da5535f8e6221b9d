"""What led to a verdict: a mark carries one cause as text, a verdict all that it answers.

As text a cause is `kind:reference`, or `kind` alone: `credit:12`, `fact:sanctions`, `day`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CauseKind(StrEnum):
    """What happened; the reference says to what."""

    CREDIT = "credit"
    """Entries were posted; reference: the last one's ledger_seq."""
    REVERSAL = "reversal"
    """An entry was taken back; reference: ledger_seq of the last entry that came of it."""
    SUBSTITUTION = "substitution"
    """An award was used for a block, with approval; reference: ledger_seq."""
    EVIDENCE = "evidence"
    """Another learner's entry with the same certificate number came or went."""
    FACT = "fact"
    """Status, conduct, internship, sanction, attestation or membership; reference: the table."""
    PLAN = "plan"
    """The plan, or which plan the learner follows; reference: the plan's id."""
    POLICY = "policy"
    """A value of the policy; reference: its key."""
    AGREEMENT = "agreement"
    """The terms of an agreement; reference: its id."""
    EXCEPTION = "exception"
    """An exception from the plan was decided or ended; reference: its id."""
    STATUS_CHANGE = "status_change"
    """A status change was carried out; reference: its id."""
    DECISION = "decision"
    """People decided on a verdict, or took a decision back; reference: its id."""
    DAY = "day"
    """Another day: what lasts or expires."""
    ENGINE = "engine"
    """Verdicts are computed by another version; reference: the version."""
    SEED = "seed"
    """The first evaluation of records that were there at once; reference: ledger_seq."""
    IMPORT = "import"
    """A file was taken in; reference: its id."""
    OTHER = "other"
    """What this version has no word for; reference: the whole text."""


_ON_ENTRIES = frozenset(
    {CauseKind.CREDIT, CauseKind.REVERSAL, CauseKind.SUBSTITUTION, CauseKind.SEED}
)
_KINDS = {kind.value: kind for kind in CauseKind}


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """One cause. reference: what the kind says, "" where there is nothing to name."""

    kind: CauseKind
    reference: str = ""

    def __str__(self) -> str:
        """The text that a mark carries; parse() gives the cause again."""
        if self.kind is CauseKind.OTHER:
            return self.reference
        return f"{self.kind.value}:{self.reference}" if self.reference else self.kind.value

    @classmethod
    def parse(cls, text: str) -> Cause:
        """The cause of a mark. Never fails: a mark of another version must not stop a verdict."""
        kind, _colon, reference = text.partition(":")
        if kind not in _KINDS or kind == CauseKind.OTHER:
            return cls(CauseKind.OTHER, text)
        return cls(_KINDS[kind], reference)

    @property
    def ledger_seq(self) -> int | None:
        """The entry it speaks of, where it speaks of one."""
        is_entry = self.kind in _ON_ENTRIES and self.reference.isdecimal()
        return int(self.reference) if is_entry and self.reference.isascii() else None


def cause_texts(marks: Iterable[str]) -> list[str]:
    """The causes of several marks as a verdict keeps them: each once, sorted."""
    return sorted(set(marks) - {""})
