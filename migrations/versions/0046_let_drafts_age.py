"""Sheets of marks that nobody touches are told of and discarded, by steps that nobody makes.

What is discarded so was told of before: the database holds to that. A message may be of either.
"""

from __future__ import annotations

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

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


def _ask(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def downgrade() -> None:
    """A sheet that was discarded by itself was so by who touched it last; that it was told goes."""
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
