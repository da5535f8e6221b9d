"""成绩录入表: marks that are being entered, the steps of their sheet, and messages about these.

A draft is no record: its cells are changed in place, and only while the sheet is open. Steps are
inserted and never changed; nobody posts what they have submitted themselves. A message may be of a
step, for the registrars and approvers of the school.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TABLES = ("grade_drafts", "grade_draft_cells", "grade_draft_steps")
REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
NO_COLLEGE = "(SELECT coalesce(current_setting('creditbank.college', true), '')) = ''"
STEPS = "'opened','submitted','taken_back','returned','posted','discarded'"
OPEN = "state in ('draft','submitted','returned')"
KINDS = (
    "'applied','turn','agreed','planned','notice','refused','withdrawn','executed','deadline',"
    "'advance'"
)
GRADES = "'submitted','returned','posted'"
ABOUT = (
    "num_nonnulls(status_change_id, advance_move_id, decision_id) = 1"
    " and (kind = 'advance') = (status_change_id is null)"
)
ABOUT_GRADES = (
    "num_nonnulls(status_change_id, advance_move_id, decision_id, grade_draft_step_id) = 1"
    " and (kind = 'advance') = (num_nonnulls(advance_move_id, decision_id) = 1)"
    f" and (kind in ({GRADES})) = (grade_draft_step_id is not null)"
)
FUNCTIONS = """
CREATE FUNCTION check_grade_draft_cell() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  found grade_drafts;
BEGIN
  SELECT * INTO found FROM grade_drafts d WHERE d.grade_draft_id = NEW.grade_draft_id;
  PERFORM refuse_unless(found.state IN ('draft', 'returned'),
    'marks are entered while their sheet is open');
  PERFORM refuse_unless(found.institution_id = NEW.institution_id
      AND NEW.course_code = ANY (found.course_codes)
      AND EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = NEW.enrolment_id
        AND e.institution_id = found.institution_id),
    'a mark is of a learner of the school and of a course of the sheet');
  RETURN NEW;
END $$;

CREATE FUNCTION check_grade_draft_step() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before grade_draft_steps;
BEGIN
  SELECT * INTO before FROM grade_draft_steps s WHERE s.grade_draft_id = NEW.grade_draft_id
  ORDER BY s.grade_draft_step_id DESC LIMIT 1;
  PERFORM refuse_unless(before.step IS DISTINCT FROM 'posted'
      AND before.step IS DISTINCT FROM 'discarded',
    'a sheet that was posted or discarded is done');
  PERFORM refuse_unless((NEW.step = 'opened') = (before.step IS NULL),
    'the first step of a sheet, and no other, opens it');
  PERFORM refuse_unless(NEW.step NOT IN ('returned', 'taken_back') OR before.step = 'submitted',
    'what comes back was submitted');
  PERFORM refuse_unless(NEW.step NOT IN ('returned', 'posted')
      OR before.step <> 'submitted' OR before.taken_by <> NEW.taken_by,
    'what was submitted is looked at by a second person');
  PERFORM refuse_unless(EXISTS (SELECT FROM grade_drafts d JOIN accounts a
        ON a.account_id = NEW.taken_by AND a.institution_id = d.institution_id
      WHERE (d.grade_draft_id, d.institution_id) = (NEW.grade_draft_id, NEW.institution_id)),
    'steps are made by the school');
  RETURN NEW;
END $$;

CREATE FUNCTION check_grade_message() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM accounts a JOIN grade_draft_steps s
        ON s.institution_id = a.institution_id
      WHERE (a.account_id, s.grade_draft_step_id) = (NEW.account_id, NEW.grade_draft_step_id)
        AND a.is_active AND a.role IN ('registrar', 'approver') AND s.step = NEW.kind),
    'told of marks is who enters or reviews them');
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _create_drafts()
    _create_of_drafts()
    op.execute(FUNCTIONS)
    op.execute("GRANT SELECT, INSERT ON grade_drafts TO creditbank_app")
    op.execute(
        "GRANT UPDATE (course_codes, state, change_no, changed_by, changed_at) ON grade_drafts"
        " TO creditbank_app"
    )
    op.execute("GRANT SELECT, INSERT ON grade_draft_cells TO creditbank_app")
    op.execute(
        "GRANT UPDATE (written, version, change_no, changed_by, changed_at) ON grade_draft_cells"
        " TO creditbank_app"
    )
    op.execute("GRANT SELECT, INSERT ON grade_draft_steps TO creditbank_app")
    for table in TABLES:
        _guard(table)
    for table, name, event, each, called in (
        ("grade_draft_cells", "check_row", "INSERT OR UPDATE", "ROW", "check_grade_draft_cell"),
        ("grade_draft_steps", "check_row", "INSERT", "ROW", "check_grade_draft_step"),
        ("grade_draft_steps", "refuse_change", "UPDATE OR DELETE", "ROW", "refuse_change"),
        ("grade_draft_steps", "refuse_truncate", "TRUNCATE", "STATEMENT", "refuse_change"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {called}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    _tell_of_grades()
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


def _create_drafts() -> None:
    op.create_table(
        "grade_drafts",
        sa.Column("grade_draft_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("entry_year", sa.Integer(), nullable=False),
        sa.Column("term_code", sa.String(length=11), nullable=False),
        sa.Column("exam_kind", sa.String(length=2), nullable=False),
        sa.Column("course_codes", ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('draft','submitted','returned','posted','discarded')",
            name=op.f("ck_grade_drafts_state"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.institution_id"],
            name=op.f("fk_grade_drafts_institution_id"),
        ),
        sa.PrimaryKeyConstraint("grade_draft_id", name=op.f("pk_grade_drafts")),
    )  # fmt: skip
    op.create_index(
        "uq_grade_drafts_open", "grade_drafts",
        ["institution_id", "class_name", "entry_year", "term_code", "exam_kind"],
        unique=True, postgresql_where=sa.text(OPEN),
    )  # fmt: skip


def _create_of_drafts() -> None:
    """What belongs to a sheet: its cells and its steps."""
    op.create_table(
        "grade_draft_cells",
        sa.Column("grade_draft_id", sa.BigInteger(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("course_code", sa.String(length=20), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("written", sa.String(length=120), nullable=False, comment="personal: mark"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _of_draft("grade_draft_cells"),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.enrolment_id"],
            name=op.f("fk_grade_draft_cells_enrolment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "grade_draft_id", "enrolment_id", "course_code", name=op.f("pk_grade_draft_cells")
        ),
    )  # fmt: skip
    op.create_table(
        "grade_draft_steps",
        sa.Column(
            "grade_draft_step_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("grade_draft_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"step in ({STEPS})", name=op.f("ck_grade_draft_steps_step")),
        sa.CheckConstraint(
            "(step = 'returned') = (reason <> '')", name=op.f("ck_grade_draft_steps_reason")
        ),
        _of_draft("grade_draft_steps"),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["accounts.account_id"], name=op.f("fk_grade_draft_steps_taken_by")
        ),
        sa.PrimaryKeyConstraint("grade_draft_step_id", name=op.f("pk_grade_draft_steps")),
    )
    op.create_index(
        "ix_grade_draft_steps_latest", "grade_draft_steps",
        ["grade_draft_id", "grade_draft_step_id"],
    )  # fmt: skip


def _of_draft(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["grade_draft_id"],
        ["grade_drafts.grade_draft_id"],
        name=op.f(f"fk_{table}_grade_draft_id"),
    )


def _guard(table: str) -> None:
    """Of the own school alone; a college sees none, and an auditor all."""
    op.execute(f"GRANT SELECT ON {table} TO creditbank_auditor")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY reach ON {table} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
    )
    op.execute(
        f"CREATE POLICY shared ON {table} AS RESTRICTIVE FOR SELECT TO creditbank_app"
        f" USING ({NO_COLLEGE})"
    )
    op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def _tell_of_grades() -> None:
    op.add_column("messages", sa.Column("grade_draft_step_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_messages_grade_draft_step_id"), "messages", "grade_draft_steps",
        ["grade_draft_step_id"], ["grade_draft_step_id"],
    )  # fmt: skip
    op.create_unique_constraint(
        op.f("uq_messages_grade_draft_step_id_account_id"), "messages",
        ["grade_draft_step_id", "account_id"],
    )  # fmt: skip
    _ask(f"kind in ({KINDS},{GRADES})", ABOUT_GRADES)
    _check_messages(
        check_row=("NEW.grade_draft_step_id IS NULL", "check_message"),
        check_grade_row=("NEW.grade_draft_step_id IS NOT NULL", "check_grade_message"),
    )


def _ask(kind: str, about: str) -> None:
    for name, rule in (("kind", kind), ("about", about)):
        op.drop_constraint(op.f(f"ck_messages_{name}"), "messages", type_="check")
        op.create_check_constraint(op.f(f"ck_messages_{name}"), "messages", rule)


def _check_messages(**triggers: tuple[str, str]) -> None:
    """By name: when each speaks, and the function that it calls."""
    for name in ("check_row", "check_grade_row"):
        op.execute(f"DROP TRIGGER IF EXISTS {name} ON messages")
    for name, (when, called) in triggers.items():
        condition = f"WHEN ({when}) " if when else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON messages FOR EACH ROW {condition}"
            f"EXECUTE FUNCTION {called}()"
        )
        op.execute(f"ALTER TABLE messages ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    _check_messages(check_row=("", "check_message"))
    for table in ("messages", "message_reads", "message_mails"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
    for table in ("message_reads", "message_mails"):
        op.execute(
            f"DELETE FROM {table} r USING messages m WHERE m.message_id = r.message_id"  # noqa: S608
            " AND m.grade_draft_step_id IS NOT NULL"
        )
    op.execute("DELETE FROM messages WHERE grade_draft_step_id IS NOT NULL")
    for table in ("messages", "message_reads", "message_mails"):
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    _ask(f"kind in ({KINDS})", ABOUT)
    op.drop_column("messages", "grade_draft_step_id")
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in ("check_grade_draft_cell", "check_grade_draft_step", "check_grade_message"):
        op.execute(f"DROP FUNCTION {name}")
