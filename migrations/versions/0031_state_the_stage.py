"""A status of the advance states the stage beside the verdict, and ends when that is left.

Those that were signed before state none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("stage", sa.String(length=24), server_default="", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
    ):
        op.add_column("issued_credentials", column)
        op.alter_column("issued_credentials", column.name, server_default=None)
    op.create_check_constraint(
        op.f("ck_issued_credentials_stage"),
        "issued_credentials",
        "stage = '' or kind = 'articulation_status'",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_issued_credentials_stage"), "issued_credentials", type_="check")
    op.drop_column("issued_credentials", "attempt")
    op.drop_column("issued_credentials", "stage")
