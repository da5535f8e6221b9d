"""Whom a change of caps cannot touch keeps the verdict: held against the engine on random learners.

Also: the keys that say so are all that the engine reads.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Authority, Policy, PolicyValue
from creditbank.domain.policy_keys import POLICY_KEYS
from creditbank.domain.policy_kinds import Applies
from creditbank.domain.simulations import Effect, effect_of, position_of
from creditbank.domain.snapshots import Snapshot
from creditbank.domain.verdicts import Outcome, Use, Verdict
from creditbank.eligibility import evaluate_graduation, findings_hash, verdict_to_dict
from creditbank.eligibility.conditions import current_semester
from creditbank.eligibility.plan_index import plan_index
from creditbank.services.derived_verdicts import position_at, shared_courses, without_awards
from creditbank.services.rule_reach import (
    award_reach,
    is_within_reach,
    time_is_touched,
    time_reads_otherwise,
    times_of,
)
from creditbank.store.rule_reach import ALL_AWARDS, Situation
from creditbank.store.simulations import Rules, StandingPosition, StandingUse
from tests.unit.eligibility.learners import (
    AS_OF,
    VALUES,
    demo_plan,
    free_plan,
    make_policy,
    random_learner,
    tangled_plan,
)

CASES = 400
_AWARDS = {EntryKind.COMPETITION, EntryKind.INNOVATION}
_CAPS = [key for key in VALUES if not key.startswith("duration.")]


def random_case(seed: int) -> tuple[Plan, Snapshot, Policy, Policy]:
    """A learner with rules before and after a change of caps, most of them tight."""
    generator = random.Random(seed)
    plan = generator.choice([demo_plan, free_plan, tangled_plan])(generator)
    learner = random_learner(generator, plan, electives=0.6, shared=0.9)
    keys = generator.sample(_CAPS, generator.choice([1, 1, 1, 2]))

    def drawn() -> dict[str, int | bool]:
        return {
            key.replace(".", "__"): generator.choice(
                [0, 10, 25, 50, 100] if "percent" in key else [0, 50, 100, 200, 300, 400, 800]
            )
            for key in keys
        }

    before = drawn() if generator.random() < 0.5 else {}
    return plan, learner, make_policy(**before), make_policy(**drawn())


def award_sums(learner: Snapshot) -> Mapping[str, int]:
    """As the ledger has them: what substitutions drew is still in the award."""
    found: dict[str, int] = defaultdict(int)
    for record in learner.records:
        if record.kind in _AWARDS:
            found[record.category] += record.units + record.drawn_units
        elif record.kind is EntryKind.SUBSTITUTION:
            found[""] += record.units
    return found


def is_over(limits: Mapping[str, int], sums: Mapping[str, int]) -> bool:
    """As the store looks for them."""
    everything = {ALL_AWARDS: sum(sums.values()), **sums}
    return any(everything.get(category, 0) > units for category, units in limits.items())


def hashed(verdict: Verdict) -> str:
    return findings_hash(verdict_to_dict(verdict))


def rules_of(verdict: Verdict) -> Rules:
    return Rules(verdict.plan_id, verdict.policy_version, verdict.engine_version, AS_OF)


def standing_use(learner: Snapshot, verdict: Verdict) -> StandingUse:
    """As the store reads it from a stored verdict."""
    seqs = {record.ledger_seq for record in learner.records if record.kind in _AWARDS}
    substitutes = any(record.kind is EntryKind.SUBSTITUTION for record in learner.records)
    disputed = any(item.use is Use.DISPUTED for item in verdict.placements)
    return StandingUse(
        rules=rules_of(verdict),
        at_head=True,
        is_simple=not substitutes and not disputed,
        lacking_units=verdict.shortfall_units + sum(block.missing for block in verdict.blocks),
        award_units=sum(
            item.units for item in verdict.placements if item.block_code and item.ledger_seq in seqs
        ),
    )


def standing_position(verdict: Verdict) -> StandingPosition:
    """As the store reads it from a stored verdict."""
    return StandingPosition(
        rules=rules_of(verdict),
        books=(0, 0),
        position=position_of(verdict),
        conditions=tuple((item.code, item.met) for item in verdict.conditions),
        blocks=verdict.blocks,
        counted_units=verdict.counted_units,
    )


def test_whoever_is_left_out_keeps_the_verdict() -> None:
    seen: dict[str, int] = defaultdict(int)
    for seed in range(CASES):
        plan, learner, before, after = random_case(seed)
        stands = evaluate_graduation(learner, plan, before, AS_OF)
        would = evaluate_graduation(learner, plan, after, AS_OF)
        effect = effect_of(position_of(stands), position_of(would))
        reach = award_reach(plan, before, after)
        if reach is None or not is_over(reach.limits, award_sums(learner)):
            seen["not touched"] += 1
            assert hashed(stands) == hashed(would), seed
        elif not reach.may_move(standing_use(learner, stands)):
            seen["not moved"] += 1
            assert effect is Effect.SAME, seed
        else:
            seen[effect] += 1
    # Each way of leaving somebody out was taken, and changes do change something.
    assert min(seen["not touched"], seen["not moved"]) >= CASES / 20, dict(seen)
    assert min(seen[Effect.LOSES], seen[Effect.GAINS]) >= CASES / 80, dict(seen)


def test_time_of_study_is_judged_otherwise_only_for_whom_it_is_said() -> None:
    touched = reads_otherwise = 0
    seen: set[tuple[Outcome, Outcome]] = set()
    for seed in range(CASES):
        generator = random.Random(seed)
        plan = demo_plan(generator)
        learner = replace(
            random_learner(generator, plan, electives=0.6, shared=0.9),
            entered_on=date(generator.randint(2017, 2025), 9, 1),
            suspended_semesters=generator.choice([0, 0, 1, 4]),
            status=EnrolmentStatus.STUDYING,
        )
        changes: dict[str, int] = generator.choice(
            [
                {"duration__years_early_max": generator.choice([0, 2])},
                {"duration__years_late_max": generator.choice([0, 1, 5])},
                {"duration__suspension_counts": True},
            ]
        )
        before, after = make_policy(), make_policy(**changes)
        at = Situation(1, plan.plan_id, learner.entered_on, learner.suspended_semesters)
        stands, would = (
            evaluate_graduation(learner, plan, policy, AS_OF) for policy in (before, after)
        )
        if time_is_touched(at, plan, before, after, AS_OF):
            touched += 1
        else:
            assert effect_of(position_of(stands), position_of(would)) is Effect.SAME, seed
        if not any(record.disputed for record in learner.records):
            found = standing_position(stands)
            times = times_of(at, plan, after, AS_OF)
            is_early = current_semester(learner, AS_OF) < 2 * plan.years
            assert position_at(found, times, is_early=is_early) == position_of(would), seed
            seen.add((stands.outcome, would.outcome))
        if time_reads_otherwise(at, plan, before, after, AS_OF):
            reads_otherwise += 1
        else:
            assert hashed(stands) == hashed(would), seed
    assert CASES / 20 < touched < reads_otherwise < CASES * 19 / 20
    assert len([pair for pair in seen if pair[0] is not pair[1]]) >= 3, seen


def test_without_awards_the_verdict_that_stands_says_what_would_be() -> None:
    told = changed = 0
    for seed in range(6 * CASES):
        generator = random.Random(seed)
        plan = generator.choice([demo_plan, free_plan])(generator)
        learner = random_learner(generator, plan, electives=0.6, shared=0.9)
        index = plan_index(plan)
        courses = {record.ledger_seq: record.course_code for record in learner.records}
        before, after = make_policy(), make_policy(substitution__cap_units=0)
        reach = award_reach(plan, before, after)
        stands, would = (
            evaluate_graduation(learner, plan, policy, AS_OF) for policy in (before, after)
        )
        is_own = all(
            index.codes[index.own[courses[item.ledger_seq]]] == item.block_code
            for item in stands.placements
            if item.block_code and courses[item.ledger_seq] in index.own
        )
        if (
            (reach is not None and not reach.takes_all)
            or not is_own
            or not standing_use(learner, stands).is_simple
        ):
            continue
        sharing = {code for item in shared_courses(plan) for code in item.block_codes}
        found = without_awards(standing_position(stands), plan, sharing)
        if found is not None:
            at = Situation(1, plan.plan_id, learner.entered_on, learner.suspended_semesters)
            is_early = current_semester(learner, AS_OF) < 2 * plan.years
            times = times_of(at, plan, after, AS_OF)
            assert position_at(found, times, is_early=is_early) == position_of(would), seed
            told += 1
            changed += effect_of(position_of(stands), position_of(would)) is not Effect.SAME
    assert min(told - changed, changed) >= CASES / 20, (told, changed)


class _Watched(dict):
    """Values that note which of them were asked for."""

    def __init__(self, values) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


def test_the_engine_reads_the_keys_that_are_said_to_change_verdicts() -> None:
    values = _Watched(make_policy().values)
    policy = Policy("0" * 16, values)
    for seed in range(150):
        plan, learner, _, _ = random_case(seed)
        evaluate_graduation(learner, plan, policy, AS_OF)
    of_verdicts = {key for key, known in POLICY_KEYS.items() if known.applies is Applies.VERDICTS}
    categories = {key for key in of_verdicts if key.startswith("innovation.category_cap.")}
    assert values.asked <= of_verdicts
    assert of_verdicts - categories <= values.asked
    assert values.asked & categories


@pytest.mark.parametrize("key", sorted(set(POLICY_KEYS) - set(VALUES)))
def test_other_values_are_no_reason_to_evaluate_anybody(key: str) -> None:
    """Unless it is a cap on a category, which may be set where none was."""
    is_cap = key.startswith("innovation.category_cap.")
    generator = random.Random(1)
    plan, before = demo_plan(generator), make_policy()
    after = make_policy(**{key.replace(".", "__"): 1})
    assert (award_reach(plan, before, after) is not None) is is_cap


def test_a_change_of_a_kind_that_nobody_has_thought_of_is_beyond_reach() -> None:
    before = make_policy()
    strange = PolicyValue("innovation.weight", 2, Authority.COUNTY, date(2026, 1, 1), "x")
    after = replace(before, values={**before.values, strange.key: strange})
    assert not is_within_reach(before, after)
    assert not is_within_reach(after, before)
    assert is_within_reach(after, after)
    changes: dict[str, int] = {"duration__years_early_max": 0, "substitution__cap_units": 100}
    assert is_within_reach(before, make_policy(**changes))
    assert is_within_reach(before, make_policy(marks__pass_mark=70))
