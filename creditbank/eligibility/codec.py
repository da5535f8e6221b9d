"""Verdicts as JSON-able dictionaries, and the hash by which an unchanged verdict is known."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import orjson

from creditbank.domain.plan_exceptions import ExceptionKind
from creditbank.domain.verdicts import (
    AppliedException,
    BlockResult,
    ConditionResult,
    Outcome,
    Placement,
    SubjectKind,
    Use,
    Verdict,
)

_OF_THE_BOOKS = frozenset({"ledger_seq", "facts_seq", "as_of", "policy_version", "engine_version"})
_ONCE_IN_IT = "input_hash"
"""Older rows hold it in their findings as well as in its own column."""


def verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    """Plain values only: text, integers, lists, dictionaries; dates as ISO 8601.

    A placement is a list [ledger_seq, block_code, units, use]: there is one for each record.
    Exceptions are named only where there are any, as most verdicts know of none.
    """
    found = {
        "subject_kind": verdict.subject_kind.value,
        "subject_id": verdict.subject_id,
        "learner_id": verdict.learner_id,
        "enrolment_id": verdict.enrolment_id,
        "ledger_seq": verdict.ledger_seq,
        "facts_seq": verdict.facts_seq,
        "plan_id": verdict.plan_id,
        "policy_version": verdict.policy_version,
        "engine_version": verdict.engine_version,
        "as_of": verdict.as_of.isoformat(),
        "outcome": verdict.outcome.value,
        "required_units": verdict.required_units,
        "counted_units": verdict.counted_units,
        "shortfall_units": verdict.shortfall_units,
        "blocks": [block._asdict() for block in verdict.blocks],
        "conditions": [
            item._asdict() | {"missing_codes": list(item.missing_codes)}
            for item in verdict.conditions
        ],
        "placements": list(map(list, verdict.placements)),
        "proof": list(verdict.proof),
    }
    if verdict.exceptions:
        found["exceptions"] = [
            item._asdict() | {"kind": item.kind.value, "decided_on": item.decided_on.isoformat()}
            for item in verdict.exceptions
        ]
    return found


def verdict_from_dict(found: dict[str, Any]) -> Verdict:
    """The verdict that verdict_to_dict made this of."""
    kept = {name: value for name, value in found.items() if name != _ONCE_IN_IT}
    return Verdict(
        **{
            **kept,
            "subject_kind": SubjectKind(found["subject_kind"]),
            "outcome": Outcome(found["outcome"]),
            "as_of": date.fromisoformat(found["as_of"]),
            "blocks": tuple(BlockResult(**block) for block in found["blocks"]),
            "conditions": tuple(
                ConditionResult(**{**item, "missing_codes": tuple(item["missing_codes"])})
                for item in found["conditions"]
            ),
            "placements": tuple(
                Placement(seq, block, units, Use(use))
                for seq, block, units, use in found["placements"]
            ),
            "proof": tuple(found["proof"]),
            "exceptions": tuple(_exception(item) for item in found.get("exceptions", ())),
        }
    )


def _exception(item: dict[str, Any]) -> AppliedException:
    kind, day = ExceptionKind(item["kind"]), date.fromisoformat(item["decided_on"])
    return AppliedException(**{**item, "kind": kind, "decided_on": day})


def findings_hash(found: dict[str, Any]) -> str:
    """SHA-256 hex over outcome and findings of verdict_to_dict, without the state of the books."""
    content = {
        name: value
        for name, value in found.items()
        if name not in _OF_THE_BOOKS and name != _ONCE_IN_IT
    }
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
