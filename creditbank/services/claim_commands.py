"""What the services of claims are told to do, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.claims import ClaimContent, ClaimMoveKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClaim:
    """Begin a claim as a draft; it may lack things still."""

    learner_id: int
    content: ClaimContent


@dataclass(frozen=True, slots=True, kw_only=True)
class RestateClaim:
    """Say it otherwise, in a draft or in what was returned."""

    claim_id: int
    content: ClaimContent


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEvidence:
    """Add a file, which is known by its hash (SHA-256, hex)."""

    claim_id: int
    file_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveEvidence:
    """Take a file out of a draft, or out of what was returned."""

    claim_id: int
    claim_file_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveClaim:
    """SUBMIT or WITHDRAW, by the family. reason: may stay empty."""

    claim_id: int
    kind: ClaimMoveKind
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewClaim:
    """ACCEPT, RETURN or REJECT. units: hundredths, of an ACCEPT; None for what the table says.

    reason: needed for all but an ACCEPT by the table.
    """

    claim_id: int
    kind: ClaimMoveKind
    units: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmClaims:
    """The final review of several: all of them or none. document_no: of the meeting, or ""."""

    claim_ids: tuple[int, ...]
    document_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectToClaim:
    """异议 while the notice runs."""

    claim_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOnObjection:
    """DISMISS or UPHOLD. about: the number of the objection's move."""

    claim_id: int
    kind: ClaimMoveKind
    about: int
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimReceipt:
    """Where a claim stands now. claim_file_id: of the file that was added, else None.

    ends_on: last day of the notice, "" where none runs. replayed: the key had been answered before.
    """

    claim_id: int
    learner_id: int
    stage: str
    revision: int
    ends_on: str = ""
    claim_file_id: int | None = None
    replayed: bool = False
