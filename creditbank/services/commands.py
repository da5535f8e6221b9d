"""What the services are told to do: one frozen dataclass per use case, imperative names.

Credits in hundredths, dates as dates, codes as the domain's enums. Texts are already normalised
(NFKC, trimmed) by whoever built the command.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.identifiers import clean_identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCourseCredit:
    """One attempt at a course of the learner's school; mark as written: "85.5", "良好", "合格"."""

    learner_id: int
    course_code: str
    term: Term
    exam_kind: ExamKind = ExamKind.NORMAL
    scale: GradingScale = GradingScale.PERCENT
    mark: str = ""
    earned_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCompetitionCredit:
    """One award. event: the contest's name and year: entries with the same event are one."""

    learner_id: int
    event: str
    level: AwardLevel
    rank: AwardRank
    team_role: TeamRole = TeamRole.INDIVIDUAL
    certificate_no: str = ""
    document_no: str = ""
    earned_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PostInnovationCredit:
    """One achievement. quantity: days of practice, hours of volunteering, else 1."""

    learner_id: int
    category: InnovationCategory
    title: str
    quantity: int = 1
    certificate_level: CertificateLevel = CertificateLevel.NONE
    certificate_no: str = ""
    valid_until: date | None = None
    earned_on: date


PostCredit = PostCourseCredit | PostCompetitionCredit | PostInnovationCredit


def evidence_number(command: PostCredit) -> str:
    """The certificate number in its one written form; "" without one.

    However it was typed, the same certificate is found in every account.
    """
    if isinstance(command, PostCourseCredit):
        return ""
    return clean_identifier(command.certificate_no)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseEntry:
    """Take back one entry of a learner, with the reason that will stand in the ledger."""

    learner_id: int
    ledger_seq: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveSubstitution:
    """Use units (hundredths) of an award entry for a block whose substitution needs approval."""

    learner_id: int
    source_seq: int
    block_code: str
    units: int
    document_no: str


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """What a posting answers. replayed: the same key had been answered before.

    earns_nothing: the entry stands but brings no credit (failed, already earned, value 0).
    """

    learner_id: int
    ledger_seq: int
    units: int
    entry_hash: str
    mark: str = ""
    passed: bool | None = None
    earns_nothing: bool = False
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class BatchReport:
    """All or nothing: entries in the order of the rows."""

    batch_id: str
    entries: tuple[PostedEntry, ...]
    replayed: bool = False
