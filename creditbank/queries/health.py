"""Whether creditbank is well: the database, the relay, and how long the oldest mark has waited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.store.unit_of_work import UnitOfWork

RELAY_SILENT_AFTER_SECONDS = 15
MARK_OLD_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Health:
    """relay_seconds: since the relay's last sign of life, None before the first. Others: counts."""

    relay_seconds: float | None
    oldest_mark_seconds: float
    pending: int
    quarantined: int

    @property
    def is_ready(self) -> bool:
        """Whether verdicts follow postings at present."""
        return (
            self.relay_seconds is not None
            and self.relay_seconds < RELAY_SILENT_AFTER_SECONDS
            and self.oldest_mark_seconds < MARK_OLD_AFTER_SECONDS
        )


_HEALTH = text("""
SELECT (SELECT beat_at FROM heartbeats WHERE process = 'relay') AS relay_at,
  (SELECT marked_at FROM pending_evaluations ORDER BY pending_evaluation_id LIMIT 1) AS oldest_at,
  (SELECT count(*) FROM (SELECT 1 FROM pending_evaluations LIMIT 100000) p) AS pending,
  (SELECT count(*) FROM quarantined_learners WHERE is_quarantined) AS quarantined
""")


def health(uow: UnitOfWork, *, now: datetime) -> Health:
    """The state of things; raises whatever the database raises when it is away."""
    row = uow.connection.execute(_HEALTH).one()
    oldest = 0.0 if row.oldest_at is None else (now - row.oldest_at).total_seconds()
    return Health(
        relay_seconds=None if row.relay_at is None else (now - row.relay_at).total_seconds(),
        oldest_mark_seconds=max(0.0, oldest),
        pending=row.pending,
        quarantined=row.quarantined,
    )
