"""Up to which position an account has looked at the class of an agreement.

Inserted and never changed; a look only moves forward, so the highest speaks. An account sees its
own looks and nobody else's. The database takes one only of an account of the agreement's college,
up to a position that was given.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ACCOUNT = "(SELECT current_setting('creditbank.account', true))"
OWN = f"{ACCOUNT} = '*' OR account_id = nullif(replace({ACCOUNT}, '*', ''), '')::int"
GUARD = """
CREATE FUNCTION check_cohort_look() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM accounts a, articulation_agreements g
      JOIN cohort_heads h USING (agreement_id)
      WHERE (a.account_id, g.agreement_id) = (NEW.account_id, NEW.agreement_id)
        AND a.role = 'college' AND a.institution_id = g.college_id
        AND NEW.position <= h.position),
    'who looks is of the college, and looks at what there is');
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "cohort_looks",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_cohort_looks_position")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_cohort_looks_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["articulation_agreements.agreement_id"],
            name=op.f("fk_cohort_looks_agreement_id"),
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "agreement_id", "position", name=op.f("pk_cohort_looks")
        ),
    )
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER check_row BEFORE INSERT ON cohort_looks FOR EACH ROW "
        "EXECUTE FUNCTION check_cohort_look()"
    )
    op.execute("ALTER TABLE cohort_looks ENABLE ALWAYS TRIGGER check_row")
    op.execute("GRANT SELECT, INSERT ON cohort_looks TO creditbank_app")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON cohort_looks "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE cohort_looks ENABLE ALWAYS TRIGGER {name}")
    op.execute("ALTER TABLE cohort_looks ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON cohort_looks FOR SELECT TO creditbank_app USING ({OWN})")
    op.execute(
        f"CREATE POLICY enter ON cohort_looks FOR INSERT TO creditbank_app WITH CHECK ({OWN})"
    )


def downgrade() -> None:
    op.drop_table("cohort_looks")
    op.execute("DROP FUNCTION check_cohort_look")
