"""Facts beside the ledger that a verdict looks at: conduct, internship, sanctions, attestations.

A correction is a new row with a later recorded_at; the latest one speaks. A sanction is lifted by a
row of its own, an attestation is replaced by another: nothing is changed or deleted. recorded_by is
the account; nobody in particular for what was there before accounts were noted.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, moment


class ConductEvaluation(Row, table=True):
    """思想品德评价 of one enrolment, once a term."""

    __tablename__ = "conduct_evaluations"
    __table_args__ = (CheckConstraint("result in ('pending','passed','failed')", name="result"),)

    conduct_evaluation_id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    term_code: str = Field(max_length=11)
    result: str = Field(max_length=8, sa_column_kwargs={"comment": "personal: conduct"})
    grade: str = Field(default="", max_length=10, sa_column_kwargs={"comment": "personal: conduct"})
    recorded_by: int | None = None
    recorded_at: datetime = moment()


class InternshipAppraisal(Row, table=True):
    """岗位实习鉴定 of one enrolment; started_on without a result is an internship under way."""

    __tablename__ = "internship_appraisals"
    __table_args__ = (CheckConstraint("result in ('pending','passed','failed')", name="result"),)

    internship_appraisal_id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    organisation: str = Field(default="", max_length=100)
    started_on: date
    ended_on: date | None = None
    result: str = Field(max_length=8, sa_column_kwargs={"comment": "personal: appraisal"})
    recorded_by: int | None = None
    recorded_at: datetime = moment()


class SanctionRecord(Row, table=True):
    """处分 of one enrolment, in force until lifted_on here or in a lifting."""

    __tablename__ = "sanctions"
    __table_args__ = (CheckConstraint("level in ('1','2','3','4','5')", name="level"),)

    sanction_id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    level: str = Field(max_length=1, sa_column_kwargs={"comment": "personal: sanction"})
    decided_on: date
    lifted_on: date | None = None
    document_no: str = Field(max_length=60)
    recorded_by: int | None = None
    recorded_at: datetime | None = moment(nullable=True)


class SanctionLifting(Row, table=True):
    """解除处分: from lifted_on the sanction is not in force; on its own first day: it never was."""

    __tablename__ = "sanction_liftings"
    __table_args__ = (CheckConstraint("document_no <> ''", name="document_no"),)

    sanction_id: int = Field(
        primary_key=True,
        foreign_key="sanctions.sanction_id",
        sa_column_kwargs={"autoincrement": False},
    )
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    lifted_on: date
    document_no: str = Field(max_length=60)
    recorded_by: int | None = None
    recorded_at: datetime | None = moment(nullable=True)


class AttestationRecord(Row, table=True):
    """合格考, 综合素质评价, 报名, 体检: certified elsewhere, kept here with their document.

    replaces_id: the attestation that was wrong, which counts no more.
    """

    __tablename__ = "attestations"
    __table_args__ = (
        CheckConstraint(
            "kind in ('academic_pass_exam','comprehensive_evaluation','exam_registration',"
            "'medical_check')",
            name="kind",
        ),
        CheckConstraint("result in ('pending','passed','failed')", name="result"),
    )

    attestation_id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    kind: str = Field(max_length=24)
    subject: str = Field(default="", max_length=20)
    result: str = Field(max_length=8, sa_column_kwargs={"comment": "personal: result, health"})
    attested_on: date
    document_no: str = Field(default="", max_length=60)
    replaces_id: int | None = Field(
        default=None, foreign_key="attestations.attestation_id", unique=True
    )
    recorded_by: int | None = None
    recorded_at: datetime | None = moment(nullable=True)
