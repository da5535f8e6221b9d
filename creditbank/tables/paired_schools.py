"""互转结对学校: which general and vocational schools learners may move between."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class PairedSchool(Row, table=True):
    """Two schools named as a pair, or from a day on no longer; of one pair the latest speaks."""

    __tablename__ = "paired_schools"
    __table_args__ = (
        CheckConstraint("document_no <> ''", name="document"),
        CheckConstraint("valid_until >= valid_from", name="validity"),
        CheckConstraint("vocational_id <> general_id", name="two"),
    )

    paired_school_id: int | None = big_identity("paired_school_id")
    vocational_id: int = Field(foreign_key="institutions.institution_id", index=True)
    general_id: int = Field(foreign_key="institutions.institution_id", index=True)
    valid_from: date
    valid_until: date | None = None
    document_no: str = Field(max_length=100)
    decided_by: int
    decided_at: datetime = moment()
