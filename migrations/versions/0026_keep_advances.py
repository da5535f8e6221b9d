"""转段: what people decided from the qualification to the admission, and who is told of it.

Moves, sheets, scores and admission numbers are inserted and never changed; a move is taken back by
another row. They are seen and entered within the school of the agreement, which its college
reaches; the database takes a move only of a member of the agreement at its school, and what
belongs to a move only beside one of its kind. A message may be of a step of the advance.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0022"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
OF_MOVES = ("process_assessments", "advance_scores", "advance_admissions")
TABLES = ("advance_moves", *OF_MOVES)
CHECKS = {
    "kind": "kind in ('pass_assessment','fail_assessment','announce','appeal','dismiss_appeal',"
    "'grant_appeal','file','score','propose','pass_over','admit','refuse','return_admission',"
    "'retry','register_exam','give_up','disqualify','withdraw')",
    "withdrawal": "(kind = 'withdraw') = (withdraws_id is not null)",
    "withdrawal_reason": "withdraws_id is null or reason <> ''",
    "notice": "(kind = 'announce') = (starts_on is not null) and (starts_on is null)"
    " = (ends_on is null) and (starts_on is null) = (appeal_until is null)"
    " and starts_on <= ends_on and ends_on <= appeal_until",
    "attempt": "attempt > 0",
}
# With the reader's own rights: the walls of the tables stand before the view, too.
VIEW = """
CREATE VIEW standing_advance_moves WITH (security_invoker = true) AS
SELECT m.* FROM advance_moves m WHERE m.kind <> 'withdraw'
  AND NOT EXISTS (SELECT FROM advance_moves w WHERE w.withdraws_id = m.advance_move_id)
"""
FUNCTIONS = """
CREATE FUNCTION check_advance_move() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM agreement_members m
      JOIN articulation_agreements a USING (agreement_id) JOIN enrolments e USING (enrolment_id)
      WHERE m.agreement_id = NEW.agreement_id AND m.enrolment_id = NEW.enrolment_id
        AND a.school_id = NEW.institution_id AND e.institution_id = NEW.institution_id
        AND e.learner_id = NEW.learner_id),
    'a step of the advance is of a learner in the class of the agreement, at its school');
  PERFORM refuse_unless(NEW.withdraws_id IS NULL OR EXISTS (SELECT FROM advance_moves m
      WHERE m.advance_move_id = NEW.withdraws_id AND m.kind <> 'withdraw'
        AND m.agreement_id = NEW.agreement_id AND m.enrolment_id = NEW.enrolment_id),
    'a step is taken back for the learner and the agreement that it was of');
  RETURN NEW;
END $$;

CREATE FUNCTION check_of_advance_move() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM advance_moves m
      WHERE m.advance_move_id = NEW.advance_move_id AND m.institution_id = NEW.institution_id
        AND m.kind = ANY (CASE TG_TABLE_NAME
          WHEN 'process_assessments' THEN ARRAY['pass_assessment', 'fail_assessment']
          WHEN 'advance_scores' THEN ARRAY['score'] ELSE ARRAY['return_admission'] END)),
    'sheets, scores and admission numbers stand beside a step of their kind');
  RETURN NEW;
END $$;
"""
TOLD_OF_CHANGES = """
CREATE OR REPLACE FUNCTION check_message() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
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
TOLD_OF_ADVANCES = """
CREATE OR REPLACE FUNCTION check_message() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
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
KINDS = "'applied','turn','agreed','planned','notice','refused','withdrawn','executed','deadline'"


def upgrade() -> None:
    _create_moves()
    _create_of_moves()
    op.execute(VIEW)
    op.execute(FUNCTIONS)
    for table in TABLES:
        _guard(table)
    op.execute("GRANT SELECT ON standing_advance_moves TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    _tell_of_advances()


def _create_moves() -> None:
    op.create_table(
        "advance_moves",
        sa.Column("advance_move_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("institution_id", "learner_id", "agreement_id", "enrolment_id", "attempt")
        ),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False, comment="personal: reason"),
        *(
            sa.Column(name, sa.Date(), nullable=True)
            for name in ("starts_on", "ends_on", "appeal_until")
        ),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("verdict_id", sa.BigInteger(), nullable=True),
        sa.Column("withdraws_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_role", sa.String(length=12), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_advance_moves_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_advance_moves_{name}"))
            for name, target in (
                ("agreement_id", "articulation_agreements.agreement_id"),
                ("enrolment_id", "enrolments.enrolment_id"),
                ("verdict_id", "verdicts.verdict_id"),
                ("withdraws_id", "advance_moves.advance_move_id"),
            )
        ),
        sa.UniqueConstraint("withdraws_id", name=op.f("uq_advance_moves_withdraws_id")),
        sa.PrimaryKeyConstraint("advance_move_id", name=op.f("pk_advance_moves")),
    )
    op.create_index(op.f("ix_advance_moves_enrolment_id"), "advance_moves", ["enrolment_id"])
    op.create_index(
        "ix_advance_moves_of", "advance_moves", ["agreement_id", "enrolment_id", "advance_move_id"]
    )


def _create_of_moves() -> None:
    number = sa.Column("units", sa.Integer(), nullable=False, comment="personal: score")
    _create(
        "process_assessments",
        [sa.Column("results", postgresql.JSONB(), nullable=False)],
    )
    _create(
        "advance_scores",
        [
            sa.Column("part", sa.String(length=40), nullable=False),
            number,
            sa.Column("source_hash", sa.String(length=64), nullable=False),
        ],
        {"units": "units >= 0"},
        key=("advance_move_id", "part"),
    )
    op.create_index(op.f("ix_advance_scores_source_hash"), "advance_scores", ["source_hash"])
    _create(
        "advance_admissions",
        [
            sa.Column(
                "admission_no",
                sa.String(length=40),
                nullable=False,
                comment="personal: 录取通知书号",
            ),
            sa.Column(
                "college_student_no",
                sa.String(length=20),
                nullable=False,
                comment="personal: 高职学号",
            ),
            sa.Column("recognised_units", sa.Integer(), nullable=False),
        ],
        {"admission_no": "admission_no <> ''", "recognised_units": "recognised_units >= 0"},
    )


def _create(
    table: str,
    columns: list[sa.Column],  # type: ignore[type-arg]
    checks: dict[str, str] | None = None,
    *,
    key: tuple[str, ...] = ("advance_move_id",),
) -> None:
    op.create_table(
        table,
        sa.Column("advance_move_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        *columns,
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))
            for name, rule in (checks or {}).items()
        ),
        sa.ForeignKeyConstraint(
            ["advance_move_id"],
            ["advance_moves.advance_move_id"],
            name=op.f(f"fk_{table}_advance_move_id"),
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )


def _guard(table: str) -> None:
    op.execute(f"GRANT SELECT, INSERT ON {table} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {table} TO creditbank_auditor")
    check = "check_advance_move" if table == "advance_moves" else "check_of_advance_move"
    for name, event, each, called in (
        ("check_row", "INSERT", "ROW", check),
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


def _tell_of_advances() -> None:
    op.alter_column("messages", "status_change_id", nullable=True)
    for name, target in (
        ("advance_move_id", "advance_moves.advance_move_id"),
        ("decision_id", "decisions.decision_id"),
    ):
        op.add_column("messages", sa.Column(name, sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_messages_{name}"), "messages", target.split(".")[0], [name], [name]
        )
        op.create_unique_constraint(
            op.f(f"uq_messages_{name}_account_id"), "messages", [name, "account_id"]
        )
    _ask_kinds(f"{KINDS},'advance'")
    op.create_check_constraint(
        op.f("ck_messages_about"),
        "messages",
        "num_nonnulls(status_change_id, advance_move_id, decision_id) = 1"
        " and (kind = 'advance') = (status_change_id is null)",
    )
    op.execute(TOLD_OF_ADVANCES)


def _ask_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_messages_kind"), "messages")
    op.create_check_constraint(op.f("ck_messages_kind"), "messages", f"kind in ({kinds})")


def downgrade() -> None:
    op.execute(TOLD_OF_CHANGES)
    for table in ("messages", "message_reads", "message_mails"):
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
    for table in ("message_reads", "message_mails"):
        op.execute(
            f"DELETE FROM {table} r USING messages m WHERE m.message_id = r.message_id"  # noqa: S608
            " AND m.kind = 'advance'"
        )
    op.execute("DELETE FROM messages WHERE kind = 'advance'")
    for table in ("messages", "message_reads", "message_mails"):
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_change")
    op.drop_constraint(op.f("ck_messages_about"), "messages")
    _ask_kinds(KINDS)
    for name in ("decision_id", "advance_move_id"):
        op.drop_column("messages", name)
    op.alter_column("messages", "status_change_id", nullable=False)
    op.execute("DROP VIEW standing_advance_moves")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION check_of_advance_move")
    op.execute("DROP FUNCTION check_advance_move")
