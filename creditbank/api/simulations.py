"""Simulations: who would gain and who would lose by other rules. Nothing is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from creditbank.api.calls import actor, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.domain.policy_keys import POLICY_KEYS, value_text
from creditbank.domain.simulations import Affected, Effect, RuleChange, Simulation, Split
from creditbank.domain.verdicts import SubjectKind
from creditbank.queries.simulations import (
    AffectedLearner,
    GroupNames,
    affected_learners,
    group_names,
)
from creditbank.services.policy_commands import SimulatePlan, SimulateRuleChange, SimulateValues
from creditbank.services.simulations import drafted_values, simulate_rule_change
from schemas.simulations import SimulationRequestSchema, SimulationSchema

blueprint = Blueprint("simulations", "规则试算 Simulations of rules")


@blueprint.writes(
    "/simulations",
    Action.SIMULATE_RULES,
    SimulationRequestSchema(),
    SimulationSchema(),
    is_search=True,
)
def post_simulation(loaded: dict[str, Any]) -> dict[str, Any]:
    """试算:若今天施行,谁得益、谁受损 Who would gain and lose if this were in force today."""
    part = slice(loaded["offset"], loaded["offset"] + loaded["limit"])
    with unit_of_work() as uow:
        found = simulate_rule_change(uow, actor(), _command(loaded), now=now())
        shown = affected_learners(uow, actor(), found.affected[part], now=now())
        names = group_names(uow)
    return _answer(found, shown, names)


def _command(loaded: dict[str, Any]) -> SimulateRuleChange:
    asked = {
        name: value for name, value in loaded.items() if name not in {"kind", "limit", "offset"}
    }
    if loaded["kind"] == "plan":
        return SimulatePlan(**asked)
    values = drafted_values((item["key"], item["value"]) for item in asked["values"])
    return SimulateValues(values=values, institution_id=asked["institution_id"])


def _answer(
    found: Simulation, shown: tuple[AffectedLearner, ...], names: GroupNames
) -> dict[str, Any]:
    return {
        "as_of": found.as_of,
        "changes": [_change(change) for change in found.changes],
        "enrolments": found.enrolments,
        "evaluated": found.evaluated,
        "gains": found.count(Effect.GAINS),
        "loses": found.count(Effect.LOSES),
        "unchanged": found.count(Effect.SAME),
        "newly_eligible": found.crossing(SubjectKind.GRADUATION, Effect.GAINS),
        "no_longer_eligible": found.crossing(SubjectKind.GRADUATION, Effect.LOSES),
        "own_rules": list(found.own_rules),
        "schools": _splits(
            {
                (str(school), names.schools.get(school, ("", ""))[0]): split
                for school, split in found.by(lambda item: item.institution_id).items()
            }
        ),
        "majors": _splits(
            {
                (code, names.majors.get(code, "")): split
                for code, split in found.by(lambda item: item.major_code).items()
            }
        ),
        "blocks": _splits(
            {(block.code, block.name): split for block, split in found.by_block().items()}
        ),
        "items": [_item(line) for line in shown],
        "item_count": len(found.affected),
    }


def _change(change: RuleChange) -> dict[str, Any]:
    key = POLICY_KEYS[change.key]
    return {
        "key": change.key,
        "before": "" if change.before is None else value_text(key, change.before),
        "after": value_text(key, change.after),
        "applies": key.applies,
    }


def _splits(groups: Mapping[tuple[str, str], Split]) -> list[dict[str, Any]]:
    return [
        {"code": code, "name": name, "gains": split.gains, "loses": split.loses}
        for (code, name), split in sorted(groups.items())
    ]


def _item(line: AffectedLearner) -> dict[str, Any]:
    item: Affected = line.affected
    return {
        "learner_id": item.learner_id,
        "enrolment_id": item.enrolment_id,
        "institution_id": item.institution_id,
        "name": line.name,
        "student_no": line.student_no,
        "class_name": line.class_name,
        "subject_kind": item.subject_kind,
        "subject_id": item.subject_id,
        "effect": item.effect,
        "before": item.before,
        "after": item.after,
        "blocks": [
            {"code": block.code, "name": block.name, "missing_units": change}
            for block, change in item.missing_changes.items()
        ],
    }
