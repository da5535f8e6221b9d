"""学业预警: the level an enrolment reached, what was agreed about it, and counts day by day.

Rows are inserted and never changed. Levels are noted by the worker, whose reach is everywhere; a
note of a contact is of an open enrolment of the school. No college is shown any of it. Families and
advisors are told by a message of a kind of its own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
COLLEGE = "(SELECT coalesce(current_setting('creditbank.college', true), ''))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
TABLES = ("academic_warnings", "warning_contacts", "progress_counts")
KINDS = (
    "'applied','turn','agreed','planned','notice','refused','withdrawn','executed','deadline',"
    "'advance','submitted','returned','posted','claim'"
)
ONE = (
    "num_nonnulls(status_change_id, advance_move_id, decision_id, grade_draft_step_id,"
    " claim_move_id"
)
OF_THEIRS = (
    " = 1 and (kind = 'advance') = (num_nonnulls(advance_move_id, decision_id) = 1)"
    " and (kind in ('submitted','returned','posted')) = (grade_draft_step_id is not null)"
    " and (kind = 'claim') = (claim_move_id is not null)"
)
ABOUT = f"{ONE}){OF_THEIRS}"
ABOUT_WARNINGS = (
    f"{ONE}, academic_warning_id){OF_THEIRS}"
    " and (kind = 'warning') = (academic_warning_id is not null)"
)
OTHERS = "NEW.grade_draft_step_id IS NULL"
"""Marks that are entered have a rule of their own already."""
GUARDS = """
CREATE FUNCTION check_academic_warning() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM enrolments e
      WHERE (e.enrolment_id, e.learner_id, e.institution_id)
        = (NEW.enrolment_id, NEW.learner_id, NEW.institution_id) AND e.is_open),
    'who is warned is enrolled at the school');
  PERFORM refuse_unless(TG_TABLE_NAME <> 'warning_contacts'
      OR (to_jsonb(NEW)->>'contacted_on')::date
        <= ((to_jsonb(NEW)->>'noted_at')::timestamptz AT TIME ZONE 'Asia/Shanghai')::date,
    'a contact has taken place');
  RETURN NEW;
END $$;

CREATE FUNCTION check_warning_message() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM accounts a, academic_warnings w
      WHERE a.account_id = NEW.account_id AND a.is_active
        AND w.academic_warning_id = NEW.academic_warning_id
        AND (a.role = 'advisor' AND a.institution_id = w.institution_id
          OR a.role IN ('student', 'guardian') AND EXISTS (SELECT FROM account_learners l
            WHERE (l.account_id, l.learner_id) = (a.account_id, w.learner_id)))),
    'told of a warning are the advisors of the school and whose it is');
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _create_warnings()
    _create_contacts()
    _create_counts()
    op.execute(GUARDS)
    for table in TABLES:
        _guard(table)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    _tell_of_warnings()


def _create_warnings() -> None:
    op.create_table(
        "academic_warnings",
        sa.Column(
            "academic_warning_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=6), nullable=False, comment="personal: standing"),
        sa.Column("semesters", sa.Integer(), nullable=False),
        sa.Column("expected_units", sa.Integer(), nullable=False),
        sa.Column("earned_units", sa.Integer(), nullable=False, comment="personal: credits"),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "level in ('none','yellow','red')", name=op.f("ck_academic_warnings_level")
        ),
        sa.CheckConstraint(
            "expected_units >= 0 and earned_units >= 0", name=op.f("ck_academic_warnings_units")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_academic_warnings_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint("academic_warning_id", name=op.f("pk_academic_warnings")),
    )
    op.create_index(
        "uq_academic_warnings_day", "academic_warnings", ["enrolment_id", "noted_on"], unique=True
    )
    op.create_index(
        "ix_academic_warnings_school", "academic_warnings", ["institution_id", "noted_on"]
    )


def _create_contacts() -> None:
    op.create_table(
        "warning_contacts",
        sa.Column("warning_contact_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("academic_warning_id", sa.BigInteger(), nullable=True),
        sa.Column("contacted_on", sa.Date(), nullable=False),
        sa.Column("with_whom", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False, comment="personal: note"),
        sa.Column("noted_by", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "with_whom in ('student','guardian','both')",
            name=op.f("ck_warning_contacts_with_whom"),
        ),
        sa.CheckConstraint("note <> ''", name=op.f("ck_warning_contacts_note")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_warning_contacts_enrolment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["academic_warning_id"],
            ["academic_warnings.academic_warning_id"],
            name=op.f("fk_warning_contacts_academic_warning_id"),
        ),
        sa.PrimaryKeyConstraint("warning_contact_id", name=op.f("pk_warning_contacts")),
    )
    op.create_index(op.f("ix_warning_contacts_enrolment_id"), "warning_contacts", ["enrolment_id"])


def _create_counts() -> None:
    op.create_table(
        "progress_counts",
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("major_code", sa.String(length=7), nullable=False),
        sa.Column("entry_year", sa.Integer(), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=False),
        sa.Column("expected_units", sa.BigInteger(), nullable=False),
        sa.Column("earned_units", sa.BigInteger(), nullable=False),
        sa.Column("yellow", sa.Integer(), nullable=False),
        sa.Column("red", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "learners > 0 and yellow >= 0 and red >= 0", name=op.f("ck_progress_counts_learners")
        ),
        sa.PrimaryKeyConstraint(
            "noted_on",
            "institution_id",
            "major_code",
            "entry_year",
            name=op.f("pk_progress_counts"),
        ),
    )


def _guard(table: str) -> None:
    op.execute(f"GRANT SELECT, INSERT ON {table} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {table} TO creditbank_auditor")
    triggers = [
        ("refuse_change", "UPDATE OR DELETE", "ROW", "refuse_change"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT", "refuse_change"),
    ]
    if table != "progress_counts":
        triggers.append(("check_row", "INSERT", "ROW", "check_academic_warning"))
    for name, event, each, called in triggers:
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
        f"CREATE POLICY shared ON {table} AS RESTRICTIVE FOR SELECT TO creditbank_app "
        f"USING ({COLLEGE} = '')"
    )
    op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def _tell_of_warnings() -> None:
    name = "academic_warning_id"
    op.add_column("messages", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f(f"fk_messages_{name}"), "messages", "academic_warnings", [name], [name]
    )
    op.create_unique_constraint(
        op.f(f"uq_messages_{name}_account_id"), "messages", [name, "account_id"]
    )
    _ask(f"{KINDS},'warning'", ABOUT_WARNINGS)
    _check_rows(f"{OTHERS} AND NEW.academic_warning_id IS NULL")
    op.execute(
        "CREATE TRIGGER check_warning BEFORE INSERT ON messages FOR EACH ROW "
        "WHEN (NEW.academic_warning_id IS NOT NULL) EXECUTE FUNCTION check_warning_message()"
    )
    op.execute("ALTER TABLE messages ENABLE ALWAYS TRIGGER check_warning")


def _check_rows(when: str) -> None:
    """Of changes and advances the rule stays what it is; of warnings it is another one."""
    op.execute("DROP TRIGGER check_row ON messages")
    op.execute(
        "CREATE TRIGGER check_row BEFORE INSERT ON messages FOR EACH ROW "
        f"WHEN ({when}) EXECUTE FUNCTION check_message()"
    )
    op.execute("ALTER TABLE messages ENABLE ALWAYS TRIGGER check_row")


def _ask(kinds: str, about: str) -> None:
    for name, rule in (("kind", f"kind in ({kinds})"), ("about", about)):
        op.drop_constraint(op.f(f"ck_messages_{name}"), "messages")
        op.create_check_constraint(op.f(f"ck_messages_{name}"), "messages", rule)


def downgrade() -> None:
    for table in ("messages", "message_reads", "message_mails"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
    for table in ("message_reads", "message_mails"):
        op.execute(
            f"DELETE FROM {table} r USING messages m WHERE m.message_id = r.message_id"  # noqa: S608
            " AND m.kind = 'warning'"
        )
    op.execute("DELETE FROM messages WHERE kind = 'warning'")
    for table in ("messages", "message_reads", "message_mails"):
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    op.execute("DROP TRIGGER check_warning ON messages")
    _check_rows(OTHERS)
    _ask(KINDS, ABOUT)
    op.drop_column("messages", "academic_warning_id")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION check_warning_message")
    op.execute("DROP FUNCTION check_academic_warning")
