"""学籍异动: an enrolment changes its state, plan or class only beside the row that carries it out.

Applications, documents, opinions, withdrawals and executions are inserted and never changed. The
database asks the offices in their order, executes once, from the state that the enrolment is in to
the one that the kind of change leads to, and not before the day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    "status_changes", "status_change_proofs", "status_change_opinions",
    "status_change_withdrawals", "status_change_executions",
)  # fmt: skip
REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
CHANGED = (
    "status", "is_open", "suspended_semesters", "plan_id", "major_code", "catalogue_year",
    "class_name",
)  # fmt: skip
"""What of an enrolment a status change changes."""
GRANTED = tuple(column for column in CHANGED if column != "plan_id")
"""plan_id is granted already: a cohort that is migrated moves."""
LEFT = ("left_on", "left_reason")

# With the reader's own rights: the walls of the tables stand before the views, too.
STATES = """
CREATE VIEW status_change_states WITH (security_invoker = true) AS
SELECT s.status_change_id, s.institution_id, s.learner_id, s.enrolment_id, s.takes_effect_on,
  s.state, CASE s.state WHEN 'waiting' THEN s.offices[s.answered + 1] END AS office, s.since
FROM (
  SELECT c.*, o.answered, coalesce(o.last_at, c.applied_at) AS since,
    CASE WHEN x.status_change_id IS NOT NULL THEN 'executed'
      WHEN w.status_change_id IS NOT NULL THEN 'withdrawn'
      WHEN o.is_refused THEN 'refused'
      WHEN o.answered = cardinality(c.offices) THEN 'agreed'
      ELSE 'waiting' END AS state
  FROM status_changes c
    LEFT JOIN status_change_executions x USING (status_change_id)
    LEFT JOIN status_change_withdrawals w USING (status_change_id)
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS answered, max(given_at) AS last_at,
        coalesce(bool_or(NOT agrees), false) AS is_refused
      FROM status_change_opinions p WHERE p.status_change_id = c.status_change_id) o) s
"""
SUSPENSIONS = """
CREATE VIEW suspensions WITH (security_invoker = true) AS
SELECT s.status_change_id, s.institution_id, s.learner_id, s.enrolment_id, s.reason,
  s.takes_effect_on AS starts_on, s.until, s.resumed_on
FROM (
  SELECT c.*, CASE WHEN lead(c.kind) OVER w = '12' THEN lead(c.takes_effect_on) OVER w END
    AS resumed_on
  FROM status_changes c JOIN status_change_executions x USING (status_change_id)
  WHERE c.kind IN ('11', '12')
  WINDOW w AS (PARTITION BY c.enrolment_id ORDER BY x.executed_at, c.status_change_id)) s
WHERE s.kind = '11'
"""
FUNCTIONS = """
CREATE FUNCTION refuse_unless(is_right boolean, said text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF is_right IS NOT TRUE THEN
    RAISE EXCEPTION '%', said USING ERRCODE = 'check_violation';
  END IF;
END $$;

CREATE FUNCTION check_status_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = NEW.enrolment_id
      AND e.institution_id = NEW.institution_id AND e.learner_id = NEW.learner_id),
    'an application is about an enrolment of the learner at the school');
  RETURN NEW;
END $$;

CREATE FUNCTION check_of_status_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  asked status_change_states;
BEGIN
  SELECT * INTO asked FROM status_change_states s WHERE s.status_change_id = NEW.status_change_id;
  PERFORM refuse_unless(NEW.institution_id = asked.institution_id,
    'what is said of an application is said at its school');
  IF TG_TABLE_NAME = 'status_change_opinions' THEN
    PERFORM refuse_unless(NEW.office = asked.office, 'the offices are asked in their order');
  ELSIF TG_TABLE_NAME = 'status_change_withdrawals' THEN
    PERFORM refuse_unless(asked.state IN ('waiting', 'agreed'),
      'only what is not decided or carried out is taken back');
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION check_execution() RETURNS trigger LANGUAGE plpgsql
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
      WHEN '42' THEN '14' WHEN '51' THEN '11' WHEN 'exchange' THEN '07' END,
    'this kind of change leads to another status');
  PERFORM refuse_unless(NEW.plan_after = NEW.plan_before OR asked.kind = '23',
    'only a change of major leads to another plan');
  RETURN NEW;
END $$;

-- Whoever owns the tables may still mend a row (a court's order, a wrong migration).
CREATE FUNCTION refuse_unexecuted_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  said status_change_executions;
BEGIN
  IF current_user <> 'creditbank_app' THEN RETURN NEW; END IF;
  IF (NEW.status, NEW.is_open, NEW.suspended_semesters, NEW.major_code, NEW.catalogue_year,
      NEW.class_name) IS NOT DISTINCT FROM (OLD.status, OLD.is_open, OLD.suspended_semesters,
      OLD.major_code, OLD.catalogue_year, OLD.class_name)
    AND (NEW.plan_id = OLD.plan_id OR EXISTS (SELECT FROM plan_events v
      WHERE v.kind = 'migrated' AND v.institution_id = OLD.institution_id
        AND v.entry_year = OLD.entry_year AND v.from_plan_id = OLD.plan_id
        AND v.plan_id = NEW.plan_id AND v.xmin = pg_current_xact_id()::xid)) THEN
    RETURN NEW;
  END IF;
  SELECT * INTO said FROM status_change_executions x WHERE x.enrolment_id = OLD.enrolment_id
    AND x.xmin = pg_current_xact_id()::xid;
  IF (NEW.status, NEW.plan_id, NEW.class_name, NEW.suspended_semesters) IS DISTINCT FROM
      (said.status_after, said.plan_after, said.class_after, said.suspended_semesters)
    OR (NEW.plan_id = OLD.plan_id AND (NEW.major_code, NEW.catalogue_year)
      IS DISTINCT FROM (OLD.major_code, OLD.catalogue_year)) THEN
    RAISE EXCEPTION 'an enrolment changes only as an executed status change says'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_unexecuted_leaving() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'creditbank_app' AND (OLD.left_on IS NOT NULL OR NOT EXISTS (
      SELECT FROM status_change_executions x WHERE x.enrolment_id = OLD.enrolment_id
        AND x.xmin = pg_current_xact_id()::xid)) THEN
    RAISE EXCEPTION 'a class is left only by an executed status change, and once'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
"""
CHECKS = {
    "status_changes": "check_status_change",
    "status_change_proofs": "check_of_status_change",
    "status_change_opinions": "check_of_status_change",
    "status_change_withdrawals": "check_of_status_change",
    "status_change_executions": "check_execution",
}
GUARDS = {
    "enrolments": "refuse_unexecuted_change",
    "agreement_members": "refuse_unexecuted_leaving",
}


def upgrade() -> None:
    _create_applications()
    _create_answers()
    op.create_table(
        "adjusted_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_worked", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_adjusted_days")),
    )
    op.execute("GRANT INSERT ON adjusted_days TO creditbank_app")
    op.execute("GRANT SELECT ON adjusted_days TO creditbank_app, creditbank_auditor")
    op.execute(STATES)
    op.execute(SUSPENSIONS)
    op.execute(FUNCTIONS)
    for view in ("status_change_states", "suspensions"):
        op.execute(f"GRANT SELECT ON {view} TO creditbank_app, creditbank_auditor")
    for table in TABLES:
        _guard(table)
    for table, function in GUARDS.items():
        op.execute(
            f"CREATE TRIGGER {function} BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {function}")
    op.execute(f"GRANT UPDATE ({', '.join(GRANTED)}) ON enrolments TO creditbank_app")
    op.execute(f"GRANT UPDATE ({', '.join(LEFT)}) ON agreement_members TO creditbank_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


def _guard(table: str) -> None:
    op.execute(f"GRANT INSERT ON {table} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {table} TO creditbank_app, creditbank_auditor")
    op.execute(
        f"CREATE TRIGGER check_row BEFORE INSERT ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {CHECKS[table]}()"
    )
    op.execute(
        f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for trigger in ("check_row", "refuse_change", "refuse_truncate"):
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY reach ON {table} TO creditbank_app USING ({WALL}) WITH CHECK ({WALL})"
    )
    op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def _create_applications() -> None:
    op.create_table(
        "status_changes",
        sa.Column("status_change_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=2), nullable=False, comment="personal: reason"),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("takes_effect_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("by_school", sa.Boolean(), nullable=False),
        sa.Column("absent_hours", sa.Integer(), nullable=False),
        sa.Column("absent_days", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=12), nullable=False, comment="personal: reason"),
        sa.Column("note", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("major_code", sa.String(length=7), nullable=False),
        sa.Column("catalogue_year", sa.Integer(), nullable=True),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("offices", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("applied_as", sa.String(length=9), nullable=False),
        sa.Column("applied_by", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('11','12','15','16','21','22','23','29','31','42','51','exchange')",
            name=op.f("ck_status_changes_kind"),
        ),
        sa.CheckConstraint(
            "(kind = '11') = (until is not null)", name=op.f("ck_status_changes_until")
        ),
        sa.CheckConstraint("until >= takes_effect_on", name=op.f("ck_status_changes_span")),
        sa.CheckConstraint(
            "kind = '31' or not by_school", name=op.f("ck_status_changes_by_school")
        ),
        sa.CheckConstraint(
            "by_school or (absent_hours = 0 and absent_days = 0)",
            name=op.f("ck_status_changes_absence"),
        ),
        sa.CheckConstraint(
            "absent_hours >= 0 and absent_days >= 0", name=op.f("ck_status_changes_absent")
        ),
        sa.CheckConstraint("cardinality(offices) > 0", name=op.f("ck_status_changes_offices")),
        sa.CheckConstraint(
            "applied_as in ('student','guardian','registrar')",
            name=op.f("ck_status_changes_applied_as"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_status_changes_enrolment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["program_plans.plan_id"], name=op.f("fk_status_changes_plan_id")
        ),
        sa.PrimaryKeyConstraint("status_change_id", name=op.f("pk_status_changes")),
    )
    for column in ("institution_id", "learner_id", "enrolment_id"):
        op.create_index(op.f(f"ix_status_changes_{column}"), "status_changes", [column])


def _create_answers() -> None:
    _of_change(
        "status_change_proofs",
        sa.Column("kind", sa.String(length=11), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issuer", sa.String(length=60), nullable=False, comment="personal: reason"),
        sa.CheckConstraint(
            "kind in ('application','hospital','health','enlistment','sanction','assessment',"
            "'death')",
            name=op.f("ck_status_change_proofs_kind"),
        ),
        key="kind",
    )
    _of_change(
        "status_change_opinions",
        sa.Column("office", sa.String(length=9), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("opinion", sa.String(length=200), nullable=False, comment="personal: reason"),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "agrees or opinion <> ''", name=op.f("ck_status_change_opinions_opinion")
        ),
        sa.UniqueConstraint(
            "status_change_id",
            "given_by",
            name=op.f("uq_status_change_opinions_status_change_id_given_by"),
        ),
        key="office",
    )
    _of_change(
        "status_change_withdrawals",
        sa.Column("withdrawn_by", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
    )
    _of_change(
        "status_change_executions",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("status_before", sa.String(length=2), nullable=False),
        sa.Column("status_after", sa.String(length=2), nullable=False),
        sa.Column("plan_before", sa.Integer(), nullable=False),
        sa.Column("plan_after", sa.Integer(), nullable=False),
        sa.Column("class_before", sa.String(length=40), nullable=False),
        sa.Column("class_after", sa.String(length=40), nullable=False),
        sa.Column("suspended_semesters", sa.Integer(), nullable=False),
        sa.Column("executed_by", sa.Integer(), nullable=True),
        sa.Column("executed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
            name=op.f("fk_status_change_executions_enrolment_id"),
        ),
    )
    op.create_index(
        op.f("ix_status_change_executions_enrolment_id"),
        "status_change_executions",
        ["enrolment_id"],
    )


def _of_change(table: str, *columns: sa.schema.SchemaItem, key: str = "") -> None:
    """What is said of an application: once, or once for each key."""
    op.create_table(
        table,
        sa.Column("status_change_id", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["status_change_id"],
            ["status_changes.status_change_id"],
            name=op.f(f"fk_{table}_status_change_id"),
        ),
        sa.PrimaryKeyConstraint(*["status_change_id", *([key] if key else [])],
                                name=op.f(f"pk_{table}")),
    )  # fmt: skip


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ({', '.join(LEFT)}) ON agreement_members FROM creditbank_app")
    op.execute(f"REVOKE UPDATE ({', '.join(GRANTED)}) ON enrolments FROM creditbank_app")
    for table, function in GUARDS.items():
        op.execute(f"DROP TRIGGER {function} ON {table}")
        op.execute(f"DROP FUNCTION {function}")
    for view in ("suspensions", "status_change_states"):
        op.execute(f"DROP VIEW {view}")
    for table in reversed(TABLES):
        op.drop_table(table)
    for function in sorted(set(CHECKS.values())):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION refuse_unless(boolean, text)")
    op.drop_table("adjusted_days")
