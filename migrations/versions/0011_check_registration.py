"""What registration and recorded facts must hold: numbers agree with the person, facts stay.

Sanctions are lifted by a row of their own; facts say who recorded them and are never changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DATED_FACTS = ("conduct_evaluations", "internship_appraisals")
UNDATED_FACTS = ("sanctions", "attestations", "agreement_members")

REACH = "(SELECT current_setting('creditbank.reach', true))"
OF_ENROLMENT = (
    f"{REACH} = '*' OR EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id ="
    " sanction_liftings.enrolment_id)"
)

FUNCTIONS = r"""
CREATE FUNCTION is_identity_of(number text, sex text, born_on date) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(to_char(born_on, 'YYYYMMDD') = substr(number, 7, 8), true)
    AND (left(number, 1) = '9' OR sex NOT IN ('1', '2')
      OR (substr(number, 17, 1)::int % 2 = 1) = (sex = '1'))
$$;
COMMENT ON FUNCTION is_identity_of IS
  'GB 11643: digits 7-14 are the date of birth, the 17th is odd for a man; 9 first: not read so';

CREATE FUNCTION is_student_no_of(number text, citizen_id text, born_on date) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF left(number, 1) = 'G' THEN
    RETURN is_national_student_no(number, citizen_id);
  END IF;
  IF number !~ '^[JL](1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71)[0-9]{15}[0-9X]$' THEN
    RETURN false;
  END IF;
  RETURN coalesce(make_date(substr(number, 8, 4)::int, substr(number, 12, 2)::int,
    substr(number, 14, 2)::int) = born_on, true);
EXCEPTION WHEN datetime_field_overflow THEN
  RETURN false;
END $$;
COMMENT ON FUNCTION is_student_no_of IS
  'G and the identity number; J or L, area 6, date of birth 8, and four characters more';

CREATE FUNCTION refuse_another_student_no() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'creditbank_app' AND OLD.national_student_no IS NOT NULL
    AND NEW.national_student_no IS DISTINCT FROM OLD.national_student_no THEN
    RAISE EXCEPTION 'a national student number is kept for life'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
    op.execute(
        "ALTER TABLE learners ADD CONSTRAINT ck_learners_identity"
        " CHECK (is_identity_of(citizen_id, sex, born_on))"
    )
    op.execute("ALTER TABLE learners DROP CONSTRAINT ck_learners_national_student_no")
    op.execute(
        "ALTER TABLE learners ADD CONSTRAINT ck_learners_national_student_no"
        " CHECK (is_student_no_of(national_student_no, citizen_id, born_on))"
    )
    op.create_table(
        "sanction_liftings",
        sa.Column("sanction_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("lifted_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("document_no <> ''", name=op.f("ck_sanction_liftings_document_no")),
        sa.ForeignKeyConstraint(
            ["sanction_id"],
            ["sanctions.sanction_id"],
            name=op.f("fk_sanction_liftings_sanction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_sanction_liftings_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("sanction_id", name=op.f("pk_sanction_liftings")),
    )
    op.create_index(
        op.f("ix_sanction_liftings_enrolment_id"), "sanction_liftings", ["enrolment_id"]
    )
    for table in (*DATED_FACTS, *UNDATED_FACTS):
        op.add_column(table, sa.Column("recorded_by", sa.Integer(), nullable=True))
    for table in UNDATED_FACTS:
        op.add_column(table, sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attestations", sa.Column("replaces_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_attestations_replaces_id"),
        "attestations",
        "attestations",
        ["replaces_id"],
        ["attestation_id"],
    )
    op.create_unique_constraint(
        op.f("uq_attestations_replaces_id"), "attestations", ["replaces_id"]
    )
    op.add_column(
        "grade_imports",
        sa.Column("kind", sa.String(length=8), nullable=False, server_default="grades"),
    )
    op.create_check_constraint(
        op.f("ck_grade_imports_kind"), "grade_imports", "kind in ('grades','learners')"
    )
    _guard()


def _guard() -> None:
    """Facts take inserts only from the application; liftings stand behind the wall of enrolments.

    The owner may still mend a fact (a court's order, a wrong migration): its trigger notes that.
    """
    for event, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER note_facts_{event.lower()} AFTER {event} ON sanction_liftings "
            f"REFERENCING {rows} TABLE AS changed "
            "FOR EACH STATEMENT EXECUTE FUNCTION note_facts()"
        )
    op.execute("GRANT INSERT ON sanction_liftings TO creditbank_app")
    # An account without a number gets one with its first enrolment; then it has it for life.
    op.execute("GRANT UPDATE (national_student_no) ON learners TO creditbank_app")
    op.execute(
        "CREATE TRIGGER refuse_another_student_no BEFORE UPDATE ON learners "
        "FOR EACH ROW EXECUTE FUNCTION refuse_another_student_no()"
    )
    op.execute("GRANT SELECT ON sanction_liftings TO creditbank_app, creditbank_auditor")
    op.execute("ALTER TABLE sanction_liftings ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY reach ON sanction_liftings TO creditbank_app "
        f"USING ({OF_ENROLMENT}) WITH CHECK ({OF_ENROLMENT})"
    )
    op.execute(
        "CREATE POLICY audit ON sanction_liftings FOR SELECT TO creditbank_auditor USING (true)"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_another_student_no ON learners")
    op.execute("DROP FUNCTION refuse_another_student_no")
    op.execute("REVOKE UPDATE (national_student_no) ON learners FROM creditbank_app")
    # What was lifted stays lifted: the earlier form holds the day alone.
    op.execute(
        "UPDATE sanctions s SET lifted_on = l.lifted_on FROM sanction_liftings l"
        " WHERE l.sanction_id = s.sanction_id"
    )
    op.drop_table("sanction_liftings")
    op.execute("DELETE FROM grade_imports WHERE kind <> 'grades'")
    op.drop_constraint(op.f("ck_grade_imports_kind"), "grade_imports")
    op.drop_column("grade_imports", "kind")
    op.drop_column("attestations", "replaces_id")
    for table in UNDATED_FACTS:
        op.drop_column(table, "recorded_at")
    for table in (*DATED_FACTS, *UNDATED_FACTS):
        op.drop_column(table, "recorded_by")
    op.execute("ALTER TABLE learners DROP CONSTRAINT ck_learners_identity")
    op.execute("ALTER TABLE learners DROP CONSTRAINT ck_learners_national_student_no")
    op.execute(
        "ALTER TABLE learners ADD CONSTRAINT ck_learners_national_student_no"
        " CHECK (is_national_student_no(national_student_no, citizen_id))"
    )
    op.execute("DROP FUNCTION is_student_no_of")
    op.execute("DROP FUNCTION is_identity_of")
