"""What the national sheet says besides, the schools' own templates, and who took files out.

The details are one document for each enrolment, inserted and never changed: the latest speaks. They
are a minor's family, address and telephone, so that only the school reads them. A school's
templates are kept as uploaded; of one name the latest counts, and an empty one ends it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
OWN_SCHOOL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
ACCOUNT = "(SELECT current_setting('creditbank.account', true))"
OWN = f"{ACCOUNT} = '*' OR account_id = nullif(replace({ACCOUNT}, '*', ''), '')::int"
NO_COLLEGE = "coalesce((SELECT current_setting('creditbank.college', true)), '') = ''"
TABLES = ("enrolment_details", "file_exports", "document_templates")


def upgrade() -> None:
    op.create_table(
        "enrolment_details",
        sa.Column(
            "enrolment_detail_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=8), nullable=False),
        sa.Column(
            "details",
            postgresql.JSONB(),
            nullable=False,
            comment="personal: family, address, telephone, origin as the national sheet has them",
        ),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_enrolment_details_enrolment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_enrolment_details_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["accounts.account_id"],
            name=op.f("fk_enrolment_details_recorded_by"),
        ),
        sa.PrimaryKeyConstraint("enrolment_detail_id", name=op.f("pk_enrolment_details")),
    )
    op.create_index(
        "ix_enrolment_details_enrolment",
        "enrolment_details",
        ["enrolment_id", "enrolment_detail_id"],
    )
    op.create_table(
        "file_exports",
        sa.Column("file_export_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("filter", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_file_exports_account_id")
        ),
        sa.PrimaryKeyConstraint("file_export_id", name=op.f("pk_file_exports")),
    )
    op.create_index("ix_file_exports_account", "file_exports", ["account_id", "exported_at"])
    op.create_table(
        "document_templates",
        sa.Column(
            "document_template_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("placeholders", postgresql.JSONB(), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('xlsx','docx')", name=op.f("ck_document_templates_kind")),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_document_templates_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"],
            ["accounts.account_id"],
            name=op.f("fk_document_templates_uploaded_by"),
        ),
        sa.PrimaryKeyConstraint("document_template_id", name=op.f("pk_document_templates")),
    )
    op.create_index(
        "ix_document_templates_school",
        "document_templates",
        ["institution_id", "name", "document_template_id"],
    )
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    wall = f"({OWN_SCHOOL}) AND {NO_COLLEGE}"
    _keep("enrolment_details", f"USING ({wall}) WITH CHECK ({wall})")
    _keep("document_templates", f"USING ({wall}) WITH CHECK ({wall})")
    _keep("file_exports", f"USING ({OWN_SCHOOL} OR {OWN}) WITH CHECK ({OWN_SCHOOL} OR {OWN})")


def _keep(table: str, wall: str) -> None:
    """Inserted and read by the application, changed by nobody."""
    op.execute(f"GRANT INSERT ON {table} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {table} TO creditbank_app, creditbank_auditor")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY reach ON {table} TO creditbank_app {wall}")
    op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
