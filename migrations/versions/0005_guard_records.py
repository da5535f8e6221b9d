"""Roles, grants, triggers and row security: what the application may not do, the database refuses.

Three roles: the owner migrates; creditbank_app inserts, and updates only what is meant to change;
creditbank_auditor reads. Ledger, verdicts and access log take inserts only, from anybody.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSERT_ONLY = ("ledger_entries", "verdicts", "access_log")
KEPT_FOR_EVER = ("idempotency_keys",)
CHANGEABLE = (
    "institutions", "majors", "courses", "academic_terms", "program_plans", "cohort_plans",
    "learners", "enrolments", "conduct_evaluations", "internship_appraisals", "sanctions",
    "attestations", "articulation_agreements", "agreement_members", "accounts",
    "account_learners", "api_keys", "school_policy_values", "learner_heads", "verdict_heads",
    "heartbeats",
)  # fmt: skip
PASSING = (
    "pending_evaluations", "quarantined_learners", "account_sessions", "sign_in_attempts",
    "grade_imports",
)  # fmt: skip
WALLED = ("ledger_entries", "enrolments", "verdicts", "verdict_heads")

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)

FUNCTIONS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% takes inserts only: a mistake is mended by a further row', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION refuse_frozen_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM cohort_plans WHERE plan_id = OLD.plan_id) THEN
    RAISE EXCEPTION 'plan % version % is in use by a cohort: make a new version',
      OLD.code, OLD.version
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION ring_for_evaluation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('pending_evaluations', '');
  RETURN NULL;
END $$;

CREATE FUNCTION evidence_holders(wanted text) RETURNS TABLE (learner_id int, ledger_seq int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT e.learner_id, e.ledger_seq FROM ledger_entries e
  WHERE e.evidence_no = wanted AND e.kind <> 'reversal' AND NOT EXISTS (
    SELECT 1 FROM ledger_entries r
    WHERE r.learner_id = e.learner_id AND r.source_seq = e.ledger_seq AND r.kind = 'reversal')
$$;
COMMENT ON FUNCTION evidence_holders IS
  'Who holds an evidence number anywhere in the county: duplicates are found across schools.';
"""


def upgrade() -> None:
    """Create roles where missing, then the guards."""
    for role in ("creditbank_app", "creditbank_auditor"):
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    op.execute(FUNCTIONS)
    op.execute("REVOKE ALL ON FUNCTION evidence_holders FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION evidence_holders TO creditbank_app")
    op.execute("GRANT USAGE ON SCHEMA public TO creditbank_app, creditbank_auditor")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO creditbank_app, creditbank_auditor")
    op.execute("REVOKE ALL ON accounts, api_keys, account_sessions FROM creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for table in (*INSERT_ONLY, *KEPT_FOR_EVER):
        op.execute(f"GRANT INSERT ON {table} TO creditbank_app")
    for table in CHANGEABLE:
        op.execute(f"GRANT INSERT, UPDATE ON {table} TO creditbank_app")
    for table in PASSING:
        op.execute(f"GRANT INSERT, UPDATE, DELETE ON {table} TO creditbank_app")
    for table in (*INSERT_ONLY, *KEPT_FOR_EVER):
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
    op.execute(
        "CREATE TRIGGER refuse_frozen_plan BEFORE UPDATE OR DELETE ON program_plans "
        "FOR EACH ROW EXECUTE FUNCTION refuse_frozen_plan()"
    )
    op.execute(
        "CREATE TRIGGER ring_for_evaluation AFTER INSERT ON pending_evaluations "
        "FOR EACH STATEMENT EXECUTE FUNCTION ring_for_evaluation()"
    )
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY reach ON {table} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
        )
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    """Take the guards away; the roles stay, other databases of the cluster may use them."""
    for table in WALLED:
        op.execute(f"DROP POLICY audit ON {table}")
        op.execute(f"DROP POLICY reach ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP TRIGGER ring_for_evaluation ON pending_evaluations")
    op.execute("DROP TRIGGER refuse_frozen_plan ON program_plans")
    for table in (*INSERT_ONLY, *KEPT_FOR_EVER):
        op.execute(f"DROP TRIGGER refuse_truncate ON {table}")
        op.execute(f"DROP TRIGGER refuse_change ON {table}")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM creditbank_app, creditbank_auditor")
    op.execute(
        "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM creditbank_app, creditbank_auditor"
    )
    op.execute("REVOKE USAGE ON SCHEMA public FROM creditbank_app, creditbank_auditor")
    for function in (
        "evidence_holders",
        "ring_for_evaluation",
        "refuse_frozen_plan",
        "refuse_change",
    ):
        op.execute(f"DROP FUNCTION {function}")
