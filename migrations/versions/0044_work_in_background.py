"""Long work is a job that the worker side pulls; large grade sheets are kept packed.

jobs are locked by whoever works on them, for as long as the work lasts; how far it is stands in
job_progress, which nobody locks for longer than a moment.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
OWN_SCHOOL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
NO_COLLEGE = "coalesce((SELECT current_setting('creditbank.college', true)), '') = ''"


def upgrade() -> None:
    for name, type_, comment in (
        ("content", sa.LargeBinary(), "personal: the file as uploaded"),
        ("packed_rows", sa.LargeBinary(), None),
        ("summary", postgresql.JSONB(), None),
    ):
        op.add_column("grade_imports", sa.Column(name, type_, nullable=True, comment=comment))
    op.add_column(
        "grade_imports",
        sa.Column("is_large", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("outcome", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting','done','refused','failed','cancelled')",
            name=op.f("ck_jobs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.institution_id"], name=op.f("fk_jobs_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_jobs_account_id")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_subject", "jobs", ["subject"])
    op.create_index(
        "ix_jobs_waiting", "jobs", ["created_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("ix_jobs_school", "jobs", ["institution_id", "created_at"])
    op.create_table(
        "job_progress",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=10), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name=op.f("fk_job_progress_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_progress")),
    )
    wall = f"({OWN_SCHOOL}) AND {NO_COLLEGE}"
    for table in ("jobs", "job_progress"):
        op.execute(f"GRANT INSERT, UPDATE, SELECT ON {table} TO creditbank_app")
        op.execute(f"GRANT SELECT ON {table} TO creditbank_auditor")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY reach ON {table} TO creditbank_app USING ({wall}) WITH CHECK ({wall})"
        )
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    op.drop_table("job_progress")
    op.drop_table("jobs")
    op.execute("DELETE FROM grade_imports WHERE is_large AND posted_at IS NULL")
    # What is left of the others are the first rows: not enough to take such a batch back.
    op.execute("UPDATE grade_imports SET rows = '[]' WHERE is_large")
    for name in ("is_large", "summary", "packed_rows", "content"):
        op.drop_column("grade_imports", name)
