"""A college is told of a changed ranking, and keeps a message while one whom it is of is shown.

Of a step for a class an office has one message, of the first learner's move; it holds the others'
as well, so that it does not go when that one withdraws consent. Those from before hold none. What a
ranking rests on changes with the books, which give a member a position: cohort_lines keeps what was
told of it, so that it counts as a changed status when it is another one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0034"
down_revision = "0033"
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

COLLEGE = "(SELECT coalesce(current_setting('creditbank.college', true), ''))"
OF_SEEN = (
    "EXISTS (SELECT FROM advance_moves a"
    " WHERE a.advance_move_id = ANY (messages.moves || messages.advance_move_id))"
)
OF_DECISIONS = "decision_id IN (SELECT decision_id FROM decisions)"
OF_FIRST = "advance_move_id IN (SELECT advance_move_id FROM advance_moves)"


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

    op.add_column("messages", sa.Column("moves", ARRAY(sa.BigInteger()), nullable=True))
    _show_messages(OF_SEEN)


def _show_messages(shown: str) -> None:
    op.execute("DROP POLICY shared ON messages")
    rule = f"{COLLEGE} = '' OR {shown} OR {OF_DECISIONS}"
    op.execute(
        "CREATE POLICY shared ON messages AS RESTRICTIVE FOR SELECT TO creditbank_app"
        f" USING ({rule})"
    )


def downgrade() -> None:
    _show_messages(OF_FIRST)
    op.drop_column("messages", "moves")
    op.execute("DROP FUNCTION flag_cohort")
    op.drop_column("cohort_lines", "ranking_changed")
