"""Sheets of marks that nobody touches are discarded by themselves; registrations are withdrawn.

What is discarded so was told of before: the database holds to that. A message may be of either. A
registration that was withdrawn speaks no more, and the one before it does again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
WITHDRAWALS = "term_registration_withdrawals"
VIEW = """
CREATE OR REPLACE VIEW standing_term_registrations WITH (security_invoker = true) AS
SELECT DISTINCT ON (enrolment_id, term_code) * FROM term_registrations{}
ORDER BY enrolment_id, term_code, term_registration_id DESC
"""
STANDING = """ r
WHERE NOT EXISTS (SELECT FROM term_registration_withdrawals w
  WHERE w.term_registration_id = r.term_registration_id)"""
GUARD = """
CREATE FUNCTION check_term_registration_withdrawal() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  found term_registrations;
BEGIN
  SELECT * INTO found FROM term_registrations t
  WHERE t.term_registration_id = NEW.term_registration_id;
  PERFORM refuse_unless(found.institution_id = NEW.institution_id,
    'a registration is withdrawn by its school');
  PERFORM refuse_unless(NOT EXISTS (SELECT FROM term_registrations l
      WHERE (l.enrolment_id, l.term_code) = (found.enrolment_id, found.term_code)
        AND l.term_registration_id > NEW.term_registration_id
        AND NOT EXISTS (SELECT FROM term_registration_withdrawals w
          WHERE w.term_registration_id = l.term_registration_id)),
    'what was recorded since is withdrawn first');
  RETURN NEW;
END $$;
"""
STEPS = "'opened','submitted','taken_back','returned','posted','discarded'"
BY_ITSELF = "'ageing','expired'"
KINDS = (
    "'applied','turn','agreed','planned','notice','refused','withdrawn','executed','deadline',"
    "'advance','submitted','returned','posted','claim','warning'"
)
GRADES = "'submitted','returned','posted'"
ABOUT = (
    "num_nonnulls(status_change_id, advance_move_id, decision_id, grade_draft_step_id,"
    " claim_move_id, academic_warning_id) = 1"
    " and (kind = 'advance') = (num_nonnulls(advance_move_id, decision_id) = 1)"
    " and (kind in ({grades})) = (grade_draft_step_id is not null)"
    " and (kind = 'claim') = (claim_move_id is not null)"
    " and (kind = 'warning') = (academic_warning_id is not null)"
)
FUNCTION = """
CREATE OR REPLACE FUNCTION check_grade_draft_step() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before grade_draft_steps;
BEGIN
  SELECT * INTO before FROM grade_draft_steps s WHERE s.grade_draft_id = NEW.grade_draft_id
  ORDER BY s.grade_draft_step_id DESC LIMIT 1;
  PERFORM refuse_unless(before.step IS DISTINCT FROM 'posted'
      AND before.step IS DISTINCT FROM 'discarded'{expired},
    'a sheet that was posted or discarded is done');
  PERFORM refuse_unless((NEW.step = 'opened') = (before.step IS NULL),
    'the first step of a sheet, and no other, opens it');
  PERFORM refuse_unless(NEW.step NOT IN ('returned', 'taken_back') OR before.step = 'submitted',
    'what comes back was submitted');
  PERFORM refuse_unless(NEW.step NOT IN ('returned', 'posted')
      OR before.step <> 'submitted' OR before.taken_by <> NEW.taken_by,
    'what was submitted is looked at by a second person');
  PERFORM refuse_unless({by_itself}EXISTS (SELECT FROM grade_drafts d JOIN accounts a
        ON a.account_id = NEW.taken_by AND a.institution_id = d.institution_id
      WHERE (d.grade_draft_id, d.institution_id) = (NEW.grade_draft_id, NEW.institution_id)),
    'steps are made by the school');{told}
  RETURN NEW;
END $$;
"""
BEFORE = {"expired": "", "by_itself": "", "told": ""}
AFTER = {
    "expired": "\n      AND before.step IS DISTINCT FROM 'expired'",
    "by_itself": "NEW.taken_by IS NULL AND EXISTS (SELECT FROM grade_drafts d\n"
    "      WHERE (d.grade_draft_id, d.institution_id) = (NEW.grade_draft_id, NEW.institution_id))\n"
    "    OR ",
    "told": "\n  PERFORM refuse_unless(NEW.step <> 'ageing' OR before.step <> 'submitted',\n"
    "    'what waits for a second person does not age');\n"
    "  PERFORM refuse_unless(NEW.step <> 'expired' OR before.step = 'ageing',\n"
    "    'what is discarded by itself was told of before');",
}


def upgrade() -> None:
    op.alter_column("grade_draft_steps", "taken_by", nullable=True)
    _ask("grade_draft_steps", "step", f"step in ({STEPS},{BY_ITSELF})")
    op.create_check_constraint(
        op.f("ck_grade_draft_steps_taken_by"),
        "grade_draft_steps",
        f"(step in ({BY_ITSELF})) = (taken_by is null)",
    )
    op.execute(FUNCTION.format(**AFTER))
    _ask("messages", "kind", f"kind in ({KINDS},{BY_ITSELF})")
    _ask("messages", "about", ABOUT.format(grades=f"{GRADES},{BY_ITSELF}"))
    _withdraw_registrations()


def _withdraw_registrations() -> None:
    op.create_table(
        WITHDRAWALS,
        sa.Column("term_registration_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("withdrawn_by", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f(f"ck_{WITHDRAWALS}_reason")),
        sa.ForeignKeyConstraint(
            ["term_registration_id"],
            ["term_registrations.term_registration_id"],
            name=op.f(f"fk_{WITHDRAWALS}_term_registration_id"),
        ),
        sa.PrimaryKeyConstraint("term_registration_id", name=op.f(f"pk_{WITHDRAWALS}")),
    )
    op.execute(GUARD)
    op.execute(f"GRANT INSERT ON {WITHDRAWALS} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {WITHDRAWALS} TO creditbank_app, creditbank_auditor")
    for name, event, each, called in (
        ("check_row", "INSERT", "ROW", "check_term_registration_withdrawal"),
        ("refuse_change", "UPDATE OR DELETE", "ROW", "refuse_change"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT", "refuse_change"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {WITHDRAWALS} "
            f"FOR EACH {each} EXECUTE FUNCTION {called}()"
        )
        op.execute(f"ALTER TABLE {WITHDRAWALS} ENABLE ALWAYS TRIGGER {name}")
    op.execute(f"ALTER TABLE {WITHDRAWALS} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY reach ON {WITHDRAWALS} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
    )
    op.execute(
        f"CREATE POLICY shared ON {WITHDRAWALS} AS RESTRICTIVE FOR SELECT TO creditbank_app "
        "USING ((SELECT coalesce(current_setting('creditbank.college', true), '')) = '')"
    )
    op.execute(
        f"CREATE POLICY audit ON {WITHDRAWALS} FOR SELECT TO creditbank_auditor USING (true)"
    )
    op.execute(VIEW.format(STANDING))


def _ask(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def downgrade() -> None:
    """A sheet that was discarded by itself was so by who touched it last; that it was told goes.

    Registrations that were withdrawn stand again.
    """
    op.execute(VIEW.format(""))
    op.drop_table(WITHDRAWALS)
    op.execute("DROP FUNCTION check_term_registration_withdrawal")
    guarded = ("messages", "message_reads", "message_mails", "grade_draft_steps")
    for table in guarded:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
    for table in ("message_reads", "message_mails"):
        op.execute(
            f"DELETE FROM {table} r USING messages m WHERE m.message_id = r.message_id"  # noqa: S608
            f" AND m.kind IN ({BY_ITSELF})"
        )
    op.execute(f"DELETE FROM messages WHERE kind IN ({BY_ITSELF})")  # noqa: S608 (our own constants)
    op.drop_constraint(op.f("ck_grade_draft_steps_taken_by"), "grade_draft_steps", type_="check")
    op.execute("DELETE FROM grade_draft_steps WHERE step = 'ageing'")
    op.execute(
        "UPDATE grade_draft_steps s SET step = 'discarded', taken_by = d.changed_by"
        " FROM grade_drafts d WHERE d.grade_draft_id = s.grade_draft_id AND s.step = 'expired'"
    )
    for table in guarded:
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    _ask("messages", "kind", f"kind in ({KINDS})")
    _ask("messages", "about", ABOUT.format(grades=GRADES))
    op.execute(FUNCTION.format(**BEFORE))
    _ask("grade_draft_steps", "step", f"step in ({STEPS})")
    op.alter_column("grade_draft_steps", "taken_by", nullable=False)
