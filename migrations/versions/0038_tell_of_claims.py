"""A message may be of a move of a claim; an office that has one unread is not told again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TELL = """
CREATE FUNCTION tell_of_claim(move bigint, offices text[], teller int, told_at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO messages (account_id, claim_move_id, kind, office, created_at)
  SELECT a.account_id, move, 'claim', '', told_at
  FROM claim_moves m JOIN accounts a ON a.is_active AND a.account_id IS DISTINCT FROM teller
  WHERE m.claim_move_id = move AND (
    a.role IN ('student', 'guardian') AND EXISTS (SELECT FROM account_learners l
      WHERE (l.account_id, l.learner_id) = (a.account_id, m.learner_id))
    OR a.role = ANY (offices) AND a.institution_id = m.institution_id
      AND NOT EXISTS (SELECT FROM messages w WHERE w.account_id = a.account_id
        AND w.kind = 'claim' AND NOT EXISTS (SELECT FROM message_reads r
          WHERE r.message_id = w.message_id)))
  ORDER BY a.account_id
  ON CONFLICT DO NOTHING;
END $$;
COMMENT ON FUNCTION tell_of_claim IS
  'tell the family of a move, and the offices unless they have a message of claims unread';
"""
TOLD_OF_ADVANCES = """
CREATE OR REPLACE FUNCTION check_message() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN{claims}
  IF NEW.status_change_id IS NULL THEN
    PERFORM refuse_unless(EXISTS (SELECT FROM accounts a, (
          SELECT institution_id, learner_id, agreement_id FROM advance_moves
          WHERE advance_move_id = NEW.advance_move_id UNION ALL
          SELECT institution_id, learner_id, subject_id FROM decisions
          WHERE decision_id = NEW.decision_id AND subject_kind = 'articulation') m
          JOIN articulation_agreements g USING (agreement_id)
        WHERE a.account_id = NEW.account_id AND a.is_active
          AND (a.role = 'county'
            OR a.role IN ('advisor', 'registrar', 'approver')
              AND a.institution_id = m.institution_id
            OR a.role = 'college' AND a.institution_id = g.college_id
            OR a.role IN ('student', 'guardian') AND EXISTS (SELECT FROM account_learners l
              WHERE (l.account_id, l.learner_id) = (a.account_id, m.learner_id)))),
      'told is who answers for the advance or whose it is');
    RETURN NEW;
  END IF;
  PERFORM refuse_unless(EXISTS (SELECT FROM accounts a, status_changes c
      WHERE a.account_id = NEW.account_id AND a.is_active
        AND c.status_change_id = NEW.status_change_id
        AND (a.role = 'county'
          OR a.role IN ('advisor', 'registrar', 'approver')
            AND a.institution_id IN (c.institution_id, c.to_institution_id)
          OR a.role IN ('student', 'guardian') AND EXISTS (SELECT FROM account_learners l
            WHERE (l.account_id, l.learner_id) = (a.account_id, c.learner_id)))),
    'told is who answers for the change or whose it is');
  RETURN NEW;
END $$;
"""
TOLD_OF_CLAIMS = """
  IF NEW.claim_move_id IS NOT NULL THEN
    PERFORM refuse_unless(EXISTS (SELECT FROM accounts a, claim_moves m
        WHERE a.account_id = NEW.account_id AND a.is_active
          AND m.claim_move_id = NEW.claim_move_id
          AND (a.role IN ('registrar', 'approver') AND a.institution_id = m.institution_id
            OR a.role IN ('student', 'guardian') AND EXISTS (SELECT FROM account_learners l
              WHERE (l.account_id, l.learner_id) = (a.account_id, m.learner_id)))),
      'told is who answers for the claim or whose it is');
    RETURN NEW;
  END IF;"""
KINDS = (
    "'applied','turn','agreed','planned','notice','refused','withdrawn','executed','deadline',"
    "'advance','submitted','returned','posted'"
)
ONE = "num_nonnulls(status_change_id, advance_move_id, decision_id, grade_draft_step_id"
OF_THEIRS = (
    " = 1 and (kind = 'advance') = (num_nonnulls(advance_move_id, decision_id) = 1)"
    " and (kind in ('submitted','returned','posted')) = (grade_draft_step_id is not null)"
)
ABOUT = f"{ONE}){OF_THEIRS}"
ABOUT_CLAIMS_TOO = (
    f"{ONE}, claim_move_id){OF_THEIRS} and (kind = 'claim') = (claim_move_id is not null)"
)


def upgrade() -> None:
    op.add_column("messages", sa.Column("claim_move_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_messages_claim_move_id"),
        "messages",
        "claim_moves",
        ["claim_move_id"],
        ["claim_move_id"],
    )
    op.create_unique_constraint(
        op.f("uq_messages_claim_move_id_account_id"), "messages", ["claim_move_id", "account_id"]
    )
    _ask_of_messages(f"{KINDS},'claim'", ABOUT_CLAIMS_TOO)
    op.execute(TOLD_OF_ADVANCES.format(claims=TOLD_OF_CLAIMS))
    op.execute(TELL)


def _ask_of_messages(kinds: str, about: str) -> None:
    for name, rule in (("kind", f"kind in ({kinds})"), ("about", about)):
        op.drop_constraint(op.f(f"ck_messages_{name}"), "messages")
        op.create_check_constraint(op.f(f"ck_messages_{name}"), "messages", rule)


def downgrade() -> None:
    op.execute("DROP FUNCTION tell_of_claim")
    op.execute(TOLD_OF_ADVANCES.format(claims=""))
    for table in ("messages", "message_reads", "message_mails"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
    for table in ("message_reads", "message_mails"):
        op.execute(
            f"DELETE FROM {table} r USING messages m WHERE m.message_id = r.message_id"  # noqa: S608
            " AND m.kind = 'claim'"
        )
    op.execute("DELETE FROM messages WHERE kind = 'claim'")
    for table in ("messages", "message_reads", "message_mails"):
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    _ask_of_messages(KINDS, ABOUT)
    op.drop_column("messages", "claim_move_id")
