"""Plans are written in the service: who saved, put in force or migrated what, for ever.

A cohort that has learners changes its plan only beside the row that says who moved it and why, in
the same transaction; what its learners are then marked with is that change.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
WRITTEN = ("program_plans", "cohort_plans", "courses")
"""Seen by everybody, as plans name nobody; written within the reach."""
MOVED = ("cohort_plans", "enrolments")

NOTE_FACTS = r"""
CREATE OR REPLACE FUNCTION note_facts() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  touched int[];
BEGIN
  IF TG_TABLE_NAME = 'enrolments' THEN
    SELECT array_agg(DISTINCT learner_id ORDER BY learner_id) INTO touched FROM changed;
  ELSIF TG_TABLE_NAME = 'articulation_agreements' THEN
    SELECT array_agg(DISTINCT e.learner_id ORDER BY e.learner_id) INTO touched
    FROM changed c JOIN agreement_members m USING (agreement_id)
      JOIN enrolments e USING (enrolment_id);
  ELSE
    SELECT array_agg(DISTINCT e.learner_id ORDER BY e.learner_id) INTO touched
    FROM changed c JOIN enrolments e USING (enrolment_id);
  END IF;
  INSERT INTO learner_heads AS h (learner_id, ledger_seq, facts_seq, head_hash)
    SELECT learner_id, 0, 1, decode(repeat('00', 32), 'hex') FROM unnest(touched) learner_id
    ON CONFLICT (learner_id) DO UPDATE SET facts_seq = h.facts_seq + 1;
  INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
    SELECT learner_id, ledger_seq, {cause}, clock_timestamp()
    FROM learner_heads WHERE learner_id = ANY (touched) ORDER BY learner_id;
  RETURN NULL;
END $$;
"""
BY_TABLE = "'fact:' || TG_TABLE_NAME"
BY_SETTING = f"coalesce(nullif(current_setting('creditbank.cause', true), ''), {BY_TABLE})"

REFUSE_COHORT_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_cohort_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM enrolments e WHERE e.institution_id = OLD.institution_id
      AND e.entry_year = OLD.entry_year AND e.plan_id = OLD.plan_id){unless} THEN
    RAISE EXCEPTION 'the cohort of % follows plan % already and stays on it',
      OLD.entry_year, OLD.plan_code
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
"""
UNLESS_MIGRATED = """
    AND NOT (TG_OP = 'UPDATE' AND EXISTS (SELECT FROM plan_events v
      WHERE v.kind = 'migrated' AND v.institution_id = OLD.institution_id
        AND v.entry_year = OLD.entry_year AND v.from_plan_id = OLD.plan_id
        AND v.plan_id = NEW.plan_id AND v.xmin = pg_current_xact_id()::xid))"""


def upgrade() -> None:
    op.create_table(
        "plan_events",
        sa.Column("plan_event_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("from_plan_id", sa.Integer(), nullable=True),
        sa.Column("entry_year", sa.Integer(), nullable=True),
        sa.Column("learner_count", sa.Integer(), nullable=False),
        sa.Column("revision", sa.String(length=16), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("acted_by", sa.Integer(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('saved','assigned','migrated')", name=op.f("ck_plan_events_kind")
        ),
        sa.CheckConstraint(
            "kind = 'saved' or (entry_year is not null and document_no <> '')",
            name=op.f("ck_plan_events_document_no"),
        ),
        sa.CheckConstraint(
            "kind <> 'migrated' or (from_plan_id is not null and reason <> '')",
            name=op.f("ck_plan_events_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["program_plans.plan_id"], name=op.f("fk_plan_events_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_plan_id"], ["program_plans.plan_id"], name=op.f("fk_plan_events_from_plan_id")
        ),
        sa.PrimaryKeyConstraint("plan_event_id", name=op.f("pk_plan_events")),
    )
    op.create_index(op.f("ix_plan_events_plan_id"), "plan_events", ["plan_id"])
    _guard_events()
    for table in WRITTEN:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY see ON {table} FOR SELECT TO creditbank_app USING (true)")
        op.execute(
            f"CREATE POLICY write ON {table} FOR INSERT TO creditbank_app WITH CHECK ({WALL})"
        )
        op.execute(
            f"CREATE POLICY change ON {table} FOR UPDATE TO creditbank_app"
            f" USING ({WALL}) WITH CHECK ({WALL})"
        )
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")
    # A migrated cohort and its learners move to another version: that column and no other.
    for table in MOVED:
        op.execute(f"GRANT UPDATE (plan_id) ON {table} TO creditbank_app")
    op.execute(NOTE_FACTS.format(cause=BY_SETTING))
    op.execute(REFUSE_COHORT_CHANGE.format(unless=UNLESS_MIGRATED))


def _guard_events() -> None:
    op.execute("GRANT INSERT ON plan_events TO creditbank_app")
    op.execute("GRANT SELECT ON plan_events TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON plan_events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON plan_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("ALTER TABLE plan_events ENABLE ALWAYS TRIGGER refuse_change")
    op.execute("ALTER TABLE plan_events ENABLE ALWAYS TRIGGER refuse_truncate")
    op.execute("ALTER TABLE plan_events ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY reach ON plan_events TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
    )
    op.execute("CREATE POLICY audit ON plan_events FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    op.execute(REFUSE_COHORT_CHANGE.format(unless=""))
    op.execute(NOTE_FACTS.format(cause=BY_TABLE))
    for table in MOVED:
        op.execute(f"REVOKE UPDATE (plan_id) ON {table} FROM creditbank_app")
    for table in WRITTEN:
        for policy in ("audit", "change", "write", "see"):
            op.execute(f"DROP POLICY {policy} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_table("plan_events")
