"""2,000 random learners on the demo's plans, 1,400 on harder ones, against an integer program."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from creditbank.eligibility import allocate, best, evaluate_graduation
from tests.unit.eligibility import oracle
from tests.unit.eligibility.learners import (
    AS_OF,
    demo_plan,
    free_plan,
    general_plan,
    make_policy,
    random_learner,
    tangled_plan,
    vocational_plan,
)

# How many learners, which share of electives and of courses with several ways they passed.
_PLANS = {
    "vocational": (200, 0.70, 0.70, lambda _: vocational_plan(surplus_to_electives=False)),
    "vocational with surplus to electives": (
        300,
        0.60,
        0.97,
        lambda _: vocational_plan(surplus_to_electives=True),
    ),
    "general high school": (300, 0.60, 0.89, lambda _: general_plan()),
    "free": (400, 0.95, 0.95, free_plan),
    **{f"the demo's, part {part}": (500, 0.65, 0.80, demo_plan) for part in (1, 2, 3, 4)},
    "the demo's, tangled": (200, 0.70, 0.97, tangled_plan),
}


@pytest.mark.parametrize("name", _PLANS)
def test_outcome_and_shortfall_equal_those_of_an_integer_program(name, monkeypatch):
    modelled = _counted(monkeypatch, allocate, "allocate_rich")
    searched = _counted(monkeypatch, best, "Branching")
    count, electives, shared, make = _PLANS[name]
    generator = random.Random(name)
    policies = [make_policy(), make_policy(duration__suspension_counts=True)]
    policies.append(make_policy(substitution__cap_units=300, innovation__career_cap_units=500))
    differences = []
    shortfalls: Counter[str] = Counter()
    for number in range(count):
        plan, policy = make(generator), policies[number % len(policies)]
        snapshot = random_learner(generator, plan, electives=electives, shared=shared)
        verdict = evaluate_graduation(snapshot, plan, policy, AS_OF)
        expected = (
            oracle.outcome(snapshot, plan, policy, AS_OF),
            oracle.least_shortfall(snapshot, plan, policy, AS_OF),
        )
        if (verdict.outcome.value, verdict.shortfall_units) != expected:
            differences.append((number, verdict.outcome.value, verdict.shortfall_units, expected))
        shortfalls["none" if not expected[1] else "near" if expected[1] <= 600 else "far"] += 1
    assert not differences
    assert modelled, "no learner for whom own blocks are not certainly the best"
    assert searched or "tangled" not in name, "no learner whose whole records flow would divide"
    assert shortfalls["none"] > count // 10, shortfalls
    assert shortfalls["near"] > count // 4, shortfalls


def _counted(monkeypatch, module, name):
    calls = []
    asked = getattr(module, name)

    def counted(*given):
        calls.append(name)
        return asked(*given)

    monkeypatch.setattr(module, name, counted)
    return calls
