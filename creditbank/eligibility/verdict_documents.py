"""A verdict as a document for whoever brings data of their own: credits as text, both languages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from creditbank.domain.credits import credits_text
from creditbank.domain.plans import Plan
from creditbank.domain.verdicts import BlockResult, Outcome, Use, Verdict
from creditbank.eligibility.sentences import sentences

VERDICT_FORMAT = "creditbank-verdict/1"
_AMOUNTS = ("required", "earned", "substituted", "recognised", "shared", "missing")


def verdict_document(
    verdict: Verdict,
    learner: str,
    plan: Plan,
    passed_codes: Collection[str],
    *,
    input_hash: str,
) -> dict[str, Any]:
    """Outcome, allocation, findings, shortfall and proof; its form is verdict_schema()."""
    return {
        "format": VERDICT_FORMAT,
        "learner": learner,
        "as_of": verdict.as_of.isoformat(),
        "outcome": verdict.outcome.value,
        "required_credits": credits_text(verdict.required_units),
        "counted_credits": credits_text(verdict.counted_units),
        "shortfall_credits": credits_text(verdict.shortfall_units),
        "blocks": [_block(block) for block in verdict.blocks],
        "conditions": [
            item._asdict() | {"missing_codes": list(item.missing_codes)}
            for item in verdict.conditions
        ],
        "allocation": [
            {
                "ledger_seq": item.ledger_seq,
                "block_code": item.block_code,
                "credits": credits_text(item.units),
                "use": item.use.value,
            }
            for item in verdict.placements
        ],
        "proof": list(verdict.proof),
        "sentences": {
            "zh": sentences(verdict, "zh", plan=plan, passed_codes=passed_codes),
            "en": sentences(verdict, "en", plan=plan, passed_codes=passed_codes),
        },
        "policy_version": verdict.policy_version,
        "engine_version": verdict.engine_version,
        "input_hash": input_hash,
    }


def _block(block: BlockResult) -> dict[str, str]:
    amounts = {name: credits_text(getattr(block, name)) for name in _AMOUNTS}
    return {"code": block.code, "name": block.name, "name_en": block.name_en, **amounts}


def verdict_schema() -> dict[str, Any]:
    """The published JSON Schema of verdict_document."""
    text, amount = {"type": "string"}, {"type": "string", "pattern": r"^\d+(\.\d{1,2})?$"}
    texts = {"type": "array", "items": text}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:creditbank:schema:verdict:1",
        "title": "creditbank verdict",
        **_object(
            format={"const": VERDICT_FORMAT},
            learner=text,
            as_of={"type": "string", "format": "date"},
            outcome={"enum": [item.value for item in Outcome]},
            required_credits=amount,
            counted_credits=amount,
            shortfall_credits=amount,
            blocks={
                "type": "array",
                "items": _object(
                    code=text, name=text, name_en=text, **dict.fromkeys(_AMOUNTS, amount)
                ),
            },
            conditions={
                "type": "array",
                "items": _object(
                    code=text, met={"type": "boolean"}, required=text, actual=text,
                    missing_codes=texts, name=text, name_en=text,
                ),
            },
            allocation={
                "type": "array",
                "items": _object(
                    ledger_seq={"type": "integer", "minimum": 1}, block_code=text, credits=amount,
                    use={"enum": [item.value for item in Use]},
                ),
            },
            proof=texts,
            sentences=_object(zh=texts, en=texts),
            policy_version=text,
            engine_version=text,
            input_hash={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        ),
    }  # fmt: skip


def _object(**properties: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON Schema)
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
