"""The ledger, marks, verdicts, and answers kept under their keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(length=20), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("course_code", sa.String(length=20), nullable=True),
        sa.Column("term_code", sa.String(length=11), nullable=True),
        sa.Column("exam_kind", sa.String(length=2), nullable=True),
        sa.Column("scale", sa.String(length=10), nullable=True),
        sa.Column(
            "mark", sa.String(length=10), nullable=True, comment="personal: mark as recorded"
        ),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("grade_point", sa.Integer(), nullable=True),
        sa.Column("block_code", sa.String(length=10), nullable=True),
        sa.Column("source_seq", sa.Integer(), nullable=True),
        sa.Column("evidence_key", sa.String(length=200), nullable=False),
        sa.Column("evidence_no", sa.String(length=60), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("posted_by", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'reversal' or source_seq is not null",
            name=op.f("ck_ledger_entries_reversal_source"),
        ),
        sa.CheckConstraint(
            "kind in ('course','competition','innovation','recognition','substitution','reversal')",
            name=op.f("ck_ledger_entries_kind"),
        ),
        sa.CheckConstraint(
            "kind not in ('course','competition','innovation') or units >= 0",
            name=op.f("ck_ledger_entries_sign"),
        ),
        sa.CheckConstraint("ledger_seq > 0", name=op.f("ck_ledger_entries_seq")),
        sa.CheckConstraint(
            "octet_length(entry_hash) = 32 and octet_length(prev_hash) = 32",
            name=op.f("ck_ledger_entries_hash"),
        ),
        sa.CheckConstraint("units between -10000 and 10000", name=op.f("ck_ledger_entries_units")),
        sa.PrimaryKeyConstraint(
            "institution_id", "learner_id", "ledger_seq", name=op.f("pk_ledger_entries")
        ),
    )
    op.create_index(
        "ix_ledger_entries_evidence_no",
        "ledger_entries",
        ["evidence_no"],
        unique=False,
        postgresql_where="evidence_no is not null",
    )
    op.create_index(
        "uq_ledger_entries_evidence",
        "ledger_entries",
        ["institution_id", "learner_id", "evidence_key"],
        unique=True,
    )
    op.create_index(
        "uq_ledger_entries_learner_seq", "ledger_entries", ["learner_id", "ledger_seq"], unique=True
    )
    op.create_index(
        "uq_ledger_entries_one_reversal",
        "ledger_entries",
        ["learner_id", "source_seq"],
        unique=True,
        postgresql_where="kind = 'reversal'",
    )
    op.create_table(
        "pending_evaluations",
        sa.Column(
            "pending_evaluation_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("due_seq", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pending_evaluation_id", name=op.f("pk_pending_evaluations")),
    )
    op.create_index(
        "ix_pending_evaluations_learner_id", "pending_evaluations", ["learner_id"], unique=False
    )
    op.create_table(
        "verdict_heads",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("facts_seq", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("shortfall_units", sa.Integer(), nullable=False),
        sa.Column("findings_hash", sa.String(length=64), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "enrolment_id", "subject_kind", "subject_id", name=op.f("pk_verdict_heads")
        ),
    )
    op.create_index(
        op.f("ix_verdict_heads_institution_id"), "verdict_heads", ["institution_id"], unique=False
    )
    op.create_index(
        op.f("ix_verdict_heads_learner_id"), "verdict_heads", ["learner_id"], unique=False
    )
    op.create_index(
        "ix_verdict_heads_subject", "verdict_heads", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "verdicts",
        sa.Column("verdict_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("facts_seq", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("shortfall_units", sa.Integer(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings_hash", sa.String(length=64), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "subject_kind in ('graduation','articulation')", name=op.f("ck_verdicts_subject_kind")
        ),
        sa.PrimaryKeyConstraint("verdict_id", name=op.f("pk_verdicts")),
    )
    op.create_index(
        "ix_verdicts_history",
        "verdicts",
        ["enrolment_id", "subject_kind", "subject_id", "verdict_id"],
        unique=False,
    )
    op.create_table(
        "learner_heads",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("facts_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.learner_id"], name=op.f("fk_learner_heads_learner_id")
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_learner_heads")),
    )
    op.create_table(
        "quarantined_learners",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("is_quarantined", sa.Boolean(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.learner_id"], name=op.f("fk_quarantined_learners_learner_id")
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_quarantined_learners")),
    )


def downgrade() -> None:
    op.drop_table("quarantined_learners")
    op.drop_table("learner_heads")
    op.drop_index("ix_verdicts_history", table_name="verdicts")
    op.drop_table("verdicts")
    op.drop_index("ix_verdict_heads_subject", table_name="verdict_heads")
    op.drop_index(op.f("ix_verdict_heads_learner_id"), table_name="verdict_heads")
    op.drop_index(op.f("ix_verdict_heads_institution_id"), table_name="verdict_heads")
    op.drop_table("verdict_heads")
    op.drop_index("ix_pending_evaluations_learner_id", table_name="pending_evaluations")
    op.drop_table("pending_evaluations")
    op.drop_index(
        "uq_ledger_entries_one_reversal",
        table_name="ledger_entries",
        postgresql_where="kind = 'reversal'",
    )
    op.drop_index("uq_ledger_entries_learner_seq", table_name="ledger_entries")
    op.drop_index("uq_ledger_entries_evidence", table_name="ledger_entries")
    op.drop_index(
        "ix_ledger_entries_evidence_no",
        table_name="ledger_entries",
        postgresql_where="evidence_no is not null",
    )
    op.drop_table("ledger_entries")
    op.drop_table("heartbeats")
    op.drop_table("idempotency_keys")
