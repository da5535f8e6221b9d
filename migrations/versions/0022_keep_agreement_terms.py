"""Agreements as versions: what each says from a day on, and the days of the advance's year.

Of an agreement the version speaks that came into force last; what stands in articulation_agreements
is what was signed first, and speaks until a version does. agreements_on(day) is the one place that
says so. Versions name nobody, so that every reach reads them; they are written within the school's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
OF_AGREEMENT = (
    f"{REACH} = '*' OR EXISTS (SELECT FROM articulation_agreements a"
    " WHERE a.agreement_id = agreement_terms.agreement_id AND a.school_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[]))"
)
OF_SCHOOL = (
    f"{REACH} = '*' OR school_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
TERMS_CHECKS = {
    "version": "version_no > 0",
    "document": "document_no <> '' and (version_no = 1 or reason <> '')",
    "validity": "valid_from < valid_to",
    "numbers": (
        "quota > 0 and pass_total between 0 and 10000 and notice_days >= 0 and appeal_days >= 0"
        " and attempts_max > 0"
    ),
    "tie_breaks": (
        "tie_breaks <@ array['course_average','culture_exam','knowledge_test','skill_test',"
        "'quality','attendance']"
    ),
    "exemption_level": "exemption_level in ('70','10','23','33','43','60')",
    "exemption_effect": "exemption_effect in ('full_marks','spread')",
    "dimensions": (
        "assessment_dimensions <@ array['conduct','study','practice','contests','health','talent']"
    ),
}
CALENDAR_CHECKS = {
    "post_level": "post_level in ('higher_voc','bachelor')",
    "step": (
        "step in ('courses_drawn','process_uploaded','filed','tests','marking','scores_sent',"
        "'culture_exam','pass_line','admission')"
    ),
    "days": "starts_on <= ends_on",
    "document": "document_no <> ''",
}
FUNCTIONS = """
CREATE FUNCTION check_agreement_terms() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before agreement_terms;
BEGIN
  PERFORM FROM articulation_agreements WHERE agreement_id = NEW.agreement_id FOR UPDATE;
  SELECT * INTO before FROM agreement_terms t WHERE t.agreement_id = NEW.agreement_id
    ORDER BY t.version_no DESC LIMIT 1;
  PERFORM refuse_unless(NEW.version_no = coalesce(before.version_no, 0) + 1,
    'versions of an agreement are numbered without a gap');
  PERFORM refuse_unless(before.version_no IS NULL OR (NEW.in_force_from >= before.in_force_from
      AND NEW.in_force_from >= (NEW.decided_at AT TIME ZONE 'Asia/Shanghai')::date),
    'a version reaches back neither before today nor before the one it replaces');
  PERFORM refuse_unless(NEW.scores = '[]' OR (SELECT sum((part->>'weight')::int) = 100
      FROM jsonb_array_elements(NEW.scores) AS part),
    'the weights of the scores add up to 100');
  RETURN NEW;
END $$;

CREATE FUNCTION agreements_on(asked date) RETURNS TABLE (
  agreement_id int, school_id int, college_id int, name text, document_no text, entry_year int,
  pre_level text, pre_years_tenths int, post_level text, post_years_tenths int,
  pre_major_code text, pre_catalogue_year int, post_major_code text, post_catalogue_year int,
  quota int, valid_from date, valid_to date, hard_conditions jsonb)
LANGUAGE sql STABLE AS $$
  SELECT a.agreement_id, a.school_id, a.college_id, a.name::text,
    coalesce(t.document_no, a.document_no)::text, a.entry_year, a.pre_level::text,
    a.pre_years_tenths, a.post_level::text, a.post_years_tenths, a.pre_major_code::text,
    a.pre_catalogue_year, a.post_major_code::text, a.post_catalogue_year,
    coalesce(t.quota, a.quota), coalesce(t.valid_from, a.valid_from),
    coalesce(t.valid_to, a.valid_to), coalesce(t.hard_conditions, a.hard_conditions)
  FROM articulation_agreements a LEFT JOIN LATERAL (
    SELECT s.* FROM agreement_terms s
    WHERE s.agreement_id = a.agreement_id AND s.in_force_from <= asked
    ORDER BY s.in_force_from DESC, s.version_no DESC LIMIT 1) t ON true
$$;
COMMENT ON FUNCTION agreements_on IS
  'agreements with the version that speaks on a day; what was signed first where none does yet';
"""
NOTE_FACTS = r"""
CREATE OR REPLACE FUNCTION note_facts() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  touched int[];
BEGIN
  IF TG_TABLE_NAME = 'enrolments' THEN
    SELECT array_agg(DISTINCT learner_id ORDER BY learner_id) INTO touched FROM changed;
  ELSIF TG_TABLE_NAME {of_agreements} THEN
    SELECT array_agg(DISTINCT e.learner_id ORDER BY e.learner_id) INTO touched
    FROM changed c JOIN agreement_members m USING (agreement_id)
      JOIN enrolments e USING (enrolment_id);
  ELSE
    SELECT array_agg(DISTINCT e.learner_id ORDER BY e.learner_id) INTO touched
    FROM changed c JOIN enrolments e USING (enrolment_id);
  END IF;
  INSERT INTO learner_heads AS h (learner_id, ledger_seq, facts_seq, head_hash)
    SELECT learner_id, 0, 1, decode(repeat('00', 32), 'hex') FROM unnest(touched) learner_id
    ON CONFLICT (learner_id) DO UPDATE SET facts_seq = h.facts_seq + 1;
  INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
    SELECT learner_id, ledger_seq,
      coalesce(nullif(current_setting('creditbank.cause', true), ''), 'fact:' || TG_TABLE_NAME),
      clock_timestamp()
    FROM learner_heads WHERE learner_id = ANY (touched) ORDER BY learner_id;
  RETURN NULL;
END $$;
"""
# What was signed before there were versions is version 1; how it counts was never written down.
FIRST_VERSIONS = """
INSERT INTO agreement_terms (agreement_id, version_no, in_force_from, document_no, reason, quota,
  valid_from, valid_to, hard_conditions, scores, pass_total, tie_breaks, exemption_effect,
  assessment_dimensions, notice_days, appeal_days, attempts_max, allows_parallel_exam, decided_by,
  decided_at)
SELECT agreement_id, 1, valid_from, document_no, '', greatest(quota, 1), valid_from, valid_to,
  hard_conditions, '[]', 0, '{}', 'full_marks', '{}', 0, 0, 1, false, 0, now()
FROM articulation_agreements ORDER BY agreement_id
"""


def upgrade() -> None:
    _create_terms()
    _create_calendar()
    op.execute(FIRST_VERSIONS)
    op.execute(FUNCTIONS)
    op.execute(
        "CREATE TRIGGER check_row BEFORE INSERT ON agreement_terms "
        "FOR EACH ROW EXECUTE FUNCTION check_agreement_terms()"
    )
    op.execute("ALTER TABLE agreement_terms ENABLE ALWAYS TRIGGER check_row")
    op.execute(NOTE_FACTS.format(of_agreements="IN ('articulation_agreements', 'agreement_terms')"))
    op.execute(
        "CREATE TRIGGER note_facts_insert AFTER INSERT ON agreement_terms "
        "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_facts()"
    )
    for table in ("agreement_terms", "advance_calendar_days"):
        _keep_for_ever(table)
    for table, wall in (
        ("agreement_terms", OF_AGREEMENT),
        ("advance_calendar_days", f"{REACH} = '*'"),
        ("articulation_agreements", OF_SCHOOL),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY known ON {table} FOR SELECT TO creditbank_app USING (true)")
        op.execute(
            f"CREATE POLICY reach ON {table} FOR INSERT TO creditbank_app WITH CHECK ({wall})"
        )
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def _create_terms() -> None:
    op.create_table(
        "agreement_terms",
        sa.Column("agreement_terms_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("hard_conditions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scores", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pass_total", sa.Integer(), nullable=False),
        sa.Column("tie_breaks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("exemption_level", sa.String(length=2), nullable=True),
        sa.Column("exemption_effect", sa.String(length=10), nullable=False),
        sa.Column("assessment_dimensions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("appeal_days", sa.Integer(), nullable=False),
        sa.Column("attempts_max", sa.Integer(), nullable=False),
        sa.Column("allows_parallel_exam", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        *_checks("agreement_terms", TERMS_CHECKS),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["articulation_agreements.agreement_id"],
            name=op.f("fk_agreement_terms_agreement_id"),
        ),
        sa.PrimaryKeyConstraint("agreement_terms_id", name=op.f("pk_agreement_terms")),
        sa.UniqueConstraint(
            "agreement_id", "version_no", name=op.f("uq_agreement_terms_agreement_id_version_no")
        ),
    )  # fmt: skip


def _create_calendar() -> None:
    op.create_table(
        "advance_calendar_days",
        sa.Column(
            "advance_calendar_day_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("finishing_year", sa.Integer(), nullable=False),
        sa.Column("post_level", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        *_checks("advance_calendar_days", CALENDAR_CHECKS),
        sa.PrimaryKeyConstraint("advance_calendar_day_id", name=op.f("pk_advance_calendar_days")),
    )
    op.create_index(
        "ix_advance_calendar_days_year", "advance_calendar_days", ["finishing_year", "post_level"]
    )


def _checks(table: str, rules: dict[str, str]) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()
    ]


def _keep_for_ever(table: str) -> None:
    op.execute(f"GRANT INSERT ON {table} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {table} TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    """Only what was signed first remains: a version that was put in force since is forgotten."""
    for policy in ("audit", "reach", "known"):
        op.execute(f"DROP POLICY {policy} ON articulation_agreements")
    op.execute("ALTER TABLE articulation_agreements DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION agreements_on(date)")
    op.drop_table("advance_calendar_days")
    op.drop_table("agreement_terms")
    op.execute("DROP FUNCTION check_agreement_terms")
    op.execute(NOTE_FACTS.format(of_agreements="= 'articulation_agreements'"))
