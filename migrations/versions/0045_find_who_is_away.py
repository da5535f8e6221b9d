"""Who is suspended on a day is found for everybody at once, and uses of credits without the ledger.

away_on is put into the statement that asks it; is_away, once for each enrolment, asks the same.
"""

from __future__ import annotations

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

FUNCTIONS = """
CREATE FUNCTION away_on(on_day date) RETURNS TABLE (enrolment_id int) LANGUAGE sql STABLE AS $$
  SELECT s.enrolment_id FROM suspensions s
    WHERE s.starts_on <= on_day AND coalesce(s.resumed_on > on_day, true)
  UNION
  SELECT e.enrolment_id FROM enrolments e
    WHERE e.status IN ('02', '04', '12') AND NOT EXISTS (SELECT FROM suspensions s
      WHERE s.enrolment_id = e.enrolment_id AND s.resumed_on IS NULL)
$$;
COMMENT ON FUNCTION away_on IS
  'suspended on the day; where no suspension is on record, by what the enrolment is now';

CREATE OR REPLACE FUNCTION is_away(asked int, on_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM away_on(on_day) a WHERE a.enrolment_id = asked)
$$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION is_away(asked int, on_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM suspensions s WHERE s.enrolment_id = asked
      AND s.starts_on <= on_day AND coalesce(s.resumed_on > on_day, true))
    OR EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = asked
      AND e.status IN ('02', '04', '12') AND NOT EXISTS (SELECT FROM suspensions s
        WHERE s.enrolment_id = asked AND s.resumed_on IS NULL))
$$;
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
    op.create_index(
        "ix_ledger_entries_uses",
        "ledger_entries",
        ["learner_id"],
        postgresql_where="kind in ('recognition','substitution') and units < 0",
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_entries_uses", "ledger_entries")
    op.execute(BEFORE)
    op.execute("DROP FUNCTION away_on")
