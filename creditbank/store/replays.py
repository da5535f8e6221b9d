"""Stored verdicts with the hashes of what they rested on, learner by learner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, text

_LEARNERS = text("""
SELECT DISTINCT learner_id FROM enrolments WHERE learner_id > :after
ORDER BY learner_id LIMIT :limit
""")
_VERDICTS = text("""
SELECT v.verdict_id, v.learner_id, v.subject_kind, v.ledger_seq, v.facts_seq, v.policy_version,
  v.engine_version, v.as_of, v.findings, v.findings_hash, v.facts_hash, v.plan_hash,
  v.policy_hash, v.agreement_hash
FROM verdicts v JOIN enrolments e USING (enrolment_id) WHERE e.learner_id IN :ids
ORDER BY v.learner_id, v.verdict_id
""").bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """One row of the history. Hashes are None on verdicts older than pinning."""

    verdict_id: int
    learner_id: int
    subject_kind: str
    ledger_seq: int
    facts_seq: int
    policy_version: str
    engine_version: str
    as_of: date
    findings: dict[str, Any]
    findings_hash: str
    facts_hash: str | None
    plan_hash: str | None
    policy_hash: str | None
    agreement_hash: str | None


def next_learners(connection: Connection, *, after: int, limit: int) -> list[int]:
    """The next learners with an enrolment, by number."""
    return list(connection.execute(_LEARNERS, {"after": after, "limit": limit}).scalars())


def stored_verdicts(connection: Connection, learner_ids: Sequence[int]) -> list[StoredVerdict]:
    """All their verdicts, oldest first."""
    rows = connection.execute(_VERDICTS, {"ids": list(learner_ids)})
    return [StoredVerdict(*row) for row in rows]
