"""What people decided on verdicts, and the reviews that later verdicts ask for. Insert only."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class DecisionRow(Row, table=True):
    """A verdict frozen by a decision, or (withdraws_id) a decision taken back by another one."""

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint("subject_kind in ('graduation','articulation')", name="subject_kind"),
        CheckConstraint("document_no <> ''", name="document_no"),
        CheckConstraint("withdraws_id is null or reason <> ''", name="withdrawal_reason"),
        UniqueConstraint("withdraws_id"),
    )

    decision_id: int | None = big_identity("decision_id")
    institution_id: int
    learner_id: int
    enrolment_id: int = Field(index=True)
    subject_kind: str = Field(max_length=12)
    subject_id: int
    verdict_id: int = Field(sa_type=BigInteger, foreign_key="verdicts.verdict_id")
    withdraws_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="decisions.decision_id"
    )
    decided_on: date
    document_no: str = Field(max_length=60)
    reason: str = Field(default="", max_length=200)
    decided_by: int
    decided_at: datetime = moment()


class ReviewCase(Row, table=True):
    """A later verdict contradicts a frozen one. findings_hash: of the later one."""

    __tablename__ = "review_cases"
    __table_args__ = (UniqueConstraint("decision_id", "findings_hash"),)

    review_case_id: int | None = big_identity("review_case_id")
    institution_id: int = Field(index=True)
    learner_id: int
    enrolment_id: int
    subject_kind: str = Field(max_length=12)
    subject_id: int
    decision_id: int = Field(sa_type=BigInteger, foreign_key="decisions.decision_id")
    frozen_verdict_id: int = Field(sa_type=BigInteger, foreign_key="verdicts.verdict_id")
    verdict_id: int = Field(sa_type=BigInteger, foreign_key="verdicts.verdict_id")
    findings_hash: str = Field(max_length=64)
    opened_at: datetime = moment()


class ReviewResolution(Row, table=True):
    """How a case ended: the decision was upheld, or withdrawn."""

    __tablename__ = "review_resolutions"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("resolution in ('upheld','withdrawn')", name="resolution"),
    )

    review_case_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="review_cases.review_case_id"
    )
    institution_id: int
    resolution: str = Field(max_length=12)
    reason: str = Field(max_length=200)
    resolved_by: int
    resolved_at: datetime = moment()
