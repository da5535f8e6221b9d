"""Whose a certificate number is, where several learners hold it. Insert only: the latest rules."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class EvidenceCheckRow(Row, table=True):
    """A person checked a number: it belongs to these learners and to nobody else."""

    __tablename__ = "evidence_checks"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("cardinality(learner_ids) > 0", name="learner_ids"),
    )

    evidence_check_id: int | None = big_identity("evidence_check_id")
    institution_id: int
    evidence_no: str = Field(max_length=60, index=True)
    learner_ids: list[int] = Field(sa_type=ARRAY(Integer))
    reason: str = Field(max_length=200)
    checked_by: int
    checked_at: datetime = moment()
