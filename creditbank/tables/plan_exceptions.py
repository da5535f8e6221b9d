"""Exceptions from the plan for one learner, and what a second person said of them. Insert only."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class PlanExceptionRow(Row, table=True):
    """An exception as it was entered; it counts once it is approved, until it is withdrawn."""

    __tablename__ = "plan_exceptions"
    __table_args__ = (
        CheckConstraint("kind in ('waive','lower','insert','force','block')", name="kind"),
        CheckConstraint(
            "(kind in ('force','block')) = (ledger_seq is not null)", name="ledger_seq"
        ),
        CheckConstraint("units is null or units >= 0", name="units"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("document_no <> ''", name="document_no"),
    )

    plan_exception_id: int | None = big_identity("plan_exception_id")
    institution_id: int = Field(index=True)
    learner_id: int
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    kind: str = Field(max_length=6)
    subject: str = Field(max_length=100)
    block_code: str = Field(max_length=100)
    ledger_seq: int | None = None
    units: int | None = None
    reason: str = Field(max_length=200, sa_column_kwargs={"comment": "personal: reason"})
    document_no: str = Field(max_length=60)
    decided_on: date
    entered_by: int
    entered_at: datetime = moment()


class ExceptionRuling(Row, table=True):
    """Approved or refused once; what was approved may be withdrawn once."""

    __tablename__ = "exception_rulings"
    __table_args__ = (
        CheckConstraint("ruling in ('approved','refused','withdrawn')", name="ruling"),
        CheckConstraint("ruling = 'approved' or reason <> ''", name="reason"),
        CheckConstraint("ruling <> 'withdrawn' or document_no <> ''", name="document_no"),
        Index(
            "uq_exception_rulings_first",
            "plan_exception_id",
            unique=True,
            postgresql_where=text("ruling <> 'withdrawn'"),
        ),
    )

    plan_exception_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="plan_exceptions.plan_exception_id"
    )
    ruling: str = Field(max_length=9, primary_key=True)
    institution_id: int
    enrolment_id: int = Field(index=True)
    reason: str = Field(
        default="", max_length=200, sa_column_kwargs={"comment": "personal: reason"}
    )
    document_no: str = Field(default="", max_length=60)
    ruled_by: int
    ruled_at: datetime = moment()
