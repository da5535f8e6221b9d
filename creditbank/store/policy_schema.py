"""The published JSON Schema of policy files; what reads them is store.policy_files."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_DATE = {"type": "string", "format": "date"}
_ENTRY = {
    "type": "object",
    "properties": {
        "credits": {"type": "string", "pattern": r"^\d{1,4}(\.\d{1,2})?$"},
        "value": {"type": ["integer", "string", "boolean"]},
        "reference": {**_TEXT, "description": "文号或条款 / number of the document, or clause"},
        "effective_from": {**_DATE, "description": "生效日期 / first day"},
        "note": {**_TEXT, "description": "说明 / a word on it"},
    },
    "oneOf": [{"required": ["credits"]}, {"required": ["value"]}],
    "additionalProperties": False,
}


def policy_schema() -> dict[str, Any]:
    """One file of dated values, each with its reference."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:creditbank:schema:policy:1",
        "title": "creditbank policy",
        "type": "object",
        "properties": {
            "title": {**_TEXT, "description": "规定的内容 / what it regulates"},
            "authority": {**_TEXT, "description": "制定单位 / who made it"},
            "reference": {**_TEXT, "description": "文号或条款 / number of the document, or clause"},
            "effective_from": {**_DATE, "description": "生效日期 / first day"},
            "values": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": r"^[a-z_]+(\.[a-z0-9_]+)+$"},
                "additionalProperties": {
                    "oneOf": [_ENTRY, {"type": "array", "minItems": 1, "items": _ENTRY}]
                },
                "description": "键与值;学分写成文字 / keys and values; credits as text",
            },
        },
        "required": ["title", "authority", "values"],
        "additionalProperties": False,
    }
