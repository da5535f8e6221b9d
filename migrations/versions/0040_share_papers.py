"""分享链接: a family shows a paper by a link that ends; the access log is found by learner.

Links, their withdrawals and openings are inserted and never changed. The database takes a link to a
paper or credential of its learner and school alone, and none that was ended before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
CHECKS = {
    "one": "num_nonnulls(issued_paper_id, issued_credential_id) = 1",
    "time": "expires_at > shared_at",
    "numbers": "not shows_numbers or issued_paper_id is not null",
}
FUNCTIONS = {
    "paper_shares": "check_paper_share",
    "paper_share_withdrawals": "check_paper_share_part",
    "paper_share_openings": "check_paper_share_part",
}
GUARDS = """
CREATE FUNCTION check_paper_share() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM issued_papers p
      WHERE p.issued_paper_id = NEW.issued_paper_id AND p.kind = 'status_certificate'
      AND (p.institution_id, p.learner_id) = (NEW.institution_id, NEW.learner_id)
    UNION ALL SELECT FROM issued_credentials c
      WHERE c.issued_credential_id = NEW.issued_credential_id
      AND (c.institution_id, c.learner_id) = (NEW.institution_id, NEW.learner_id)),
    'a link leads to a certificate or credential of its learner and school');
  RETURN NEW;
END $$;

CREATE FUNCTION check_paper_share_part() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(NEW.institution_id = (SELECT s.institution_id FROM paper_shares s
      WHERE s.paper_share_id = NEW.paper_share_id),
    'what is noted of a link stands at its school');
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "paper_shares",
        sa.Column("paper_share_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("issued_paper_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_credential_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("shows_numbers", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shared_by", sa.Integer(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_paper_shares_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["issued_paper_id"], ["issued_papers.issued_paper_id"],
            name=op.f("fk_paper_shares_issued_paper_id"),
        ),
        sa.ForeignKeyConstraint(
            ["issued_credential_id"], ["issued_credentials.issued_credential_id"],
            name=op.f("fk_paper_shares_issued_credential_id"),
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_paper_shares_token_hash")),
        sa.PrimaryKeyConstraint("paper_share_id", name=op.f("pk_paper_shares")),
    )  # fmt: skip
    op.create_index(op.f("ix_paper_shares_learner_id"), "paper_shares", ["learner_id"])
    op.create_table(
        "paper_share_withdrawals",
        sa.Column("paper_share_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_share_id"], ["paper_shares.paper_share_id"],
            name=op.f("fk_paper_share_withdrawals_paper_share_id"),
        ),
        sa.PrimaryKeyConstraint("paper_share_id", name=op.f("pk_paper_share_withdrawals")),
    )  # fmt: skip
    op.create_table(
        "paper_share_openings",
        sa.Column(
            "paper_share_opening_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("paper_share_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("is_file", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_share_id"], ["paper_shares.paper_share_id"],
            name=op.f("fk_paper_share_openings_paper_share_id"),
        ),
        sa.PrimaryKeyConstraint("paper_share_opening_id", name=op.f("pk_paper_share_openings")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_paper_share_openings_paper_share_id"), "paper_share_openings", ["paper_share_id"]
    )
    op.execute(GUARDS)
    for table, function in FUNCTIONS.items():
        _guard(table, function)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    op.create_index(
        op.f("ix_access_log_learner_ids"), "access_log", ["learner_ids"], postgresql_using="gin"
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
    # A college reads none of it: a family's link is nothing of its own.
    op.execute(
        f"CREATE POLICY shared ON {table} AS RESTRICTIVE FOR SELECT TO creditbank_app "
        "USING ((SELECT coalesce(current_setting('creditbank.college', true), '')) = '')"
    )
    op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    op.drop_index(op.f("ix_access_log_learner_ids"), "access_log")
    for table in ("paper_share_openings", "paper_share_withdrawals", "paper_shares"):
        op.drop_table(table)
    for function in ("check_paper_share", "check_paper_share_part"):
        op.execute(f"DROP FUNCTION {function}")
