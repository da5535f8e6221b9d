"""What the services of papers are told to do, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditbank.domain.papers import PaperKind


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
class IssueStudyPapers:
    """Issue a paper of one kind from the books of each of these learners, in this order."""

    kind: PaperKind
    learner_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueClassAudit:
    """Issue the 毕业资格审核汇总表 of a class of the actor's school."""

    class_name: str
    entry_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLayout:
    """Keep a layout that was tried on samples. source: the file; note: what is different in it."""

    kind: PaperKind
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLayout:
    """Set papers of a kind with a version from a day on; None: with the standard layout again."""

    kind: PaperKind
    paper_layout_id: int | None
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokePaper:
    """Take a paper of the actor's school back."""

    issued_paper_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class IssuedPapers:
    """Which papers it was about, in the order that was asked for."""

    issued_paper_ids: tuple[int, ...]
