"""学籍异动: applications, what the offices said of them, how they were carried out. Insert only."""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment

_HEALTH = {"comment": "personal: reason"}


def _of_change() -> int:
    """The key of what is said once of an application."""
    return Field(  # type: ignore[no-any-return]
        sa_type=BigInteger, primary_key=True, foreign_key="status_changes.status_change_id"
    )


class StatusChange(Row, table=True):
    """An application; offices: those who are asked, in their order, as policy had it then.

    to_institution_id to class_name: where the learner wants to be; null and "" for where they are.
    """

    __tablename__ = "status_changes"
    __table_args__ = (
        CheckConstraint(
            "kind in ('11','12','15','16','21','22','23','29','31','42','51',"
            "'graduation','completion','leaving','exchange')",
            name="kind",
        ),
        CheckConstraint("(kind = '11') = (until is not null)", name="until"),
        CheckConstraint("until >= takes_effect_on", name="span"),
        CheckConstraint("kind = '31' or not by_school", name="by_school"),
        CheckConstraint("by_school or (absent_hours = 0 and absent_days = 0)", name="absence"),
        CheckConstraint("absent_hours >= 0 and absent_days >= 0", name="absent"),
        CheckConstraint("cardinality(offices) > 0", name="offices"),
        CheckConstraint(
            "(kind = '21') = (to_institution_id is not null)"
            " and (kind <> '21' or plan_id is not null)",
            name="destination",
        ),
        CheckConstraint(
            "applied_as in ('student','guardian','registrar','approver')", name="applied_as"
        ),
    )

    status_change_id: int | None = big_identity("status_change_id")
    institution_id: int = Field(index=True)
    learner_id: int = Field(index=True)
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    kind: str = Field(max_length=10)
    reason: str = Field(max_length=2, sa_column_kwargs=_HEALTH)
    applied_on: date
    takes_effect_on: date
    until: date | None = None
    by_school: bool = False
    absent_hours: int = 0
    absent_days: int = 0
    ground: str = Field(default="", max_length=12, sa_column_kwargs=_HEALTH)
    note: str = Field(default="", max_length=200, sa_column_kwargs=_HEALTH)
    to_institution_id: int | None = Field(
        default=None, foreign_key="institutions.institution_id", index=True
    )
    plan_id: int | None = Field(default=None, foreign_key="program_plans.plan_id")
    major_code: str = Field(default="", max_length=7)
    catalogue_year: int | None = None
    class_name: str = Field(default="", max_length=40)
    offices: list[str] = Field(sa_column=Column("offices", ARRAY(Text), nullable=False))
    applied_as: str = Field(max_length=9)
    applied_by: int
    applied_at: datetime = moment()


class StatusChangeProof(Row, table=True):
    """A document beside an application."""

    __tablename__ = "status_change_proofs"
    __table_args__ = (
        CheckConstraint(
            "kind in ('application','hospital','health','enlistment','sanction','assessment',"
            "'death')",
            name="kind",
        ),
    )

    status_change_id: int = _of_change()
    kind: str = Field(max_length=11, primary_key=True)
    institution_id: int
    document_no: str = Field(default="", max_length=60)
    issued_on: date
    issuer: str = Field(default="", max_length=60, sa_column_kwargs=_HEALTH)


class StatusChangeOpinion(Row, table=True):
    """What an office said, once; an account speaks for one office of an application."""

    __tablename__ = "status_change_opinions"
    __table_args__ = (
        UniqueConstraint("status_change_id", "given_by"),
        CheckConstraint("agrees or opinion <> ''", name="opinion"),
    )

    status_change_id: int = _of_change()
    office: str = Field(max_length=20, primary_key=True)
    institution_id: int
    agrees: bool
    opinion: str = Field(default="", max_length=200, sa_column_kwargs=_HEALTH)
    document_no: str = Field(default="", max_length=60)
    given_by: int
    given_at: datetime = moment()


class StatusChangeWithdrawal(Row, table=True):
    """Taken back before it was carried out, by who applied or by what came before it."""

    __tablename__ = "status_change_withdrawals"

    status_change_id: int = _of_change()
    institution_id: int
    withdrawn_by: int
    withdrawn_at: datetime = moment()


class StatusChangeExecution(Row, table=True):
    """Carried out: what the enrolment was, and what it is from then on.

    executed_by: who gave the last opinion, null where it waited for its day. decision_id: the
    approval that a graduation carries out.
    """

    __tablename__ = "status_change_executions"

    status_change_id: int = _of_change()
    institution_id: int
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    status_before: str = Field(max_length=2)
    status_after: str = Field(max_length=2)
    plan_before: int
    plan_after: int
    class_before: str = Field(max_length=40)
    class_after: str = Field(max_length=40)
    suspended_semesters: int
    decision_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="decisions.decision_id"
    )
    executed_by: int | None = None
    executed_at: datetime = moment()
