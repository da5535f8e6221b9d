"""A few hundred of the cases that `python -m tests.proofs` compares by the hundred thousand."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from creditbank.eligibility import model, standing
from tests.proofs.cases import Case, make_case
from tests.proofs.checker import faults_of
from tests.proofs.comparing import compare_range, differences
from tests.proofs.judging import judge

Verdict = dict[str, Any]


@pytest.mark.parametrize("start", range(0, 150, 10))
def test_engine_oracle_and_checker_agree(start: int):
    tally = compare_range(start, start + 10)
    assert tally.differences == []
    assert tally.proofs > 2


def _two_places(_: Case, verdict: Verdict) -> bool:
    """A record that counts is counted in another block as well."""
    for place in verdict["placements"]:
        others = [block["code"] for block in verdict["blocks"] if block["code"] != place[1]]
        if place[3] == "counted" and others:
            verdict["placements"].append([place[0], others[0], place[2], "counted"])
            return True
    return False


def _from_nowhere(_: Case, verdict: Verdict) -> bool:
    for place in verdict["placements"]:
        if place[3] in {"counted", "substituted"} and place[2]:
            place[2] += 50
            return True
    return False


def _unused_counts(_: Case, verdict: Verdict) -> bool:
    """What was cut off or stands outside the plan is counted after all."""
    for place in verdict["placements"]:
        if place[3] in {"capped", "not_in_plan", "same_event", "expired"} and place[2]:
            place[1], place[3] = verdict["blocks"][0]["code"], "counted"
            return True
    return False


def _less_short(_: Case, verdict: Verdict) -> bool:
    verdict["shortfall_units"] -= 1
    return verdict["shortfall_units"] >= 0


def _no_proof(_: Case, verdict: Verdict) -> bool:
    has = bool(verdict["proof"])
    verdict["proof"] = []
    return has


def _proof_too_large(_: Case, verdict: Verdict) -> bool:
    others = [b["code"] for b in verdict["blocks"] if b["code"] not in verdict["proof"]]
    verdict["proof"] += others[:1]
    return bool(others and len(verdict["proof"]) > 1)


def _other_proof(_: Case, verdict: Verdict) -> bool:
    full = [b["code"] for b in verdict["blocks"] if not b["missing"]]
    had = verdict["proof"]
    verdict["proof"] = full[:1]
    return len(had) == 1 and bool(full)


def _other_figure(_: Case, verdict: Verdict) -> bool:
    verdict["blocks"][0]["earned"] += 1
    return True


ERRORS: list[Callable[[Case, Verdict], bool]] = [
    _two_places, _from_nowhere, _unused_counts, _less_short, _no_proof, _proof_too_large,
    _other_proof, _other_figure,
]  # fmt: skip


@pytest.mark.parametrize("plant", ERRORS, ids=lambda plant: plant.__name__.strip("_"))
def test_the_checker_finds_what_is_planted(plant: Callable[[Case, Verdict], bool]):
    planted = 0
    for seed in range(150):
        case = make_case(seed)
        verdict = deepcopy(judge(case))
        if plant(case, verdict):
            planted += 1
            assert faults_of(case, verdict), seed
    assert planted >= 15


def test_another_outcome_is_a_difference():
    for seed in range(20):
        case = make_case(seed)
        verdict = judge(case)
        verdict["outcome"] = "eligible" if verdict["outcome"] != "eligible" else "not_yet"
        assert differences(case, verdict)


def _no_caps(found: Any) -> Any:
    return lambda *given: [(replace(limit, units=10**6), says) for limit, says in found(*given)]


def _all_of_an_event(_: Any) -> Any:
    return lambda awards, unused: tuple((record, record.units) for record in awards)  # noqa: ARG005


def _first_place_only(found: Any) -> Any:
    return lambda record, index: found(record, index)[:1]


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (model, "_plan_limits", _no_caps),
        (model, "_policy_limits", _no_caps),
        (model, "_places", _first_place_only),
        (standing, "_highest_per_event", _all_of_an_event),
    ],
)
def test_the_comparison_finds_a_broken_engine(monkeypatch, module, name, broken):
    monkeypatch.setattr(module, name, broken(getattr(module, name)))
    assert compare_range(200, 275).differences
