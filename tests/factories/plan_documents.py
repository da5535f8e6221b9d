"""Small plans as documents, for tests of what is wrong with a plan."""

from __future__ import annotations

from typing import Any

import yaml

from creditbank.domain.errors import Fault
from creditbank.domain.policies import Policy
from creditbank.store.plan_documents import read_plan
from tests.factories.policies import shipped_policy

POLICY = shipped_policy()


def course(code: str, block: str, credits: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    """A course of 18 hours of practice for each credit."""
    hours = int(float(credits) * 18)
    return {
        "course_code": code, "name": code, "block_code": block, "credits": credits,
        "theory_hours": 0, "practice_hours": hours, "semester_no": 1, **more,
    }  # fmt: skip


def block(code: str, credits: str, **more: Any) -> dict[str, Any]:  # noqa: A002
    """A block of required courses."""
    names = {"code": code, "name": code, "name_en": code, "nature": "1"}
    return {**names, "credits_min": credits, **more}


def plan(**changes: Any) -> dict[str, Any]:
    """Blocks A 6 and B 4, courses for 6 and 6; total 10."""
    return {
        "format": "creditbank-plan/1", "code": "P", "name": "方案", "major_code": "660103",
        "catalogue_year": 2021, "years": 3, "credits_min": "10",
        "blocks": [block("A", "6"), block("B", "4", nature="3")],
        "courses": [course("A1", "A", "6"), *(course(f"B{at}", "B", "2") for at in (1, 2, 3))],
        "conditions": [],
    } | changes  # fmt: skip


def text_of(document: dict[str, Any]) -> str:
    """The document as YAML."""
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    return text


def found(document: dict[str, Any], policy: Policy = POLICY) -> tuple[Fault, ...]:
    """All that the check says."""
    return read_plan(text_of(document), policy).faults


def faults(document: dict[str, Any], policy: Policy = POLICY) -> list[tuple[str, str]]:
    """(clause, field) of what keeps the document from being used."""
    return [(item.code, item.field) for item in found(document, policy) if not item.is_warning]


def warnings(document: dict[str, Any], policy: Policy = POLICY) -> list[tuple[str, str]]:
    """(clause, field) of what it is only warned of."""
    return [(item.code, item.field) for item in found(document, policy) if item.is_warning]


def words(document: dict[str, Any]) -> str:
    """What the faults say, in both languages."""
    return " ".join(item.message.zh + item.message.en for item in found(document))


def cap(units: str, *, blocks: tuple[str, ...] = (), **selector: Any) -> dict[str, Any]:
    return {
        "code": f"c{units}",
        "selector": selector,
        "block_codes": list(blocks),
        "credits": units,
    }
