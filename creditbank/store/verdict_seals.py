"""Seals of verdicts: the hash of each row, made by a process of its own soon after it was written.

Most of a verdict is computed again by a replay. The seal also covers what can't be: when it was
found, what led to it, its number.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

ROW_HASH = """sha256(convert_to(jsonb_build_array(v.verdict_id, v.institution_id, v.learner_id,
  v.enrolment_id, v.subject_kind, v.subject_id, v.ledger_seq, v.facts_seq, v.plan_id,
  v.policy_version, v.engine_version, v.as_of, v.outcome, v.shortfall_units, v.findings,
  v.findings_hash, v.input_hash, v.causes, v.plan_hash, v.policy_hash, v.agreement_hash,
  v.facts_hash, v.decided_at AT TIME ZONE 'UTC')::text, 'UTF8'))"""
"""Of a row v of verdicts, the same under all settings of a session."""
WINDOW = 20_000
"""Numbers are given before a transaction commits: so far back rows may still appear."""
_SEAL = text(f"""
INSERT INTO verdict_seals (verdict_id, row_hash)
SELECT v.verdict_id, {ROW_HASH} FROM verdicts v
WHERE v.verdict_id > cast(:after AS bigint)
  AND NOT EXISTS (SELECT FROM verdict_seals s WHERE s.verdict_id = v.verdict_id)
ORDER BY v.verdict_id LIMIT :limit
""")  # noqa: S608 (put together from our own constants)
_LATEST = text("SELECT coalesce(max(verdict_id), 0) FROM verdict_seals")


def seal_new(connection: Connection, *, limit: int, everything: bool = False) -> int:
    """Seal rows that have no seal, from `WINDOW` before the latest seal on; how many.

    everything: look at all rows. The reach: everywhere.
    """
    latest = int(connection.execute(_LATEST).scalar_one())
    after = 0 if everything else max(0, latest - WINDOW)
    return connection.execute(_SEAL, {"after": after, "limit": limit}).rowcount
