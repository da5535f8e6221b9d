"""电子凭证: which credentials are signed, what each is worth, and what an ended one says."""

from __future__ import annotations

from enum import StrEnum


class CredentialKind(StrEnum):
    """What a signed credential says."""

    TRANSCRIPT = "transcript"
    """成绩单."""
    CREDIT_STATEMENT = "credit_statement"
    """学分银行对账单."""
    GRADUATION_ELIGIBILITY = "graduation_eligibility"
    """毕业资格证明."""
    ARTICULATION_STATUS = "articulation_status"
    """转段资格状态."""
    ACHIEVEMENT = "achievement"
    """学习成果: one certificate or award, an Open Badge."""
    LEARNER_RECORD = "learner_record"
    """综合学习档案: all of them in one file, in the way of a Comprehensive Learner Record."""


class CredentialState(StrEnum):
    """What a credential is worth at a moment."""

    VALID = "valid"
    EXPIRED = "expired"
    CORRECTED = "corrected"
    """已更正: what it says no longer holds by the books."""
    REVOKED = "revoked"
    """作废: a person has taken it back."""


class EndingKind(StrEnum):
    """How a credential ended before its time; the same words as its state."""

    CORRECTED = "corrected"
    REVOKED = "revoked"


FOR_COLLEGES = frozenset({CredentialKind.TRANSCRIPT, CredentialKind.ARTICULATION_STATUS})
"""What a college may ask for, of the learners of its agreements."""
LIST_LENGTH = 131_072
"""Entries of one status list: the least that the recommendation allows, so that nobody is singled
out by asking for a list (Bitstring Status List v1.0, section 6.1)."""


def credential_state(*, is_revoked: bool, is_corrected: bool, is_expired: bool) -> CredentialState:
    """What a credential is worth; the graver word speaks."""
    if is_revoked:
        return CredentialState.REVOKED
    if is_corrected:
        return CredentialState.CORRECTED
    return CredentialState.EXPIRED if is_expired else CredentialState.VALID
