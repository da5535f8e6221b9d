"""课程互认与学分换算对照表: lines that the county puts in force over those that ship.

Lines name nobody, so that every reach reads them; only the county's reach inserts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE = "recognition_rules"
REACH = "(SELECT current_setting('creditbank.reach', true))"
CHECKS = {
    "into": "\"into\" in ('vocational_school','general_high_school')",
    "relation": "relation in ('same','similar','elective','none')",
    "targets": "(relation in ('same','similar')) = (cardinality(targets) > 0)",
    "target_nature": "(relation = 'elective') = (target_nature is not null)",
    "ratio": "ratio_percent between 1 and 100 and (relation <> 'same' or ratio_percent = 100)",
    "units_max": "units_max > 0",
    "validity": "valid_until >= valid_from",
    "document": "document_no <> ''",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column(
            "recognition_rule_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("into", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=8), nullable=False),
        sa.Column("sources", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("target_nature", sa.String(length=1), nullable=True),
        sa.Column("ratio_percent", sa.Integer(), nullable=False),
        sa.Column("units_max", sa.Integer(), nullable=True),
        sa.Column("needs_test", sa.Boolean(), nullable=False),
        sa.Column("document_no", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.PrimaryKeyConstraint("recognition_rule_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f("ix_recognition_rules_code"), TABLE, ["code"])
    op.execute(f"GRANT INSERT ON {TABLE} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {TABLE} TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {name}")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY known ON {TABLE} FOR SELECT TO creditbank_app USING (true)")
    op.execute(
        f"CREATE POLICY reach ON {TABLE} FOR INSERT TO creditbank_app WITH CHECK ({REACH} = '*')"
    )
    op.execute(f"CREATE POLICY audit ON {TABLE} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    op.drop_table(TABLE)
