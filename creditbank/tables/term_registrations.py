"""学期注册: insert only; of an enrolment and term the latest row not withdrawn speaks."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class TermRegistration(Row, table=True):
    """One record. state: ZCZKM; day: of the registration, or the one for which it is said.

    reason: why the learner is not registered (WZCYY); on_leave: with leave (SFQJ).
    """

    __tablename__ = "term_registrations"
    __table_args__ = (
        CheckConstraint("state in ('1','2','9')", name="state"),
        CheckConstraint(
            "case state when '1' then reason = '' when '9' then reason <> '' else true end",
            name="reason",
        ),
        CheckConstraint("state = '9' or not on_leave", name="on_leave"),
        Index("ix_term_registrations_latest", "enrolment_id", "term_code", "term_registration_id"),
    )

    term_registration_id: int | None = big_identity("term_registration_id")
    institution_id: int
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id")
    term_code: str = Field(max_length=11)
    state: str = Field(max_length=1)
    day: date
    reason: str = Field(max_length=200, sa_column_kwargs={"comment": "personal: reason"})
    on_leave: bool
    recorded_by: int
    recorded_at: datetime = moment()


class TermRegistrationWithdrawal(Row, table=True):
    """撤销: a record speaks no more, and the one before it does again. Once, and for good."""

    __tablename__ = "term_registration_withdrawals"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    term_registration_id: int = Field(
        sa_type=BigInteger,
        primary_key=True,
        foreign_key="term_registrations.term_registration_id",
    )
    institution_id: int
    reason: str = Field(max_length=200, sa_column_kwargs={"comment": "personal: reason"})
    withdrawn_by: int
    withdrawn_at: datetime = moment()
