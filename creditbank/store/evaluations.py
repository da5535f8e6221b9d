"""Marks: which learners must be evaluated. Inserted with their cause, claimed, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, text

from creditbank.tables.evaluations import PendingEvaluation

TRIES_MAX = 5

_DUE = """
FROM pending_evaluations p WHERE NOT EXISTS (
  SELECT 1 FROM quarantined_learners q
  WHERE q.learner_id = p.learner_id AND q.next_try_at > :now)
"""

_CLAIM = text(f"""
SELECT pending_evaluation_id, learner_id, due_seq, cause {_DUE}
ORDER BY pending_evaluation_id LIMIT :limit FOR UPDATE SKIP LOCKED
""")

_OLDEST_DUE = text(f"SELECT marked_at {_DUE} ORDER BY pending_evaluation_id LIMIT 1")

_MARK = insert(PendingEvaluation.__table__)  # type: ignore[attr-defined]
_CLAIM_LEARNERS = text("""
SELECT pending_evaluation_id, learner_id, due_seq, cause FROM pending_evaluations p
WHERE p.learner_id = ANY (:learner_ids)
ORDER BY pending_evaluation_id FOR UPDATE SKIP LOCKED
""")
# Rules decided since they were read may have found these marks as a reason to mark nobody again.
_UNMARK = text("""
DELETE FROM pending_evaluations WHERE pending_evaluation_id = ANY (:ids)
  AND (SELECT coalesce(max(policy_change_id), 0) FROM policy_changes) = :rules
""")
_RULES = text("SELECT coalesce(max(policy_change_id), 0) FROM policy_changes")
_RELEASE = text("DELETE FROM quarantined_learners WHERE learner_id = ANY (:ids)")

_SET_ASIDE = text("""
INSERT INTO quarantined_learners AS q (learner_id, attempts, error, is_quarantined, next_try_at)
VALUES (:learner_id, 1, :error, false, :next_try_at)
ON CONFLICT (learner_id) DO UPDATE SET
  attempts = q.attempts + 1, error = excluded.error,
  is_quarantined = q.attempts + 1 >= :tries_max,
  next_try_at = :now + make_interval(secs => power(2, least(q.attempts, 10)))
RETURNING attempts, is_quarantined
""")


@dataclass(frozen=True, slots=True)
class Mark:
    """One claimed mark."""

    mark_id: int
    learner_id: int
    due_seq: int
    cause: str


def mark(
    connection: Connection, learner_ids: Sequence[int], *, due_seq: int, cause: str, now: datetime
) -> None:
    """Insert marks; insert only, so that posting never waits for a worker."""
    connection.execute(
        _MARK,
        [
            {"learner_id": learner_id, "due_seq": due_seq, "cause": cause, "marked_at": now}
            for learner_id in learner_ids
        ],
    )


def claim(connection: Connection, *, limit: int, now: datetime) -> list[Mark]:
    """Lock up to `limit` due marks that nobody else holds, oldest first."""
    rows = connection.execute(_CLAIM, {"limit": limit, "now": now})
    return [Mark(*row) for row in rows]


def claim_of(connection: Connection, learner_ids: Sequence[int]) -> list[Mark]:
    """Lock all free marks of these learners, so that one evaluation answers them all."""
    if not learner_ids:
        return []
    rows = connection.execute(_CLAIM_LEARNERS, {"learner_ids": list(learner_ids)})
    return [Mark(*row) for row in rows]


def oldest_due(connection: Connection, *, now: datetime) -> datetime | None:
    """When the oldest mark that may be claimed was made; None when nothing waits."""
    row = connection.execute(_OLDEST_DUE, {"now": now}).first()
    return None if row is None else row.marked_at


def latest_rules(connection: Connection) -> int:
    """The last change of policy that has been decided; 0 before the first."""
    return int(connection.execute(_RULES).scalar_one())


def unmark(connection: Connection, marks: Sequence[Mark], *, rules: int) -> None:
    """Delete marks that an evaluation has answered, after its verdicts are written.

    rules: latest_rules from before the evaluation read any. If others have been decided since, the
    marks stay: what was written stands under rules that hold no more.
    """
    if marks:
        connection.execute(_UNMARK, {"ids": [mark.mark_id for mark in marks], "rules": rules})


def set_aside(connection: Connection, learner_id: int, *, error: str, now: datetime) -> bool:
    """Count a failed try and put the next one off; true when the learner is now quarantined."""
    row = connection.execute(
        _SET_ASIDE,
        {
            "learner_id": learner_id,
            "error": error[:300],
            "now": now,
            "next_try_at": now + timedelta(seconds=1),
            "tries_max": TRIES_MAX,
        },
    ).one()
    return bool(row.is_quarantined)


def release(connection: Connection, learner_ids: Sequence[int]) -> None:
    """Forget failed tries of learners that were evaluated well."""
    connection.execute(_RELEASE, {"ids": list(learner_ids)})


def is_quarantined(connection: Connection, learner_id: int) -> bool:
    """Whether the learner's evaluation has been given up for now."""
    found = connection.execute(
        text("SELECT 1 FROM quarantined_learners WHERE learner_id = :id AND is_quarantined"),
        {"id": learner_id},
    ).first()
    return found is not None


def beat(connection: Connection, process: str, *, now: datetime) -> None:
    """Note that a background process lives."""
    connection.execute(
        text(
            "INSERT INTO heartbeats (process, beat_at) VALUES (:process, :now)"
            " ON CONFLICT (process) DO UPDATE SET beat_at = excluded.beat_at"
        ),
        {"process": process, "now": now},
    )


def last_beat(connection: Connection, process: str) -> datetime | None:
    """When a background process was last known to live."""
    row = connection.execute(
        text("SELECT beat_at FROM heartbeats WHERE process = :process"), {"process": process}
    ).first()
    return None if row is None else row.beat_at
