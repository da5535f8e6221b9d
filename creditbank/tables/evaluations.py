"""Marks that a learner must be evaluated, and learners set aside because evaluation raised."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, moment


class PendingEvaluation(Row, table=True):
    """One mark. Inserted in its cause's transaction, coalesced when claimed, then deleted."""

    __tablename__ = "pending_evaluations"
    __table_args__ = (Index("ix_pending_evaluations_learner_id", "learner_id"),)

    pending_evaluation_id: int | None = big_identity("pending_evaluation_id")
    learner_id: int
    due_seq: int
    cause: str = Field(max_length=60)
    marked_at: datetime = moment()


class QuarantinedLearner(Row, table=True):
    """A learner whose evaluation raised; attempts counts the tries; deleted when one goes well."""

    __tablename__ = "quarantined_learners"

    learner_id: int = Field(primary_key=True, foreign_key="learners.learner_id")
    attempts: int
    error: str = Field(max_length=300)
    is_quarantined: bool = False
    next_try_at: datetime = moment()


class Heartbeat(Row, table=True):
    """The last sign of life of a background process: relay, worker, beat."""

    __tablename__ = "heartbeats"

    process: str = Field(primary_key=True, max_length=20)
    beat_at: datetime = moment()
