"""Of a step for a class an office has one message; attendance breaks no tie; a form of the advance.

A message says how many the step was made for. Nothing keeps attendance, so versions of an agreement
from now on do not name it; older ones stay as they were signed, and it is left out in reading them.
转段资格审核表 is a paper with a number of its own register.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SCORES = "'course_average','culture_exam','knowledge_test','skill_test','quality'"
PAPERS = "'status_certificate','change_form','transfer_form','recognition_form'"
# A form of the advance goes: what it says stands in the rows of the advance.
FORMS = "(SELECT issued_paper_id FROM issued_papers WHERE kind = 'advance_form')"


def upgrade() -> None:
    op.add_column(
        "messages", sa.Column("learners", sa.Integer(), server_default="1", nullable=False)
    )
    op.create_check_constraint(op.f("ck_messages_learners"), "messages", "learners > 0")
    _check("agreement_terms", "tie_breaks", f"tie_breaks <@ array[{SCORES}]")
    _check("issued_papers", "kind", f"kind in ({PAPERS},'advance_form')")


def _check(table: str, name: str, rule: str, *, is_valid: bool = False) -> None:
    """NOT VALID: rows from before were right when they were written."""
    constraint = f"ck_{table}_{name}"
    until = "" if is_valid else " NOT VALID"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({rule}){until}")


def downgrade() -> None:
    for table in ("paper_revocations", "issued_papers"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
        op.execute(f"DELETE FROM {table} WHERE issued_paper_id IN {FORMS}")  # noqa: S608
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    _check("issued_papers", "kind", f"kind in ({PAPERS})", is_valid=True)
    _check(
        "agreement_terms", "tie_breaks", f"tie_breaks <@ array[{SCORES},'attendance']",
        is_valid=True,
    )  # fmt: skip
    op.drop_constraint(op.f("ck_messages_learners"), "messages", type_="check")
    op.drop_column("messages", "learners")
