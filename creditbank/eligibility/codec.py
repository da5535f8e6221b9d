"""Verdicts as JSON-able dictionaries, and the hash by which an unchanged verdict is known."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from typing import Any

from creditbank.domain.verdicts import (
    BlockResult,
    ConditionResult,
    Outcome,
    Placement,
    SubjectKind,
    Use,
    Verdict,
)

_STATE = ("ledger_seq", "facts_seq", "as_of", "input_hash", "policy_version", "engine_version")


def verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    """Plain values only: text, integers, lists, dictionaries; dates as ISO 8601."""
    found = asdict(verdict)
    found["as_of"] = verdict.as_of.isoformat()
    found["subject_kind"] = verdict.subject_kind.value
    found["outcome"] = verdict.outcome.value
    for name in ("blocks", "conditions", "placements", "proof"):
        found[name] = list(found[name])
    for condition in found["conditions"]:
        condition["missing_codes"] = list(condition["missing_codes"])
    for placement in found["placements"]:
        placement["use"] = placement["use"].value
    return found


def verdict_from_dict(found: dict[str, Any]) -> Verdict:
    """The verdict that verdict_to_dict made this of."""
    return Verdict(
        **{
            **found,
            "subject_kind": SubjectKind(found["subject_kind"]),
            "outcome": Outcome(found["outcome"]),
            "as_of": date.fromisoformat(found["as_of"]),
            "blocks": tuple(BlockResult(**block) for block in found["blocks"]),
            "conditions": tuple(
                ConditionResult(**{**item, "missing_codes": tuple(item["missing_codes"])})
                for item in found["conditions"]
            ),
            "placements": tuple(
                Placement(**{**item, "use": Use(item["use"])}) for item in found["placements"]
            ),
            "proof": tuple(found["proof"]),
        }
    )


def findings_hash(verdict: Verdict) -> str:
    """SHA-256 hex over outcome and findings, without the state of the books they were found in."""
    found = verdict_to_dict(verdict)
    content = {name: value for name, value in found.items() if name not in _STATE}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
