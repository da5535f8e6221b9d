"""Lines of the recognition table put in force by the county. Insert only; what ships is a file."""

from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class RecognitionRuleRow(Row, table=True):
    """One line as creditbank.domain.recognition_rules.RecognitionRule has it, and who decided it.

    Of two of one code from the same day the one decided later holds.
    """

    __tablename__ = "recognition_rules"
    __table_args__ = (
        CheckConstraint("\"into\" in ('vocational_school','general_high_school')", name="into"),
        CheckConstraint("relation in ('same','similar','elective','none')", name="relation"),
        CheckConstraint(
            "(relation in ('same','similar')) = (cardinality(targets) > 0)", name="targets"
        ),
        CheckConstraint(
            "(relation = 'elective') = (target_nature is not null)", name="target_nature"
        ),
        CheckConstraint(
            "ratio_percent between 1 and 100 and (relation <> 'same' or ratio_percent = 100)",
            name="ratio",
        ),
        CheckConstraint("units_max > 0", name="units_max"),
        CheckConstraint("valid_until >= valid_from", name="validity"),
        CheckConstraint("document_no <> ''", name="document"),
        Index("ix_recognition_rules_code", "code"),
    )

    recognition_rule_id: int | None = big_identity("recognition_rule_id")
    code: str = Field(max_length=20)
    into: str = Field(max_length=20)
    relation: str = Field(max_length=8)
    sources: list[str] = Field(sa_column=Column("sources", ARRAY(Text), nullable=False))
    targets: list[str] = Field(sa_column=Column("targets", ARRAY(Text), nullable=False))
    target_nature: str | None = Field(default=None, max_length=1)
    ratio_percent: int
    units_max: int | None = None
    needs_test: bool
    document_no: str = Field(max_length=100)
    reason: str = Field(default="", max_length=200)
    valid_from: date
    valid_until: date | None = None
    decided_by: int
    decided_at: datetime = moment()
