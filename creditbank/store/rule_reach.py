"""Whose awards can meet a cap, and heads moved on to rules that cannot touch what they stand for.

Needs a reach of all institutions: a learner's evidence may stand in several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from creditbank.eligibility import ENGINE_VERSION

ALL_AWARDS = "*"


@dataclass(frozen=True, slots=True)
class AwardLimit:
    """Awards of more units meet a cap, for those of one school who follow one plan.

    category: of the awards that are added up; ALL_AWARDS for those of every category.
    """

    institution_id: int
    plan_id: int
    category: str
    units: int


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the time of study depends on besides the rules and the day."""

    institution_id: int
    plan_id: int
    entered_on: date
    suspended_semesters: int


@dataclass(frozen=True, slots=True)
class Succession:
    """A situation in which rules of one version may give way to those of another."""

    situation: Situation
    before: str
    after: str


# Generous: what was taken back, has expired or is in dispute is in the sums, too, and what approved
# substitutions moved is in them twice, with the award and under "".
_OVER = """
WITH sums AS (
  SELECT learner_id, CASE WHEN grouping(category) = 1 THEN '*' ELSE category END AS category,
    sum(units) AS units
  FROM (
    SELECT learner_id, units, CASE kind WHEN 'competition' THEN 'competition'
      WHEN 'innovation' THEN coalesce(detail->>'category', '') ELSE '' END AS category
    FROM ledger_entries WHERE kind IN ('competition', 'innovation', 'substitution')
      AND (kind <> 'substitution' OR units > 0)) awards
  GROUP BY GROUPING SETS ((learner_id), (learner_id, category))),
over_limits AS (
  SELECT DISTINCT e.enrolment_id
  FROM enrolments e JOIN sums USING (learner_id)
  JOIN unnest(cast(:limit_schools AS int[]), cast(:limit_plans AS int[]),
    cast(:limit_categories AS text[]), cast(:limit_units AS int[]))
    AS l (institution_id, plan_id, category, units)
    ON (l.institution_id, l.plan_id, l.category) = (e.institution_id, e.plan_id, sums.category)
  WHERE e.is_open AND sums.units > l.units)
"""
_READ_OVER = text(f"{_OVER} SELECT enrolment_id FROM over_limits")  # noqa: S608 (no value in it)
_EXCEPTED = text("SELECT DISTINCT enrolment_id FROM standing_exceptions")
_SITUATIONS = text("""
SELECT DISTINCT institution_id, plan_id, coalesce(began_on, entered_on) AS entered_on,
  suspended_semesters
FROM enrolments WHERE is_open AND (cast(:school AS int) IS NULL OR institution_id = :school)
ORDER BY institution_id, plan_id, entered_on, suspended_semesters
""")
# One statement, so that heads, books and awards are seen at one moment. A head that an evaluation
# is writing just now is left to that evaluation: nobody waits. One that was written since the
# moment is looked at again by the database, and then its ledger or facts are not those of the books
# as they were. Who is marked is evaluated anyway. NOT IN, because it is hashed whatever the planner
# guesses of the arrays.
_CARRY = text(f"""
{_OVER},
untouched AS (
  SELECT h.enrolment_id, h.subject_kind, h.subject_id, s.after
  FROM enrolments e
  JOIN unnest(cast(:schools AS int[]), cast(:plans AS int[]), cast(:entered AS date[]),
    cast(:suspended AS int[]), cast(:befores AS text[]), cast(:afters AS text[]))
    AS s (institution_id, plan_id, entered_on, suspended_semesters, before, after)
    ON (s.institution_id, s.plan_id, s.entered_on, s.suspended_semesters)
      = (e.institution_id, e.plan_id, coalesce(e.began_on, e.entered_on), e.suspended_semesters)
  JOIN learner_heads b USING (learner_id)
  JOIN verdict_heads h USING (enrolment_id)
  WHERE e.is_open
    AND (h.ledger_seq, h.facts_seq, h.plan_id, h.policy_version, h.engine_version, h.as_of)
      = (b.ledger_seq, b.facts_seq, e.plan_id, s.before, cast(:engine AS text), cast(:day AS date))
    AND e.enrolment_id NOT IN (SELECT enrolment_id FROM over_limits)
    AND NOT EXISTS (SELECT FROM pending_evaluations p WHERE p.learner_id = e.learner_id)
    AND NOT EXISTS (SELECT FROM standing_exceptions x WHERE x.enrolment_id = e.enrolment_id)
  ORDER BY h.enrolment_id, h.subject_kind, h.subject_id FOR UPDATE OF h SKIP LOCKED)
UPDATE verdict_heads h SET policy_version = u.after FROM untouched u
WHERE (h.enrolment_id, h.subject_kind, h.subject_id)
  = (u.enrolment_id, u.subject_kind, u.subject_id)
""")  # noqa: S608 (as above)


def read_enrolments_over(connection: Connection, limits: Sequence[AwardLimit]) -> set[int]:
    """Open enrolments whose awards, counted generously, are more than a limit."""
    if not limits:
        return set()
    return set(connection.execute(_READ_OVER, _columns(limits)).scalars())


def read_excepted(connection: Connection) -> set[int]:
    """Enrolments for which the plan is not as it is for everybody."""
    return set(connection.execute(_EXCEPTED).scalars())


def read_situations(connection: Connection, school: int | None) -> list[Situation]:
    """Of the open enrolments of one school, or of all."""
    return [Situation(*row) for row in connection.execute(_SITUATIONS, {"school": school})]


def carry_heads(
    connection: Connection,
    successions: Sequence[Succession],
    limits: Sequence[AwardLimit],
    *,
    day: date,
) -> int:
    """Move heads on to other rules, without an evaluation; returns how many.

    Those of open enrolments in one of these situations whose awards are over no limit, and only
    where the head says what holds at this moment under the rules before: of the books as they are,
    of that day, by this engine, nobody marked. None that stands under an exception from the plan:
    the limits are those of the plan as it is for everybody.
    """
    if not successions:
        return 0
    situations = [item.situation for item in successions]
    return connection.execute(
        _CARRY,
        {
            **_columns(limits),
            "schools": [item.institution_id for item in situations],
            "plans": [item.plan_id for item in situations],
            "entered": [item.entered_on for item in situations],
            "suspended": [item.suspended_semesters for item in situations],
            "befores": [item.before for item in successions],
            "afters": [item.after for item in successions],
            "engine": ENGINE_VERSION,
            "day": day,
        },
    ).rowcount


def _columns(limits: Sequence[AwardLimit]) -> dict[str, list[Any]]:
    return {
        "limit_schools": [item.institution_id for item in limits],
        "limit_plans": [item.plan_id for item in limits],
        "limit_categories": [item.category for item in limits],
        "limit_units": [item.units for item in limits],
    }
