"""转学: where a learner wants to go, what the receiving school found, the notice, the arrival.

An application is seen by the school that is left, and by the one it leads to while it is open or
once it is carried out; what belongs to it, wherever it is seen itself. The receiving school plans
the recognition while it is its turn, and changes the place afterwards, or the recognition to the
best of that day; the bureau answers once the public notice is over, and an arrival stands beside an
execution.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

REACH = "(SELECT current_setting('creditbank.reach', true))"
WALL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
RECEIVES = WALL.replace("institution_id =", "to_institution_id =")
SAID = (
    "status_change_proofs", "status_change_opinions", "status_change_withdrawals",
    "status_change_executions",
)  # fmt: skip
OF_TRANSFERS = {
    "recognition_plans": f"({WALL})",
    "public_notices": f"{REACH} = '*'",
    "transfer_arrivals": f"({WALL})",
    "makeup_courses": f"({WALL})",
}
"""Tables, and who inserts."""

# Beside what it had: an office that waits for the end of a notice has its days from then on.
STATES = """
CREATE OR REPLACE VIEW status_change_states WITH (security_invoker = true) AS
SELECT s.status_change_id, s.institution_id, s.learner_id, s.enrolment_id, s.takes_effect_on,
  s.state, CASE s.state WHEN 'waiting' THEN s.offices[s.answered + 1] END AS office,
  greatest(s.last_at, (n.ends_on::timestamp AT TIME ZONE 'Asia/Shanghai')) AS since,
  s.to_institution_id, n.ends_on AS notice_ends_on
FROM (
  SELECT c.*, o.answered, coalesce(o.last_at, c.applied_at) AS last_at,
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
  LEFT JOIN public_notices n USING (status_change_id)
"""

FUNCTIONS = """
CREATE OR REPLACE FUNCTION check_status_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = NEW.enrolment_id
      AND e.institution_id = NEW.institution_id AND e.learner_id = NEW.learner_id),
    'an application is about an enrolment of the learner at the school');
  PERFORM refuse_unless(NEW.to_institution_id IS NULL
      OR NEW.to_institution_id <> NEW.institution_id AND EXISTS (SELECT FROM program_plans p
        WHERE p.plan_id = NEW.plan_id AND p.institution_id = NEW.to_institution_id),
    'a transfer leads to a plan of another school');
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_of_status_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  asked status_change_states;
BEGIN
  SELECT * INTO asked FROM status_change_states s WHERE s.status_change_id = NEW.status_change_id;
  PERFORM refuse_unless(NEW.institution_id = asked.institution_id,
    'what is said of an application is said at its school');
  IF TG_TABLE_NAME = 'status_change_opinions' THEN
    PERFORM refuse_unless(NEW.office = asked.office, 'the offices are asked in their order');
    PERFORM refuse_unless(NEW.office NOT IN ('county','authority_out','authority_in')
        OR asked.notice_ends_on IS NULL
        OR (NEW.given_at AT TIME ZONE 'Asia/Shanghai')::date > asked.notice_ends_on,
      'the bureau answers once the public notice is over');
  ELSIF TG_TABLE_NAME = 'status_change_withdrawals' THEN
    PERFORM refuse_unless(asked.state IN ('waiting', 'agreed'),
      'only what is not decided or carried out is taken back');
  END IF;
  RETURN NEW;
END $$;

-- A sanction goes along with the learner.
CREATE FUNCTION check_sanction_lifting() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless(EXISTS (SELECT FROM sanctions s
      JOIN enrolments e ON e.enrolment_id = s.enrolment_id
      JOIN enrolments n ON n.learner_id = e.learner_id
      WHERE s.sanction_id = NEW.sanction_id AND n.enrolment_id = NEW.enrolment_id
        AND (n.is_open OR n.institution_id = e.institution_id)),
    'a sanction is lifted by the school that imposed it, or where the learner is enrolled now');
  RETURN NEW;
END $$;

-- With the owner's rights: a policy of status_changes asks it.
CREATE FUNCTION application_is_open_or_executed(asked bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT NOT EXISTS (SELECT FROM status_change_withdrawals w WHERE w.status_change_id = asked)
    AND NOT EXISTS (SELECT FROM status_change_opinions o
      WHERE o.status_change_id = asked AND NOT o.agrees)
$$;

-- With the reader's own rights: what belongs to an application is seen where that is seen.
CREATE FUNCTION application_is_seen(asked bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM status_changes c WHERE c.status_change_id = asked)
$$;

CREATE FUNCTION check_of_transfer() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  asked status_change_states;
  before recognition_plans;
BEGIN
  SELECT * INTO asked FROM status_change_states s WHERE s.status_change_id = NEW.status_change_id;
  PERFORM refuse_unless(asked.to_institution_id IS NOT NULL, 'only a transfer has this');
  IF TG_TABLE_NAME = 'public_notices' THEN
    PERFORM refuse_unless(asked.state IN ('waiting', 'agreed'), 'a notice is of what is open');
    RETURN NEW;
  END IF;
  PERFORM refuse_unless(NEW.institution_id = asked.to_institution_id,
    'what the receiving school says is said there');
  IF TG_TABLE_NAME = 'recognition_plans' THEN
    SELECT * INTO before FROM recognition_plans p WHERE p.status_change_id = NEW.status_change_id
      ORDER BY p.recognition_plan_id DESC LIMIT 1;
    PERFORM refuse_unless(asked.office = 'receiving_registrar'
        OR asked.state IN ('waiting', 'agreed') AND before.passed AND NEW.passed
          AND (NEW.shortfall = NEW.best_shortfall
            OR (NEW.items, NEW.shortfall, NEW.as_of)
              = (before.items, before.shortfall, before.as_of)),
      'a recognition is planned while it is the turn of the receiving school, and afterwards only'
      ' for another class or number, or as the best of its day');
  ELSE
    PERFORM refuse_unless(asked.state = 'executed' AND EXISTS (SELECT FROM enrolments e
        WHERE e.enrolment_id = NEW.enrolment_id AND e.institution_id = NEW.institution_id
          AND e.learner_id = asked.learner_id),
      'who arrives has been transferred');
  END IF;
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.add_column(
        "accounts", sa.Column("section", sa.String(length=10), nullable=False, server_default="")
    )
    op.create_check_constraint(
        op.f("ck_accounts_section"),
        "accounts",
        "section in ('general','vocational') and role = 'county' or section = ''",
    )
    _name_destinations()
    _create_of_transfers()
    op.execute(STATES)
    op.execute(FUNCTIONS)
    op.execute(
        "CREATE TRIGGER check_row BEFORE INSERT ON sanction_liftings "
        "FOR EACH ROW EXECUTE FUNCTION check_sanction_lifting()"
    )
    op.execute("ALTER TABLE sanction_liftings ENABLE ALWAYS TRIGGER check_row")
    op.execute(
        f"CREATE POLICY receive ON status_changes FOR SELECT TO creditbank_app "
        f"USING (({RECEIVES}) AND application_is_open_or_executed(status_change_id))"
    )
    for table in (*SAID, *OF_TRANSFERS):
        op.execute(
            f"CREATE POLICY receive ON {table} FOR SELECT TO creditbank_app "
            f"USING ({REACH} = '*' OR application_is_seen({table}.status_change_id))"
        )
    for table, inserts in OF_TRANSFERS.items():
        _guard(table, inserts, checks="check_of_transfer")
    _pair_schools()
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO creditbank_app")


def _name_destinations() -> None:
    op.add_column("enrolments", sa.Column("began_on", sa.Date(), nullable=True))
    op.add_column("status_changes", sa.Column("to_institution_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_status_changes_to_institution_id"),
        "status_changes",
        "institutions",
        ["to_institution_id"],
        ["institution_id"],
    )
    op.create_index(
        op.f("ix_status_changes_to_institution_id"), "status_changes", ["to_institution_id"]
    )
    op.create_check_constraint(
        op.f("ck_status_changes_destination"),
        "status_changes",
        "(kind = '21') = (to_institution_id is not null) and (kind <> '21' or plan_id is not null)",
    )
    op.alter_column("status_change_opinions", "office", type_=sa.String(length=20))


def _create_of_transfers() -> None:
    document = postgresql.JSONB()
    _create(
        "recognition_plans",
        sa.Column(
            "recognition_plan_id", sa.BigInteger(), sa.Identity(always=False), nullable=False
        ),
        _number("status_change_id", sa.BigInteger),
        _number("institution_id"),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("opinion", sa.String(length=200), nullable=False, comment="personal: note"),
        sa.Column("class_name", sa.String(length=40), nullable=False),
        sa.Column("student_no", sa.String(length=20), nullable=False, comment="personal: 学号"),
        *(sa.Column(name, document, nullable=False) for name in ("items", "declined", "tested")),
        *map(_number, ("shortfall", "best_shortfall", "ledger_seq", "planned_by")),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        key="recognition_plan_id",
        checks={
            "opinion": "passed or opinion <> ''",
            "place": "not passed or (class_name <> '' and student_no <> '')",
            "shortfall": "shortfall >= best_shortfall and best_shortfall >= 0",
        },
    )
    _create(
        "public_notices",
        _number("status_change_id", sa.BigInteger),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        key="status_change_id",
        checks={"span": "ends_on >= starts_on"},
    )
    _create(
        "transfer_arrivals",
        _number("status_change_id", sa.BigInteger),
        _number("institution_id"),
        _number("enrolment_id"),
        _number("recognition_plan_id", sa.BigInteger),
        _number("presented"),
        _number("recognised"),
        sa.Column("dropped", document, nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_transfer_arrivals_enrolment_id")),
        sa.ForeignKeyConstraint(
            ["recognition_plan_id"],
            ["recognition_plans.recognition_plan_id"],
            name=op.f("fk_transfer_arrivals_recognition_plan_id"),
        ),
        _of_enrolment("transfer_arrivals"),
        key="status_change_id",
        checks={"recognised": "recognised between 0 and presented"},
    )
    _create(
        "makeup_courses",
        _number("enrolment_id"),
        sa.Column("course_code", sa.String(length=20), nullable=False),
        _number("status_change_id", sa.BigInteger),
        _number("institution_id"),
        sa.Column("name", sa.String(length=100), nullable=False),
        _number("units"),
        sa.Column("due_on", sa.Date(), nullable=False),
        _of_enrolment("makeup_courses"),
        key=("enrolment_id", "course_code"),
    )
    for table in ("recognition_plans", "makeup_courses"):
        op.create_index(op.f(f"ix_{table}_status_change_id"), table, ["status_change_id"])


def _number(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column[int]:
    return sa.Column(name, kind(), nullable=False)


def _of_enrolment(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_enrolment_id")
    return sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.enrolment_id"], name=name)


def _create(
    table: str,
    *columns: sa.schema.SchemaItem,
    key: str | tuple[str, ...],
    checks: dict[str, str] | None = None,
) -> None:
    op.create_table(
        table,
        *columns,
        sa.ForeignKeyConstraint(
            ["status_change_id"],
            ["status_changes.status_change_id"],
            name=op.f(f"fk_{table}_status_change_id"),
        ),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
            for name, condition in (checks or {}).items()
        ),
        sa.PrimaryKeyConstraint(
            *([key] if isinstance(key, str) else key), name=op.f(f"pk_{table}")
        ),
    )


def _pair_schools() -> None:
    op.create_table(
        "paired_schools",
        sa.Column("paired_school_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *map(_number, ("vocational_id", "general_id")),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("document_no", sa.String(length=100), nullable=False),
        _number("decided_by"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("document_no <> ''", name=op.f("ck_paired_schools_document")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_paired_schools_validity")),
        sa.CheckConstraint("vocational_id <> general_id", name=op.f("ck_paired_schools_two")),
        *(
            sa.ForeignKeyConstraint(
                [name], ["institutions.institution_id"], name=op.f(f"fk_paired_schools_{name}")
            )
            for name in ("vocational_id", "general_id")
        ),
        sa.PrimaryKeyConstraint("paired_school_id", name=op.f("pk_paired_schools")),
    )
    for column in ("vocational_id", "general_id"):
        op.create_index(op.f(f"ix_paired_schools_{column}"), "paired_schools", [column])
    _guard("paired_schools", f"{REACH} = '*'")
    op.execute("CREATE POLICY known ON paired_schools FOR SELECT TO creditbank_app USING (true)")


def _guard(table: str, inserts: str, *, checks: str = "") -> None:
    """Insert only, by whose reach allows it."""
    op.execute(f"GRANT INSERT ON {table} TO creditbank_app")
    op.execute(f"GRANT SELECT ON {table} TO creditbank_app, creditbank_auditor")
    triggers = [
        ("refuse_change", "UPDATE OR DELETE", "ROW", "refuse_change"),
        ("refuse_truncate", "TRUNCATE", "STATEMENT", "refuse_change"),
    ]
    if checks:
        triggers.append(("check_row", "INSERT", "ROW", checks))
    for name, event, each, function in triggers:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {function}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY enter ON {table} FOR INSERT TO creditbank_app WITH CHECK ({inserts})"
    )
    op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")


def downgrade() -> None:
    message = "what the receiving schools have said is not thrown away; restore a backup instead"
    raise NotImplementedError(message)
