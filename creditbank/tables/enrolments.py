"""学籍: one learner at one school in one major."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row


class Enrolment(Row, table=True):
    """One enrolment; status is JY/T 1001 XSDQZT; is_open mirrors domain OPEN_STATUSES.

    began_on: when a learner who came by transfer began at the first school, whole years of
    suspension left out; null for entered_on. Times of study count from then on.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        UniqueConstraint("institution_id", "student_no"),
        CheckConstraint(
            "status in ('01','02','03','04','05','06','07','08','09','10','11','12','13','14',"
            "'15','99')",
            name="status",
        ),
        CheckConstraint("is_open = (status in ('01','02','04','05','12','13'))", name="is_open"),
        Index(
            "uq_enrolments_one_open_full_time",
            "learner_id",
            unique=True,
            postgresql_where="is_open and study_mode = 'full_time'",
        ),
        Index("ix_enrolments_school_class", "institution_id", "entry_year", "class_name"),
    )

    enrolment_id: int | None = Field(default=None, primary_key=True)
    institution_id: int = Field(foreign_key="institutions.institution_id")
    learner_id: int = Field(foreign_key="learners.learner_id", index=True)
    student_no: str = Field(max_length=20, sa_column_kwargs={"comment": "personal: 学号"})
    plan_id: int = Field(foreign_key="program_plans.plan_id", index=True)
    major_code: str = Field(max_length=7)
    catalogue_year: int
    class_name: str = Field(max_length=40)
    entry_year: int
    entered_on: date
    began_on: date | None = None
    study_mode: str = Field(default="full_time", max_length=10)
    status: str = Field(max_length=2)
    is_open: bool
    suspended_semesters: int = Field(default=0, ge=0)
