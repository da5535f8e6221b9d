"""学业预警: levels as they changed, what was agreed with whom, counts day by day. Insert only."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class AcademicWarning(Row, table=True):
    """The level that an enrolment reached on a day, also back to none: the latest one speaks.

    semesters: that were over; units in hundredths.
    """

    __tablename__ = "academic_warnings"
    __table_args__ = (
        CheckConstraint("level in ('none','yellow','red')", name="level"),
        CheckConstraint("expected_units >= 0 and earned_units >= 0", name="units"),
        Index("uq_academic_warnings_day", "enrolment_id", "noted_on", unique=True),
        Index("ix_academic_warnings_school", "institution_id", "noted_on"),
    )

    academic_warning_id: int | None = big_identity("academic_warning_id")
    institution_id: int
    learner_id: int
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id")
    level: str = Field(max_length=6, sa_column_kwargs={"comment": "personal: standing"})
    semesters: int
    expected_units: int
    earned_units: int = Field(sa_column_kwargs={"comment": "personal: credits"})
    noted_on: date
    noted_at: datetime = moment()


class WarningContact(Row, table=True):
    """What was talked over and agreed. with_whom: student, guardian or both."""

    __tablename__ = "warning_contacts"
    __table_args__ = (
        CheckConstraint("with_whom in ('student','guardian','both')", name="with_whom"),
        CheckConstraint("note <> ''", name="note"),
    )

    warning_contact_id: int | None = big_identity("warning_contact_id")
    institution_id: int
    learner_id: int
    enrolment_id: int = Field(foreign_key="enrolments.enrolment_id", index=True)
    academic_warning_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="academic_warnings.academic_warning_id"
    )
    contacted_on: date
    with_whom: str = Field(max_length=8)
    note: str = Field(max_length=300, sa_column_kwargs={"comment": "personal: note"})
    noted_by: int
    noted_at: datetime = moment()


class ProgressCount(Row, table=True):
    """One day of a school's major and cohort: how many, how far, how many are warned. Names nobody.

    expected_units, earned_units: sums in hundredths, nobody's earned beyond the expected.
    """

    __tablename__ = "progress_counts"
    __table_args__ = (
        CheckConstraint("learners > 0 and yellow >= 0 and red >= 0", name="learners"),
    )

    noted_on: date = Field(primary_key=True)
    institution_id: int = Field(primary_key=True)
    major_code: str = Field(primary_key=True, max_length=7)
    entry_year: int = Field(primary_key=True)
    learners: int
    expected_units: int = Field(sa_type=BigInteger)
    earned_units: int = Field(sa_type=BigInteger)
    yellow: int
    red: int
