"""What a college may not see stays closed to it by itself, and days change a cohort as people do.

Joining a class is consent only where the transaction says so. Messages, and rows that name
enrolments and had the school's wall alone, show a college what is of learners who are shared with
it. An agreement that begins or ends by date gives whoever is shown under it a position.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

COLLEGE = "(SELECT coalesce(current_setting('creditbank.college', true), ''))"
OF_SHARED = f"{COLLEGE} = '' OR enrolment_id IN (SELECT enrolment_id FROM enrolments)"  # noqa: S608
OF_SEEN_STEPS = (
    f"{COLLEGE} = '' OR advance_move_id IN (SELECT advance_move_id FROM advance_moves)"  # noqa: S608
    " OR decision_id IN (SELECT decision_id FROM decisions)"
)
SHOWN = {
    "exception_rulings": OF_SHARED,
    "makeup_courses": OF_SHARED,
    "status_change_executions": OF_SHARED,
    "transfer_arrivals": OF_SHARED,
    "messages": OF_SEEN_STEPS,
}
CONSENT_BY_JOINING = """
CREATE OR REPLACE FUNCTION consent_by_joining() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('creditbank.sharing_consent', true), '') {given} THEN
    INSERT INTO sharing_consents (institution_id, agreement_id, learner_id, is_given, basis,
      recorded_by, recorded_at)
    SELECT a.school_id, c.agreement_id, e.learner_id, true, 'agreement', c.recorded_by,
      coalesce(c.recorded_at, clock_timestamp())
    FROM changed c JOIN enrolments e USING (enrolment_id)
      JOIN articulation_agreements a USING (agreement_id)
    WHERE c.left_on IS NULL ORDER BY c.agreement_id, c.enrolment_id;
  END IF;
  RETURN NULL;
END $$
"""
TURN = """
CREATE FUNCTION turn_cohort(asked int, day date) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  holds boolean;
BEGIN
  SELECT day BETWEEN a.valid_from AND a.valid_to INTO holds
    FROM agreements_on(day) a WHERE a.agreement_id = asked;
  IF holds IS NULL OR holds = coalesce((SELECT h.is_valid FROM cohort_heads h
      WHERE h.agreement_id = asked), false) THEN
    RETURN false;
  END IF;
  INSERT INTO cohort_heads (agreement_id, position, announced) VALUES (asked, 0, 0)
    ON CONFLICT DO NOTHING;
  UPDATE cohort_heads h SET is_valid = holds WHERE h.agreement_id = asked AND h.is_valid <> holds;
  IF FOUND THEN
    INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
    SELECT asked, s.enrolment_id, false FROM shared_members s WHERE s.agreement_id = asked;
    RETURN true;
  END IF;
  RETURN false;
END $$
"""
VALID_TODAY = """
UPDATE cohort_heads h SET is_valid = true
FROM agreements_on((now() AT TIME ZONE 'Asia/Shanghai')::date) a
WHERE a.agreement_id = h.agreement_id
  AND (now() AT TIME ZONE 'Asia/Shanghai')::date BETWEEN a.valid_from AND a.valid_to
"""


def upgrade() -> None:
    op.execute(CONSENT_BY_JOINING.format(given="= 'joining'"))
    for table, shown in SHOWN.items():
        op.execute(
            f"CREATE POLICY shared ON {table} AS RESTRICTIVE FOR SELECT TO creditbank_app "
            f"USING ({shown})"
        )
    op.add_column(
        "cohort_heads",
        sa.Column("is_valid", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute(TURN)
    op.execute(
        "COMMENT ON FUNCTION turn_cohort IS"
        " 'mark who is shown under an agreement that began or ended by a day; once for each turn'"
    )
    op.execute(VALID_TODAY)


def downgrade() -> None:
    op.execute("DROP FUNCTION turn_cohort")
    op.drop_column("cohort_heads", "is_valid")
    for table in SHOWN:
        op.execute(f"DROP POLICY shared ON {table}")
    op.execute(CONSENT_BY_JOINING.format(given="<> 'separate'"))
