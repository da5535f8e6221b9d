"""学期注册: whether a learner is there; of an enrolment and a term the latest row speaks.

Rows are inserted and never changed. The database takes them of an open enrolment at its school, of
a day from entry to the end of the term that has come, and of nobody who is suspended on it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
CHECKS = {
    "state": "state in ('1','2','9')",
    "reason": "case state when '1' then reason = '' when '9' then reason <> '' else true end",
    "on_leave": "state = '9' or not on_leave",
}
# With the reader's own rights: the walls of the tables stand before the view, too.
VIEW = """
CREATE VIEW standing_term_registrations WITH (security_invoker = true) AS
SELECT DISTINCT ON (enrolment_id, term_code) * FROM term_registrations
ORDER BY enrolment_id, term_code, term_registration_id DESC
"""
FUNCTIONS = """
CREATE FUNCTION is_away(asked int, on_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM suspensions s WHERE s.enrolment_id = asked
      AND s.starts_on <= on_day AND coalesce(s.resumed_on > on_day, true))
    OR EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = asked
      AND e.status IN ('02', '04', '12') AND NOT EXISTS (SELECT FROM suspensions s
        WHERE s.enrolment_id = asked AND s.resumed_on IS NULL))
$$;
COMMENT ON FUNCTION is_away IS
  'suspended on the day; where no suspension is on record, by what the enrolment is now';

CREATE FUNCTION check_term_registration() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  found enrolments;
BEGIN
  SELECT * INTO found FROM enrolments e WHERE e.enrolment_id = NEW.enrolment_id FOR SHARE;
  PERFORM refuse_unless(found.institution_id = NEW.institution_id AND found.is_open,
    'who is registered for a term is enrolled at the school');
  PERFORM refuse_unless(NEW.day >= found.entered_on, 'nobody is registered before their entry');
  PERFORM refuse_unless(NEW.day <= (SELECT t.ends_on FROM academic_terms t
      WHERE t.code = NEW.term_code), 'a term takes registrations until it ends');
  PERFORM refuse_unless(NEW.day <= (NEW.recorded_at AT TIME ZONE 'Asia/Shanghai')::date,
    'nobody is registered on a day to come');
  PERFORM refuse_unless(NOT is_away(NEW.enrolment_id, NEW.day),
    'who is suspended is not registered');
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.create_table(
        "term_registrations",
        sa.Column(
            "term_registration_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("term_code", sa.String(length=11), nullable=False),
        sa.Column("state", sa.String(length=1), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("on_leave", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_term_registrations_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.enrolment_id"],
            name=op.f("fk_term_registrations_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("term_registration_id", name=op.f("pk_term_registrations")),
    )  # fmt: skip
    op.create_index(
        "ix_term_registrations_latest", "term_registrations",
        ["enrolment_id", "term_code", "term_registration_id"],
    )  # fmt: skip
    op.execute(VIEW)
    op.execute(FUNCTIONS)
    op.execute("GRANT INSERT ON term_registrations TO creditbank_app")
    for relation in ("term_registrations", "standing_term_registrations"):
        op.execute(f"GRANT SELECT ON {relation} TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for name, event, each, called in (
        ("check_row", "INSERT", "ROW", "check_term_registration"),
        ("refuse_change", "UPDATE OR DELETE", "ROW", "refuse_change"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT", "refuse_change"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON term_registrations "
            f"FOR EACH {each} EXECUTE FUNCTION {called}()"
        )
        op.execute(f"ALTER TABLE term_registrations ENABLE ALWAYS TRIGGER {name}")
    op.execute("ALTER TABLE term_registrations ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY reach ON term_registrations TO creditbank_app "
        f"USING ({WALL}) WITH CHECK ({WALL})"
    )
    op.execute(
        "CREATE POLICY audit ON term_registrations FOR SELECT TO creditbank_auditor USING (true)"
    )


def downgrade() -> None:
    op.execute("DROP VIEW standing_term_registrations")
    op.drop_table("term_registrations")
    op.execute("DROP FUNCTION check_term_registration")
    op.execute("DROP FUNCTION is_away")
