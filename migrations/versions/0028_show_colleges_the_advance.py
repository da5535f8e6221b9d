"""Of the advance and of credentials a college sees what is of learners who are shared with it.

A step of the advance, a decision on the qualification and a review of that change what a college
was told: they get a position like a verdict.
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
    "decisions": OF_SHARED,
    "review_cases": OF_SHARED,
    "process_assessments": OF_SEEN_MOVES,
    "advance_scores": OF_SEEN_MOVES,
    "advance_admissions": OF_SEEN_MOVES,
}
MARK = """
CREATE FUNCTION mark_cohorts_of_steps() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'advance_moves' THEN
    INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
    SELECT DISTINCT c.agreement_id, c.enrolment_id, true FROM changed c;
  ELSIF TG_TABLE_NAME = 'review_resolutions' THEN
    INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
    SELECT DISTINCT r.subject_id, r.enrolment_id, true FROM changed c
      JOIN review_cases r USING (review_case_id)
    WHERE r.subject_kind = 'articulation';
  ELSE
    INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
    SELECT DISTINCT c.subject_id, c.enrolment_id, true FROM changed c
    WHERE c.subject_kind = 'articulation';
  END IF;
  RETURN NULL;
END $$
"""
STEPS = ("advance_moves", "decisions", "review_cases", "review_resolutions")


def upgrade() -> None:
    for table, shown in POLICIES.items():
        op.execute(
            f"CREATE POLICY shared ON {table} AS RESTRICTIVE FOR SELECT TO creditbank_app "
            f"USING ({shown})"
        )
    op.execute(MARK)
    for table in STEPS:
        op.execute(
            f"CREATE TRIGGER mark_cohorts AFTER INSERT ON {table} "
            "REFERENCING NEW TABLE AS changed "
            "FOR EACH STATEMENT EXECUTE FUNCTION mark_cohorts_of_steps()"
        )


def downgrade() -> None:
    for table in STEPS:
        op.execute(f"DROP TRIGGER mark_cohorts ON {table}")
    op.execute("DROP FUNCTION mark_cohorts_of_steps")
    for table in POLICIES:
        op.execute(f"DROP POLICY shared ON {table}")
