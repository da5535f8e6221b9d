"""电子凭证: credentials as they were signed, how they ended, and the status lists of schools.

All of it is inserted and never changed. The database takes a credential about an enrolment of its
school, signed with a key of the school, and an ending by the school that signed it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
CHECKS = {
    "kind": (
        "kind in ('transcript','credit_statement','graduation_eligibility',"
        "'articulation_status','achievement','learner_record')"
    ),
    "place": "list_no > 0 and list_index between 0 and 131071",
    "outcome": "(outcome <> '') = (kind in ('graduation_eligibility','articulation_status'))",
}
ENDING_CHECKS = {
    "kind": "kind in ('corrected','revoked')",
    "by": "(kind = 'revoked') = (ended_by is not null)",
}
FUNCTIONS = {
    "issued_credentials": "check_issued_credential",
    "credential_endings": "check_credential_ending",
    "status_lists": "check_status_list",
}
GUARDS = """
CREATE FUNCTION signs_for(asked text, school int) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM signing_keys k WHERE k.key_id = asked
    AND k.purpose = 'credential' AND k.institution_id = school)
$$;

CREATE FUNCTION check_issued_credential() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = NEW.enrolment_id
      AND (e.institution_id, e.learner_id) = (NEW.institution_id, NEW.learner_id)),
    'a credential is about an enrolment of the learner at the school');
  PERFORM refuse_unless(signs_for(NEW.key_id, NEW.institution_id),
    'a credential is signed with a key of the school');
  RETURN NEW;
END $$;

CREATE FUNCTION check_credential_ending() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(NEW.institution_id = (SELECT c.institution_id FROM issued_credentials c
      WHERE c.issued_credential_id = NEW.issued_credential_id),
    'a credential is ended by the school that signed it');
  RETURN NEW;
END $$;

CREATE FUNCTION check_status_list() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(signs_for(NEW.key_id, NEW.institution_id),
    'a status list is signed with a key of the school');
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "issued_credentials",
        sa.Column(
            "issued_credential_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=22), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("site", sa.String(length=200), nullable=False),
        sa.Column("list_no", sa.Integer(), nullable=False),
        sa.Column("list_index", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column("entry_seqs", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("part_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column(
            "document", sa.String(), nullable=False,
            comment="personal: what is said of the learner",
        ),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        *_checks("issued_credentials", CHECKS),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.enrolment_id"],
            name=op.f("fk_issued_credentials_enrolment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["signing_keys.key_id"], name=op.f("fk_issued_credentials_key_id")
        ),
        sa.UniqueConstraint(
            "institution_id", "site", "list_no", "list_index",
            name=op.f("uq_issued_credentials_institution_id_site_list_no_list_index"),
        ),
        sa.UniqueConstraint("token", name=op.f("uq_issued_credentials_token")),
        sa.PrimaryKeyConstraint("issued_credential_id", name=op.f("pk_issued_credentials")),
    )  # fmt: skip
    for column in ("learner_id", "enrolment_id"):
        op.create_index(op.f(f"ix_issued_credentials_{column}"), "issued_credentials", [column])
    op.create_table(
        "credential_endings",
        sa.Column("issued_credential_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        *_checks("credential_endings", ENDING_CHECKS),
        sa.ForeignKeyConstraint(
            ["issued_credential_id"], ["issued_credentials.issued_credential_id"],
            name=op.f("fk_credential_endings_issued_credential_id"),
        ),
        sa.PrimaryKeyConstraint(
            "issued_credential_id", "kind", name=op.f("pk_credential_endings")
        ),
    )  # fmt: skip
    op.create_table(
        "status_lists",
        sa.Column("status_list_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=200), nullable=False),
        sa.Column("list_no", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("endings", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["signing_keys.key_id"], name=op.f("fk_status_lists_key_id")
        ),
        sa.PrimaryKeyConstraint("status_list_id", name=op.f("pk_status_lists")),
    )
    op.create_index(
        "ix_status_lists_latest", "status_lists",
        ["institution_id", "site", "list_no", "status_list_id"],
    )  # fmt: skip
    op.execute(GUARDS)
    for table, function in FUNCTIONS.items():
        _guard(table, function)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


def _checks(table: str, rules: dict[str, str]) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in rules.items()
    ]


def _guard(table: str, function: str) -> None:
    op.execute(f"GRANT INSERT ON {table} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {table} TO creditbank_app, creditbank_auditor")
    for name, event, each, called in (
        ("check_row", "INSERT", "ROW", function),
        ("refuse_change", "UPDATE OR DELETE", "ROW", "refuse_change"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT", "refuse_change"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {called}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY reach ON {table} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
    )
    op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    for table in ("status_lists", "credential_endings", "issued_credentials"):
        op.drop_table(table)
    for function in FUNCTIONS.values():
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION signs_for")
