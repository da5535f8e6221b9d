"""What the services of papers are told to do, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCertificates:
    """Issue a 学籍证明 for each of these learners of the actor's school, in this order."""

    learner_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueChangeForms:
    """Issue the 审批表 of each of these applications as they stand, in this order."""

    status_change_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueAdvanceForms:
    """Issue the 转段资格审核表 of each of these learners as it stands, in this order."""

    agreement_id: int
    enrolment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePaper:
    """Take a paper of the actor's school back."""

    issued_paper_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class IssuedPapers:
    """Which papers it was about, in the order that was asked for."""

    issued_paper_ids: tuple[int, ...]
