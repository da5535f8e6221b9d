"""Versions of what agreements say, days and pass lines of the advance's year. Insert only."""

from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


class AgreementTermsRow(Row, table=True):
    """One version as domain.agreement_terms.AgreementTerms has it, and who put it in force.

    hard_conditions: kind, threshold; scores: kind, full_marks, weight, pass_mark (hundredths),
    by_announced_line.
    """

    __tablename__ = "agreement_terms"
    __table_args__ = (
        UniqueConstraint("agreement_id", "version_no"),
        CheckConstraint("version_no > 0", name="version"),
        CheckConstraint("document_no <> '' and (version_no = 1 or reason <> '')", name="document"),
        CheckConstraint("valid_from < valid_to", name="validity"),
        CheckConstraint(
            "quota > 0 and pass_total between 0 and 10000 and notice_days >= 0 and appeal_days >= 0"
            " and attempts_max > 0",
            name="numbers",
        ),
        CheckConstraint(
            "tie_breaks <@ array['course_average','culture_exam','knowledge_test','skill_test',"
            "'quality']",
            name="tie_breaks",
        ),
        CheckConstraint(
            "exemption_level in ('70','10','23','33','43','60')", name="exemption_level"
        ),
        CheckConstraint("exemption_effect in ('full_marks','spread')", name="exemption_effect"),
        CheckConstraint(
            "assessment_dimensions <@ array['conduct','study','practice','contests','health',"
            "'talent']",
            name="dimensions",
        ),
    )

    agreement_terms_id: int | None = big_identity("agreement_terms_id")
    agreement_id: int = Field(foreign_key="articulation_agreements.agreement_id")
    version_no: int
    in_force_from: date
    document_no: str = Field(max_length=60)
    reason: str = Field(default="", max_length=200)
    quota: int
    valid_from: date
    valid_to: date
    hard_conditions: list = json_document()  # type: ignore[type-arg]
    scores: list = json_document()  # type: ignore[type-arg]
    pass_total: int
    tie_breaks: list[str] = Field(sa_column=Column("tie_breaks", ARRAY(Text), nullable=False))
    exemption_level: str | None = Field(default=None, max_length=2)
    exemption_effect: str = Field(max_length=10)
    assessment_dimensions: list[str] = Field(
        sa_column=Column("assessment_dimensions", ARRAY(Text), nullable=False)
    )
    notice_days: int
    appeal_days: int
    attempts_max: int
    allows_parallel_exam: bool
    decided_by: int
    decided_at: datetime = moment()


class AdvanceCalendarDay(Row, table=True):
    """The days of one step as domain.advance_calendar.CalendarDay has them; the latest speaks."""

    __tablename__ = "advance_calendar_days"
    __table_args__ = (
        CheckConstraint("post_level in ('higher_voc','bachelor')", name="post_level"),
        CheckConstraint(
            "step in ('courses_drawn','process_uploaded','filed','tests','marking','scores_sent',"
            "'culture_exam','pass_line','admission')",
            name="step",
        ),
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("document_no <> ''", name="document"),
        Index("ix_advance_calendar_days_year", "finishing_year", "post_level"),
    )

    advance_calendar_day_id: int | None = big_identity("advance_calendar_day_id")
    finishing_year: int
    post_level: str = Field(max_length=16)
    step: str = Field(max_length=16)
    starts_on: date
    ends_on: date
    document_no: str = Field(max_length=60)
    reason: str = Field(default="", max_length=200)
    decided_by: int
    decided_at: datetime = moment()


class AdvancePassLine(Row, table=True):
    """The line of one score as domain.pass_lines.PassLine has it; the latest speaks."""

    __tablename__ = "advance_pass_lines"
    __table_args__ = (
        CheckConstraint("post_level in ('higher_voc','bachelor')", name="post_level"),
        CheckConstraint("score in ('culture_exam','knowledge_test')", name="score"),
        CheckConstraint("points > 0 and points <= full_marks", name="points"),
        CheckConstraint("document_no <> ''", name="document"),
        Index("ix_advance_pass_lines_year", "finishing_year", "post_level", "score"),
    )

    advance_pass_line_id: int | None = big_identity("advance_pass_line_id")
    finishing_year: int
    post_level: str = Field(max_length=16)
    score: str = Field(max_length=16)
    points: int
    full_marks: int
    document_no: str = Field(max_length=60)
    announced_on: date
    reason: str = Field(default="", max_length=200)
    decided_by: int
    decided_at: datetime = moment()
