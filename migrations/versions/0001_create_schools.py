"""Institutions, majors, courses, terms, plans, and the policies of schools."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "academic_terms",
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_academic_terms")),
    )
    op.create_table(
        "institutions",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("area_code", sa.String(length=6), nullable=False),
        sa.Column("unified_code", sa.String(length=18), nullable=True),
        sa.CheckConstraint("code ~ '^[0-9]{10}$'", name=op.f("ck_institutions_code")),
        sa.CheckConstraint(
            "kind in ('vocational_school','general_high_school','college',"
            "'university','training_provider','bureau')",
            name=op.f("ck_institutions_kind"),
        ),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("code", name=op.f("uq_institutions_code")),
    )
    op.create_table(
        "majors",
        sa.Column("code", sa.String(length=7), nullable=False),
        sa.Column("catalogue_year", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("code", "catalogue_year", name=op.f("pk_majors")),
    )
    op.create_table(
        "courses",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("theory_hours", sa.Integer(), nullable=False),
        sa.Column("practice_hours", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(length=1), nullable=False),
        sa.CheckConstraint(
            "theory_hours >= 0 and practice_hours >= 0", name=op.f("ck_courses_hours")
        ),
        sa.CheckConstraint("units > 0 and units <= 6000", name=op.f("ck_courses_units")),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_courses_institution_id"),
        ),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_courses")),
        sa.UniqueConstraint("institution_id", "code", name=op.f("uq_courses_institution_id_code")),
    )
    op.create_table(
        "program_plans",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("major_code", sa.String(length=7), nullable=False),
        sa.Column("catalogue_year", sa.Integer(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("units_min", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("units_min > 0", name=op.f("ck_program_plans_units_min")),
        sa.CheckConstraint("version > 0", name=op.f("ck_program_plans_version")),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_program_plans_institution_id"),
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_program_plans")),
        sa.UniqueConstraint(
            "institution_id",
            "code",
            "version",
            name=op.f("uq_program_plans_institution_id_code_version"),
        ),
    )
    op.create_table(
        "school_policy_values",
        sa.Column("school_policy_value_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_school_policy_values_reference")),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_school_policy_values_institution_id"),
        ),
        sa.PrimaryKeyConstraint("school_policy_value_id", name=op.f("pk_school_policy_values")),
        sa.UniqueConstraint(
            "institution_id",
            "key",
            "effective_from",
            name=op.f("uq_school_policy_values_institution_id_key_effective_from"),
        ),
    )
    op.create_table(
        "cohort_plans",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("plan_code", sa.String(length=30), nullable=False),
        sa.Column("entry_year", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_cohort_plans_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["program_plans.plan_id"], name=op.f("fk_cohort_plans_plan_id")
        ),
        sa.PrimaryKeyConstraint(
            "institution_id", "plan_code", "entry_year", name=op.f("pk_cohort_plans")
        ),
    )


def downgrade() -> None:
    op.drop_table("cohort_plans")
    op.drop_table("school_policy_values")
    op.drop_table("program_plans")
    op.drop_table("courses")
    op.drop_table("majors")
    op.drop_table("institutions")
    op.drop_table("academic_terms")
