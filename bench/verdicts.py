"""Graduation verdicts a second of one core, records in memory, beside the bare sums over them.

county: learners of the demo county. typical, passing, failing: twelve blocks and sixty records.
border: random tangled plans, and random plans with every rule a school can write, of learners who
lack next to nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from bench.alternating import Work, rates, worst_ms
from bench.learners import AS_OF, Question, learner, twelve_blocks
from bench.throwaway import fill, servers
from creditbank.db import make_engine
from creditbank.eligibility import evaluate_graduation
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for
from creditbank.store.snapshots import read_evaluands
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.proofs import cases
from tests.proofs.judging import policy_of
from tests.unit.eligibility.learners import AS_OF as TANGLED_AS_OF
from tests.unit.eligibility.learners import make_policy, random_learner, tangled_plan

ROUNDS = 7
BORDER_UNITS = 100
GOALS = {"typical_per_s": 20_000, "border_per_s": 4_000, "failing_cost": 1.2, "worst_ms": 50}
Judge = Callable[[], object]


def measure(*, small: bool = False) -> dict[str, Any]:
    """Rates, ratios to the sums alone, and the slowest single verdict at the border."""
    number = 60 if small else 600
    rounds = 1 if small else ROUNDS
    plan, policy = twelve_blocks(), make_policy()
    passing = [Question(learner(plan, at, passing=True), plan, policy) for at in range(number)]
    failing = [Question(learner(plan, at, passing=False), plan, policy) for at in range(number)]
    typical = [pair[at % 3 == 0] for at, pair in enumerate(zip(passing, failing, strict=True))]
    border = _border(number)
    found = rates(
        {
            "sums_alone": partial(_sums, [_classes(item) for item in typical]),
            "typical": partial(_judge_all, typical),
            "passing": partial(_judge_all, passing),
            "failing": partial(_judge_all, failing),
        },
        number,
        rounds=rounds,
    )
    county, today = _county(500)
    found |= rates({"county": partial(_judge_all, county, today)}, len(county), rounds=rounds)
    found |= rates({"border": partial(_run, border)}, len(border), rounds=rounds)
    return {
        "learners": number,
        **{f"{name}_per_s": round(rate) for name, rate in found.items()},
        "typical_to_sums": round(found["typical"] / found["sums_alone"], 3),
        "failing_cost_to_passing": round(found["passing"] / found["failing"], 2),
        "worst_ms": round(worst_ms(border), 1),
        "goals": GOALS,
    }


def _judge_all(questions: Sequence[Question], day: date = AS_OF) -> None:
    for item in questions:
        evaluate_graduation(item.snapshot, item.plan, item.policy, day)


def _run(works: Sequence[Work]) -> None:
    for work in works:
        work()


def _classes(item: Question) -> list[tuple[int, int]]:
    """The learner's records by block, as an engine would have them that only adds up."""
    place = {block.code: number for number, block in enumerate(item.plan.blocks)}
    own = {course.course_code: place[course.block_code] for course in item.plan.courses}
    sums: dict[int, int] = {}
    for record in item.snapshot.records:
        block = own.get(record.course_code, len(place) - 1)
        sums[block] = sums.get(block, 0) + record.units
    return sorted(sums.items())


def _sums(learners: Sequence[Sequence[tuple[int, int]]]) -> None:
    needs = [block.units_min for block in twelve_blocks().blocks]
    for classes in learners:
        left = needs.copy()
        for block, units in classes:
            left[block] -= units
        sum([units for units in left if units > 0])


def _border(number: int) -> list[Judge]:
    """Verdicts on learners within a credit of enough, on either side of it: half of each sort."""
    found: list[Judge] = []
    seed = 0
    while len(found) < number:
        seed += 1
        judge = _tangled(seed) if len(found) % 2 else _any_rule(seed)
        if judge().shortfall_units <= BORDER_UNITS:
            found.append(judge)
    return found


def _tangled(seed: int) -> Callable[[], Any]:
    chance = random.Random(seed)
    plan = tangled_plan(chance)
    snapshot = random_learner(chance, plan, electives=0.8, shared=0.95)
    return partial(evaluate_graduation, snapshot, plan, make_policy(), TANGLED_AS_OF)


def _any_rule(seed: int) -> Callable[[], Any]:
    case = cases.make_case(seed)
    return partial(evaluate_graduation, case.snapshot, case.plan, policy_of(case), cases.AS_OF)


def _county(number: int) -> tuple[list[Question], date]:
    """Learners of the demo county as their school's worker reads them."""
    today = datetime.now(UTC).date()
    with servers() as urls:
        fill(urls, small=True)
        engine = make_engine(urls.database(), pool_size=1)
        with UnitOfWork(engine, EVERYWHERE) as uow:
            evaluands = read_evaluands(uow.connection, list(range(1, number + 1)))
            plans = load_plans(uow.connection, {item.plan_id for item in evaluands})
            policies = {
                school: policy_for(uow.connection, school, today)
                for school in {item.snapshot.institution_id for item in evaluands}
            }
        engine.dispose()
    return [
        Question(item.snapshot, plans[item.plan_id], policies[item.snapshot.institution_id])
        for item in evaluands
    ], today
