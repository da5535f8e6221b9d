"""Reading stored verdicts with all that a replay needs, for many at once.

Needs a reach of all institutions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from creditbank.domain.agreements import Agreement
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.store.packed_entries import PackedEntry, entries_up_to, read_entries
from creditbank.store.pins import Inputs, read_pins, snapshot_from_facts
from creditbank.store.plain_documents import from_document
from creditbank.store.snapshots import standing_records

_IDS = text("""
SELECT verdict_id, learner_id FROM verdicts
WHERE cast(:learner_id AS int) IS NULL OR learner_id = :learner_id
ORDER BY verdict_id DESC LIMIT :limit
""")
_ROWS = text("""
SELECT verdict_id, institution_id, learner_id, enrolment_id, subject_kind, subject_id, ledger_seq,
  facts_seq, plan_id, policy_version, engine_version, as_of, outcome, shortfall_units, findings,
  findings_hash, input_hash, plan_hash, policy_hash, agreement_hash, facts_hash
FROM verdicts WHERE verdict_id = ANY (:ids) ORDER BY learner_id, ledger_seq, verdict_id
""")
_PINS = ("plan_hash", "policy_hash", "agreement_hash", "facts_hash")
_IDS_OF_THE_ROW = ("learner_id", "enrolment_id", "institution_id", "ledger_seq", "facts_seq")

_rules: dict[str, Plan | Policy | Agreement] = {}
_RULES_MAX = 2_000


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """One row as it stands, and what it looked at; inputs is None where a pin is not to be had."""

    row: Any
    inputs: Inputs | None

    @property
    def is_pinned(self) -> bool:
        """Whether the row names pins; rows from before revision 0007 do not."""
        return self.row.facts_hash is not None


def verdict_ids(
    connection: Connection, *, learner_id: int | None, limit: int | None
) -> list[tuple[int, int]]:
    """(learner_id, verdict_id) of the latest verdicts, by learner."""
    rows = connection.execute(_IDS, {"learner_id": learner_id, "limit": limit})
    return sorted((row.learner_id, row.verdict_id) for row in rows)


def read_stored_verdicts(connection: Connection, ids: Sequence[int]) -> list[StoredVerdict]:
    """These verdicts with their inputs, by learner. Ledgers are read once for each learner."""
    rows = connection.execute(_ROWS, {"ids": list(ids)}).all()
    pins = read_pins(connection, {getattr(row, name) or "" for row in rows for name in _PINS})
    entries = read_entries(connection, sorted({row.learner_id for row in rows}))
    return [StoredVerdict(row, _inputs(row, pins, entries)) for row in rows]


def _inputs(
    row: Any,  # noqa: ANN401 (a row)
    pins: dict[str, tuple[str, Any]],
    entries: dict[int, list[PackedEntry]],
) -> Inputs | None:
    named = [getattr(row, name) for name in _PINS if getattr(row, name) is not None]
    if row.facts_hash is None or any(hashed not in pins for hashed in named):
        return None
    plan = _rule(Plan, row.plan_hash, pins)
    policy = _rule(Policy, row.policy_hash, pins)
    agreement = _rule(Agreement, row.agreement_hash, pins) if row.agreement_hash else None
    seen = entries_up_to(entries.get(row.learner_id, []), row.ledger_seq)
    snapshot = snapshot_from_facts(
        pins[row.facts_hash][1],
        {name: getattr(row, name) for name in _IDS_OF_THE_ROW},
        standing_records(seen, row.institution_id),
    )
    return Inputs(snapshot, plan, policy, agreement)


def _rule(kind: Any, hashed: str, pins: dict[str, tuple[str, Any]]) -> Any:  # noqa: ANN401
    """A pinned plan, policy or agreement; thousands of verdicts rest on the same one."""
    if hashed not in _rules:
        if len(_rules) >= _RULES_MAX:
            _rules.clear()
        _rules[hashed] = from_document(kind, pins[hashed][1])
    return _rules[hashed]
