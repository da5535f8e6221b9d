"""Verdict rows: history is inserted, the head moves only to a newer state of the books.

A row names the rules that it was found under. The head names those that it stands under now: where
other rules find the same, no row is written and the head moves on to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, text

from creditbank.domain.verdicts import Verdict
from creditbank.store.pins import Inputs, pin


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
  findings_hash, plan_id, engine_version
FROM verdict_heads WHERE learner_id = ANY (:ids)
""")

_INSERT = text("""
INSERT INTO verdicts (institution_id, learner_id, enrolment_id, subject_kind, subject_id,
  ledger_seq, facts_seq, plan_id, policy_version, engine_version, as_of, outcome, shortfall_units,
  findings, findings_hash, input_hash, plan_hash, policy_hash, agreement_hash, facts_hash, causes,
  decided_at)
SELECT institution_id, learner_id, enrolment_id, subject_kind, subject_id, ledger_seq, facts_seq,
  plan_id, policy_version, engine_version, as_of, outcome, shortfall_units, findings,
  findings_hash, input_hash, plan_hash, policy_hash, agreement_hash, facts_hash,
  ARRAY(SELECT json_array_elements_text(causes)), :now
FROM unnest(
  cast(:institution_id AS int[]), cast(:learner_id AS int[]), cast(:enrolment_id AS int[]),
  cast(:subject_kind AS text[]), cast(:subject_id AS int[]), cast(:ledger_seq AS int[]),
  cast(:facts_seq AS int[]), cast(:plan_id AS int[]), cast(:policy_version AS text[]),
  cast(:engine_version AS text[]), cast(:as_of AS date[]), cast(:outcome AS text[]),
  cast(:shortfall_units AS int[]), cast(:findings AS jsonb[]), cast(:findings_hash AS text[]),
  cast(:input_hash AS text[]), cast(:plan_hash AS text[]), cast(:policy_hash AS text[]),
  cast(:agreement_hash AS text[]), cast(:facts_hash AS text[]), cast(:causes AS json[]))
  WITH ORDINALITY AS new (institution_id, learner_id, enrolment_id, subject_kind, subject_id,
    ledger_seq, facts_seq, plan_id, policy_version, engine_version, as_of, outcome,
    shortfall_units, findings, findings_hash, input_hash, plan_hash, policy_hash, agreement_hash,
    facts_hash, causes, place)
ORDER BY place RETURNING enrolment_id, subject_kind, subject_id, verdict_id
""")

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
    """Whether history has something new to say; that the same holds under other rules, heads say.

    Another engine gets rows of its own although it finds the same: a replay is of one engine.
    """
    return head is None or (head.findings_hash, head.plan_id, head.engine_version) != (
        item.findings_hash,
        item.verdict.plan_id,
        item.verdict.engine_version,
    )


def _insert_history(
    connection: Connection, changed: Sequence[Finding], now: datetime
) -> dict[Key, int]:
    if not changed:
        return {}
    pins = pin(connection, (item.inputs for item in changed))
    rows = connection.execute(
        _INSERT,
        {
            **_columns(changed),
            "findings": [orjson.dumps(item.findings).decode() for item in changed],
            "input_hash": [item.inputs.hash(item.verdict.as_of) for item in changed],
            "plan_hash": [pinned.plan for pinned in pins],
            "policy_hash": [pinned.policy for pinned in pins],
            "agreement_hash": [pinned.agreement or None for pinned in pins],
            "facts_hash": [pinned.facts for pinned in pins],
            "causes": [orjson.dumps(item.causes).decode() for item in changed],
            "now": now,
        },
    )
    return {(row.enrolment_id, row.subject_kind, row.subject_id): row.verdict_id for row in rows}


def _columns(findings: Sequence[Finding]) -> dict[str, list[Any]]:
    """What history and heads hold alike, column by column."""
    verdicts = [item.verdict for item in findings]
    return {
        "institution_id": [item.institution_id for item in findings],
        "learner_id": [verdict.learner_id for verdict in verdicts],
        "enrolment_id": [verdict.enrolment_id for verdict in verdicts],
        "subject_kind": [verdict.subject_kind.value for verdict in verdicts],
        "subject_id": [verdict.subject_id for verdict in verdicts],
        "ledger_seq": [verdict.ledger_seq for verdict in verdicts],
        "facts_seq": [verdict.facts_seq for verdict in verdicts],
        "plan_id": [verdict.plan_id for verdict in verdicts],
        "policy_version": [verdict.policy_version for verdict in verdicts],
        "engine_version": [verdict.engine_version for verdict in verdicts],
        "as_of": [verdict.as_of for verdict in verdicts],
        "outcome": [verdict.outcome.value for verdict in verdicts],
        "shortfall_units": [verdict.shortfall_units for verdict in verdicts],
        "findings_hash": [item.findings_hash for item in findings],
    }


def _move_heads(
    connection: Connection,
    newer: Sequence[Finding],
    ids: dict[Key, int],
    standing: dict[Key, Any],
    now: datetime,
) -> None:
    keys = [_key(item) for item in newer]
    connection.execute(
        _MOVE,
        {
            **_columns(newer),
            "verdict_id": [ids[key] if key in ids else standing[key].verdict_id for key in keys],
            "evaluated_at": [now] * len(newer),
        },
    )
