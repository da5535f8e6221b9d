"""Papers from the books, of one learner or of a class; layouts of schools, dated.

A transcript says which state of whose books it was made from (paper_sources), so that it is known
when something on it has been taken back. A school puts a layout of its own in force from a day on,
or goes back to the standard one; an issued paper keeps the one that it was set with.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
BEFORE = "'status_certificate','change_form','transfer_form','recognition_form','advance_form'"
STUDY = (
    "'transcript','transcript_bilingual','credit_statement','grad_audit','class_audit',"
    "'study_certificate'"
)
KINDS = f"{BEFORE},{STUDY}"
OF_CLASS = (
    "case kind when 'class_audit' then learner_id is null and enrolment_id is null "
    "and class_name is not null and entry_year is not null "
    "else learner_id is not null and enrolment_id is not null "
    "and class_name is null and entry_year is null end"
)
# What is made from the books goes with them: no earlier version can show it.
MADE = f"(SELECT issued_paper_id FROM issued_papers WHERE kind IN ({STUDY}))"  # noqa: S608
PLACE = """
CREATE OR REPLACE FUNCTION check_issued_paper() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless({about},
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
    'numbers of papers follow one another');{layout}
  RETURN NEW;
END $$
"""
ONE = """EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = NEW.enrolment_id
      AND (e.institution_id, e.learner_id) = (NEW.institution_id, NEW.learner_id))"""
ONE_OR_CLASS = f"""NEW.kind = 'class_audit' OR {ONE}"""
LAYOUT = """
  PERFORM refuse_unless(NEW.paper_layout_id IS NULL OR EXISTS (SELECT FROM paper_layouts y
      WHERE y.paper_layout_id = NEW.paper_layout_id
      AND (y.institution_id, y.kind) = (NEW.institution_id, NEW.kind)),
    'a paper is set with a layout of its school and kind');"""
GUARDS = """
CREATE FUNCTION check_paper_source() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM issued_papers p JOIN enrolments e
      ON e.institution_id = p.institution_id AND e.enrolment_id = NEW.enrolment_id
      AND e.learner_id = NEW.learner_id
      WHERE p.issued_paper_id = NEW.issued_paper_id AND p.institution_id = NEW.institution_id
      AND (p.kind = 'class_audit' OR p.enrolment_id = e.enrolment_id)),
    'a paper names learners of its school');
  RETURN NEW;
END $$;

CREATE FUNCTION check_paper_layout() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(NEW.version = 1 + (SELECT coalesce(max(y.version), 0) FROM paper_layouts y
      WHERE (y.institution_id, y.kind) = (NEW.institution_id, NEW.kind)),
    'versions of a layout follow one another');
  RETURN NEW;
END $$;

CREATE FUNCTION check_paper_layout_start() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(NEW.paper_layout_id IS NULL OR EXISTS (SELECT FROM paper_layouts y
      WHERE y.paper_layout_id = NEW.paper_layout_id
      AND (y.institution_id, y.kind) = (NEW.institution_id, NEW.kind)),
    'a school starts a layout of its own');
  RETURN NEW;
END $$;
"""
FUNCTIONS = {
    "paper_sources": "check_paper_source",
    "paper_layouts": "check_paper_layout",
    "paper_layout_starts": "check_paper_layout_start",
}


def upgrade() -> None:
    _create_layouts()
    for name in ("learner_id", "enrolment_id"):
        op.alter_column("issued_papers", name, nullable=True)
    op.add_column("issued_papers", sa.Column("class_name", sa.String(length=40), nullable=True))
    op.add_column("issued_papers", sa.Column("entry_year", sa.Integer(), nullable=True))
    op.add_column("issued_papers", sa.Column("paper_layout_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_issued_papers_paper_layout_id"), "issued_papers", "paper_layouts",
        ["paper_layout_id"], ["paper_layout_id"],
    )  # fmt: skip
    _check("kind", f"kind in ({KINDS})")
    op.create_check_constraint(op.f("ck_issued_papers_of_class"), "issued_papers", OF_CLASS)
    op.create_table(
        "paper_sources",
        sa.Column("issued_paper_id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("ledger_seq", sa.Integer(), nullable=False),
        sa.Column(
            "outcome", sa.String(length=20), nullable=False, comment="personal: what was judged"
        ),
        sa.ForeignKeyConstraint(
            ["issued_paper_id"], ["issued_papers.issued_paper_id"],
            name=op.f("fk_paper_sources_issued_paper_id"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.enrolment_id"],
            name=op.f("fk_paper_sources_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("issued_paper_id", "learner_id", name=op.f("pk_paper_sources")),
    )  # fmt: skip
    op.execute(PLACE.format(about=ONE_OR_CLASS, layout=LAYOUT))
    op.execute(GUARDS)
    for table, function in FUNCTIONS.items():
        _guard(table, function)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


def _create_layouts() -> None:
    op.create_table(
        "paper_layouts",
        sa.Column("paper_layout_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind in ({KINDS})", name=op.f("ck_paper_layouts_kind")),
        sa.CheckConstraint(
            "octet_length(source) between 1 and 65536", name=op.f("ck_paper_layouts_source")
        ),
        sa.UniqueConstraint(
            "institution_id", "kind", "version",
            name=op.f("uq_paper_layouts_institution_id_kind_version"),
        ),
        sa.PrimaryKeyConstraint("paper_layout_id", name=op.f("pk_paper_layouts")),
    )  # fmt: skip
    op.create_table(
        "paper_layout_starts",
        sa.Column(
            "paper_layout_start_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("paper_layout_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind in ({KINDS})", name=op.f("ck_paper_layout_starts_kind")),
        sa.ForeignKeyConstraint(
            ["paper_layout_id"], ["paper_layouts.paper_layout_id"],
            name=op.f("fk_paper_layout_starts_paper_layout_id"),
        ),
        sa.PrimaryKeyConstraint("paper_layout_start_id", name=op.f("pk_paper_layout_starts")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_paper_layout_starts_institution_id_kind"), "paper_layout_starts",
        ["institution_id", "kind"],
    )  # fmt: skip


def _check(name: str, rule: str, *, is_valid: bool = False) -> None:
    """NOT VALID: rows from before were right when they were written."""
    until = "" if is_valid else " NOT VALID"
    op.execute(f"ALTER TABLE issued_papers DROP CONSTRAINT ck_issued_papers_{name}")
    op.execute(
        f"ALTER TABLE issued_papers ADD CONSTRAINT ck_issued_papers_{name} CHECK ({rule}){until}"
    )


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
    op.drop_table("paper_sources")
    for table in ("paper_revocations", "issued_papers"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
        op.execute(f"DELETE FROM {table} WHERE issued_paper_id IN {MADE}")  # noqa: S608
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    op.execute(PLACE.format(about=ONE, layout=""))
    op.drop_constraint(op.f("ck_issued_papers_of_class"), "issued_papers", type_="check")
    _check("kind", f"kind in ({BEFORE})", is_valid=True)
    for name in ("paper_layout_id", "entry_year", "class_name"):
        op.drop_column("issued_papers", name)
    for name in ("learner_id", "enrolment_id"):
        op.alter_column("issued_papers", name, nullable=False)
    for table in ("paper_layout_starts", "paper_layouts"):
        op.drop_table(table)
    for function in FUNCTIONS.values():
        op.execute(f"DROP FUNCTION {function}")
