"""An upload is kept as read until it is posted, so that a cell can be mended where its fault shows.

What a school answered about the columns of a file is kept too and used for the next one: inserted
only, the latest speaks. A posted upload names its batch, so that it can be taken back as a whole.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
OWN_SCHOOL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
NO_COLLEGE = "coalesce((SELECT current_setting('creditbank.college', true)), '') = ''"
KIND = sa.schema.conv("ck_grade_imports_kind")


def upgrade() -> None:
    op.drop_constraint(KIND, "grade_imports")
    op.alter_column("grade_imports", "kind", type_=sa.String(length=16))
    op.create_check_constraint(
        KIND,
        "grade_imports",
        "kind in ('grades','learners','competition','innovation','national')",
    )
    op.add_column(
        "grade_imports",
        sa.Column(
            "source", postgresql.JSONB(), nullable=True, comment="personal: the file as uploaded"
        ),
    )
    op.add_column("grade_imports", sa.Column("batch_id", sa.String(length=36), nullable=True))
    op.add_column(
        "grade_imports", sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "column_answers",
        sa.Column("column_answer_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("signature <> ''", name=op.f("ck_column_answers_signature")),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_column_answers_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["accounts.account_id"], name=op.f("fk_column_answers_answered_by")
        ),
        sa.PrimaryKeyConstraint("column_answer_id", name=op.f("pk_column_answers")),
    )
    op.create_index(
        "ix_column_answers_school", "column_answers", ["institution_id", "kind", "column_answer_id"]
    )
    op.execute("GRANT INSERT ON column_answers TO creditbank_app")
    op.execute("GRANT SELECT ON column_answers TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON column_answers "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE column_answers ENABLE ALWAYS TRIGGER {name}")
    op.execute("ALTER TABLE column_answers ENABLE ROW LEVEL SECURITY")
    wall = f"({OWN_SCHOOL}) AND {NO_COLLEGE}"
    for name, what in (
        ("reach", f"TO creditbank_app USING ({wall}) WITH CHECK ({wall})"),
        ("audit", "FOR SELECT TO creditbank_auditor USING (true)"),
    ):
        op.execute(f"CREATE POLICY {name} ON column_answers {what}")


def downgrade() -> None:
    op.drop_table("column_answers")
    op.drop_column("grade_imports", "reversed_at")
    op.drop_column("grade_imports", "batch_id")
    op.drop_column("grade_imports", "source")
    op.execute("DELETE FROM grade_imports WHERE kind NOT IN ('grades','learners')")
    op.drop_constraint(KIND, "grade_imports")
    op.create_check_constraint(KIND, "grade_imports", "kind in ('grades','learners')")
    op.alter_column("grade_imports", "kind", type_=sa.String(length=8))
