"""What the services of credentials are told to do, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.credentials import CredentialKind


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCredential:
    """Sign a credential about a learner.

    agreement_id: of an articulation status, where the learner is in more than one class;
    ledger_seq: the entry of an achievement.
    """

    learner_id: int
    kind: CredentialKind
    agreement_id: int | None = None
    ledger_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeCredential:
    """Take a credential of the actor's school back."""

    issued_credential_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class SignedCredentials:
    """Which credentials it was about; of a learner record it is the record alone."""

    issued_credential_ids: tuple[int, ...]
