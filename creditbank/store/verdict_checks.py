"""Stored verdicts beside their seals, and heads beside their verdicts and the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from creditbank.store.verdict_seals import ROW_HASH, WINDOW

_SEALS = text(f"""
SELECT coalesce(v.verdict_id, s.verdict_id) AS verdict_id, v.verdict_id IS NULL AS no_row,
  s.verdict_id IS NULL AS no_seal
FROM verdicts v FULL JOIN verdict_seals s ON s.verdict_id = v.verdict_id
WHERE v.verdict_id IS NULL
  OR s.verdict_id IS NULL AND v.verdict_id
    <= (SELECT coalesce(max(verdict_id), 0) FROM verdict_seals) - :window
  OR s.row_hash <> {ROW_HASH}
ORDER BY 1
""")  # noqa: S608 (put together from our own constants)
_HEADS = text("""
SELECT h.enrolment_id, h.subject_kind, h.subject_id, h.learner_id, v.verdict_id IS NULL AS no_row,
  ARRAY(SELECT name FROM (VALUES
    ('institution_id', h.institution_id IS DISTINCT FROM v.institution_id),
    ('learner_id', h.learner_id IS DISTINCT FROM v.learner_id),
    ('enrolment_id', h.enrolment_id IS DISTINCT FROM v.enrolment_id),
    ('subject_kind', h.subject_kind IS DISTINCT FROM v.subject_kind),
    ('subject_id', h.subject_id IS DISTINCT FROM v.subject_id),
    ('plan_id', h.plan_id IS DISTINCT FROM v.plan_id),
    ('engine_version', h.engine_version IS DISTINCT FROM v.engine_version),
    ('outcome', h.outcome IS DISTINCT FROM v.outcome),
    ('shortfall_units', h.shortfall_units IS DISTINCT FROM v.shortfall_units),
    ('findings_hash', h.findings_hash IS DISTINCT FROM v.findings_hash),
    ('ledger_seq', h.ledger_seq < v.ledger_seq),
    ('facts_seq', h.facts_seq < v.facts_seq),
    ('as_of', h.as_of < v.as_of
      OR h.as_of <> (h.evaluated_at AT TIME ZONE 'Asia/Shanghai')::date),
    ('evaluated_at', h.evaluated_at < v.decided_at),
    ('verdict_id', EXISTS (SELECT FROM verdicts later WHERE later.enrolment_id = h.enrolment_id
      AND later.subject_kind = h.subject_kind AND later.subject_id = h.subject_id
      AND later.verdict_id > h.verdict_id))
  ) AS field (name, differs) WHERE differs) AS fields
FROM verdict_heads h LEFT JOIN verdicts v ON v.verdict_id = h.verdict_id
""")
_BEHIND = text("""
SELECT h.enrolment_id, h.subject_kind, h.subject_id,
  h.ledger_seq IS DISTINCT FROM l.ledger_seq AS books, h.facts_seq IS DISTINCT FROM l.facts_seq
    AS facts
FROM verdict_heads h LEFT JOIN learner_heads l ON l.learner_id = h.learner_id
WHERE (h.ledger_seq, h.facts_seq) IS DISTINCT FROM (l.ledger_seq, l.facts_seq)
  AND NOT EXISTS (SELECT FROM pending_evaluations p WHERE p.learner_id = h.learner_id)
  AND NOT EXISTS (SELECT FROM quarantined_learners q WHERE q.learner_id = h.learner_id)
  AND EXISTS (SELECT FROM enrolments e WHERE e.enrolment_id = h.enrolment_id AND e.is_open)
""")
_IDS = text("""
SELECT verdict_id FROM verdicts
WHERE cast(:since AS timestamptz) IS NULL OR decided_at >= :since ORDER BY learner_id, verdict_id
""")
_SETTLED = text("""
SELECT DISTINCT e.learner_id FROM enrolments e WHERE NOT EXISTS (
  SELECT FROM pending_evaluations p WHERE p.learner_id = e.learner_id)
ORDER BY e.learner_id
""")
_RULES = text("""
SELECT enrolment_id, subject_kind, subject_id, learner_id, as_of, policy_version, plan_id, outcome,
  shortfall_units, findings_hash
FROM verdict_heads WHERE learner_id = ANY (:ids)
""")


def broken_seals(connection: Connection) -> list[Any]:
    """(verdict_id, no_row, no_seal): rows that are not what was sealed, or of which one is gone."""
    return list(connection.execute(_SEALS, {"window": WINDOW}))


def unfit_heads(connection: Connection) -> list[Any]:
    """Heads that differ from their verdict: subject, no_row, and the names of the fields."""
    return [row for row in connection.execute(_HEADS) if row.no_row or row.fields]


def heads_behind(connection: Connection) -> list[Any]:
    """Heads of open enrolments that are not where the books are, though no mark waits."""
    return list(connection.execute(_BEHIND))


def verdict_ids_since(connection: Connection, since: datetime | None) -> list[int]:
    """All verdicts, or those found since a moment, by learner."""
    return list(connection.execute(_IDS, {"since": since}).scalars())


def settled_learners(connection: Connection) -> list[int]:
    """Who has an enrolment and no mark."""
    return list(connection.execute(_SETTLED).scalars())


def heads_of(connection: Connection, learner_ids: Sequence[int]) -> list[Any]:
    """What stands for these learners, and under which rules."""
    return list(connection.execute(_RULES, {"ids": list(learner_ids)}))
