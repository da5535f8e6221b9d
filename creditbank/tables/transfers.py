"""转学: recognition plan, public notice, arrival, courses to make up. Insert only."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


class RecognitionPlan(Row, table=True):
    """What the receiving school found and would recognise; the latest of an application speaks.

    items: line of the table, sources, what they give there, see store.transfers; declined: sources
    that are not recognised, with the reason; tested: lines whose test was passed. shortfall: of the
    new plan afterwards; best_shortfall: the least there could be; hundredths.
    """

    __tablename__ = "recognition_plans"
    __table_args__ = (
        CheckConstraint("passed or opinion <> ''", name="opinion"),
        CheckConstraint("not passed or (class_name <> '' and student_no <> '')", name="place"),
        CheckConstraint("shortfall >= best_shortfall and best_shortfall >= 0", name="shortfall"),
    )

    recognition_plan_id: int | None = big_identity("recognition_plan_id")
    status_change_id: int = Field(
        sa_type=BigInteger, foreign_key="status_changes.status_change_id", index=True
    )
    institution_id: int
    passed: bool
    assessed_on: date
    document_no: str = Field(default="", max_length=60)
    opinion: str = Field(default="", max_length=200, sa_column_kwargs={"comment": "personal: note"})
    class_name: str = Field(default="", max_length=40)
    student_no: str = Field(
        default="", max_length=20, sa_column_kwargs={"comment": "personal: 学号"}
    )
    items: list = json_document()  # type: ignore[type-arg]
    declined: list = json_document()  # type: ignore[type-arg]
    tested: list = json_document()  # type: ignore[type-arg]
    shortfall: int = 0
    best_shortfall: int = 0
    ledger_seq: int = 0
    planned_by: int
    planned_at: datetime = moment()


class PublicNotice(Row, table=True):
    """公示 of a transfer that the receiving school has agreed to."""

    __tablename__ = "public_notices"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="span"),)

    status_change_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="status_changes.status_change_id"
    )
    starts_on: date
    ends_on: date
    published_at: datetime = moment()


class TransferArrival(Row, table=True):
    """转入: the enrolment that a transfer opened, and what came along, in hundredths.

    presented = recognised + what was not: all that the learner had earned in courses of the school
    that was left, and that the receiving one had not recognised before. dropped: lines of the plan
    whose marks stood no longer.
    """

    __tablename__ = "transfer_arrivals"
    __table_args__ = (CheckConstraint("recognised between 0 and presented", name="recognised"),)

    status_change_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="status_changes.status_change_id"
    )
    institution_id: int
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", unique=True)
    recognition_plan_id: int = Field(
        sa_type=BigInteger, foreign_key="recognition_plans.recognition_plan_id"
    )
    presented: int
    recognised: int
    dropped: list = json_document()  # type: ignore[type-arg]
    arrived_at: datetime = moment()


class MakeupCourse(Row, table=True):
    """补修: a required course of past semesters of the new plan; done once it is passed there."""

    __tablename__ = "makeup_courses"

    enrolment_id: int = Field(primary_key=True, foreign_key="enrolments.enrolment_id")
    course_code: str = Field(primary_key=True, max_length=20)
    status_change_id: int = Field(
        sa_type=BigInteger, foreign_key="status_changes.status_change_id", index=True
    )
    institution_id: int
    name: str = Field(max_length=100)
    units: int
    due_on: date
