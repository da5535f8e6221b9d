"""The round over open enrolments: a new day, a new policy or a new engine asks for new verdicts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from creditbank.domain.calendar import local_date
from creditbank.eligibility import ENGINE_VERSION
from creditbank.store.evaluations import beat
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork

_SCHOOLS = text("SELECT DISTINCT institution_id FROM enrolments WHERE is_open ORDER BY 1")
# One mark for each value that has come into force since the verdict: all of them are its causes.
_MARK = text("""
WITH behind AS (
  SELECT h.learner_id, h.ledger_seq, unnest(CASE
    WHEN h.engine_version <> :engine THEN ARRAY['engine:' || :engine]
    WHEN h.policy_version <> p.version THEN coalesce((
      SELECT array_agg('policy:' || c.key) FROM policy_changes c
      WHERE (c.institution_id IS NULL OR c.institution_id = e.institution_id)
        AND c.effective_from > h.as_of AND c.effective_from <= :day), ARRAY['policy:' || p.version])
    WHEN h.as_of <> :day THEN ARRAY['day:' || :day] END) AS cause
  FROM verdict_heads h JOIN enrolments e USING (enrolment_id)
    JOIN unnest(cast(:schools AS int[]), cast(:versions AS text[])) AS p (institution_id, version)
      ON p.institution_id = e.institution_id
  WHERE e.is_open), marked AS (
  INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
  SELECT learner_id, max(ledger_seq), cause, cast(:now AS timestamptz) FROM behind
  WHERE NOT EXISTS (SELECT 1 FROM pending_evaluations p WHERE p.learner_id = behind.learner_id)
  GROUP BY learner_id, cause RETURNING learner_id)
SELECT count(DISTINCT learner_id) FROM marked
""")

PREVIEW_DAYS = 30
"""How long an uploaded sheet that was never posted is kept; it names people and marks."""
_FORGET = text("DELETE FROM grade_imports WHERE posted_at IS NULL AND created_at < :before")


def forget_old_previews(uow: UnitOfWork, *, now: datetime) -> int:
    """Delete uploads that were previewed and left; returns how many."""
    before = now - timedelta(days=PREVIEW_DAYS)
    return uow.connection.execute(_FORGET, {"before": before}).rowcount


def mark_for_new_day(uow: UnitOfWork, *, now: datetime) -> int:
    """Mark learners with an open enrolment whose verdict is behind; returns how many.

    Behind is a verdict of another day (a later one, where a clock went ahead), of rules that are no
    longer in force at its school, or of another engine.
    """
    connection = uow.connection
    beat(connection, "beat", now=now)
    day = local_date(now)
    schools = list(connection.execute(_SCHOOLS).scalars())
    asked = {
        "day": day,
        "now": now,
        "engine": ENGINE_VERSION,
        "schools": schools,
        "versions": [policy_for(connection, school, day).version for school in schools],
    }
    found: int = connection.execute(_MARK, asked).scalar_one()
    return found
