"""成绩录入表: marks of a class and a term while they are entered, and the steps of the sheet.

What is entered here is in no ledger. Steps are inserted and never changed.
"""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, String, text
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class GradeDraft(Row, table=True):
    """One sheet. course_codes: its columns in their order.

    change_no: counts the saves, each of which locks the row; changed_by, changed_at: of the last.
    """

    __tablename__ = "grade_drafts"
    __table_args__ = (
        CheckConstraint(
            "state in ('draft','submitted','returned','posted','discarded')", name="state"
        ),
        # Two who open the same class find the same sheet.
        Index(
            "uq_grade_drafts_open",
            "institution_id",
            "class_name",
            "entry_year",
            "term_code",
            "exam_kind",
            unique=True,
            postgresql_where=text("state in ('draft','submitted','returned')"),
        ),
    )

    grade_draft_id: int | None = big_identity("grade_draft_id")
    institution_id: int = Field(foreign_key="institutions.institution_id")
    class_name: str = Field(max_length=40)
    entry_year: int
    term_code: str = Field(max_length=11)
    exam_kind: str = Field(max_length=2)
    course_codes: list[str] = Field(sa_type=ARRAY(String(20)), nullable=False)
    state: str = Field(max_length=10)
    change_no: int = Field(default=0, sa_type=BigInteger)
    changed_by: int
    changed_at: datetime = moment()


class GradeDraftCell(Row, table=True):
    """What is written in one cell. version: counts its changes; change_no: of the last save."""

    __tablename__ = "grade_draft_cells"

    grade_draft_id: int = Field(
        primary_key=True, sa_type=BigInteger, foreign_key="grade_drafts.grade_draft_id"
    )
    enrolment_id: int = Field(primary_key=True, foreign_key="enrolments.enrolment_id")
    course_code: str = Field(primary_key=True, max_length=20)
    institution_id: int
    written: str = Field(max_length=120, sa_column_kwargs={"comment": "personal: mark"})
    version: int
    change_no: int = Field(sa_type=BigInteger)
    changed_by: int
    changed_at: datetime = moment()


class GradeDraftStep(Row, table=True):
    """One step. reason: why it was returned. marks: how many were written, or posted by it.

    taken_by: null of what follows by itself.
    """

    __tablename__ = "grade_draft_steps"
    __table_args__ = (
        CheckConstraint(
            "step in ('opened','submitted','taken_back','returned','posted','discarded','ageing',"
            "'expired')",
            name="step",
        ),
        CheckConstraint("(step in ('ageing','expired')) = (taken_by is null)", name="taken_by"),
        CheckConstraint("(step = 'returned') = (reason <> '')", name="reason"),
        Index("ix_grade_draft_steps_latest", "grade_draft_id", "grade_draft_step_id"),
    )

    grade_draft_step_id: int | None = big_identity("grade_draft_step_id")
    grade_draft_id: int = Field(sa_type=BigInteger, foreign_key="grade_drafts.grade_draft_id")
    institution_id: int
    step: str = Field(max_length=10)
    reason: str = Field(
        default="", max_length=200, sa_column_kwargs={"comment": "personal: reason"}
    )
    marks: int
    taken_by: int | None = Field(default=None, foreign_key="accounts.account_id")
    taken_at: datetime = moment()
