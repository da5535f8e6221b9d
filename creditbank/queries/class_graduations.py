"""The classes of a school that come to their end, and where each learner of one stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import OPEN_STATES
from creditbank.store.access_log import record_access
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class GraduatingClass:
    """A class by its year of entry. studying: who is enrolled; ready: those who may graduate.

    Whoever waits for another change of status is not ready before it has ended.
    """

    class_name: str
    entry_year: int
    studying: int
    ready: int
    completed: int
    graduated: int


@dataclass(frozen=True, slots=True)
class GraduatingLearner:
    """One learner. outcome: as it is stored, "" before the first evaluation.

    shortfall_units: in hundredths. is_approved: a decision stands already. is_under_way: another
    change of status has to end first.
    """

    learner_id: int
    name: str
    student_no: str
    status: str
    outcome: str
    shortfall_units: int
    is_approved: bool
    is_under_way: bool


_CLASSES = text("""
WITH under_way AS (
  SELECT DISTINCT enrolment_id FROM status_change_states WHERE state = ANY (:open))
SELECT e.class_name, e.entry_year, count(*) FILTER (WHERE e.is_open) AS studying,
  count(*) FILTER (WHERE e.is_open AND g.outcome IN ('eligible', 'eligible_early')
    AND u.enrolment_id IS NULL) AS ready,
  count(*) FILTER (WHERE e.status = '08') AS completed,
  count(*) FILTER (WHERE e.status = '07') AS graduated
FROM enrolments e LEFT JOIN verdict_heads g
  ON g.enrolment_id = e.enrolment_id AND g.subject_kind = 'graduation'
LEFT JOIN under_way u ON u.enrolment_id = e.enrolment_id
WHERE e.institution_id = :school
GROUP BY e.class_name, e.entry_year
HAVING bool_or(e.is_open OR e.status = '08')
  AND bool_or(e.status IN ('07', '08') OR e.is_open AND g.outcome IN ('eligible', 'eligible_early'))
ORDER BY e.entry_year, e.class_name LIMIT 500
""")
_LEARNERS = text("""
SELECT l.learner_id, l.name, e.student_no, e.status, coalesce(g.outcome, '') AS outcome,
  coalesce(g.shortfall_units, 0) AS shortfall_units,
  EXISTS (SELECT FROM standing_decisions d WHERE d.enrolment_id = e.enrolment_id
    AND d.subject_kind = 'graduation') AS is_approved,
  EXISTS (SELECT FROM status_change_states s
    WHERE s.enrolment_id = e.enrolment_id AND s.state = ANY (:open)) AS is_under_way
FROM enrolments e JOIN learners l USING (learner_id) LEFT JOIN verdict_heads g
  ON g.enrolment_id = e.enrolment_id AND g.subject_kind = 'graduation'
WHERE e.institution_id = :school AND e.class_name = :class_name AND e.entry_year = :entry_year
  AND (e.is_open OR e.status IN ('07', '08'))
ORDER BY l.sort_key, e.enrolment_id LIMIT 500
""")


def graduating_classes(uow: UnitOfWork, actor: Actor) -> tuple[GraduatingClass, ...]:
    """Those of the actor's school of which some may graduate and somebody is left.

    The eldest first; names no learner.
    """
    decide(actor, Action.APPROVE_GRADUATION)
    asked = {"school": actor.institution_id, "open": [*OPEN_STATES]}
    rows = uow.connection.execute(_CLASSES, asked)
    return tuple(GraduatingClass(**row) for row in rows.mappings())


def graduating_learners(
    uow: UnitOfWork, actor: Actor, class_name: str, entry_year: int, *, now: datetime
) -> tuple[GraduatingLearner, ...]:
    """Who is or was to graduate from a class of the actor's school, by pinyin."""
    grant = decide(actor, Action.APPROVE_GRADUATION)
    asked = {
        "school": actor.institution_id, "class_name": class_name, "entry_year": entry_year,
        "open": [*OPEN_STATES],
    }  # fmt: skip
    rows = uow.connection.execute(_LEARNERS, asked).mappings()
    found = tuple(GraduatingLearner(**row) for row in rows)
    shown = [item.learner_id for item in found]
    record_access(uow.connection, actor, Action.APPROVE_GRADUATION, grant.mask, shown, now)
    return found
