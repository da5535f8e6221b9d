"""Exceptions from a plan for one learner: decided by people, with a reason and a document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ExceptionKind(StrEnum):
    """What is different for this learner."""

    WAIVE = "waive"
    """A block, a condition, a choice of courses or a floor asks nothing."""
    LOWER = "lower"
    """A block, a floor or the total ("") asks only `units`."""
    INSERT = "insert"
    """A course that the plan has not counts in a block, by its units."""
    FORCE = "force"
    """An entry counts in this block, or nowhere."""
    BLOCK = "block"
    """An entry does not count in this block; "" for nowhere at all."""


class Ruling(StrEnum):
    """What a second person said of an exception that was entered."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """An approved one counts no more; what it had replaced speaks again."""


class ExceptionState(StrEnum):
    """Where an exception stands."""

    WAITING = "waiting"
    """Entered, and not approved yet: no verdict looks at it."""
    STANDING = "standing"
    REPLACED = "replaced"
    """Approved, but a later one on the same subject speaks."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PlanException:
    """One exception in force from decided_on on; a later one on the same subject replaces it.

    subject: the code of a block, condition or floor ("" for the total), a course code for INSERT.
    ledger_seq: the entry that FORCE and BLOCK speak of. units in hundredths. document_no: 文号.
    approver_id: the account that approved it.
    """

    kind: ExceptionKind
    subject: str
    block_code: str
    ledger_seq: int | None
    units: int | None
    reason: str
    document_no: str
    approver_id: int
    decided_on: date

    @property
    def place(self) -> tuple[object, ...]:
        """What it speaks of: of several with the same place the latest speaks."""
        block = self.block_code if self.kind is ExceptionKind.BLOCK else ""
        return self.kind, self.subject, self.ledger_seq, block
