"""A certificate number that several learners hold can be checked: whose it is, by whom, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "evidence_checks"
REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("evidence_check_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("evidence_no", sa.String(length=60), nullable=False),
        sa.Column("learner_ids", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_evidence_checks_reason")),
        sa.CheckConstraint(
            "cardinality(learner_ids) > 0", name=op.f("ck_evidence_checks_learner_ids")
        ),
        sa.PrimaryKeyConstraint("evidence_check_id", name=op.f("pk_evidence_checks")),
    )
    op.create_index(op.f("ix_evidence_checks_evidence_no"), TABLE, ["evidence_no"])
    op.execute(f"GRANT INSERT, SELECT ON {TABLE} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {TABLE} TO creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for event, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = "refuse_truncate" if event == "TRUNCATE" else "refuse_change"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {name}")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY reach ON {TABLE} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
    )
    op.execute(f"CREATE POLICY audit ON {TABLE} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    op.drop_table(TABLE)
