"""The ledger. Rows are inserted and never touched again: grants and triggers see to it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary
from sqlmodel import Field

from creditbank.tables.base import Row, json_document, moment


class LedgerEntry(Row, table=True):
    """One entry of one learner's chain.

    units: hundredths of a credit; a reversal repeats the reversed entry's units with the other
    sign. source_seq: the entry of the same learner that this one reverses or draws upon.
    evidence_key: the natural key; evidence_no: certificate or document number, county-wide.
    detail: what the kind needs beyond this (titles, levels, policy keys), integers and text only.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint(
            "kind in ('course','competition','innovation','recognition','substitution','reversal')",
            name="kind",
        ),
        CheckConstraint("units between -10000 and 10000", name="units"),
        CheckConstraint("ledger_seq > 0", name="seq"),
        CheckConstraint(
            "kind not in ('course','competition','innovation') or units >= 0", name="sign"
        ),
        CheckConstraint("kind <> 'reversal' or source_seq is not null", name="reversal_source"),
        CheckConstraint(
            "octet_length(entry_hash) = 32 and octet_length(prev_hash) = 32", name="hash"
        ),
        Index("uq_ledger_entries_learner_seq", "learner_id", "ledger_seq", unique=True),
        Index(
            "uq_ledger_entries_evidence",
            "institution_id",
            "learner_id",
            "evidence_key",
            unique=True,
        ),
        Index(
            "uq_ledger_entries_one_reversal",
            "learner_id",
            "source_seq",
            unique=True,
            postgresql_where="kind = 'reversal'",
        ),
        Index(
            "ix_ledger_entries_evidence_no",
            "evidence_no",
            postgresql_where="evidence_no is not null",
        ),
        Index(
            "ix_ledger_entries_awards",
            "learner_id",
            postgresql_where="kind in ('competition','innovation','substitution')",
        ),
        Index(
            "ix_ledger_entries_uses",
            "learner_id",
            postgresql_where="kind in ('recognition','substitution') and units < 0",
        ),
    )

    institution_id: int = Field(primary_key=True)
    learner_id: int = Field(primary_key=True)
    ledger_seq: int = Field(primary_key=True)
    kind: str = Field(max_length=12)
    units: int
    hours: int = 0
    earned_on: date
    course_code: str | None = Field(default=None, max_length=20)
    term_code: str | None = Field(default=None, max_length=11)
    exam_kind: str | None = Field(default=None, max_length=2)
    scale: str | None = Field(default=None, max_length=10)
    mark: str | None = Field(
        default=None, max_length=10, sa_column_kwargs={"comment": "personal: mark as recorded"}
    )
    passed: bool | None = None
    grade_point: int | None = None
    block_code: str | None = Field(default=None, max_length=10)
    source_seq: int | None = None
    evidence_key: str = Field(max_length=200)
    evidence_no: str | None = Field(default=None, max_length=60)
    detail: dict = json_document()  # type: ignore[type-arg]
    policy_version: str = Field(max_length=16)
    posted_by: int
    batch_id: str | None = Field(default=None, max_length=36)
    recorded_at: datetime = moment()
    prev_hash: bytes = Field(sa_type=LargeBinary)
    entry_hash: bytes = Field(sa_type=LargeBinary)


class LearnerHead(Row, table=True):
    """Where a learner's books stand: the one row a posting locks.

    facts_seq grows with every change of a fact beside the ledger (status, conduct, sanction ...).
    """

    __tablename__ = "learner_heads"

    learner_id: int = Field(primary_key=True, foreign_key="learners.learner_id")
    ledger_seq: int = 0
    facts_seq: int = 0
    head_hash: bytes = Field(sa_type=LargeBinary)
