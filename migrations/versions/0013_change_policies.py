"""Policy values put in force in the service; the awards in the ledger are found without a scan.

Values name nobody and everybody's verdicts rest on them, so that every reach reads them; only the
county's reach inserts the county's, and a school's its own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = "policy_changes"
REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("policy_change_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("authority", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=50), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "authority in ('county','school')", name=op.f("ck_policy_changes_authority")
        ),
        sa.CheckConstraint(
            "(authority = 'school') = (institution_id is not null)",
            name=op.f("ck_policy_changes_school"),
        ),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_policy_changes_reference")),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_policy_changes_institution_id"),
        ),
        sa.PrimaryKeyConstraint("policy_change_id", name=op.f("pk_policy_changes")),
    )
    op.create_index(op.f("ix_policy_changes_institution_id_key"), TABLE, ["institution_id", "key"])
    op.execute(f"GRANT INSERT ON {TABLE} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {TABLE} TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    op.execute(
        f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER refuse_change")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER refuse_truncate")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY known ON {TABLE} FOR SELECT TO creditbank_app USING (true)")
    op.execute(f"CREATE POLICY reach ON {TABLE} FOR INSERT TO creditbank_app WITH CHECK ({WALL})")
    op.execute(f"CREATE POLICY audit ON {TABLE} FOR SELECT TO creditbank_auditor USING (true)")
    op.create_index(
        "ix_ledger_entries_awards",
        "ledger_entries",
        ["learner_id"],
        postgresql_where=sa.text("kind in ('competition','innovation','substitution')"),
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_entries_awards", "ledger_entries")
    op.drop_table(TABLE)
