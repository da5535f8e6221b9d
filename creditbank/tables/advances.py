"""转段: what people decided on the road from qualification to admission. Insert only.

A move is taken back by another row that names it (withdraws_id); sheets, scores and admission
numbers belong to a move and go with it. The qualification itself is a row of decisions.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment

_KINDS = (
    "kind in ('pass_assessment','fail_assessment','announce','appeal','dismiss_appeal',"
    "'grant_appeal','file','score','propose','pass_over','admit','refuse','return_admission',"
    "'retry','register_exam','give_up','disqualify','withdraw')"
)


class AdvanceMove(Row, table=True):
    """One move of one learner; see domain.advances.

    starts_on, ends_on, appeal_until: of a notice. detail: signatures of a giving up; of a ranking
    place, total and the hash of all that was ranked. verdict_id: the verdict of that moment.
    """

    __tablename__ = "advance_moves"
    __table_args__ = (
        CheckConstraint(_KINDS, name="kind"),
        CheckConstraint("(kind = 'withdraw') = (withdraws_id is not null)", name="withdrawal"),
        CheckConstraint("withdraws_id is null or reason <> ''", name="withdrawal_reason"),
        CheckConstraint(
            "(kind = 'announce') = (starts_on is not null) and (starts_on is null)"
            " = (ends_on is null) and (starts_on is null) = (appeal_until is null)"
            " and starts_on <= ends_on and ends_on <= appeal_until",
            name="notice",
        ),
        CheckConstraint("attempt > 0", name="attempt"),
        UniqueConstraint("withdraws_id"),
        Index("ix_advance_moves_of", "agreement_id", "enrolment_id", "advance_move_id"),
    )

    advance_move_id: int | None = big_identity("advance_move_id")
    institution_id: int
    learner_id: int
    agreement_id: int = Field(foreign_key="articulation_agreements.agreement_id")
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    attempt: int
    kind: str = Field(max_length=20)
    decided_on: date
    document_no: str = Field(default="", max_length=60)
    reason: str = Field(
        default="", max_length=200, sa_column_kwargs={"comment": "personal: reason"}
    )
    starts_on: date | None = None
    ends_on: date | None = None
    appeal_until: date | None = None
    detail: dict = json_document()  # type: ignore[type-arg]
    verdict_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="verdicts.verdict_id"
    )
    withdraws_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="advance_moves.advance_move_id"
    )
    decided_by: int
    decided_role: str = Field(max_length=12)
    recorded_at: datetime = moment()


class ProcessAssessment(Row, table=True):
    """过程考核表: result and remark of each dimension, as a document."""

    __tablename__ = "process_assessments"

    advance_move_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="advance_moves.advance_move_id"
    )
    institution_id: int
    results: dict = json_document()  # type: ignore[type-arg]


class AdvanceScore(Row, table=True):
    """The score of one part of the tests, in hundredths. source_hash: of the file, "" by hand."""

    __tablename__ = "advance_scores"
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)

    advance_move_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="advance_moves.advance_move_id"
    )
    part: str = Field(primary_key=True, max_length=40)
    institution_id: int
    units: int = Field(sa_column_kwargs={"comment": "personal: score"})
    source_hash: str = Field(default="", max_length=64, index=True)


class AdvanceAdmission(Row, table=True):
    """What the college returned: 录取通知书号, 高职学号, credits recognised, in hundredths."""

    __tablename__ = "advance_admissions"
    __table_args__ = (
        CheckConstraint("admission_no <> ''", name="admission_no"),
        CheckConstraint("recognised_units >= 0", name="recognised_units"),
    )

    advance_move_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="advance_moves.advance_move_id"
    )
    institution_id: int
    admission_no: str = Field(max_length=40, sa_column_kwargs={"comment": "personal: 录取通知书号"})
    college_student_no: str = Field(
        default="", max_length=20, sa_column_kwargs={"comment": "personal: 高职学号"}
    )
    recognised_units: int
