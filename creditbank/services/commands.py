"""What the services are told to do: one frozen dataclass per use case, imperative names.

Credits in hundredths, dates as dates, codes as the domain's enums. Texts are already normalised
(NFKC, trimmed) by whoever built the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import Message
from creditbank.domain.identifiers import clean_identifier
from creditbank.domain.plan_exceptions import ExceptionKind, Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCourseCredit:
    """One attempt at a course of the learner's school; mark as written: "85.5", "良好", "合格".

    proof_no: what an exemption rests on, the number of a certificate or of a document. tags: the
    school's own marks, with commas between them.
    """

    learner_id: int
    course_code: str
    term: Term
    exam_kind: ExamKind = ExamKind.NORMAL
    scale: GradingScale = GradingScale.PERCENT
    mark: str = ""
    proof_no: str = ""
    tags: str = ""
    earned_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCompetitionCredit:
    """One award. event: the contest's name and year: entries with the same event are one.

    issuer: who awarded it; tags: the school's own marks, with commas between them.
    """

    learner_id: int
    event: str
    level: AwardLevel
    rank: AwardRank
    team_role: TeamRole = TeamRole.INDIVIDUAL
    certificate_no: str = ""
    document_no: str = ""
    issuer: str = ""
    tags: str = ""
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
    issuer: str = ""
    tags: str = ""
    earned_on: date


PostCredit = PostCourseCredit | PostCompetitionCredit | PostInnovationCredit


@dataclass(frozen=True, slots=True, kw_only=True)
class PostClaimedCredit:
    """A credit as the reviews of a claim granted it: never more than the table has for it."""

    claim_id: int
    credit: PostCompetitionCredit | PostInnovationCredit
    units: int

    @property
    def learner_id(self) -> int:
        """Whose it is."""
        return self.credit.learner_id


def evidence_number(command: PostCredit | PostClaimedCredit) -> str:
    """The certificate number in its one written form; "" without one.

    However it was typed, the same certificate is found in every account.
    """
    if isinstance(command, PostClaimedCredit):
        return evidence_number(command.credit)
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
class CheckEvidence:
    """Say whose the certificate of an entry is. owner_ids: of all who hold its number."""

    learner_id: int
    ledger_seq: int
    owner_ids: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveSubstitution:
    """Use units (hundredths) of an award entry for a block whose substitution needs approval."""

    learner_id: int
    source_seq: int
    block_code: str
    units: int
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterException:
    """Enter an exception from the plan; fields as in domain.plan_exceptions."""

    learner_id: int
    kind: ExceptionKind
    subject: str = ""
    block_code: str = ""
    ledger_seq: int | None = None
    units: int | None = None
    reason: str
    document_no: str
    decided_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOnException:
    """Approve or refuse what was entered, or withdraw what was approved.

    reason: why refused or withdrawn; document_no: of a withdrawal.
    """

    plan_exception_id: int
    ruling: Ruling
    reason: str = ""
    document_no: str = ""


@dataclass(frozen=True, slots=True)
class RecordedException:
    """What entering or ruling answers. replayed: the same key had been answered before.

    state: right after it; facts_seq: the state of the learner's facts then.
    """

    plan_exception_id: int
    learner_id: int
    enrolment_id: int
    state: str
    facts_seq: int
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveGraduation:
    """Freeze the graduation verdict of a learner's enrolment at the actor's school."""

    learner_id: int
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmQualification:
    """Freeze the verdict on a learner's advance under one agreement."""

    learner_id: int
    agreement_id: int
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawDecision:
    """Take a decision back, with the reason and the document that says so."""

    decision_id: int
    reason: str
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveReview:
    """Close a review: the decision stands, for this reason."""

    review_case_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class DecidedVerdict:
    """What a decision answers: the verdict it froze. replayed: the key had been answered before.

    withdraws_id: the decision that this one took back, None where it froze a verdict.
    """

    decision_id: int
    learner_id: int
    enrolment_id: int
    subject_kind: str
    subject_id: int
    verdict_id: int
    decided_on: str
    document_no: str
    withdraws_id: int | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class PostedWarning:
    """What is to be thought of what stands: it earns nothing, or not all; it comes late."""

    code: str
    message: Message


def kept_warnings(answer: Mapping[str, Any]) -> tuple[PostedWarning, ...]:
    """The warnings of an answer that was kept under its key."""
    return tuple(
        PostedWarning(item["code"], Message(**item["message"]))
        for item in answer.get("warnings", ())
    )


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """What a posting answers. replayed: the same key had been answered before.

    earns_nothing: the entry stands but brings no credit (failed, already earned, value 0).
    warnings: what the verdict of this moment says against it; only where one entry was posted.
    """

    learner_id: int
    ledger_seq: int
    units: int
    entry_hash: str
    mark: str = ""
    passed: bool | None = None
    earns_nothing: bool = False
    replayed: bool = False
    warnings: tuple[PostedWarning, ...] = ()

    @classmethod
    def kept(cls, answer: Mapping[str, Any]) -> PostedEntry:
        """The entry of an answer that was kept under its key."""
        return cls(**{**answer, "warnings": kept_warnings(answer)})


@dataclass(frozen=True, slots=True)
class BatchReport:
    """All or nothing: entries in the order of the rows."""

    batch_id: str
    entries: tuple[PostedEntry, ...]
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePlan:
    """Save a plan from its YAML or JSON text: a new version of its code, or the change of one.

    plan_id: the version to change, which nobody follows yet; None for a new one. revision: what
    that version said when it was opened, so that nobody's work is written over.
    """

    text: str
    plan_id: int | None = None
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignPlan:
    """Put a version in force for a cohort that has no learners yet. revision: as it was seen."""

    plan_id: int
    entry_year: int
    document_no: str
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateCohort:
    """Move a running cohort to another version of its plan, deliberately."""

    plan_id: int
    entry_year: int
    reason: str
    document_no: str
    revision: str
