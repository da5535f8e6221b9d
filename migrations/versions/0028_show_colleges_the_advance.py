"""Of the advance and of credentials a college sees what is of learners who are shared with it.

A step of the advance changes what a college was told: it gets a position like a verdict.
"""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COLLEGE = "(SELECT coalesce(current_setting('creditbank.college', true), ''))"
OF_SHARED = f"{COLLEGE} = '' OR learner_id = ANY ((SELECT shared_learners())::int[])"
OF_SEEN_MOVES = f"{COLLEGE} = '' OR advance_move_id IN (SELECT advance_move_id FROM advance_moves)"  # noqa: S608
POLICIES = {
    "advance_moves": OF_SHARED,
    "issued_credentials": OF_SHARED,
    "process_assessments": OF_SEEN_MOVES,
    "advance_scores": OF_SEEN_MOVES,
    "advance_admissions": OF_SEEN_MOVES,
}
MARK = """
CREATE FUNCTION mark_cohorts_of_moves() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
  SELECT DISTINCT c.agreement_id, c.enrolment_id, true FROM changed c;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    for table, shown in POLICIES.items():
        op.execute(
            f"CREATE POLICY shared ON {table} AS RESTRICTIVE FOR SELECT TO creditbank_app "
            f"USING ({shown})"
        )
    op.execute(MARK)
    op.execute(
        "CREATE TRIGGER mark_cohorts AFTER INSERT ON advance_moves "
        "REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION mark_cohorts_of_moves()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER mark_cohorts ON advance_moves")
    op.execute("DROP FUNCTION mark_cohorts_of_moves")
    for table in POLICIES:
        op.execute(f"DROP POLICY shared ON {table}")
