"""证明与表格: what was issued stays as it was, under a number from a register without gaps.

Papers and their revocations are inserted and never changed. The database takes the next number of a
school, kind and year alone, and a paper about an enrolment of its school.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
CHECKS = {
    "kind": "kind in ('status_certificate','change_form','transfer_form','recognition_form')",
    "serial": "serial between 1 and 99999",
    "about": (
        "case kind when 'change_form' then status_change_id is not null "
        "when 'status_certificate' then status_change_id is null else true end"
    ),
    "until": "(kind = 'status_certificate') = (valid_until is not null)",
}
FUNCTIONS = {
    "issued_papers": "check_issued_paper",
    "paper_revocations": "check_paper_revocation",
}
GUARDS = """
CREATE FUNCTION check_issued_paper() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = NEW.enrolment_id
      AND (e.institution_id, e.learner_id) = (NEW.institution_id, NEW.learner_id)),
    'a paper is about an enrolment of the learner at the school');
  PERFORM refuse_unless(NEW.status_change_id IS NULL OR EXISTS (SELECT FROM status_changes c
      WHERE c.status_change_id = NEW.status_change_id AND c.enrolment_id = NEW.enrolment_id)
      OR EXISTS (SELECT FROM transfer_arrivals a
      WHERE a.status_change_id = NEW.status_change_id AND a.enrolment_id = NEW.enrolment_id),
    'a change form is about a change of the enrolment');
  PERFORM refuse_unless(NEW.year = extract(year FROM NEW.issued_at AT TIME ZONE 'Asia/Shanghai'),
    'a paper has a number of the year in which it is issued');
  PERFORM refuse_unless(NEW.serial = 1 + (SELECT coalesce(max(p.serial), 0) FROM issued_papers p
      WHERE (p.institution_id, p.kind, p.year) = (NEW.institution_id, NEW.kind, NEW.year)),
    'numbers of papers follow one another');
  RETURN NEW;
END $$;

CREATE FUNCTION check_paper_revocation() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(NEW.institution_id = (SELECT p.institution_id FROM issued_papers p
      WHERE p.issued_paper_id = NEW.issued_paper_id),
    'a paper is taken back by the school that issued it');
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "issued_papers",
        sa.Column("issued_paper_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("token", sa.String(length=22), nullable=False),
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("site", sa.String(length=200), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("status_change_id", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column(
            "document", postgresql.JSONB(), nullable=False, comment="personal: what stands on it"
        ),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_issued_papers_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.enrolment_id"],
            name=op.f("fk_issued_papers_enrolment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["status_change_id"], ["status_changes.status_change_id"],
            name=op.f("fk_issued_papers_status_change_id"),
        ),
        sa.UniqueConstraint(
            "institution_id", "kind", "year", "serial",
            name=op.f("uq_issued_papers_institution_id_kind_year_serial"),
        ),
        sa.UniqueConstraint("number", name=op.f("uq_issued_papers_number")),
        sa.UniqueConstraint("token", name=op.f("uq_issued_papers_token")),
        sa.PrimaryKeyConstraint("issued_paper_id", name=op.f("pk_issued_papers")),
    )  # fmt: skip
    for column in ("learner_id", "enrolment_id", "status_change_id"):
        op.create_index(op.f(f"ix_issued_papers_{column}"), "issued_papers", [column])
    op.create_table(
        "paper_revocations",
        sa.Column("issued_paper_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("revoked_by", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issued_paper_id"], ["issued_papers.issued_paper_id"],
            name=op.f("fk_paper_revocations_issued_paper_id"),
        ),
        sa.PrimaryKeyConstraint("issued_paper_id", name=op.f("pk_paper_revocations")),
    )  # fmt: skip
    op.execute(GUARDS)
    for table, function in FUNCTIONS.items():
        _guard(table, function)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


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
    for table in ("paper_revocations", "issued_papers"):
        op.drop_table(table)
    for function in FUNCTIONS.values():
        op.execute(f"DROP FUNCTION {function}")
