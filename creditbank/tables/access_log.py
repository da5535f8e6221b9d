"""Who saw whom: one row for each answer that shows named learners to staff. Insert only."""

from datetime import datetime

from sqlalchemy import ARRAY, Column, Index, Integer
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class AccessLogEntry(Row, table=True):
    """learner_ids: all learners named in one answer. key_id: the college's key that signed."""

    __tablename__ = "access_log"
    __table_args__ = (Index("ix_access_log_learner_ids", "learner_ids", postgresql_using="gin"),)

    access_log_id: int | None = big_identity("access_log_id")
    account_id: int
    role: str = Field(max_length=12)
    action: str = Field(max_length=24)
    mask: str = Field(max_length=8)
    learner_ids: list[int] = Field(sa_column=Column("learner_ids", ARRAY(Integer), nullable=False))
    seen_at: datetime = moment()
    key_id: str | None = Field(default=None, max_length=24)
