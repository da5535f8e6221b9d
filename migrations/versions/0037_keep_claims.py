"""学分认定申报: claims, what was stated, the evidence as pictures, and every move.

Seen and entered within the school where it is handed in, and closed to colleges. What was handed in
is never changed; a file or a whole draft goes for good while nobody has been shown it. The database
asks for two people at the two reviews, and takes one booking for a claim.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
NO_COLLEGE = "(SELECT coalesce(current_setting('creditbank.college', true), '')) = ''"
TABLES = ("claims", "claim_statements", "claim_files", "claim_pages", "claim_moves")
DELETED = {"claims": "claims.claim_id", "claim_files": "claim_files.claim_id"}
"""What is deleted while it is a draft; what hangs on it goes with it."""
MOVES = (
    "kind in ('submit','withdraw','accept','return','reject','confirm','object','dismiss','uphold',"
    "'post','bounce')"
)
CHECKS = {
    "kind": MOVES,
    "reason": "kind not in ('return','reject','object','dismiss','uphold') or reason <> ''",
    "units": "(kind = 'accept') = (units is not null) and coalesce(units, 0) >= 0",
    "notice": "(kind = 'confirm') = (starts_on is not null)"
    " and (starts_on is null) = (ends_on is null) and starts_on <= ends_on",
    "about": "(kind in ('dismiss','uphold')) = (about_id is not null)",
    "ledger_seq": "(kind = 'post') = (ledger_seq is not null)",
}
# With the reader's own rights: the wall of the tables stands before the view, too.
VIEW = """
CREATE VIEW claim_states WITH (security_invoker = true) AS
SELECT c.claim_id, c.institution_id, c.learner_id, c.enrolment_id, c.opened_at, m.kind, m.revision,
  m.made_on, m.made_at, m.starts_on, m.ends_on, m.ledger_seq
FROM claims c LEFT JOIN LATERAL (SELECT * FROM claim_moves v
  WHERE v.claim_id = c.claim_id AND v.kind NOT IN ('object', 'dismiss')
  ORDER BY v.claim_move_id DESC LIMIT 1) m ON true
"""
FUNCTIONS = """
CREATE FUNCTION check_claim_move() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM claims c
      WHERE (c.claim_id, c.institution_id, c.learner_id)
        = (NEW.claim_id, NEW.institution_id, NEW.learner_id)),
    'a move is of the learner and the school of its claim');
  PERFORM refuse_unless(NEW.revision = 0 OR EXISTS (SELECT FROM claim_statements s
      WHERE (s.claim_id, s.revision) = (NEW.claim_id, NEW.revision)),
    'a move is about a statement of its claim');
  PERFORM refuse_unless(NEW.kind <> 'confirm' OR NEW.made_by <> coalesce((
      SELECT a.made_by FROM claim_moves a WHERE a.claim_id = NEW.claim_id AND a.kind = 'accept'
      ORDER BY a.claim_move_id DESC LIMIT 1), 0),
    'the two reviews of a claim are made by two people');
  PERFORM refuse_unless(NEW.about_id IS NULL OR EXISTS (SELECT FROM claim_moves o
      WHERE o.claim_move_id = NEW.about_id AND o.claim_id = NEW.claim_id AND o.kind = 'object'),
    'a ruling answers an objection to its claim');
  PERFORM refuse_unless(NEW.ledger_seq IS NULL OR EXISTS (SELECT FROM ledger_entries e
      WHERE (e.learner_id, e.ledger_seq, e.institution_id)
        = (NEW.learner_id, NEW.ledger_seq, NEW.institution_id)),
    'what is booked stands in the ledger of the learner');
  RETURN NEW;
END $$;

CREATE FUNCTION check_of_claim() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'claims' THEN
    PERFORM refuse_unless(EXISTS (SELECT FROM enrolments e
        WHERE (e.enrolment_id, e.learner_id, e.institution_id)
          = (NEW.enrolment_id, NEW.learner_id, NEW.institution_id)),
      'a claim is handed in at a school of the learner');
  ELSIF TG_TABLE_NAME = 'claim_pages' THEN
    PERFORM refuse_unless(EXISTS (SELECT FROM claim_files f
        WHERE (f.claim_file_id, f.institution_id) = (NEW.claim_file_id, NEW.institution_id)),
      'a page is of a file of its school');
  ELSE
    PERFORM refuse_unless(EXISTS (SELECT FROM claims c
        WHERE (c.claim_id, c.institution_id) = (NEW.claim_id, NEW.institution_id)),
      'what belongs to a claim is kept at its school');
  END IF;
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _create_claims()
    _create_files()
    _create_moves()
    op.execute(VIEW)
    op.execute(FUNCTIONS)
    for table in TABLES:
        _guard(table)
    for table, claim_id in DELETED.items():
        op.execute(f"GRANT DELETE ON {table} TO creditbank_app")
        op.execute(
            f"CREATE POLICY draft ON {table} AS RESTRICTIVE FOR DELETE TO creditbank_app USING "
            f"(NOT EXISTS (SELECT FROM claim_moves m WHERE m.claim_id = {claim_id}))"
        )
    op.execute("GRANT SELECT ON claim_states TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


def _create_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_claims_{name}"))
            for name, target in (
                ("institution_id", "institutions.institution_id"),
                ("learner_id", "learners.learner_id"),
                ("enrolment_id", "enrolments.enrolment_id"),
            )
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claims")),
    )
    for column in ("institution_id", "learner_id"):
        op.create_index(op.f(f"ix_claims_{column}"), "claims", [column])
    op.create_table(
        "claim_statements",
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column(
            "evidence_no", sa.String(length=60), nullable=False, comment="personal: 证书编号"
        ),
        sa.Column("event", sa.String(length=120), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("files", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("stated_by", sa.Integer(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('award','certificate','work','practice','volunteering')",
            name=op.f("ck_claim_statements_kind"),
        ),
        sa.CheckConstraint("revision > 0", name=op.f("ck_claim_statements_revision")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claims.claim_id"],
            name=op.f("fk_claim_statements_claim_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("claim_id", "revision", name=op.f("pk_claim_statements")),
    )
    op.create_index(
        "ix_claim_statements_evidence_no",
        "claim_statements",
        ["evidence_no"],
        postgresql_where=sa.text("evidence_no <> ''"),
    )


def _create_files() -> None:
    op.create_table(
        "claim_files",
        sa.Column("claim_file_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=True, comment="personal: 证明材料"),
        sa.Column("sent_by", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "media_type in ('image/jpeg','image/png','image/webp','application/pdf')",
            name=op.f("ck_claim_files_media_type"),
        ),
        sa.CheckConstraint(
            "(media_type = 'application/pdf') = (original is not null)",
            name=op.f("ck_claim_files_original"),
        ),
        sa.CheckConstraint("byte_count > 0 and page_count > 0", name=op.f("ck_claim_files_counts")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claims.claim_id"],
            name=op.f("fk_claim_files_claim_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("claim_file_id", name=op.f("pk_claim_files")),
    )
    for column in ("claim_id", "file_hash"):
        op.create_index(op.f(f"ix_claim_files_{column}"), "claim_files", [column])
    op.create_table(
        "claim_pages",
        sa.Column("claim_file_id", sa.BigInteger(), nullable=False),
        sa.Column("page_no", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False, comment="personal: 证明材料"),
        sa.ForeignKeyConstraint(
            ["claim_file_id"],
            ["claim_files.claim_file_id"],
            name=op.f("fk_claim_pages_claim_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("claim_file_id", "page_no", name=op.f("pk_claim_pages")),
    )
    # A JPEG is not made smaller by being packed again.
    op.execute("ALTER TABLE claim_pages ALTER COLUMN picture SET STORAGE EXTERNAL")


def _create_moves() -> None:
    op.create_table(
        "claim_moves",
        sa.Column("claim_move_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("ledger_seq", sa.Integer(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_role", sa.String(length=12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_claim_moves_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.claim_id"], name=op.f("fk_claim_moves_claim_id")
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["claim_moves.claim_move_id"], name=op.f("fk_claim_moves_about_id")
        ),
        sa.UniqueConstraint("about_id", name=op.f("uq_claim_moves_about_id")),
        sa.PrimaryKeyConstraint("claim_move_id", name=op.f("pk_claim_moves")),
    )
    op.create_index("ix_claim_moves_of", "claim_moves", ["claim_id", "claim_move_id"])
    op.create_index(
        "uq_claim_moves_posted",
        "claim_moves",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'post'"),
    )


def _guard(table: str) -> None:
    op.execute(f"GRANT SELECT, INSERT ON {table} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {table} TO creditbank_auditor")
    check = "check_claim_move" if table == "claim_moves" else "check_of_claim"
    changes = "UPDATE OR DELETE" if table == "claim_moves" else "UPDATE"
    for name, event, each, called in (
        ("check_row", "INSERT", "ROW", check),
        ("refuse_change", changes, "ROW", "refuse_change"),
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
    op.execute(
        f"CREATE POLICY no_college ON {table} AS RESTRICTIVE TO creditbank_app"
        f" USING ({NO_COLLEGE}) WITH CHECK ({NO_COLLEGE})"
    )
    op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    op.execute("DROP VIEW claim_states")
    op.execute("DROP TABLE claim_moves, claim_pages, claim_files, claim_statements, claims CASCADE")
    op.execute("DROP FUNCTION check_of_claim")
    op.execute("DROP FUNCTION check_claim_move")
