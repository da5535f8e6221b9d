"""Verdict rows: history is inserted, the head moves only to a newer state of the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, text
from sqlmodel import col

from creditbank.domain.verdicts import Verdict
from creditbank.store.pins import Inputs, pin
from creditbank.tables.verdicts import VerdictRow


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict on its way to the store, with what it looked at and what led to it.

    findings: its JSON. causes: as domain.causes writes them, each once, sorted.
    """

    verdict: Verdict
    inputs: Inputs
    findings: dict[str, Any]
    findings_hash: str
    causes: tuple[str, ...]

    @property
    def institution_id(self) -> int:
        """The school whose enrolment it is about."""
        return self.inputs.snapshot.institution_id


@dataclass(frozen=True, slots=True)
class Written:
    """A history row that was inserted."""

    verdict_id: int
    finding: Finding


_HEADS = text("""
SELECT enrolment_id, subject_kind, subject_id, ledger_seq, facts_seq, as_of, verdict_id,
  findings_hash, plan_id, policy_version, engine_version
FROM verdict_heads WHERE learner_id IN :ids
""").bindparams(bindparam("ids", expanding=True))

_MOVE = text("""
INSERT INTO verdict_heads AS h (enrolment_id, subject_kind, subject_id, institution_id, learner_id,
  ledger_seq, facts_seq, plan_id, policy_version, engine_version, as_of, verdict_id, outcome,
  shortfall_units, findings_hash, evaluated_at)
SELECT * FROM unnest(
  cast(:enrolment_id AS int[]), cast(:subject_kind AS text[]), cast(:subject_id AS int[]),
  cast(:institution_id AS int[]), cast(:learner_id AS int[]), cast(:ledger_seq AS int[]),
  cast(:facts_seq AS int[]), cast(:plan_id AS int[]), cast(:policy_version AS text[]),
  cast(:engine_version AS text[]), cast(:as_of AS date[]), cast(:verdict_id AS bigint[]),
  cast(:outcome AS text[]), cast(:shortfall_units AS int[]), cast(:findings_hash AS text[]),
  cast(:evaluated_at AS timestamptz[]))
ON CONFLICT (enrolment_id, subject_kind, subject_id) DO UPDATE SET
  ledger_seq = excluded.ledger_seq, facts_seq = excluded.facts_seq, plan_id = excluded.plan_id,
  policy_version = excluded.policy_version, engine_version = excluded.engine_version,
  as_of = excluded.as_of, verdict_id = excluded.verdict_id, outcome = excluded.outcome,
  shortfall_units = excluded.shortfall_units, findings_hash = excluded.findings_hash,
  evaluated_at = excluded.evaluated_at
WHERE excluded.ledger_seq >= h.ledger_seq AND excluded.facts_seq >= h.facts_seq
  AND excluded.as_of >= h.as_of
""")

Key = tuple[int, str, int]


def write_verdicts(
    connection: Connection, findings: Sequence[Finding], *, now: datetime
) -> list[Written]:
    """Insert a history row for each changed verdict, pin what it looked at, and move the heads.

    Returns the rows inserted. A finding older than what stands (ledger, facts or day) is dropped:
    an evaluation that was overtaken says nothing.
    """
    if not findings:
        return []
    standing = _standing(connection, sorted({item.verdict.learner_id for item in findings}))
    newer = [item for item in findings if not _overtaken(item.verdict, standing.get(_key(item)))]
    newer.sort(key=_key)
    changed = [item for item in newer if _differs(item, standing.get(_key(item)))]
    ids = _insert_history(connection, changed, now)
    if newer:
        _move_heads(connection, newer, ids, standing, now)
    return [Written(ids[_key(item)], item) for item in changed]


def _key(item: Finding) -> Key:
    verdict = item.verdict
    return verdict.enrolment_id, verdict.subject_kind.value, verdict.subject_id


def _standing(connection: Connection, learner_ids: list[int]) -> dict[Key, Any]:
    rows = connection.execute(_HEADS, {"ids": learner_ids})
    return {(row.enrolment_id, row.subject_kind, row.subject_id): row for row in rows}


def _overtaken(verdict: Verdict, head: Any) -> bool:  # noqa: ANN401 (a row)
    return head is not None and (
        verdict.ledger_seq < head.ledger_seq
        or verdict.facts_seq < head.facts_seq
        or verdict.as_of < head.as_of
    )


def _differs(item: Finding, head: Any) -> bool:  # noqa: ANN401 (a row)
    return head is None or (
        head.findings_hash,
        head.plan_id,
        head.policy_version,
        head.engine_version,
    ) != (
        item.findings_hash,
        item.verdict.plan_id,
        item.verdict.policy_version,
        item.verdict.engine_version,
    )


def _insert_history(
    connection: Connection, changed: Sequence[Finding], now: datetime
) -> dict[Key, int]:
    if not changed:
        return {}
    pins = pin(connection, (item.inputs for item in changed))
    rows = [
        {
            "institution_id": item.institution_id,
            "learner_id": item.verdict.learner_id,
            "enrolment_id": item.verdict.enrolment_id,
            "subject_kind": item.verdict.subject_kind.value,
            "subject_id": item.verdict.subject_id,
            "ledger_seq": item.verdict.ledger_seq,
            "facts_seq": item.verdict.facts_seq,
            "plan_id": item.verdict.plan_id,
            "policy_version": item.verdict.policy_version,
            "engine_version": item.verdict.engine_version,
            "as_of": item.verdict.as_of,
            "outcome": item.verdict.outcome.value,
            "shortfall_units": item.verdict.shortfall_units,
            "findings": item.findings,
            "findings_hash": item.findings_hash,
            "input_hash": item.inputs.hash(item.verdict.as_of),
            "causes": list(item.causes),
            "plan_hash": pinned.plan,
            "policy_hash": pinned.policy,
            "agreement_hash": pinned.agreement or None,
            "facts_hash": pinned.facts,
            "decided_at": now,
        }
        for item, pinned in zip(changed, pins, strict=True)
    ]
    statement = insert(VerdictRow).returning(
        col(VerdictRow.verdict_id), sort_by_parameter_order=True
    )
    ids = connection.execute(statement, rows).scalars().all()
    return {
        _key(item): verdict_id
        for item, verdict_id in zip(changed, ids, strict=True)
        if verdict_id is not None
    }


def _move_heads(
    connection: Connection,
    newer: Sequence[Finding],
    ids: dict[Key, int],
    standing: dict[Key, Any],
    now: datetime,
) -> None:
    verdicts = [item.verdict for item in newer]
    keys = [_key(item) for item in newer]
    connection.execute(
        _MOVE,
        {
            "enrolment_id": [key[0] for key in keys],
            "subject_kind": [key[1] for key in keys],
            "subject_id": [key[2] for key in keys],
            "institution_id": [item.institution_id for item in newer],
            "learner_id": [verdict.learner_id for verdict in verdicts],
            "ledger_seq": [verdict.ledger_seq for verdict in verdicts],
            "facts_seq": [verdict.facts_seq for verdict in verdicts],
            "plan_id": [verdict.plan_id for verdict in verdicts],
            "policy_version": [verdict.policy_version for verdict in verdicts],
            "engine_version": [verdict.engine_version for verdict in verdicts],
            "as_of": [verdict.as_of for verdict in verdicts],
            "verdict_id": [ids[key] if key in ids else standing[key].verdict_id for key in keys],
            "outcome": [verdict.outcome.value for verdict in verdicts],
            "shortfall_units": [verdict.shortfall_units for verdict in verdicts],
            "findings_hash": [item.findings_hash for item in newer],
            "evaluated_at": [now] * len(newer),
        },
    )
