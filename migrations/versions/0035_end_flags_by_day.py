"""A flag of a ranking gives its member a position of its own, and is looked at again each year.

What was told of was written into the position that the books had given, which somebody may have
been handed already: whoever had looked up to it never heard. The flag marks the member, as every
other change does. Of whom a ranking left out it ends with the year, on a day when nothing is
written: flagged_on says when it was looked at last.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

DROP = "DROP FUNCTION flag_cohort({arguments})"
FLAG = """
CREATE FUNCTION flag_cohort(asked int, flags jsonb, day date) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  WITH said AS (SELECT f.key::int AS enrolment_id, f.value AS codes FROM jsonb_each_text(flags) f),
  news AS (
    SELECT l.enrolment_id FROM cohort_lines l JOIN said USING (enrolment_id)
    WHERE l.agreement_id = asked AND l.ranking_changed <> said.codes),
  kept AS (
    UPDATE cohort_lines l SET ranking_changed = said.codes,
      flagged_on = CASE WHEN said.codes <> '' THEN day END
    FROM said WHERE l.agreement_id = asked AND l.enrolment_id = said.enrolment_id
      AND (l.ranking_changed <> said.codes OR l.flagged_on < day))
  INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
  SELECT asked, n.enrolment_id, true FROM news n;
  RETURN FOUND;
END $$
"""
COMMENT = """
COMMENT ON FUNCTION flag_cohort IS
  'keep what of a ranking is otherwise on a day; whose is news is marked: the status has changed'
"""
BEFORE = """
CREATE FUNCTION flag_cohort(asked int, flags jsonb) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE cohort_lines l SET ranking_changed = f.value, status_position = l.position
  FROM jsonb_each_text(flags) f
  WHERE l.agreement_id = asked AND l.enrolment_id = f.key::int AND l.ranking_changed <> f.value;
  RETURN FOUND;
END $$
"""
COMMENT_BEFORE = """
COMMENT ON FUNCTION flag_cohort IS
  'keep what of a ranking is otherwise by now; where that is news the status has changed'
"""
# What stands flagged is looked at once in the first round after this.
STANDING = "UPDATE cohort_lines SET flagged_on = '2000-01-01' WHERE ranking_changed <> ''"


def upgrade() -> None:
    op.add_column("cohort_lines", sa.Column("flagged_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_cohort_lines_flagged_on",
        "cohort_lines",
        ["flagged_on"],
        postgresql_where=sa.text("flagged_on IS NOT NULL"),
    )
    op.execute(STANDING)
    op.execute(DROP.format(arguments="int, jsonb"))
    op.execute(FLAG)
    op.execute(COMMENT)


def downgrade() -> None:
    op.execute(DROP.format(arguments="int, jsonb, date"))
    op.execute(BEFORE)
    op.execute(COMMENT_BEFORE)
    op.drop_index("ix_cohort_lines_flagged_on", "cohort_lines")
    op.drop_column("cohort_lines", "flagged_on")
