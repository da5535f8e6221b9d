"""What holds for every learner and plan: order does not matter, nothing is counted twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Substitution
from creditbank.domain.verdicts import Outcome, Use
from creditbank.eligibility import (
    evaluate_graduation,
    findings_hash,
    input_hash,
    verdict_to_dict,
)
from tests.unit.eligibility import oracle
from tests.unit.eligibility.learners import (
    AS_OF,
    demo_plan,
    free_plan,
    make_policy,
    random_learner,
    tangled_plan,
)

_SEEDS = st.integers(0, 10**9)
_USED = {Use.COUNTED, Use.SUBSTITUTED}


def _case(seed):
    generator = random.Random(seed)
    tangled = partial(tangled_plan, share=0.1)
    plan = generator.choice((free_plan, free_plan, demo_plan, tangled))(generator)
    return plan, random_learner(generator, plan, electives=0.8, shared=0.9)


def _is_void(record):
    return record.disputed or (record.valid_until is not None and record.valid_until < AS_OF)


def _total(placements):
    return sum(place.units for place in placements)


@given(_SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_the_order_of_records_and_facts_changes_nothing(seed, generator):
    plan, snapshot = _case(seed)
    shuffled = {
        name: tuple(generator.sample(getattr(snapshot, name), len(getattr(snapshot, name))))
        for name in ("records", "attestations", "sanctions", "memberships")
    }
    policy = make_policy()
    written = [
        json.dumps(verdict_to_dict(evaluate_graduation(learner, plan, policy, AS_OF)))
        for learner in (snapshot, replace(snapshot, **shuffled))
    ]
    assert written[0] == written[1]


@given(_SEEDS)
@settings(max_examples=300)
def test_every_credit_is_counted_at_most_once_and_none_comes_from_nowhere(seed):
    plan, snapshot = _case(seed)
    verdict = evaluate_graduation(snapshot, plan, make_policy(), AS_OF)
    placed = defaultdict(list)
    for place in verdict.placements:
        placed[place.ledger_seq].append(place)
    assert placed.keys() == {record.ledger_seq for record in snapshot.records}
    for record in snapshot.records:
        assert _total(placed[record.ledger_seq]) == record.units
        assert not _is_void(record) or not any(
            place.use in _USED for place in placed[record.ledger_seq]
        )
        if record.kind is EntryKind.COURSE:
            assert len(placed[record.ledger_seq]) == 1, "a course counts whole, in one block"
    used = [place for place in verdict.placements if place.use in _USED]
    assert _total(used) == verdict.counted_units
    for block in verdict.blocks:
        here = [place for place in used if place.block_code == block.code]
        assert _total(here) == block.earned + block.substituted + block.recognised
        assert block.missing == max(0, block.required - _total(here))
        assert not block.substituted or _total(here) <= block.required or not block.missing


@given(_SEEDS)
@settings(max_examples=300)
def test_records_lie_only_where_the_plan_takes_them(seed):
    plan, snapshot = _case(seed)
    ways = {c.course_code: {c.block_code, *c.also_counts_in} for c in plan.courses}
    how = {block.code: block.substitution for block in plan.blocks}
    records = {record.ledger_seq: record for record in snapshot.records}
    verdict = evaluate_graduation(snapshot, plan, make_policy(), AS_OF)
    for place in verdict.placements:
        record = records[place.ledger_seq]
        if place.use not in _USED or not place.units:  # no units: an award drawn as a whole
            assert not place.block_code
        elif record.kind is EntryKind.COURSE:
            assert place.block_code in ways[record.course_code]
        elif record.kind in {EntryKind.RECOGNITION, EntryKind.SUBSTITUTION}:
            assert place.block_code == record.block_code
        else:
            assert how[place.block_code] is Substitution.AUTOMATIC


@given(_SEEDS)
@settings(max_examples=200)
def test_awards_stay_within_every_cap(seed):
    plan, snapshot = _case(seed)
    verdict = evaluate_graduation(snapshot, plan, make_policy(), AS_OF)
    records = {record.ledger_seq: record for record in snapshot.records}
    by_category: dict[str, int] = defaultdict(int)
    for place in verdict.placements:
        if place.use is Use.SUBSTITUTED and records[place.ledger_seq].category:
            by_category[records[place.ledger_seq].category] += place.units
    drawn: dict[str, int] = defaultdict(int)
    for record in snapshot.records:
        drawn[record.category] += record.drawn_units if not _is_void(record) else 0
    approved = sum(oracle.approved_units(snapshot, plan, disputed=False).values())
    electives = sum(b.units_min for b in plan.blocks if b.substitution is not Substitution.NONE)
    cap = min(800, electives * 50 // 100)
    assert sum(by_category.values()) <= max(0, cap - approved)
    assert sum(by_category.values()) <= max(0, 1200 - max(approved, sum(drawn.values())))
    for category, most in (("social_practice", 400), ("volunteering", 200)):
        assert by_category[category] <= max(0, most - drawn[category])


@given(_SEEDS, st.integers(0, 30))
@settings(max_examples=300)
def test_one_more_course_never_makes_it_worse(seed, which):
    plan, snapshot = _case(seed)
    records = list(snapshot.records)
    failed = [n for n, record in enumerate(records) if not record.passed]
    before = evaluate_graduation(snapshot, plan, make_policy(), AS_OF)
    if not failed:
        return
    number = failed[which % len(failed)]
    course = next(c for c in plan.courses if c.course_code == records[number].course_code)
    records[number] = replace(records[number], passed=True, units=course.units)
    after = evaluate_graduation(
        replace(snapshot, records=tuple(records)), plan, make_policy(), AS_OF
    )
    assert after.shortfall_units <= before.shortfall_units
    if before.outcome in {Outcome.ELIGIBLE, Outcome.ELIGIBLE_EARLY}:
        assert after.outcome is before.outcome


@given(_SEEDS)
@settings(max_examples=200)
def test_the_shortfall_is_what_blocks_and_total_lack(seed):
    plan, snapshot = _case(seed)
    verdict = evaluate_graduation(snapshot, plan, make_policy(), AS_OF)
    missing = sum(block.missing for block in verdict.blocks)
    assert verdict.shortfall_units == max(missing, verdict.required_units - verdict.counted_units)
    if verdict.proof:
        assert missing
    elif missing:  # all blocks could be filled, but the total would lack more
        alone = replace(plan, units_min=0)
        assert oracle.least_shortfall(snapshot, alone, make_policy(), AS_OF) == 0
        assert verdict.counted_units < verdict.required_units


@given(_SEEDS)
@settings(max_examples=150)
def test_a_refusal_names_a_smallest_set_of_blocks_that_cannot_be_filled(seed):
    plan, snapshot = _case(seed)
    policy = make_policy()
    proof = evaluate_graduation(snapshot, plan, policy, AS_OF).proof
    if not proof:
        return
    assert oracle.least_shortfall(snapshot, plan, policy, AS_OF, only=proof)
    for code in proof if len(proof) > 1 else ():
        rest = [other for other in proof if other != code]
        assert not oracle.least_shortfall(snapshot, plan, policy, AS_OF, only=rest)


def test_the_hash_seed_changes_nothing():
    script = (
        "import random\n"
        "from creditbank.eligibility import evaluate_graduation, verdict_to_dict\n"
        "from tests.unit.eligibility.learners import *\n"
        "g = random.Random(7)\n"
        "for _ in range(40):\n"
        "    plan = free_plan(g)\n"
        "    learner = random_learner(g, plan, electives=0.8, shared=0.9)\n"
        "    print(verdict_to_dict(evaluate_graduation(learner, plan, make_policy(), AS_OF)))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in (0, 1, 4242)
    }
    assert len(outputs) == 1


@given(_SEEDS)
@settings(max_examples=50)
def test_the_findings_are_the_same_on_another_day_with_the_same_books(seed):
    plan, snapshot = _case(seed)
    policy = make_policy()
    days = (AS_OF, AS_OF.replace(day=28))
    verdicts = [
        evaluate_graduation(replace(snapshot, ledger_seq=seq, facts_seq=seq), plan, policy, day)
        for seq, day in zip((5, 6), days, strict=True)
    ]
    hashes = {findings_hash(verdict_to_dict(verdict)) for verdict in verdicts}
    expired = any(record.valid_until for record in snapshot.records)
    assert len(hashes) == 1 or expired
    assert len({input_hash(snapshot, plan, policy, day) for day in days}) == len(days)
