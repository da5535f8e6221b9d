"""Verdicts name all their causes and pin what they looked at; decisions, and reviews of them.

Verdicts from before this revision have no pins: they stay as they are and cannot be replayed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSERT_ONLY = ("pinned_documents", "decisions", "review_cases", "review_resolutions")
WALLED = ("decisions", "review_cases", "review_resolutions")
# With the reader's own rights: the wall of decisions stands before the view, too.
STANDING = """
CREATE VIEW standing_decisions WITH (security_invoker = true) AS
SELECT d.* FROM decisions d WHERE d.withdraws_id IS NULL AND NOT EXISTS (
  SELECT 1 FROM decisions w WHERE w.withdraws_id = d.decision_id)
"""
PINS = ("plan_hash", "policy_hash", "agreement_hash", "facts_hash")

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)


def upgrade() -> None:
    _change_verdicts()
    _create_tables()
    for table in INSERT_ONLY:
        op.execute(f"GRANT INSERT ON {table} TO creditbank_app")
        op.execute(f"GRANT SELECT ON {table} TO creditbank_app, creditbank_auditor")
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_truncate")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")
    op.execute(STANDING)
    op.execute("GRANT SELECT ON standing_decisions TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for table in WALLED:
        op.execute(
            f"CREATE POLICY reach ON {table} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
        )
    # Facts are pinned without a name, but they are facts: only evaluation and replay read them.
    op.execute(
        "CREATE POLICY reach ON pinned_documents TO creditbank_app "
        f"USING ({REACH} = '*') WITH CHECK ({REACH} = '*')"
    )


def _change_verdicts() -> None:
    # A change of type rewrites the table without firing the triggers that keep rows as they are.
    op.execute("ALTER TABLE verdicts ALTER COLUMN cause DROP DEFAULT")
    op.execute(
        "ALTER TABLE verdicts ALTER COLUMN cause TYPE text[] USING"
        " CASE WHEN cause = '' THEN '{}'::text[] ELSE ARRAY[cause::text] END"
    )
    op.alter_column("verdicts", "cause", new_column_name="causes")
    for name in PINS:
        op.add_column("verdicts", sa.Column(name, sa.String(length=64), nullable=True))


def _create_tables() -> None:
    op.create_table(
        "pinned_documents",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column(
            "document",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="personal: facts about a learner, without a name",
        ),
        sa.CheckConstraint(
            "kind in ('plan','policy','agreement','facts')", name=op.f("ck_pinned_documents_kind")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_pinned_documents")),
    )
    op.create_table(
        "decisions",
        _identity("decision_id"),
        *_subject(),
        sa.Column("verdict_id", sa.BigInteger(), nullable=False),
        sa.Column("withdraws_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("document_no <> ''", name=op.f("ck_decisions_document_no")),
        sa.CheckConstraint(
            "subject_kind in ('graduation','articulation')", name=op.f("ck_decisions_subject_kind")
        ),
        sa.CheckConstraint(
            "withdraws_id is null or reason <> ''", name=op.f("ck_decisions_withdrawal_reason")
        ),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdicts.verdict_id"], name=op.f("fk_decisions_verdict_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdraws_id"], ["decisions.decision_id"], name=op.f("fk_decisions_withdraws_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("withdraws_id", name=op.f("uq_decisions_withdraws_id")),
    )
    op.create_index(op.f("ix_decisions_enrolment_id"), "decisions", ["enrolment_id"])
    op.create_table(
        "review_cases",
        _identity("review_case_id"),
        *_subject(),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("frozen_verdict_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict_id", sa.BigInteger(), nullable=False),
        sa.Column("findings_hash", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.decision_id"], name=op.f("fk_review_cases_decision_id")
        ),
        sa.ForeignKeyConstraint(
            ["frozen_verdict_id"],
            ["verdicts.verdict_id"],
            name=op.f("fk_review_cases_frozen_verdict_id"),
        ),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdicts.verdict_id"], name=op.f("fk_review_cases_verdict_id")
        ),
        sa.PrimaryKeyConstraint("review_case_id", name=op.f("pk_review_cases")),
        sa.UniqueConstraint(
            "decision_id",
            "findings_hash",
            name=op.f("uq_review_cases_decision_id_findings_hash"),
        ),
    )
    op.create_index(op.f("ix_review_cases_institution_id"), "review_cases", ["institution_id"])
    op.create_table(
        "review_resolutions",
        sa.Column("review_case_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("resolution", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("resolved_by", sa.Integer(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_review_resolutions_reason")),
        sa.CheckConstraint(
            "resolution in ('upheld','withdrawn')", name=op.f("ck_review_resolutions_resolution")
        ),
        sa.ForeignKeyConstraint(
            ["review_case_id"],
            ["review_cases.review_case_id"],
            name=op.f("fk_review_resolutions_review_case_id"),
        ),
        sa.PrimaryKeyConstraint("review_case_id", name=op.f("pk_review_resolutions")),
    )


def _identity(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _subject() -> tuple[sa.Column[int] | sa.Column[str], ...]:
    """Whose, and what about."""
    return (
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.execute("DROP VIEW standing_decisions")
    for table in ("review_resolutions", "review_cases", "decisions", "pinned_documents"):
        op.drop_table(table)
    for name in PINS:
        op.drop_column("verdicts", name)
    op.alter_column("verdicts", "causes", new_column_name="cause")
    op.execute(
        "ALTER TABLE verdicts ALTER COLUMN cause TYPE varchar(60)"
        " USING left(array_to_string(cause, ' '), 60)"
    )
