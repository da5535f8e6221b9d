"""Learners, their enrolments, facts about them, and agreements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learners",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("account_no", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False, comment="personal: name"),
        sa.Column(
            "sort_key", sa.String(length=200), nullable=False, comment="personal: name in pinyin"
        ),
        sa.Column(
            "initials",
            sa.String(length=50),
            nullable=False,
            comment="personal: initials of the name",
        ),
        sa.Column(
            "citizen_id",
            sa.String(length=18),
            nullable=True,
            comment="personal: 公民身份号码 GB 11643",
        ),
        sa.Column(
            "national_student_no", sa.String(length=19), nullable=True, comment="personal: 学籍号"
        ),
        sa.Column("sex", sa.String(length=1), nullable=False, comment="personal: GB/T 2261.1"),
        sa.Column("born_on", sa.Date(), nullable=True, comment="personal: date of birth"),
        sa.CheckConstraint("sex in ('0','1','2','9')", name=op.f("ck_learners_sex")),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_learners")),
        sa.UniqueConstraint("account_no", name=op.f("uq_learners_account_no")),
        sa.UniqueConstraint("citizen_id", name=op.f("uq_learners_citizen_id")),
        sa.UniqueConstraint("national_student_no", name=op.f("uq_learners_national_student_no")),
    )
    op.create_index(op.f("ix_learners_initials"), "learners", ["initials"], unique=False)
    op.create_table(
        "articulation_agreements",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("college_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("entry_year", sa.Integer(), nullable=False),
        sa.Column("pre_level", sa.String(length=16), nullable=False),
        sa.Column("pre_years_tenths", sa.Integer(), nullable=False),
        sa.Column("post_level", sa.String(length=16), nullable=False),
        sa.Column("post_years_tenths", sa.Integer(), nullable=False),
        sa.Column("pre_major_code", sa.String(length=7), nullable=False),
        sa.Column("pre_catalogue_year", sa.Integer(), nullable=False),
        sa.Column("post_major_code", sa.String(length=7), nullable=False),
        sa.Column("post_catalogue_year", sa.Integer(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("hard_conditions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "pre_years_tenths > 0 and post_years_tenths > 0",
            name=op.f("ck_articulation_agreements_years"),
        ),
        sa.CheckConstraint(
            "valid_from < valid_to", name=op.f("ck_articulation_agreements_validity")
        ),
        sa.ForeignKeyConstraint(
            ["college_id"],
            ["institutions.institution_id"],
            name=op.f("fk_articulation_agreements_college_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"],
            ["institutions.institution_id"],
            name=op.f("fk_articulation_agreements_school_id"),
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_articulation_agreements")),
        sa.UniqueConstraint(
            "school_id",
            "pre_major_code",
            "pre_catalogue_year",
            "entry_year",
            name=op.f(
                "uq_articulation_agreements_school_id_pre_major_code_pre_catalogue_year_entry_year"
            ),
        ),
    )
    op.create_index(
        op.f("ix_articulation_agreements_college_id"),
        "articulation_agreements",
        ["college_id"],
        unique=False,
    )
    op.create_table(
        "enrolments",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("student_no", sa.String(length=20), nullable=False, comment="personal: 学号"),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("major_code", sa.String(length=7), nullable=False),
        sa.Column("catalogue_year", sa.Integer(), nullable=False),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("entry_year", sa.Integer(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("study_mode", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=2), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("suspended_semesters", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "is_open = (status in ('01','02','04','05','12','13'))",
            name=op.f("ck_enrolments_is_open"),
        ),
        sa.CheckConstraint(
            "status in ('01','02','03','04','05','06','07','08','09','10','11',"
            "'12','13','14','15','99')",
            name=op.f("ck_enrolments_status"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_enrolments_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.learner_id"], name=op.f("fk_enrolments_learner_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["program_plans.plan_id"], name=op.f("fk_enrolments_plan_id")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint(
            "institution_id", "student_no", name=op.f("uq_enrolments_institution_id_student_no")
        ),
    )
    op.create_index(op.f("ix_enrolments_learner_id"), "enrolments", ["learner_id"], unique=False)
    op.create_index(op.f("ix_enrolments_plan_id"), "enrolments", ["plan_id"], unique=False)
    op.create_index(
        "ix_enrolments_school_class",
        "enrolments",
        ["institution_id", "entry_year", "class_name"],
        unique=False,
    )
    op.create_index(
        "uq_enrolments_one_open_full_time",
        "enrolments",
        ["learner_id"],
        unique=True,
        postgresql_where="is_open and study_mode = 'full_time'",
    )
    op.create_table(
        "agreement_members",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_reason", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["articulation_agreements.agreement_id"],
            name=op.f("fk_agreement_members_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_agreement_members_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("agreement_id", "enrolment_id", name=op.f("pk_agreement_members")),
    )
    op.create_index(
        op.f("ix_agreement_members_enrolment_id"),
        "agreement_members",
        ["enrolment_id"],
        unique=False,
    )
    op.create_table(
        "attestations",
        sa.Column("attestation_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column(
            "result", sa.String(length=8), nullable=False, comment="personal: result, health"
        ),
        sa.Column("attested_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "kind in ('academic_pass_exam','comprehensive_evaluation',"
            "'exam_registration','medical_check')",
            name=op.f("ck_attestations_kind"),
        ),
        sa.CheckConstraint(
            "result in ('pending','passed','failed')", name=op.f("ck_attestations_result")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.enrolment_id"], name=op.f("fk_attestations_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("attestation_id", name=op.f("pk_attestations")),
    )
    op.create_index(
        op.f("ix_attestations_enrolment_id"), "attestations", ["enrolment_id"], unique=False
    )
    op.create_table(
        "conduct_evaluations",
        sa.Column("conduct_evaluation_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("term_code", sa.String(length=11), nullable=False),
        sa.Column("result", sa.String(length=8), nullable=False, comment="personal: conduct"),
        sa.Column("grade", sa.String(length=10), nullable=False, comment="personal: conduct"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "result in ('pending','passed','failed')", name=op.f("ck_conduct_evaluations_result")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_conduct_evaluations_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("conduct_evaluation_id", name=op.f("pk_conduct_evaluations")),
    )
    op.create_index(
        op.f("ix_conduct_evaluations_enrolment_id"),
        "conduct_evaluations",
        ["enrolment_id"],
        unique=False,
    )
    op.create_table(
        "internship_appraisals",
        sa.Column("internship_appraisal_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=100), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=8), nullable=False, comment="personal: appraisal"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "result in ('pending','passed','failed')", name=op.f("ck_internship_appraisals_result")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_internship_appraisals_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("internship_appraisal_id", name=op.f("pk_internship_appraisals")),
    )
    op.create_index(
        op.f("ix_internship_appraisals_enrolment_id"),
        "internship_appraisals",
        ["enrolment_id"],
        unique=False,
    )
    op.create_table(
        "sanctions",
        sa.Column("sanction_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=1), nullable=False, comment="personal: sanction"),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.CheckConstraint("level in ('1','2','3','4','5')", name=op.f("ck_sanctions_level")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.enrolment_id"], name=op.f("fk_sanctions_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("sanction_id", name=op.f("pk_sanctions")),
    )
    op.create_index(op.f("ix_sanctions_enrolment_id"), "sanctions", ["enrolment_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sanctions_enrolment_id"), table_name="sanctions")
    op.drop_table("sanctions")
    op.drop_index(op.f("ix_internship_appraisals_enrolment_id"), table_name="internship_appraisals")
    op.drop_table("internship_appraisals")
    op.drop_index(op.f("ix_conduct_evaluations_enrolment_id"), table_name="conduct_evaluations")
    op.drop_table("conduct_evaluations")
    op.drop_index(op.f("ix_attestations_enrolment_id"), table_name="attestations")
    op.drop_table("attestations")
    op.drop_index(op.f("ix_agreement_members_enrolment_id"), table_name="agreement_members")
    op.drop_table("agreement_members")
    op.drop_index(
        "uq_enrolments_one_open_full_time",
        table_name="enrolments",
        postgresql_where="is_open and study_mode = 'full_time'",
    )
    op.drop_index("ix_enrolments_school_class", table_name="enrolments")
    op.drop_index(op.f("ix_enrolments_plan_id"), table_name="enrolments")
    op.drop_index(op.f("ix_enrolments_learner_id"), table_name="enrolments")
    op.drop_table("enrolments")
    op.drop_index(
        op.f("ix_articulation_agreements_college_id"), table_name="articulation_agreements"
    )
    op.drop_table("articulation_agreements")
    op.drop_index(op.f("ix_learners_initials"), table_name="learners")
    op.drop_table("learners")
