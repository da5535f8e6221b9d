"""The daily round over open enrolments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from creditbank.domain.calendar import local_date
from creditbank.store.evaluations import beat
from creditbank.store.unit_of_work import UnitOfWork

_MARK = text("""
INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
SELECT DISTINCT h.learner_id, h.ledger_seq, 'day', cast(:now AS timestamptz)
FROM verdict_heads h JOIN enrolments e USING (enrolment_id)
WHERE h.as_of < :day AND e.is_open
  AND NOT EXISTS (SELECT 1 FROM pending_evaluations p WHERE p.learner_id = h.learner_id)
""")


def mark_for_new_day(uow: UnitOfWork, *, now: datetime) -> int:
    """Mark learners with an open enrolment whose verdict is of an earlier day; returns how many."""
    beat(uow.connection, "beat", now=now)
    return uow.connection.execute(_MARK, {"day": local_date(now), "now": now}).rowcount
