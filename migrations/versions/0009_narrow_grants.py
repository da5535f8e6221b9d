"""The application updates only what is meant to change: heads, heartbeats, plans still in drafting.

Everything else it may add to, never alter: a person's name, a conduct result or a role is changed
by a use case that says so, through a grant of its own. A head never moves back.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ADDED_TO = (
    "institutions", "majors", "courses", "academic_terms", "cohort_plans", "learners", "enrolments",
    "conduct_evaluations", "internship_appraisals", "sanctions", "attestations",
    "articulation_agreements", "agreement_members", "accounts", "account_learners", "api_keys",
    "school_policy_values",
)  # fmt: skip

FUNCTIONS = """
CREATE FUNCTION refuse_moving_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.learner_id <> OLD.learner_id OR NEW.ledger_seq < OLD.ledger_seq
    OR NEW.facts_seq < OLD.facts_seq THEN
    RAISE EXCEPTION 'the head of a learner never moves back'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    """Take the updates away; let the owner act as the application (see creditbank.db)."""
    op.execute(f"REVOKE UPDATE ON {', '.join(ADDED_TO)} FROM creditbank_app")
    op.execute(FUNCTIONS)
    op.execute(
        "CREATE TRIGGER refuse_moving_back BEFORE UPDATE ON learner_heads "
        "FOR EACH ROW EXECUTE FUNCTION refuse_moving_back()"
    )
    op.execute("ALTER TABLE learner_heads ENABLE ALWAYS TRIGGER refuse_moving_back")
    # Roles are the whole cluster's: one that another owner made cannot be given away here.
    op.execute(
        "DO $$ BEGIN EXECUTE format('GRANT creditbank_app TO %I', current_user); "
        "EXCEPTION WHEN insufficient_privilege THEN "
        "RAISE NOTICE 'creditbank_app belongs to another owner: give it a login of its own'; "
        "END $$"
    )


def downgrade() -> None:
    """Back to the wide grants."""
    op.execute("DROP TRIGGER refuse_moving_back ON learner_heads")
    op.execute("DROP FUNCTION refuse_moving_back")
    op.execute(f"GRANT UPDATE ON {', '.join(ADDED_TO)} TO creditbank_app")
