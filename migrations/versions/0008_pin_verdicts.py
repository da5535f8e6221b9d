"""Verdicts name all their causes and the content they rested on; that content is kept."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

HASHES = ("facts_hash", "plan_hash", "policy_hash", "agreement_hash")


def upgrade() -> None:
    """The one cause of earlier verdicts becomes their only one; they have no pins."""
    op.execute(
        "CREATE TABLE pinned_documents ("
        " digest varchar(64) CONSTRAINT pk_pinned_documents PRIMARY KEY,"
        " document jsonb NOT NULL)"
    )
    op.execute("COMMENT ON COLUMN pinned_documents.document IS 'personal: facts of a verdict'")
    # It is written with verdicts and read by replay alone, which runs as the owner.
    op.execute("GRANT INSERT ON pinned_documents TO creditbank_app")
    op.execute("GRANT SELECT ON pinned_documents TO creditbank_auditor")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON pinned_documents "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE pinned_documents ENABLE ALWAYS TRIGGER {name}")
    for column in HASHES:
        op.execute(f"ALTER TABLE verdicts ADD COLUMN {column} varchar(64)")
    op.execute("ALTER TABLE verdicts ADD COLUMN causes varchar[] NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE verdicts DISABLE TRIGGER refuse_change")
    op.execute("UPDATE verdicts SET causes = ARRAY[cause] WHERE cause <> ''")
    op.execute("ALTER TABLE verdicts ENABLE ALWAYS TRIGGER refuse_change")
    op.execute("ALTER TABLE verdicts ALTER COLUMN causes DROP DEFAULT")
    op.execute("ALTER TABLE verdicts DROP COLUMN cause")


def downgrade() -> None:
    """Only the first cause is left."""
    op.execute("ALTER TABLE verdicts ADD COLUMN cause varchar(60) NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE verdicts DISABLE TRIGGER refuse_change")
    op.execute("UPDATE verdicts SET cause = coalesce(causes[1], '')")
    op.execute("ALTER TABLE verdicts ENABLE ALWAYS TRIGGER refuse_change")
    op.execute("ALTER TABLE verdicts ALTER COLUMN cause DROP DEFAULT")
    op.execute("ALTER TABLE verdicts DROP COLUMN causes")
    for column in HASHES:
        op.execute(f"ALTER TABLE verdicts DROP COLUMN {column}")
    op.execute("DROP TABLE pinned_documents")
