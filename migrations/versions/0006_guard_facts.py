"""What a verdict rests on beside the ledger cannot change unseen, and stays behind the second wall.

A change of a fact moves the learner's facts_seq and marks the learner, in the same transaction,
whoever makes it: a verdict that stands is then behind the books for everybody who reads it.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACTS = (
    "enrolments", "conduct_evaluations", "internship_appraisals", "sanctions", "attestations",
    "agreement_members", "articulation_agreements",
)  # fmt: skip
OF_ENROLMENTS = (
    "conduct_evaluations", "internship_appraisals", "sanctions", "attestations",
    "agreement_members",
)  # fmt: skip
NEVER_EMPTIED = ("program_plans", "cohort_plans")

REACH = "(SELECT current_setting('creditbank.reach', true))"
OWN_SCHOOL = (
    f"{REACH} = '*' OR institution_id = ANY "
    f"((SELECT string_to_array(replace({REACH}, '*', ''), ',')::int[])::int[])"
)
# The enrolments that the subquery sees are those that their own wall shows.
OF_ENROLMENT = (
    f"{REACH} = '*' OR EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = {{table}}"
    ".enrolment_id)"
)
OF_LEARNER = (
    f"{REACH} = '*' OR EXISTS (SELECT FROM enrolments e WHERE e.learner_id = learners.learner_id)"
)

FUNCTIONS = r"""
CREATE FUNCTION note_facts() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  touched int[];
BEGIN
  IF TG_TABLE_NAME = 'enrolments' THEN
    SELECT array_agg(DISTINCT learner_id ORDER BY learner_id) INTO touched FROM changed;
  ELSIF TG_TABLE_NAME = 'articulation_agreements' THEN
    SELECT array_agg(DISTINCT e.learner_id ORDER BY e.learner_id) INTO touched
    FROM changed c JOIN agreement_members m USING (agreement_id)
      JOIN enrolments e USING (enrolment_id);
  ELSE
    SELECT array_agg(DISTINCT e.learner_id ORDER BY e.learner_id) INTO touched
    FROM changed c JOIN enrolments e USING (enrolment_id);
  END IF;
  INSERT INTO learner_heads AS h (learner_id, ledger_seq, facts_seq, head_hash)
    SELECT learner_id, 0, 1, decode(repeat('00', 32), 'hex') FROM unnest(touched) learner_id
    ON CONFLICT (learner_id) DO UPDATE SET facts_seq = h.facts_seq + 1;
  INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
    SELECT learner_id, ledger_seq, 'fact:' || TG_TABLE_NAME, clock_timestamp()
    FROM learner_heads WHERE learner_id = ANY (touched) ORDER BY learner_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION refuse_frozen_plan() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM cohort_plans WHERE plan_id = OLD.plan_id)
    OR EXISTS (SELECT FROM enrolments WHERE plan_id = OLD.plan_id) THEN
    RAISE EXCEPTION 'plan % version % is in use by a cohort: make a new version',
      OLD.code, OLD.version
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_cohort_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM enrolments e WHERE e.institution_id = OLD.institution_id
      AND e.entry_year = OLD.entry_year AND e.plan_id = OLD.plan_id) THEN
    RAISE EXCEPTION 'the cohort of % follows plan % already and stays on it',
      OLD.entry_year, OLD.plan_code
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION is_identity_number(number text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  weights CONSTANT int[] := '{7,9,10,5,8,4,2,1,6,3,7,9,10,5,8,4,2}';
  total int := 0;
BEGIN
  IF number !~ '^[0-9]{17}[0-9X]$' THEN RETURN false; END IF;
  PERFORM make_date(substr(number, 7, 4)::int, substr(number, 11, 2)::int,
    substr(number, 13, 2)::int);
  FOR place IN 1..17 LOOP
    total := total + substr(number, place, 1)::int * weights[place];
  END LOOP;
  RETURN substr('10X98765432', total % 11 + 1, 1) = right(number, 1);
EXCEPTION WHEN datetime_field_overflow THEN
  RETURN false;
END $$;
COMMENT ON FUNCTION is_identity_number IS 'GB 11643: form, date of birth and check character';

CREATE FUNCTION is_national_student_no(number text, citizen_id text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE left(number, 1)
    WHEN 'G' THEN is_identity_number(substr(number, 2))
      AND coalesce(citizen_id = substr(number, 2), true)
    ELSE number ~ '^[JL][0-9]{17}[0-9X]$' END
$$;

CREATE FUNCTION is_unified_code(code text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  characters CONSTANT text := '0123456789ABCDEFGHJKLMNPQRTUWXY';
  weight int := 1;
  total int := 0;
BEGIN
  IF code !~ ('^[' || characters || ']{2}[0-9]{6}[' || characters || ']{10}$') THEN
    RETURN false;
  END IF;
  FOR place IN 1..17 LOOP
    total := total + (position(substr(code, place, 1) IN characters) - 1) * weight;
    weight := weight * 3 % 31;
  END LOOP;
  RETURN substr(characters, (31 - total % 31) % 31 + 1, 1) = right(code, 1);
END $$;
COMMENT ON FUNCTION is_unified_code IS 'GB 32100: form and check character';
"""

FROZEN_BY_COHORTS_ALONE = """
CREATE OR REPLACE FUNCTION refuse_frozen_plan() RETURNS trigger LANGUAGE plpgsql
SECURITY INVOKER AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM cohort_plans WHERE plan_id = OLD.plan_id) THEN
    RAISE EXCEPTION 'plan % version % is in use by a cohort: make a new version',
      OLD.code, OLD.version
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
"""

CHECKS = (
    ("learners", "citizen_id", "is_identity_number(citizen_id)"),
    (
        "learners",
        "national_student_no",
        "is_national_student_no(national_student_no, citizen_id)",
    ),
    ("institutions", "unified_code", "is_unified_code(unified_code)"),
)


def upgrade() -> None:
    """Functions first, then what calls them."""
    op.execute(FUNCTIONS)
    for table in FACTS:
        for event, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER note_facts_{event.lower()} AFTER {event} ON {table} "
                f"REFERENCING {rows} TABLE AS changed "
                "FOR EACH STATEMENT EXECUTE FUNCTION note_facts()"
            )
    op.execute(
        "CREATE TRIGGER refuse_cohort_change BEFORE UPDATE OR DELETE ON cohort_plans "
        "FOR EACH ROW EXECUTE FUNCTION refuse_cohort_change()"
    )
    op.execute("ALTER TABLE cohort_plans ENABLE ALWAYS TRIGGER refuse_cohort_change")
    op.execute("ALTER TABLE program_plans ENABLE ALWAYS TRIGGER refuse_frozen_plan")
    for table in NEVER_EMPTIED:
        op.execute(
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER refuse_truncate")
    for table, wall in _walls().items():
        # A learner is registered before the enrolment that lets a school see it.
        check = "true" if table == "learners" else wall
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY reach ON {table} TO creditbank_app USING ({wall}) WITH CHECK ({check})"
        )
        op.execute(f"CREATE POLICY audit ON {table} FOR SELECT TO creditbank_auditor USING (true)")
    for table, column, check in CHECKS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({check})")


def downgrade() -> None:
    """Back to guards on ledger, verdicts and enrolments alone."""
    for table, column, _ in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
    for table in _walls():
        op.execute(f"DROP POLICY audit ON {table}")
        op.execute(f"DROP POLICY reach ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in NEVER_EMPTIED:
        op.execute(f"DROP TRIGGER refuse_truncate ON {table}")
    op.execute("ALTER TABLE program_plans ENABLE TRIGGER refuse_frozen_plan")
    op.execute("DROP TRIGGER refuse_cohort_change ON cohort_plans")
    for table in FACTS:
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER note_facts_{event} ON {table}")
    op.execute(FROZEN_BY_COHORTS_ALONE)
    for function in (
        "is_unified_code",
        "is_national_student_no",
        "is_identity_number",
        "refuse_cohort_change",
        "note_facts",
    ):
        op.execute(f"DROP FUNCTION {function}")


def _walls() -> dict[str, str]:
    """What of each table a reach shows."""
    return {
        "learners": OF_LEARNER,
        "grade_imports": OWN_SCHOOL,
        **{table: OF_ENROLMENT.format(table=table) for table in OF_ENROLMENTS},
    }
