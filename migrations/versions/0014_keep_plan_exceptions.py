"""Exceptions from a plan for one learner: entered, ruled on by a second person, never changed.

What a verdict looks at is a ruling: it moves the learner's facts and marks the learner, whoever
writes. The database asks for the second person, and for an approval before a withdrawal.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("plan_exceptions", "exception_rulings")
REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
# With the reader's own rights: the wall of the tables stands before the view, too.
STANDING = """
CREATE VIEW standing_exceptions WITH (security_invoker = true) AS
SELECT x.* FROM plan_exceptions x
WHERE EXISTS (SELECT FROM exception_rulings a
  WHERE a.plan_exception_id = x.plan_exception_id AND a.ruling = 'approved')
AND NOT EXISTS (SELECT FROM exception_rulings w
  WHERE w.plan_exception_id = x.plan_exception_id AND w.ruling = 'withdrawn')
"""
CHECK_RULING = """
CREATE FUNCTION check_exception_ruling() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  entered plan_exceptions;
BEGIN
  SELECT * INTO entered FROM plan_exceptions x WHERE x.plan_exception_id = NEW.plan_exception_id;
  IF (NEW.institution_id, NEW.enrolment_id)
    IS DISTINCT FROM (entered.institution_id, entered.enrolment_id) THEN
    RAISE EXCEPTION 'a ruling is about the enrolment of its exception'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.ruling = 'approved' AND NEW.ruled_by = entered.entered_by THEN
    RAISE EXCEPTION 'who entered an exception does not approve it'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.ruling = 'withdrawn' AND NOT EXISTS (SELECT FROM exception_rulings a
      WHERE a.plan_exception_id = NEW.plan_exception_id AND a.ruling = 'approved') THEN
    RAISE EXCEPTION 'only an approved exception is withdrawn' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    _create_tables()
    op.execute(CHECK_RULING)
    op.execute(
        "CREATE TRIGGER check_ruling BEFORE INSERT ON exception_rulings "
        "FOR EACH ROW EXECUTE FUNCTION check_exception_ruling()"
    )
    op.execute("ALTER TABLE exception_rulings ENABLE ALWAYS TRIGGER check_ruling")
    op.execute(
        "CREATE TRIGGER note_facts_insert AFTER INSERT ON exception_rulings "
        "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_facts()"
    )
    for table in TABLES:
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
        op.execute(
            f"CREATE POLICY reach ON {table} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
        )
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    op.execute(STANDING)
    op.execute("GRANT SELECT ON standing_exceptions TO creditbank_app, creditbank_auditor")


def _create_tables() -> None:
    op.create_table(
        "plan_exceptions",
        sa.Column("plan_exception_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("block_code", sa.String(length=100), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('waive','lower','insert','force','block')",
            name=op.f("ck_plan_exceptions_kind"),
        ),
        sa.CheckConstraint(
            "(kind in ('force','block')) = (ledger_seq is not null)",
            name=op.f("ck_plan_exceptions_ledger_seq"),
        ),
        sa.CheckConstraint("units is null or units >= 0", name=op.f("ck_plan_exceptions_units")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_plan_exceptions_reason")),
        sa.CheckConstraint("document_no <> ''", name=op.f("ck_plan_exceptions_document_no")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_plan_exceptions_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("plan_exception_id", name=op.f("pk_plan_exceptions")),
    )
    op.create_index(op.f("ix_plan_exceptions_enrolment_id"), "plan_exceptions", ["enrolment_id"])
    op.create_index(
        op.f("ix_plan_exceptions_institution_id"), "plan_exceptions", ["institution_id"]
    )
    op.create_table(
        "exception_rulings",
        sa.Column("plan_exception_id", sa.BigInteger(), nullable=False),
        sa.Column("ruling", sa.String(length=9), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("ruled_by", sa.Integer(), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ruling in ('approved','refused','withdrawn')", name=op.f("ck_exception_rulings_ruling")
        ),
        sa.CheckConstraint(
            "ruling = 'approved' or reason <> ''", name=op.f("ck_exception_rulings_reason")
        ),
        sa.CheckConstraint(
            "ruling <> 'withdrawn' or document_no <> ''",
            name=op.f("ck_exception_rulings_document_no"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_exception_id"],
            ["plan_exceptions.plan_exception_id"],
            name=op.f("fk_exception_rulings_plan_exception_id"),
        ),
        sa.PrimaryKeyConstraint("plan_exception_id", "ruling", name=op.f("pk_exception_rulings")),
    )
    op.create_index(
        op.f("ix_exception_rulings_enrolment_id"), "exception_rulings", ["enrolment_id"]
    )
    op.create_index(
        "uq_exception_rulings_first",
        "exception_rulings",
        ["plan_exception_id"],
        unique=True,
        postgresql_where=sa.text("ruling <> 'withdrawn'"),
    )


def downgrade() -> None:
    op.execute("DROP VIEW standing_exceptions")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION check_exception_ruling")
