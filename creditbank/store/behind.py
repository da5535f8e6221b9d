"""Whose stored verdicts are behind: an evaluation of all others would find what stands.

Needs a reach of all institutions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, text

from creditbank.eligibility import ENGINE_VERSION
from creditbank.store.policies import policy_for

_SCHOOLS = text("SELECT DISTINCT institution_id FROM enrolments WHERE learner_id = ANY (:ids)")
# An enrolment without all its verdicts is behind as well. A plan that is followed never changes,
# and what else a verdict looks at moves the ledger or the facts.
_BEHIND = text("""
SELECT DISTINCT e.learner_id
FROM enrolments e LEFT JOIN learner_heads b USING (learner_id)
  LEFT JOIN unnest(cast(:schools AS int[]), cast(:versions AS text[])) AS p (school, version)
    ON p.school = e.institution_id
  CROSS JOIN LATERAL (
    SELECT 'graduation' AS kind, e.plan_id AS id
    UNION ALL SELECT 'articulation', m.agreement_id FROM agreement_members m
      WHERE m.enrolment_id = e.enrolment_id) AS subject
  LEFT JOIN verdict_heads h ON h.enrolment_id = e.enrolment_id
    AND h.subject_kind = subject.kind AND h.subject_id = subject.id
WHERE e.learner_id = ANY (:ids) AND (
  h.ledger_seq, h.facts_seq, h.plan_id, h.policy_version, h.engine_version, h.as_of)
  IS DISTINCT FROM (
  b.ledger_seq, b.facts_seq, e.plan_id, p.version, cast(:engine AS text), cast(:day AS date))
""")


def learners_behind(
    connection: Connection, learner_ids: Sequence[int], *, as_of: date
) -> list[int]:
    """Those of these learners whose verdicts do not all speak of this day's books and rules.

    What stands in another learner's account is in nobody's own books: whoever is marked because
    of that has to be evaluated whatever this says.
    """
    ids = list(learner_ids)
    schools = list(connection.execute(_SCHOOLS, {"ids": ids}).scalars())
    rows = connection.execute(
        _BEHIND,
        {
            "ids": ids,
            "day": as_of,
            "engine": ENGINE_VERSION,
            "schools": schools,
            "versions": [policy_for(connection, school, as_of).version for school in schools],
        },
    )
    return sorted(rows.scalars())
