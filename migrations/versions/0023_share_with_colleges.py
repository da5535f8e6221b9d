"""What colleges are shown: consents, keys that sign, the positions of a cohort.

Consents, keys and their secrets are inserted and never changed. Which learners a
college may see stands in the view shared_members; row security holds a college's reads to it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
COLLEGE = "(SELECT coalesce(current_setting('creditbank.college', true), ''))"
"""Which college reads, and of which day: set by the unit of work, see store.unit_of_work."""
SCHOOL_WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
COLLEGE_WALL = f"{REACH} = '*' OR college_id = nullif({COLLEGE}, '')::int"
LOOKED_UP = f"{REACH} IN ('', '*') OR college_id = nullif({COLLEGE}, '')::int"
"""Whose key it is, is asked before anybody has a reach."""
OF_SHARED = f"{COLLEGE} = '' OR learner_id = ANY ((SELECT shared_learners())::int[])"
OF_OWN_COLLEGE = f"({COLLEGE} = '' OR college_id = nullif({COLLEGE}, '')::int)"
OF_NO_COLLEGE = f"{COLLEGE} = ''"
CONSENTS = {
    "basis": "basis in ('agreement','student','guardian')",
    "agreement": "basis <> 'agreement' or is_given",
    "by": "basis = 'agreement' or recorded_by is not null",
}
# With the reader's own rights: the walls of the tables stand before the view, too. Who graduates
# leaves the class and stays agreed: admissions are returned in July.
VIEW = """
CREATE VIEW shared_members WITH (security_invoker = true) AS
SELECT m.agreement_id, m.enrolment_id, e.learner_id, a.school_id, a.college_id
FROM agreement_members m JOIN enrolments e USING (enrolment_id)
  JOIN articulation_agreements a USING (agreement_id)
WHERE (m.left_on IS NULL OR e.status = '07' AND EXISTS (SELECT FROM status_changes c
    JOIN status_change_executions x USING (status_change_id)
    WHERE c.enrolment_id = e.enrolment_id AND x.status_after = '07'
      AND c.takes_effect_on = m.left_on)) AND (SELECT c.is_given FROM sharing_consents c
  WHERE c.agreement_id = m.agreement_id AND c.learner_id = e.learner_id
  ORDER BY c.sharing_consent_id DESC LIMIT 1)
"""
FUNCTIONS = """
CREATE FUNCTION shared_learners() RETURNS int[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT s.learner_id), '{}') FROM shared_members s
    JOIN agreements_on(nullif(current_setting('creditbank.day', true), '')::date) a
      USING (agreement_id)
  WHERE s.college_id = nullif(current_setting('creditbank.college', true), '')::int
    AND nullif(current_setting('creditbank.day', true), '')::date
      BETWEEN a.valid_from AND a.valid_to
$$;
COMMENT ON FUNCTION shared_learners IS 'whom the college that reads may see on its day';

CREATE FUNCTION check_sharing_consent() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM agreement_members m
      JOIN enrolments e USING (enrolment_id) JOIN articulation_agreements a USING (agreement_id)
      WHERE (m.agreement_id, e.learner_id, a.school_id)
        = (NEW.agreement_id, NEW.learner_id, NEW.institution_id)),
    'consent is given by who is, or was, in the class of the agreement');
  PERFORM refuse_unless(NEW.basis = 'agreement' OR EXISTS (SELECT FROM accounts a
      JOIN account_learners l USING (account_id)
      WHERE (a.account_id, a.role, l.learner_id) = (NEW.recorded_by, NEW.basis, NEW.learner_id)),
    'consent is the learner''s own to give, or the guardian''s');
  RETURN NEW;
END $$;

CREATE FUNCTION consent_by_joining() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('creditbank.sharing_consent', true), '') <> 'separate' THEN
    INSERT INTO sharing_consents (institution_id, agreement_id, learner_id, is_given, basis,
      recorded_by, recorded_at)
    SELECT a.school_id, c.agreement_id, e.learner_id, true, 'agreement', c.recorded_by,
      coalesce(c.recorded_at, clock_timestamp())
    FROM changed c JOIN enrolments e USING (enrolment_id)
      JOIN articulation_agreements a USING (agreement_id)
    WHERE c.left_on IS NULL ORDER BY c.agreement_id, c.enrolment_id;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION consent_by_joining IS
  'the signed agreement says that its college is shown how the learner stands';

CREATE FUNCTION mark_cohorts() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'sharing_consents' THEN
    INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
    SELECT c.agreement_id, m.enrolment_id, false FROM changed c
      JOIN enrolments e USING (learner_id) JOIN agreement_members m
        ON m.agreement_id = c.agreement_id AND m.enrolment_id = e.enrolment_id;
  ELSIF TG_TABLE_NAME = 'learner_heads' THEN
    INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
    SELECT m.agreement_id, m.enrolment_id, false FROM changed c
      JOIN enrolments e USING (learner_id) JOIN agreement_members m USING (enrolment_id);
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
    SELECT DISTINCT m.agreement_id, m.enrolment_id, true FROM changed c
      JOIN agreement_members m USING (enrolment_id);
  ELSE
    INSERT INTO cohort_marks (agreement_id, enrolment_id, is_verdict)
    SELECT DISTINCT m.agreement_id, m.enrolment_id, true FROM changed c
      JOIN before b USING (enrolment_id, subject_kind, subject_id)
      JOIN agreement_members m USING (enrolment_id)
    WHERE c.verdict_id <> b.verdict_id;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION settle_cohort(asked int) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  found bigint;
BEGIN
  SELECT h.position INTO found FROM cohort_heads h WHERE h.agreement_id = asked;
  IF NOT EXISTS (SELECT FROM cohort_marks k WHERE k.agreement_id = asked) THEN
    RETURN coalesce(found, 0);
  END IF;
  INSERT INTO cohort_heads VALUES (asked, 0, 0) ON CONFLICT DO NOTHING;
  SELECT h.position INTO found FROM cohort_heads h WHERE h.agreement_id = asked FOR UPDATE;
  WITH taken AS (
    DELETE FROM cohort_marks k WHERE k.agreement_id = asked RETURNING k.enrolment_id, k.is_verdict),
  moved AS (
    SELECT t.enrolment_id, bool_or(t.is_verdict) AS is_verdict,
      found + row_number() OVER (ORDER BY t.enrolment_id) AS place
    FROM taken t GROUP BY t.enrolment_id),
  placed AS (
    INSERT INTO cohort_lines AS l (agreement_id, enrolment_id, learner_id, institution_id,
      college_id, position, status_position, was_shared)
    SELECT asked, m.enrolment_id, e.learner_id, a.school_id, a.college_id, m.place,
      CASE WHEN m.is_verdict THEN m.place ELSE 0 END,
      EXISTS (SELECT FROM shared_members s
        WHERE s.agreement_id = asked AND s.enrolment_id = m.enrolment_id)
    FROM moved m JOIN enrolments e USING (enrolment_id)
      JOIN articulation_agreements a ON a.agreement_id = asked
    ON CONFLICT (agreement_id, enrolment_id) DO UPDATE SET position = excluded.position,
      status_position = greatest(l.status_position, excluded.status_position),
      was_shared = l.was_shared OR excluded.was_shared)
  UPDATE cohort_heads h SET position = found + (SELECT count(*) FROM moved)
  WHERE h.agreement_id = asked RETURNING h.position INTO found;
  RETURN found;
END $$;
COMMENT ON FUNCTION settle_cohort IS
  'give every marked member of a class the next position, one call after the other';
"""
TRIGGERS = {
    "check_row": "BEFORE INSERT ON sharing_consents FOR EACH ROW "
    "EXECUTE FUNCTION check_sharing_consent()",
    "mark_cohorts": "AFTER INSERT ON sharing_consents REFERENCING NEW TABLE AS changed "
    "FOR EACH STATEMENT EXECUTE FUNCTION mark_cohorts()",
    "consent_by_joining": "AFTER INSERT ON agreement_members REFERENCING NEW TABLE AS changed "
    "FOR EACH STATEMENT EXECUTE FUNCTION consent_by_joining()",
    **{
        f"mark_cohorts_{event.lower()}_of_{table}": f"AFTER {event} ON {table} REFERENCING {rows} "
        "FOR EACH STATEMENT EXECUTE FUNCTION mark_cohorts()"
        for table, event, rows in (
            ("learner_heads", "INSERT", "NEW TABLE AS changed"),
            ("learner_heads", "UPDATE", "NEW TABLE AS changed"),
            ("verdict_heads", "INSERT", "NEW TABLE AS changed"),
            ("verdict_heads", "UPDATE", "OLD TABLE AS before NEW TABLE AS changed"),
        )
    },
}
# Who was in a class before there were consents had signed its agreement. Where this was taken back,
# what was said stood aside, and stands again: nobody consents by a downgrade.
EXISTING = """
DO $$ BEGIN
  IF to_regclass('kept_sharing_consents') IS NULL THEN
    INSERT INTO sharing_consents (institution_id, agreement_id, learner_id, is_given, basis,
      recorded_by, recorded_at)
    SELECT a.school_id, m.agreement_id, e.learner_id, true, 'agreement', m.recorded_by,
      coalesce(m.recorded_at, clock_timestamp())
    FROM agreement_members m JOIN enrolments e USING (enrolment_id)
      JOIN articulation_agreements a USING (agreement_id)
    WHERE m.left_on IS NULL ORDER BY m.agreement_id, m.enrolment_id;
  ELSE
    INSERT INTO sharing_consents SELECT * FROM kept_sharing_consents ORDER BY sharing_consent_id;
    PERFORM setval('sharing_consents_sharing_consent_id_seq', max(sharing_consent_id))
      FROM sharing_consents;
    DROP TABLE kept_sharing_consents;
  END IF;
END $$
"""
INSERT_ONLY = ("sharing_consents", "college_keys", "college_key_secrets",
               "college_key_revocations")  # fmt: skip
WALLS = {
    "sharing_consents": SCHOOL_WALL,
    "cohort_lines": f"({SCHOOL_WALL}) AND {OF_OWN_COLLEGE}",
    "college_keys": LOOKED_UP,
    "college_key_secrets": LOOKED_UP,
    "college_key_revocations": LOOKED_UP,
}  # fmt: skip
NARROWED = ("enrolments", "learners", "ledger_entries", "verdicts", "verdict_heads",
            "plan_exceptions", "status_changes", "sharing_consents")  # fmt: skip
"""Of these a college sees the rows of learners who are shared with it."""
CLOSED = ("term_registrations", "issued_papers", "grade_imports")
"""Of these a college sees nothing."""


def upgrade() -> None:
    op.add_column("access_log", sa.Column("key_id", sa.String(length=24), nullable=True))
    _create_consents()
    _create_cohorts()
    _create_keys()
    op.execute(VIEW)
    op.execute(FUNCTIONS)
    for name, what in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {what}")
    op.execute("ALTER TABLE sharing_consents DISABLE TRIGGER check_row")  # it was checked then
    op.execute(EXISTING)
    op.execute("ALTER TABLE sharing_consents ENABLE ALWAYS TRIGGER check_row")
    op.execute("GRANT SELECT ON shared_members TO creditbank_app, creditbank_auditor")
    for table in INSERT_ONLY:
        _insert_only(table)
    for table, wall in WALLS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY reach ON {table} TO creditbank_app USING ({wall}) WITH CHECK ({wall})"
        )
    for table in ("sharing_consents", "cohort_lines"):
        op.execute(f"GRANT SELECT ON {table} TO creditbank_auditor")
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")
    op.execute("GRANT SELECT ON cohort_lines, cohort_heads, cohort_marks TO creditbank_app")
    op.execute("GRANT UPDATE (announced) ON cohort_heads TO creditbank_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON college_nonces TO creditbank_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")
    for tables, shown in ((NARROWED, OF_SHARED), (CLOSED, OF_NO_COLLEGE)):
        for table in tables:
            op.execute(
                f"CREATE POLICY shared ON {table} AS RESTRICTIVE FOR SELECT TO creditbank_app "
                f"USING ({shown})"
            )


def _insert_only(table: str) -> None:
    op.execute(f"GRANT SELECT, INSERT ON {table} TO creditbank_app")
    for name, event, each in (
        ("refuse_change", "UPDATE OR DELETE", "ROW"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _table(table: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    op.create_table(table, *parts, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")))


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def _create_consents() -> None:
    _table(
        "sharing_consents",
        _number("sharing_consent_id"),
        _whole("institution_id"),
        _whole("agreement_id"),
        _whole("learner_id"),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        _text("basis", 9),
        _whole("recorded_by", nullable=True),
        _moment("recorded_at"),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_sharing_consents_{name}"))
            for name, rule in CONSENTS.items()
        ),
        _refers("sharing_consents", "agreement_id", "articulation_agreements.agreement_id"),
        _refers("sharing_consents", "learner_id", "learners.learner_id"),
        key=("sharing_consent_id",),
    )
    op.create_index(
        "ix_sharing_consents_latest", "sharing_consents",
        ["agreement_id", "learner_id", "sharing_consent_id"],
    )  # fmt: skip


def _create_cohorts() -> None:
    _table(
        "cohort_marks",
        _number("cohort_mark_id"),
        _whole("agreement_id"),
        _whole("enrolment_id"),
        sa.Column("is_verdict", sa.Boolean(), nullable=False),
        key=("cohort_mark_id",),
    )
    op.create_index(op.f("ix_cohort_marks_agreement_id"), "cohort_marks", ["agreement_id"])
    _table(
        "cohort_heads",
        _whole("agreement_id"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("announced", sa.BigInteger(), nullable=False),
        key=("agreement_id",),
    )
    _table(
        "cohort_lines",
        _whole("agreement_id"), _whole("enrolment_id"), _whole("learner_id"),
        _whole("institution_id"), _whole("college_id"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("status_position", sa.BigInteger(), nullable=False),
        sa.Column("was_shared", sa.Boolean(), nullable=False),
        key=("agreement_id", "enrolment_id"),
    )  # fmt: skip
    op.create_index("ix_cohort_lines_position", "cohort_lines", ["agreement_id", "position"])


def _create_keys() -> None:
    _table(
        "college_keys",
        _text("key_id", 24),
        _whole("college_id"),
        _whole("account_id"),
        _text("label", 60),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("agreement_ids", postgresql.ARRAY(sa.Integer()), nullable=True),
        _moment("expires_at"),
        _whole("created_by"),
        _moment("created_at"),
        _refers("college_keys", "college_id", "institutions.institution_id"),
        _refers("college_keys", "account_id", "accounts.account_id"),
        key=("key_id",),
    )
    op.create_index(op.f("ix_college_keys_college_id"), "college_keys", ["college_id"])
    _table(
        "college_key_secrets",
        _text("key_id", 24),
        _whole("version"),
        _whole("college_id"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _moment("previous_until"),
        _whole("created_by"),
        _moment("created_at"),
        _refers("college_key_secrets", "key_id", "college_keys.key_id"),
        key=("key_id", "version"),
    )
    _table(
        "college_key_revocations",
        _text("key_id", 24), _whole("college_id"), _whole("revoked_by"), _moment("revoked_at"),
        _refers("college_key_revocations", "key_id", "college_keys.key_id"),
        key=("key_id",),
    )  # fmt: skip
    _table(
        "college_nonces", _text("key_id", 24), _text("nonce", 64), _moment("used_at"),
        key=("key_id", "nonce"),
    )  # fmt: skip
    op.create_index(op.f("ix_college_nonces_used_at"), "college_nonces", ["used_at"])


def downgrade() -> None:
    """Nobody is shown anything any more; what was said of consent is kept for an upgrade."""
    for table in (*NARROWED, *CLOSED):
        op.execute(f"DROP POLICY shared ON {table}")
    for table in ("learner_heads", "verdict_heads"):
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER mark_cohorts_{event}_of_{table} ON {table}")
    op.execute("DROP TRIGGER consent_by_joining ON agreement_members")
    op.execute("DROP VIEW shared_members")
    op.execute("CREATE TABLE kept_sharing_consents AS TABLE sharing_consents")
    for table in (
        "college_nonces", "college_key_revocations", "college_key_secrets", "college_keys",
        "cohort_lines", "cohort_heads", "cohort_marks", "sharing_consents",
    ):  # fmt: skip
        op.drop_table(table)
    for function in (
        "settle_cohort(int)", "shared_learners()", "mark_cohorts()", "consent_by_joining()",
        "check_sharing_consent()",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("access_log", "key_id")
