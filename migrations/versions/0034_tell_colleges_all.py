"""A college is told of a changed ranking.

What a ranking rests on changes with the books, which give a member a position: cohort_lines keeps
what was told of it, so that it counts as a changed status when it is another one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

FLAG = """
CREATE FUNCTION flag_cohort(asked int, flags jsonb) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE cohort_lines l SET ranking_changed = f.value, status_position = l.position
  FROM jsonb_each_text(flags) f
  WHERE l.agreement_id = asked AND l.enrolment_id = f.key::int AND l.ranking_changed <> f.value;
  RETURN FOUND;
END $$
"""


def upgrade() -> None:
    op.add_column(
        "cohort_lines",
        sa.Column("ranking_changed", sa.String(length=200), server_default="", nullable=False),
    )
    op.execute(FLAG)
    op.execute(
        "COMMENT ON FUNCTION flag_cohort IS"
        " 'keep what of a ranking is otherwise by now; where that is news the status has changed'"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION flag_cohort")
    op.drop_column("cohort_lines", "ranking_changed")
