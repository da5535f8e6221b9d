"""Verdicts: rows are inserted, never edited; the head says which stands and how fresh it is."""

from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text
from sqlmodel import Field

from creditbank.tables.base import Row, big_identity, json_document, moment


class VerdictRow(Row, table=True):
    """One verdict as it was found, with the state of the books and the rules it rests on.

    causes: see domain.causes. The hashes name pinned_documents; rows from before 0007 have none.
    """

    __tablename__ = "verdicts"
    __table_args__ = (
        CheckConstraint("subject_kind in ('graduation','articulation')", name="subject_kind"),
        Index("ix_verdicts_history", "enrolment_id", "subject_kind", "subject_id", "verdict_id"),
    )

    verdict_id: int | None = big_identity("verdict_id")
    institution_id: int
    learner_id: int
    enrolment_id: int
    subject_kind: str = Field(max_length=12)
    subject_id: int
    ledger_seq: int
    facts_seq: int
    plan_id: int
    policy_version: str = Field(max_length=16)
    engine_version: str = Field(max_length=20)
    as_of: date
    outcome: str = Field(max_length=20)
    shortfall_units: int
    findings: dict = json_document()  # type: ignore[type-arg]
    findings_hash: str = Field(max_length=64)
    input_hash: str = Field(max_length=64)
    causes: list[str] = Field(sa_column=Column("causes", ARRAY(Text), nullable=False))
    plan_hash: str | None = Field(default=None, max_length=64)
    policy_hash: str | None = Field(default=None, max_length=64)
    agreement_hash: str | None = Field(default=None, max_length=64)
    facts_hash: str | None = Field(default=None, max_length=64)
    decided_at: datetime = moment()


class VerdictHead(Row, table=True):
    """The verdict that stands. It moves only to a newer state: see store.verdicts."""

    __tablename__ = "verdict_heads"
    __table_args__ = (Index("ix_verdict_heads_subject", "subject_kind", "subject_id"),)

    enrolment_id: int = Field(primary_key=True)
    subject_kind: str = Field(primary_key=True, max_length=12)
    subject_id: int = Field(primary_key=True)
    institution_id: int = Field(index=True)
    learner_id: int = Field(index=True)
    ledger_seq: int
    facts_seq: int
    plan_id: int
    policy_version: str = Field(max_length=16)
    engine_version: str = Field(max_length=20)
    as_of: date
    verdict_id: int
    outcome: str = Field(max_length=20)
    shortfall_units: int
    findings_hash: str = Field(max_length=64)
    evaluated_at: datetime = moment()
