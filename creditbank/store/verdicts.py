"""Verdict rows: history is inserted, the head moves only to a newer state of the books.

A row names the rules that it was found under. The head names those that it stands under now: where
other rules find the same, no row is written and the head moves on to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, text

from creditbank.domain.calendar import local_date
from creditbank.domain.verdicts import Verdict
from creditbank.store.pins import Apart, Inputs, pin


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

_COLUMNS = """
  institution_id int, learner_id int, enrolment_id int, subject_kind text, subject_id int,
  ledger_seq int, facts_seq int, plan_id int, policy_version text, engine_version text, as_of date,
  outcome text, shortfall_units int, findings_hash text
"""
# Rows go to the database as one JSON text: arrays of text would be escaped value by value.
_INSERT = text(f"""
INSERT INTO verdicts (institution_id, learner_id, enrolment_id, subject_kind, subject_id,
  ledger_seq, facts_seq, plan_id, policy_version, engine_version, as_of, outcome, shortfall_units,
  findings, findings_hash, input_hash, plan_hash, policy_hash, agreement_hash, facts_hash, causes,
  decided_at)
SELECT institution_id, learner_id, enrolment_id, subject_kind, subject_id, ledger_seq, facts_seq,
  plan_id, policy_version, engine_version, as_of, outcome, shortfall_units, findings,
  findings_hash, input_hash, plan_hash, policy_hash, agreement_hash, facts_hash, causes, :now
FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS new ({_COLUMNS}, findings jsonb, input_hash text,
  plan_hash text, policy_hash text, agreement_hash text, facts_hash text, causes text[])
ORDER BY enrolment_id, subject_kind, subject_id
RETURNING enrolment_id, subject_kind, subject_id, verdict_id
""")  # noqa: S608 (put together from our own constants)

_MOVE = text(f"""
INSERT INTO verdict_heads AS h (institution_id, learner_id, enrolment_id, subject_kind, subject_id,
  ledger_seq, facts_seq, plan_id, policy_version, engine_version, as_of, outcome, shortfall_units,
  findings_hash, verdict_id, evaluated_at)
SELECT *, cast(:now AS timestamptz)
FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS new ({_COLUMNS}, verdict_id bigint)
ORDER BY enrolment_id, subject_kind, subject_id
ON CONFLICT (enrolment_id, subject_kind, subject_id) DO UPDATE SET
  ledger_seq = excluded.ledger_seq, facts_seq = excluded.facts_seq, plan_id = excluded.plan_id,
  policy_version = excluded.policy_version, engine_version = excluded.engine_version,
  as_of = excluded.as_of, verdict_id = excluded.verdict_id, outcome = excluded.outcome,
  shortfall_units = excluded.shortfall_units, findings_hash = excluded.findings_hash,
  evaluated_at = excluded.evaluated_at
WHERE excluded.ledger_seq >= h.ledger_seq AND excluded.facts_seq >= h.facts_seq
  AND (excluded.as_of >= h.as_of OR h.as_of > :today
    OR (excluded.ledger_seq, excluded.facts_seq) IS DISTINCT FROM (h.ledger_seq, h.facts_seq))
""")  # noqa: S608 (as above)

Key = tuple[int, str, int]


def write_verdicts(
    connection: Connection, findings: Sequence[Finding], *, apart: Apart, now: datetime
) -> list[Written]:
    """Insert a history row for each changed verdict, pin what it looked at, and move the heads.

    apart: opens the transaction in which pins are kept, see store.pins.pin. Returns the rows
    inserted. A finding that was overtaken says nothing and is dropped: what stands has looked at
    more of the ledger or the facts, or at the same on a later day. A day that has not come is none:
    it stands where a clock went ahead, and must not hold up everything until then.
    """
    if not findings:
        return []
    standing = _standing(connection, sorted({item.verdict.learner_id for item in findings}))
    today = local_date(now)
    newer = [
        item
        for item in findings
        if not _overtaken(item.verdict, standing.get(_key(item)), today=today)
    ]
    changed = [item for item in newer if _differs(item, standing.get(_key(item)))]
    ids = _insert_history(connection, apart, changed, now)
    if newer:
        _move_heads(connection, newer, ids, standing, now)
    return [Written(ids[_key(item)], item) for item in changed]


def _key(item: Finding) -> Key:
    verdict = item.verdict
    return verdict.enrolment_id, verdict.subject_kind.value, verdict.subject_id


def _standing(connection: Connection, learner_ids: list[int]) -> dict[Key, Any]:
    rows = connection.execute(_HEADS, {"ids": learner_ids})
    return {(row.enrolment_id, row.subject_kind, row.subject_id): row for row in rows}


def _overtaken(verdict: Verdict, head: Any, *, today: date) -> bool:  # noqa: ANN401 (a row)
    if head is None:
        return False
    read, stands = (verdict.ledger_seq, verdict.facts_seq), (head.ledger_seq, head.facts_seq)
    if read == stands:
        return bool(verdict.as_of < head.as_of <= today)
    return bool(read[0] < stands[0] or read[1] < stands[1])


def _differs(item: Finding, head: Any) -> bool:  # noqa: ANN401 (a row)
    """Whether history has something new to say; that the same holds under other rules, heads say.

    Another engine gets rows of its own although it finds the same: a replay is of one engine. So
    does an earlier day: what stands then was found on a day that had not come.
    """
    return (
        head is None
        or item.verdict.as_of < head.as_of
        or (head.findings_hash, head.plan_id, head.engine_version)
        != (item.findings_hash, item.verdict.plan_id, item.verdict.engine_version)
    )


def _insert_history(
    connection: Connection, apart: Apart, changed: Sequence[Finding], now: datetime
) -> dict[Key, int]:
    if not changed:
        return {}
    pins = pin(connection, apart, (item.inputs for item in changed))
    new = [
        {
            **_row(item),
            "findings": item.findings,
            "input_hash": item.inputs.hash(item.verdict.as_of),
            "plan_hash": pinned.plan,
            "policy_hash": pinned.policy,
            "agreement_hash": pinned.agreement or None,
            "facts_hash": pinned.facts,
            "causes": item.causes,
        }
        for item, pinned in zip(changed, pins, strict=True)
    ]
    rows = connection.execute(_INSERT, {"rows": orjson.dumps(new).decode(), "now": now})
    return {(row.enrolment_id, row.subject_kind, row.subject_id): row.verdict_id for row in rows}


def _row(item: Finding) -> dict[str, Any]:
    """What history and heads hold alike."""
    verdict = item.verdict
    return {
        "institution_id": item.institution_id,
        "learner_id": verdict.learner_id,
        "enrolment_id": verdict.enrolment_id,
        "subject_kind": verdict.subject_kind,
        "subject_id": verdict.subject_id,
        "ledger_seq": verdict.ledger_seq,
        "facts_seq": verdict.facts_seq,
        "plan_id": verdict.plan_id,
        "policy_version": verdict.policy_version,
        "engine_version": verdict.engine_version,
        "as_of": verdict.as_of,
        "outcome": verdict.outcome,
        "shortfall_units": verdict.shortfall_units,
        "findings_hash": item.findings_hash,
    }


def _move_heads(
    connection: Connection,
    newer: Sequence[Finding],
    ids: dict[Key, int],
    standing: dict[Key, Any],
    now: datetime,
) -> None:
    rows = [
        {**_row(item), "verdict_id": ids[key] if key in ids else standing[key].verdict_id}
        for item in newer
        for key in [_key(item)]
    ]
    asked = {"rows": orjson.dumps(rows).decode(), "now": now, "today": local_date(now)}
    connection.execute(_MOVE, asked)
