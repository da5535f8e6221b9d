"""Create the tables of the first release."""

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
        "access_log",
        sa.Column("access_log_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("mask", sa.String(length=8), nullable=False),
        sa.Column("learner_ids", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("access_log_id", name=op.f("pk_access_log")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(length=20), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
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
            "kind in ('vocational_school','general_high_school','college','university','training_provider','bureau')",
            name=op.f("ck_institutions_kind"),
        ),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("code", name=op.f("uq_institutions_code")),
    )
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
        "ledger_entries",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("course_code", sa.String(length=20), nullable=True),
        sa.Column("term_code", sa.String(length=11), nullable=True),
        sa.Column("exam_kind", sa.String(length=2), nullable=True),
        sa.Column("scale", sa.String(length=10), nullable=True),
        sa.Column(
            "mark", sa.String(length=10), nullable=True, comment="personal: mark as recorded"
        ),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("grade_point", sa.Integer(), nullable=True),
        sa.Column("block_code", sa.String(length=10), nullable=True),
        sa.Column("source_seq", sa.Integer(), nullable=True),
        sa.Column("evidence_key", sa.String(length=200), nullable=False),
        sa.Column("evidence_no", sa.String(length=60), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("posted_by", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'reversal' or source_seq is not null",
            name=op.f("ck_ledger_entries_reversal_source"),
        ),
        sa.CheckConstraint(
            "kind in ('course','competition','innovation','recognition','substitution','reversal')",
            name=op.f("ck_ledger_entries_kind"),
        ),
        sa.CheckConstraint(
            "kind not in ('course','competition','innovation') or units >= 0",
            name=op.f("ck_ledger_entries_sign"),
        ),
        sa.CheckConstraint("ledger_seq > 0", name=op.f("ck_ledger_entries_seq")),
        sa.CheckConstraint(
            "octet_length(entry_hash) = 32 and octet_length(prev_hash) = 32",
            name=op.f("ck_ledger_entries_hash"),
        ),
        sa.CheckConstraint("units between -10000 and 10000", name=op.f("ck_ledger_entries_units")),
        sa.PrimaryKeyConstraint(
            "institution_id", "learner_id", "ledger_seq", name=op.f("pk_ledger_entries")
        ),
    )
    op.create_index(
        "ix_ledger_entries_evidence_no",
        "ledger_entries",
        ["evidence_no"],
        unique=False,
        postgresql_where="evidence_no is not null",
    )
    op.create_index(
        "uq_ledger_entries_evidence",
        "ledger_entries",
        ["institution_id", "learner_id", "evidence_key"],
        unique=True,
    )
    op.create_index(
        "uq_ledger_entries_learner_seq", "ledger_entries", ["learner_id", "ledger_seq"], unique=True
    )
    op.create_index(
        "uq_ledger_entries_one_reversal",
        "ledger_entries",
        ["learner_id", "source_seq"],
        unique=True,
        postgresql_where="kind = 'reversal'",
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
        "pending_evaluations",
        sa.Column(
            "pending_evaluation_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("due_seq", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pending_evaluation_id", name=op.f("pk_pending_evaluations")),
    )
    op.create_index(
        "ix_pending_evaluations_learner_id", "pending_evaluations", ["learner_id"], unique=False
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("sign_in_attempt_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sign_in_attempt_id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index(
        "ix_sign_in_attempts_subject",
        "sign_in_attempts",
        ["subject_hash", "attempted_at"],
        unique=False,
    )
    op.create_table(
        "verdict_heads",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("facts_seq", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("shortfall_units", sa.Integer(), nullable=False),
        sa.Column("findings_hash", sa.String(length=64), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "enrolment_id", "subject_kind", "subject_id", name=op.f("pk_verdict_heads")
        ),
    )
    op.create_index(
        op.f("ix_verdict_heads_institution_id"), "verdict_heads", ["institution_id"], unique=False
    )
    op.create_index(
        op.f("ix_verdict_heads_learner_id"), "verdict_heads", ["learner_id"], unique=False
    )
    op.create_index(
        "ix_verdict_heads_subject", "verdict_heads", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "verdicts",
        sa.Column("verdict_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("facts_seq", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("engine_version", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("shortfall_units", sa.Integer(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings_hash", sa.String(length=64), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "subject_kind in ('graduation','articulation')", name=op.f("ck_verdicts_subject_kind")
        ),
        sa.PrimaryKeyConstraint("verdict_id", name=op.f("pk_verdicts")),
    )
    op.create_index(
        "ix_verdicts_history",
        "verdicts",
        ["enrolment_id", "subject_kind", "subject_id", "verdict_id"],
        unique=False,
    )
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=50), nullable=False, comment="personal: name"),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "role in ('student','guardian','teacher','advisor','registrar','approver','college','county','auditor','sysadmin')",
            name=op.f("ck_accounts_role"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_accounts_institution_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_username")),
    )
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
        "learner_heads",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("facts_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.learner_id"], name=op.f("fk_learner_heads_learner_id")
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_learner_heads")),
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
        "quarantined_learners",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("is_quarantined", sa.Boolean(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.learner_id"], name=op.f("fk_quarantined_learners_learner_id")
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_quarantined_learners")),
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
        "account_learners",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_account_learners_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.learner_id"], name=op.f("fk_account_learners_learner_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "learner_id", name=op.f("pk_account_learners")),
    )
    op.create_table(
        "account_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_account_sessions_account_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_account_sessions")),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_api_keys_account_id")
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_keys")),
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
            "status in ('01','02','03','04','05','06','07','08','09','10','11','12','13','14','15','99')",
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
        "grade_imports",
        sa.Column("import_id", sa.String(length=36), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_grade_imports_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institutions.institution_id"],
            name=op.f("fk_grade_imports_institution_id"),
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_grade_imports")),
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
            "kind in ('academic_pass_exam','comprehensive_evaluation','exam_registration','medical_check')",
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
    op.drop_table("grade_imports")
    op.drop_index(
        "uq_enrolments_one_open_full_time",
        table_name="enrolments",
        postgresql_where="is_open and study_mode = 'full_time'",
    )
    op.drop_index("ix_enrolments_school_class", table_name="enrolments")
    op.drop_index(op.f("ix_enrolments_plan_id"), table_name="enrolments")
    op.drop_index(op.f("ix_enrolments_learner_id"), table_name="enrolments")
    op.drop_table("enrolments")
    op.drop_table("cohort_plans")
    op.drop_table("api_keys")
    op.drop_table("account_sessions")
    op.drop_table("account_learners")
    op.drop_table("school_policy_values")
    op.drop_table("quarantined_learners")
    op.drop_table("program_plans")
    op.drop_table("learner_heads")
    op.drop_table("courses")
    op.drop_index(
        op.f("ix_articulation_agreements_college_id"), table_name="articulation_agreements"
    )
    op.drop_table("articulation_agreements")
    op.drop_table("accounts")
    op.drop_index("ix_verdicts_history", table_name="verdicts")
    op.drop_table("verdicts")
    op.drop_index("ix_verdict_heads_subject", table_name="verdict_heads")
    op.drop_index(op.f("ix_verdict_heads_learner_id"), table_name="verdict_heads")
    op.drop_index(op.f("ix_verdict_heads_institution_id"), table_name="verdict_heads")
    op.drop_table("verdict_heads")
    op.drop_index("ix_sign_in_attempts_subject", table_name="sign_in_attempts")
    op.drop_table("sign_in_attempts")
    op.drop_index("ix_pending_evaluations_learner_id", table_name="pending_evaluations")
    op.drop_table("pending_evaluations")
    op.drop_table("majors")
    op.drop_index(
        "uq_ledger_entries_one_reversal",
        table_name="ledger_entries",
        postgresql_where="kind = 'reversal'",
    )
    op.drop_index("uq_ledger_entries_learner_seq", table_name="ledger_entries")
    op.drop_index("uq_ledger_entries_evidence", table_name="ledger_entries")
    op.drop_index(
        "ix_ledger_entries_evidence_no",
        table_name="ledger_entries",
        postgresql_where="evidence_no is not null",
    )
    op.drop_table("ledger_entries")
    op.drop_index(op.f("ix_learners_initials"), table_name="learners")
    op.drop_table("learners")
    op.drop_table("institutions")
    op.drop_table("heartbeats")
    op.drop_table("idempotency_keys")
    op.drop_table("access_log")
    op.drop_table("academic_terms")
