"""贯通培养 agreements and the learners in their classes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, json_document, moment


class ArticulationAgreement(Row, table=True):
    """One agreement for one cohort: levels and years, in tenths of a year, never an enum of names.

    One secondary major of one school and cohort links to one college only (三二连读).
    """

    __tablename__ = "articulation_agreements"
    __table_args__ = (
        UniqueConstraint("school_id", "pre_major_code", "pre_catalogue_year", "entry_year"),
        CheckConstraint("pre_years_tenths > 0 and post_years_tenths > 0", name="years"),
        CheckConstraint("valid_from < valid_to", name="validity"),
    )

    agreement_id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="institutions.institution_id")
    college_id: int = Field(foreign_key="institutions.institution_id", index=True)
    name: str = Field(max_length=100)
    document_no: str = Field(max_length=60)
    entry_year: int
    pre_level: str = Field(max_length=16)
    pre_years_tenths: int
    post_level: str = Field(max_length=16)
    post_years_tenths: int
    pre_major_code: str = Field(max_length=7)
    pre_catalogue_year: int
    post_major_code: str = Field(max_length=7)
    post_catalogue_year: int
    quota: int
    valid_from: date
    valid_to: date
    hard_conditions: list = json_document()  # type: ignore[type-arg]


class AgreementMember(Row, table=True):
    """A learner's place in the class of an agreement."""

    __tablename__ = "agreement_members"

    agreement_id: int = Field(primary_key=True, foreign_key="articulation_agreements.agreement_id")
    enrolment_id: int = Field(primary_key=True, foreign_key="enrolments.enrolment_id", index=True)
    joined_on: date
    left_on: date | None = None
    left_reason: str = Field(default="", max_length=100)
    recorded_by: int | None = None
    recorded_at: datetime | None = moment(nullable=True)
