"""毕业, 结业, 肄业 end an enrolment by an executed change; a graduation names what approved it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KINDS = "'11','12','15','16','21','22','23','29','31','42','51',"
APPLICANTS = "'student','guardian','registrar'"
WAYS = """
      WHEN 'graduation' THEN '07' WHEN 'completion' THEN '08' WHEN 'leaving' THEN '09'"""
DECISION = """
  PERFORM refuse_unless(CASE WHEN NEW.status_after = '07'
      THEN EXISTS (SELECT FROM standing_decisions d WHERE d.decision_id = NEW.decision_id
        AND d.enrolment_id = NEW.enrolment_id AND d.subject_kind = 'graduation')
      ELSE NEW.decision_id IS NULL END,
    'a graduation carries out the decision that approves it, and nothing else does');
"""
EXECUTION = """
CREATE OR REPLACE FUNCTION check_execution() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  asked status_changes;
  found enrolments;
BEGIN
  SELECT * INTO asked FROM status_changes c WHERE c.status_change_id = NEW.status_change_id;
  SELECT * INTO found FROM enrolments e WHERE e.enrolment_id = asked.enrolment_id FOR UPDATE;
  PERFORM refuse_unless((NEW.institution_id, NEW.enrolment_id)
      = (asked.institution_id, asked.enrolment_id), 'an execution is about its enrolment');
  PERFORM refuse_unless((SELECT s.state FROM status_change_states s
      WHERE s.status_change_id = NEW.status_change_id) = 'agreed',
    'only what all offices have agreed to is carried out');
  PERFORM refuse_unless(
    asked.takes_effect_on <= (NEW.executed_at AT TIME ZONE 'Asia/Shanghai')::date,
    'nothing is carried out before its day');
  PERFORM refuse_unless((NEW.status_before, NEW.plan_before, NEW.class_before)
      = (found.status, found.plan_id, found.class_name), 'the enrolment is no longer as it was');
  PERFORM refuse_unless(NEW.status_after = CASE asked.kind
      WHEN '11' THEN '02' WHEN '12' THEN '01' WHEN '15' THEN '01' WHEN '16' THEN '03'
      WHEN '21' THEN '10' WHEN '23' THEN '01' WHEN '29' THEN '01' WHEN '31' THEN '03'
      WHEN '42' THEN '14' WHEN '51' THEN '11' WHEN 'exchange' THEN '07'/*ways*/ END,
    'this kind of change leads to another status');
  PERFORM refuse_unless(NEW.plan_after = NEW.plan_before OR asked.kind = '23',
    'only a change of major leads to another plan');
/*decision*/  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    _recreate("kind", f"kind in ({KINDS}'graduation','completion','leaving','exchange')")
    _recreate("applied_as", f"applied_as in ({APPLICANTS},'approver')")
    op.add_column(
        "status_change_executions", sa.Column("decision_id", sa.BigInteger(), nullable=True)
    )
    op.create_foreign_key(
        op.f("fk_status_change_executions_decision_id"),
        "status_change_executions",
        "decisions",
        ["decision_id"],
        ["decision_id"],
    )
    op.execute(EXECUTION.replace("/*ways*/", WAYS).replace("/*decision*/", DECISION.lstrip("\n")))


def downgrade() -> None:
    op.execute(EXECUTION.replace("/*ways*/", "").replace("/*decision*/", ""))
    op.drop_column("status_change_executions", "decision_id")
    _recreate("applied_as", f"applied_as in ({APPLICANTS})")
    _recreate("kind", f"kind in ({KINDS}'exchange')")


def _recreate(name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_status_changes_{name}"), "status_changes")
    op.create_check_constraint(op.f(f"ck_status_changes_{name}"), "status_changes", condition)
