"""All that a verdict looks at, read at one moment: records, facts, status. Nothing else counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbank.domain.awards import CertificateLevel
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import PlanException
from creditbank.domain.verdicts import SubjectKind


class Appraisal(StrEnum):
    """Result of an appraisal or check."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


class SanctionLevel(StrEnum):
    """处分, from mild to severe."""

    WARNING = "1"
    SERIOUS_WARNING = "2"
    DEMERIT = "3"
    PROBATION = "4"
    EXPULSION = "5"


class AttestationKind(StrEnum):
    """Facts certified outside the ledger."""

    ACADEMIC_PASS_EXAM = "academic_pass_exam"
    COMPREHENSIVE_EVALUATION = "comprehensive_evaluation"
    EXAM_REGISTRATION = "exam_registration"
    MEDICAL_CHECK = "medical_check"


@dataclass(frozen=True, slots=True)
class Record:
    """A ledger entry that stands (reversed pairs are gone before a snapshot is made).

    units: hundredths earned by this entry and not yet moved elsewhere by a posted substitution;
    0 for a failed attempt and for a further pass of a course already earned.
    event_key: entries with the same key are one event or project; only the highest counts.
    block_code: on the receiving half of a substitution or recognition, the block it is meant for.
    disputed: its evidence number stands in another account too; counts nothing until checked.
    drawn_units: what posted substitutions moved out of this award; units is without it.
    nature, hours, practice_hours: of a course record. level: 级别 of an award, or of a certificate.
    is_outside: earned at another institution than the enrolment's.
    """

    ledger_seq: int
    kind: EntryKind
    units: int
    earned_on: date
    title: str
    course_code: str = ""
    passed: bool = True
    category: str = ""
    event_key: str = ""
    block_code: str = ""
    certificate_level: CertificateLevel = CertificateLevel.NONE
    valid_until: date | None = None
    disputed: bool = False
    drawn_units: int = 0
    nature: str = ""
    hours: int = 0
    practice_hours: int = 0
    level: str = ""
    issuer: str = ""
    tags: tuple[str, ...] = ()
    is_outside: bool = False

    @property
    def plan_code(self) -> str:
        """The code by which a plan may name it; "" for a course of another institution.

        Two schools may use one code for two courses: what was passed elsewhere counts when it is
        recognised, or accepted by a block as coming from outside.
        """
        return "" if self.is_outside else self.course_code


@dataclass(frozen=True, slots=True)
class Sanction:
    """In force from decided_on until lifted_on (exclusive), or until further notice."""

    level: SanctionLevel
    decided_on: date
    lifted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Attestation:
    """One certified fact, such as a subject's 合格考 result."""

    kind: AttestationKind
    subject: str
    result: Appraisal
    attested_on: date


@dataclass(frozen=True, slots=True)
class Membership:
    """The learner's place in a through-training class (贯通班) of one agreement."""

    agreement_id: int
    joined_on: date
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What people decided on a positive verdict: graduation approved, qualification granted.

    subject_id: the plan or the agreement. A decision stands whatever the books say later; a
    verdict that no longer agrees asks for a review.
    """

    subject_kind: SubjectKind
    subject_id: int
    decided_on: date


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One enrolment's whole evidence. ledger_seq and facts_seq name the state of the books.

    suspended_semesters: as far as suspensions are granted; away_until: the last day that one which
    lasts is granted for.
    """

    learner_id: int
    enrolment_id: int
    institution_id: int
    ledger_seq: int
    facts_seq: int
    status: EnrolmentStatus
    entered_on: date
    entry_year: int
    suspended_semesters: int
    records: tuple[Record, ...]
    conduct: Appraisal = Appraisal.PENDING
    internship: Appraisal = Appraisal.PENDING
    internship_started: bool = False
    sanctions: tuple[Sanction, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    memberships: tuple[Membership, ...] = ()
    decisions: tuple[Decision, ...] = ()
    exceptions: tuple[PlanException, ...] = ()
    away_until: date | None = None

    def has_decision(self, kind: SubjectKind, subject_id: int, as_of: date) -> bool:
        """Whether people have decided on this subject by that day."""
        return any(
            (item.subject_kind, item.subject_id) == (kind, subject_id) and item.decided_on <= as_of
            for item in self.decisions
        )
