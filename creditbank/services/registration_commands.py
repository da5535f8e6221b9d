"""What registration and the recording of facts are told to do, and what they answer.

Beside services.commands, which holds the postings. Numbers come as typed: the services read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from creditbank.domain.enrolments import StudyMode, Term
from creditbank.domain.snapshots import Appraisal, AttestationKind, SanctionLevel
from creditbank.services.commands import PostedWarning, kept_warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEnrolment:
    """An enrolment at the actor's school. plan_code: "" where the cohort of a major has one plan.

    national_student_no: "" if none was given yet. agreement_id: the class of an agreement to join.
    """

    student_no: str
    class_name: str
    major_code: str
    catalogue_year: int
    entry_year: int
    entered_on: date
    study_mode: StudyMode = StudyMode.FULL_TIME
    national_student_no: str = ""
    plan_code: str = ""
    agreement_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLearner:
    """A person's account, with an enrolment or without one.

    citizen_id: as typed, "" for who has none on file. sex: GB/T 2261.1; "" and born_on None are
    read off the identity number.
    """

    name: str
    citizen_id: str = ""
    sex: str = ""
    born_on: date | None = None
    enrolment: NewEnrolment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnrolment:
    """An enrolment for a person who has an account. learner_id None: whom the account names.

    name, account_no and, where one is on record, citizen_id prove that the school knows whom it
    enrols: a learner of another school is not to be found by trying numbers.
    """

    learner_id: int | None = None
    name: str
    account_no: str
    citizen_id: str = ""
    enrolment: NewEnrolment


@dataclass(frozen=True, slots=True)
class RegisteredLearner:
    """What a registration answers. enrolment_id: None where none was opened.

    warnings: what is to be thought of, though the enrolment stands.
    """

    learner_id: int
    account_no: str
    enrolment_id: int | None = None
    warnings: tuple[PostedWarning, ...] = ()
    replayed: bool = False

    @classmethod
    def kept(cls, answer: Mapping[str, Any]) -> RegisteredLearner:
        """The answer that was kept under its key."""
        return cls(**{**answer, "warnings": kept_warnings(answer), "replayed": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConduct:
    """思想品德评价 of a term. grade: as the school writes it, such as 优秀."""

    learner_id: int
    term: Term
    result: Appraisal
    grade: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInternship:
    """岗位实习: started (result pending), or appraised, which has an end."""

    learner_id: int
    organisation: str
    started_on: date
    ended_on: date | None = None
    result: Appraisal = Appraisal.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSanction:
    """处分."""

    learner_id: int
    level: SanctionLevel
    decided_on: date
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftSanction:
    """解除处分; on the day it was decided: it was a mistake and never in force."""

    learner_id: int
    sanction_id: int
    lifted_on: date
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttestation:
    """合格考 of a subject, 综合素质评价, 体检, 报名.

    replaces_id: the attestation of the same kind that was wrong.
    """

    learner_id: int
    attestation: AttestationKind
    subject: str = ""
    result: Appraisal
    attested_on: date
    document_no: str = ""
    replaces_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinClass:
    """A place in the through-training class of an agreement of the learner's school."""

    learner_id: int
    agreement_id: int
    joined_on: date


RecordFact = (
    RecordConduct | RecordInternship | RecordSanction | LiftSanction | RecordAttestation | JoinClass
)


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """What recording answers. fact_id: of its own table; facts_seq: the books after it."""

    learner_id: int
    enrolment_id: int
    kind: str
    fact_id: int
    facts_seq: int
    replayed: bool = False
