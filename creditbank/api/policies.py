"""Rules: the values in force with what they rest on, and putting one in force by date."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.domain.policies import PolicyScalar, PolicyValue
from creditbank.domain.policy_keys import POLICY_KEYS, value_text
from creditbank.queries.policies import PolicyLine, list_policies, policy_history
from creditbank.services.policy_changes import change_policy
from creditbank.services.policy_commands import ChangePolicy
from creditbank.services.simulations import drafted_values
from schemas.policies import (
    PolicyChangedSchema,
    PolicyChangeSchema,
    PolicyHistorySchema,
    PolicyListSchema,
    PolicyQuerySchema,
)

blueprint = Blueprint("policies", "规则 Rules")


@blueprint.reads(
    "/policy-values", Action.SEE_POLICIES, PolicyListSchema(), query=PolicyQuerySchema()
)
def get_policy_values(query: dict[str, Any]) -> dict[str, Any]:
    """现行规定:值、依据、生效日期和下一次变化 Values in force, what they rest on, and the next."""
    with unit_of_work() as uow:
        found = list_policies(uow, actor(), now=now(), institution_id=query["institution_id"])
    return {
        "institution_id": found.institution_id,
        "as_of": found.as_of,
        "items": [_line(line) for line in found.items],
    }


@blueprint.reads(
    "/policy-values/<key>", Action.SEE_POLICIES, PolicyHistorySchema(), query=PolicyQuerySchema()
)
def get_policy_history(query: dict[str, Any], key: str) -> dict[str, Any]:
    """一项规定的全部历史 All values of one key, with who decided them."""
    with unit_of_work() as uow:
        found = policy_history(uow, actor(), key, now=now(), institution_id=query["institution_id"])
    return {
        "line": _line(found.line),
        "records": [
            {
                **{name: getattr(record, name) for name in _RECORD},
                "value": _text(key, record.value),
                "authority": record.authority.name.lower(),
                "state": record.state.value,
            }
            for record in found.records
        ],
    }


@blueprint.writes(
    "/policy-values", Action.CHANGE_POLICY, PolicyChangeSchema(), PolicyChangedSchema()
)
def post_policy_value(loaded: dict[str, Any]) -> dict[str, Any]:
    """按日期施行一项规定 Put a value in force from a day on."""
    (value,) = drafted_values([(loaded["key"], loaded["value"])])
    command = ChangePolicy(**{**loaded, "value": value.value})
    with unit_of_work() as uow:
        changed = change_policy(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
    return {**asdict(changed), "value": _text(changed.key, changed.value)}


_RECORD = (
    "institution_id", "institution_name", "effective_from", "reference", "reason", "decided_by",
    "decided_at",
)  # fmt: skip


def _line(line: PolicyLine) -> dict[str, Any]:
    key = line.key
    return {
        "key": key.key,
        "topic": key.topic,
        "measure": key.measure,
        "applies": key.applies,
        "in_force": _value(line.value),
        "to_come": _value(line.to_come),
        "own_schools": line.own_schools,
    }


def _value(value: PolicyValue | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "value": _text(value.key, value.value),
        "authority": value.authority.name.lower(),
        "effective_from": value.effective_from,
        "reference": value.reference,
    }


def _text(key: str, value: PolicyScalar) -> str:
    return value_text(POLICY_KEYS[key], value)
