"""What one version of a plan says otherwise than another, as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

import orjson

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action
from creditbank.domain.plan_differences import (
    DifferenceKind,
    PlanDifference,
    PlanPart,
    differences,
)
from creditbank.domain.plans import Plan
from creditbank.store.documents import document_name, write_document
from creditbank.store.plans import load_plans
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that differs, both values as text; None where a version lacks the part."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One difference as text."""

    part: PlanPart
    kind: DifferenceKind
    code: str
    fields: tuple[FieldDifference, ...]


@dataclass(frozen=True, slots=True)
class PlanDifferences:
    """From one version to another."""

    from_plan_id: int
    plan_id: int
    differences: tuple[DifferenceLine, ...]


def plan_differences(
    uow: UnitOfWork, actor: Actor, from_plan_id: int, plan_id: int
) -> PlanDifferences:
    """What a version says otherwise than another one. Raises NotFoundError."""
    decide(actor, Action.SEE_PLANS)
    plans = load_plans(uow.connection, {from_plan_id, plan_id})
    found = differences(plans[from_plan_id], plans[plan_id])
    return PlanDifferences(from_plan_id, plan_id, tuple(map(_line, found)))


def _line(item: PlanDifference) -> DifferenceLine:
    before, after = _values(item.before), _values(item.after)
    if isinstance(item.before, Plan):
        before = {
            name: before[name] for name in map(document_name, item.field_names) if name in before
        }
        after = {
            name: after[name] for name in map(document_name, item.field_names) if name in after
        }
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return DifferenceLine(
        item.part,
        item.kind,
        item.code,
        tuple(
            FieldDifference(
                name,
                None if item.before is None else before.get(name, ""),
                None if item.after is None else after.get(name, ""),
            )
            for name in names
        ),
    )


def _values(part: Any) -> dict[str, str]:  # noqa: ANN401 (a part of a plan, or nothing)
    """A part as texts by field, as its document has them."""
    if not is_dataclass(part):
        return {}
    document: Mapping[str, Any] = write_document(part)
    return {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in document.items()
    }
