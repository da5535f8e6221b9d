"""The pass line of an examination, announced for a year: inserted only, the latest speaks.

It names nobody, so that every reach reads it; it is written with the county's. Whoever has scores
that go by it is marked in the same transaction, so that the college is told at once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
CHECKS = {
    "post_level": "post_level in ('higher_voc','bachelor')",
    "score": "score in ('culture_exam','knowledge_test')",
    "points": "points > 0 and points <= full_marks",
    "document": "document_no <> ''",
}
# A later attempt goes by the line of a later year; nobody has more than five.
MARK = """
CREATE FUNCTION mark_cohorts_of_lines() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
  SELECT DISTINCT m.agreement_id, m.enrolment_id, true
  FROM changed c JOIN articulation_agreements a ON a.post_level = c.post_level
    AND c.finishing_year - a.entry_year - (a.pre_years_tenths + 9) / 10 BETWEEN 0 AND 4
    JOIN standing_advance_moves m USING (agreement_id)
  WHERE m.kind = 'score' AND EXISTS (
    SELECT FROM agreement_terms t, jsonb_array_elements(t.scores) AS part
    WHERE t.agreement_id = a.agreement_id AND part->>'kind' = c.score
      AND (part->>'by_announced_line')::boolean);
  RETURN NULL;
END $$
"""

USED = """
SELECT EXISTS (SELECT FROM advance_pass_lines) OR EXISTS (
  SELECT FROM agreement_terms t, jsonb_array_elements(t.scores) AS part
  WHERE (part->>'by_announced_line')::boolean)
"""


def upgrade() -> None:
    op.create_table(
        "advance_pass_lines",
        sa.Column(
            "advance_pass_line_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        sa.Column("finishing_year", sa.Integer(), nullable=False),
        sa.Column("post_level", sa.String(length=16), nullable=False),
        sa.Column("score", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("full_marks", sa.Integer(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_advance_pass_lines_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.PrimaryKeyConstraint("advance_pass_line_id", name=op.f("pk_advance_pass_lines")),
    )
    op.create_index(
        "ix_advance_pass_lines_year",
        "advance_pass_lines",
        ["finishing_year", "post_level", "score"],
    )
    op.execute("GRANT INSERT ON advance_pass_lines TO creditbank_app")
    op.execute("GRANT SELECT ON advance_pass_lines TO creditbank_app, creditbank_auditor")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON advance_pass_lines "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE advance_pass_lines ENABLE ALWAYS TRIGGER {name}")
    op.execute(MARK)
    op.execute(
        "CREATE TRIGGER mark_cohorts AFTER INSERT ON advance_pass_lines REFERENCING NEW TABLE AS "
        "changed FOR EACH STATEMENT EXECUTE FUNCTION mark_cohorts_of_lines()"
    )
    op.execute("ALTER TABLE advance_pass_lines ENABLE ROW LEVEL SECURITY")
    for name, what in (
        ("known", "SELECT TO creditbank_app USING (true)"),
        ("reach", f"INSERT TO creditbank_app WITH CHECK ({REACH} = '*')"),
        ("audit", "SELECT TO creditbank_auditor USING (true)"),
    ):
        op.execute(f"CREATE POLICY {name} ON advance_pass_lines FOR {what}")


def downgrade() -> None:
    """Refused where a line was announced or terms go by one: without it everybody would pass."""
    if op.get_bind().execute(sa.text(USED)).scalar_one():
        message = "pass lines are in use and are not thrown away; restore a backup instead"
        raise NotImplementedError(message)
    op.drop_table("advance_pass_lines")
    op.execute("DROP FUNCTION mark_cohorts_of_lines")
