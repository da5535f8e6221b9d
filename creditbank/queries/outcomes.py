"""Where given learners of one school stand: the verdict now and the one before a moment.

For the page after many credits were posted at once. A single learner's page reads more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_keys
from creditbank.store.unit_of_work import UnitOfWork

LEARNERS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class LearnerOutcome:
    """One learner. Outcomes are "" before the first evaluation; shortfalls in hundredths.

    before, shortfall_before: graduation as it stood before the moment asked about. is_fresh: the
    verdicts stand at the head of the books.
    """

    learner_id: int
    name: str
    student_no: str
    class_name: str
    graduation: str
    shortfall_units: int
    before: str
    shortfall_before: int
    articulation: str
    is_fresh: bool


_OUTCOMES = text("""
SELECT l.learner_id, l.name, e.student_no, e.class_name, coalesce(g.outcome, '') AS graduation,
  coalesce(g.shortfall_units, 0) AS shortfall_units, coalesce(b.outcome, '') AS before,
  coalesce(b.shortfall_units, 0) AS shortfall_before, coalesce(a.outcome, '') AS articulation,
  coalesce((g.ledger_seq, g.facts_seq) = (h.ledger_seq, h.facts_seq)
    AND coalesce(a.ledger_seq, h.ledger_seq) = h.ledger_seq, false) AS is_fresh
FROM enrolments e JOIN learners l USING (learner_id) JOIN learner_heads h USING (learner_id)
LEFT JOIN verdict_heads g ON g.enrolment_id = e.enrolment_id AND g.subject_kind = 'graduation'
LEFT JOIN LATERAL (
  SELECT outcome, ledger_seq FROM verdict_heads
  WHERE enrolment_id = e.enrolment_id AND subject_kind = 'articulation'
  ORDER BY subject_id DESC LIMIT 1) a ON true
LEFT JOIN LATERAL (
  SELECT outcome, shortfall_units FROM verdicts
  WHERE enrolment_id = e.enrolment_id AND subject_kind = 'graduation'
    AND subject_id = g.subject_id AND decided_at < :since
  ORDER BY verdict_id DESC LIMIT 1) b ON true
WHERE e.learner_id = ANY (:learner_ids) AND e.institution_id = :school
ORDER BY e.class_name, l.sort_key, e.enrolment_id LIMIT 2000
""")


def learner_outcomes(
    uow: UnitOfWork,
    actor: Actor,
    learner_ids: Sequence[int],
    *,
    since: datetime,
    now: datetime,
) -> tuple[LearnerOutcome, ...]:
    """Those of the learners that the actor may see, by class and pinyin; the others are left out.

    Raises ForbiddenError for a role without a school's verdicts.
    """
    grant = decide(actor, Action.SEE_VERDICTS)
    wanted = list(learner_ids)[:LEARNERS_MAX]
    keys = learner_keys(uow.connection, wanted, as_of=local_date(now))
    shown = [
        learner_id
        for learner_id, key in keys.items()
        if actor.institution_id in key.institution_ids
    ]
    rows = uow.connection.execute(
        _OUTCOMES, {"learner_ids": shown, "school": actor.institution_id, "since": since}
    )
    record_access(uow.connection, actor, Action.SEE_VERDICTS, grant.mask, shown, now)
    return tuple(LearnerOutcome(**row) for row in rows.mappings())
