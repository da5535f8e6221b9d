"""Each step of the engine (docs/decisions/0009) against the integer program, over random models."""

from __future__ import annotations

import random
from functools import cache, partial

import pytest

from creditbank.eligibility import branching
from creditbank.eligibility.amounts import Lack, is_allowed, sums_of
from creditbank.eligibility.bounds import Bounds, at_most, is_least
from creditbank.eligibility.branching import Branching
from creditbank.eligibility.greedy import Greedy
from creditbank.eligibility.model import Model, Sort, make_model
from creditbank.eligibility.plain import allocate_at_home
from creditbank.eligibility.plan_index import index_for
from creditbank.eligibility.program import least_missing, solve
from creditbank.eligibility.proof import can_be_filled, smallest_cut
from creditbank.eligibility.rich import allocate_rich
from creditbank.eligibility.standing import standing_records
from tests.proofs.cases import AS_OF, make_case
from tests.proofs.judging import policy_of
from tests.unit.eligibility.learners import AS_OF as TANGLED_AS_OF
from tests.unit.eligibility.learners import free_plan, make_policy, random_learner, tangled_plan

SEEDS = range(160)
MORE = Lack(10**9, 10**9, 10**9)


@cache
def model_of(seed: int) -> Model:
    """The model of a random case, whatever plan it has."""
    case = make_case(seed)
    index = index_for(case.plan, case.snapshot.exceptions, AS_OF)
    standing = standing_records(case.snapshot.records, index, AS_OF)
    return make_model(standing, index, policy_of(case))


@cache
def best_of(seed: int) -> Lack:
    """What the integer program says of it."""
    model = model_of(seed)
    return sums_of(model, solve(model)).lack


@pytest.mark.parametrize("last_first", [False, True])
def test_the_greedy_answer_is_allowed_and_adds_up(last_first):
    for seed in SEEDS:
        model = model_of(seed)
        greedy = Greedy(model).run(last_first=last_first)
        sums = sums_of(model, greedy.amounts)
        assert greedy.sums() == sums, seed
        assert is_allowed(model, greedy.amounts, sums), seed
        assert sums.lack >= best_of(seed), seed


def test_where_sums_are_certain_the_greedy_answer_is_the_best():
    certain = 0
    for seed in SEEDS:
        sums = Greedy(model_of(seed)).run().sums()
        if is_least(model_of(seed), sums):
            certain += 1
            assert sums.lack == best_of(seed), seed
    assert certain > len(SEEDS) // 3


def test_no_bound_is_above_the_best():
    tight = 0
    for seed in SEEDS:
        model, best = model_of(seed), best_of(seed)
        rest = range(len(model.sorts))
        bounds = Bounds(model, (), rest)
        bound = bounds.least(0, bounds.start())
        assert all(low <= high for low, high in zip(bound, best, strict=True)), seed
        tight += bound == best
        records = [at for at in rest for _ in model.sorts[at].records if model.sorts[at].is_whole]
        others = [at for at in rest if not model.sorts[at].is_whole]
        bounds = Bounds(model, records, others)
        parted = bounds.least(0, bounds.start())
        assert all(low <= high for low, high in zip(parted, best, strict=True)), seed
    assert tight > len(SEEDS) // 2


def test_a_proven_search_finds_the_best_and_an_unproven_one_says_so():
    proven = searched = 0
    for seed in SEEDS:
        model, best = model_of(seed), best_of(seed)
        search = Branching(model, MORE).run()
        if search.amounts is not None:
            sums = sums_of(model, search.amounts)
            assert is_allowed(model, search.amounts, sums), seed
            assert sums.lack == search.best >= best, seed
        if search.is_proven:
            proven += 1
            assert search.best == best, seed
        searched += bool(search._seen)
    assert searched > len(SEEDS) // 2
    assert proven > len(SEEDS) * 3 // 4


def test_a_search_that_knows_the_best_finds_nothing_better():
    for seed in SEEDS:
        search = Branching(model_of(seed), best_of(seed)).run()
        assert (search.best, search.amounts) == (best_of(seed), None), seed


def test_a_search_that_is_too_long_proves_nothing(monkeypatch):
    monkeypatch.setattr(branching, "NODES_MAX", 1)
    chances = [Branching(model_of(seed), MORE).run() for seed in SEEDS]
    assert any(not search.is_proven for search in chances)
    for seed, search in zip(SEEDS, chances, strict=True):
        assert not search.is_proven or search.best == best_of(seed)


def test_what_could_count_at_most_is_never_less_than_what_counts():
    for seed in SEEDS:
        model = model_of(seed)
        sums = sums_of(model, solve(model))
        everything = range(len(model.sorts))
        assert at_most(model, everything) >= sums.counted, seed
        for block in range(len(model.needs)):
            here = sums.earned[block] + sums.filled[block]
            assert at_most(model, everything, {block}) >= here, seed


def test_proofs_are_smallest_sets_of_the_program():
    found = 0
    for seed in SEEDS:
        model = model_of(seed)
        asking = [block for block, need in enumerate(model.needs) if need]
        cut = smallest_cut(asking, partial(can_be_filled, model))
        found += len(cut) > 1
        assert bool(cut) == bool(least_missing(model, asking)), seed
        if cut:
            assert least_missing(model, cut), seed
            for block in cut if len(cut) > 1 else ():
                assert not least_missing(model, [other for other in cut if other != block]), seed
    assert found


def test_settling_courses_changes_no_answer():
    settled = 0
    for seed in SEEDS:
        case = make_case(seed)
        index = index_for(case.plan, case.snapshot.exceptions, AS_OF)
        standing = standing_records(case.snapshot.records, index, AS_OF)
        whole = make_model(standing.unsettled(), index, policy_of(case))
        settled += any(model_of(seed).settled)
        assert not any(whole.settled)
        sums = sums_of(whole, solve(whole))
        assert sums.lack == best_of(seed), seed
    assert settled > len(SEEDS) // 5


@pytest.mark.parametrize("make_plan", [tangled_plan, free_plan])
def test_what_is_certain_at_home_is_what_the_model_says(make_plan):
    certain = lacking = 0
    for seed in range(120):
        chance = random.Random(seed)
        plan, policy = make_plan(chance), make_policy()
        snapshot = random_learner(chance, plan, electives=0.8, shared=0.9)
        index = index_for(plan, (), TANGLED_AS_OF)
        standing = standing_records(snapshot.records, index, TANGLED_AS_OF)
        home = allocate_at_home(standing, index, policy)
        if home is None:
            continue
        certain += 1
        lacking += home.shortfall > 0
        rich = allocate_rich(standing, index, policy)
        assert (home.shortfall, sum(home.missing)) == (rich.shortfall, sum(rich.missing)), seed
        assert bool(home.cut) == bool(rich.cut), seed
    assert certain > 10
    assert lacking


def test_one_place_of_a_sort_keeps_its_limits():
    for seed in SEEDS:
        for sort in model_of(seed).sorts:
            assert sort.only(None) is sort
            for at in range(len(sort.places)):
                one: Sort = sort.only(at)
                assert (one.places, one.held) == ((sort.places[at],), (sort.held[at],))
                assert replace_places(one, sort) == sort


def replace_places(one: Sort, sort: Sort) -> Sort:
    return one._replace(places=sort.places, held=sort.held)
