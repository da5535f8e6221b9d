"""Small models of every kind, held against all the answers that there are, tried one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from creditbank.eligibility import program
from creditbank.eligibility.amounts import Lack, is_allowed, sums_of
from creditbank.eligibility.best import best
from creditbank.eligibility.bounds import Bounds, at_most, is_least
from creditbank.eligibility.branching import Branching
from creditbank.eligibility.greedy import Greedy
from creditbank.eligibility.model import Double, Limit, Model, Sort
from creditbank.eligibility.program import least_missing, solve
from creditbank.eligibility.proof import can_be_filled
from creditbank.eligibility.solver import ProgramError
from tests.unit.eligibility.models import NEVER, E, F, model, sort

_ANSWERS_MAX = 4_000


def _random_model(chance: random.Random) -> Model:
    blocks = chance.choice((2, 2, 3))
    limits = tuple(
        Limit(
            "", chance.randint(1, 5),
            frozenset(chance.sample(range(blocks), chance.randint(1, blocks))),
            fills_only=chance.random() < 0.3,
        )
        for _ in range(chance.choice((0, 0, 1, 2)))
    )  # fmt: skip
    floors = tuple(chance.randint(1, 5) for _ in range(chance.choice((0, 0, 1, 2))))
    doubles = tuple(
        Double(*(*chance.sample(range(blocks), 2), chance.randint(1, 3)))
        for _ in range(chance.choice((0, 0, 1)))
    )

    def some(of: tuple[object, ...]) -> tuple[int, ...]:
        return tuple(number for number in range(len(of)) if chance.random() < 0.6)

    def one() -> Sort:
        places = [(block, way) for block in range(blocks) for way in (E, F)]
        chosen = chance.sample(places, chance.choice((1, 1, 2, 2, 3)))
        speaking = some(limits)
        held = [[number for number in speaking if limits[number].holds(place)] for place in chosen]
        return sort(
            chance.randint(1, 3), *chosen, count=chance.choice((1, 1, 2)),
            whole=chance.random() < 0.7, held=held, floors=some(floors), doubles=some(doubles),
        )  # fmt: skip

    return model(
        tuple(chance.randint(0, 4) for _ in range(blocks)),
        *(one() for _ in range(chance.choice((1, 2, 3)))),
        maxima=tuple(chance.choice((None, None, chance.randint(0, 4))) for _ in range(blocks)),
        limits=limits, floors=floors, doubles=doubles, units_min=chance.randint(0, 9),
    )  # fmt: skip


def _ways(of: Sort) -> list[tuple[int, ...]]:
    """How many units of a sort may count in each of its places."""
    found = product(*(range(of.total + 1) for _ in of.places))
    size = of.units if of.is_whole else 1
    return [units for units in found if sum(-(-here // size) for here in units) * size <= of.total]


def _answers(question: Model) -> Iterator[tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]]:
    shares = [range(double.units_max + 1) for double in question.doubles]
    yield from product(product(*map(_ways, question.sorts)), product(*shares))


def _count(question: Model) -> int:
    count = 1
    for of in question.sorts:
        count *= len(_ways(of))
    for double in question.doubles:
        count *= double.units_max + 1
    return count


def _lack(question: Model, units, shared) -> Lack | None:
    """What an answer lacks; None where it breaks a rule."""
    size = range(len(question.needs))
    earned, filled, more = [0] * len(size), [0] * len(size), [0] * len(size)
    used = [0] * len(question.limits)
    for of, here in zip(question.sorts, units, strict=True):
        for (block, way), held, amount in zip(of.places, of.held, here, strict=True):
            (earned if way is E else filled)[block] += amount
            for number in held:
                used[number] += amount
    for number, (double, amount) in enumerate(zip(question.doubles, shared, strict=True)):
        has = sum(
            amount_there
            for of, here in zip(question.sorts, units, strict=True)
            if number in of.doubles
            for (block, _), amount_there in zip(of.places, here, strict=True)
            if block == double.from_block
        )
        if amount > has:
            return None
        more[double.to_block] += amount
    if any(has > limit.units for has, limit in zip(used, question.limits, strict=True)):
        return None
    for block in size:
        most, added = question.maxima[block], filled[block] + more[block]
        if most is not None and earned[block] > most:
            return None
        if added and earned[block] + added > question.needs[block]:
            return None
    missing = [max(0, question.needs[at] - earned[at] - filled[at] - more[at]) for at in size]
    lacking = [
        max(0, floor - sum(
            sum(here) for of, here in zip(question.sorts, units, strict=True) if number in of.floors
        ))
        for number, floor in enumerate(question.floors)
    ]  # fmt: skip
    total = question.units_min - sum(earned) - sum(filled)
    return Lack(max(0, sum(missing), total, *lacking), sum(missing), sum(lacking))


SEEDS = [seed for seed in range(100) if _count(_random_model(random.Random(seed))) <= _ANSWERS_MAX]
each_seed = pytest.mark.parametrize("seed", SEEDS)


@cache
def _question(seed: int) -> tuple[Model, Lack]:
    """A model, and what the best of all its answers lacks."""
    question = _random_model(random.Random(seed))
    lacks = (_lack(question, *answer) for answer in _answers(question))
    return question, min(lack for lack in lacks if lack is not None)


def test_the_questions_have_something_in_them():
    questions = [_question(seed) for seed in SEEDS]
    assert len(questions) >= 60
    models = [question for question, _ in questions]
    for rule in ("limits", "floors", "doubles"):
        assert sum(bool(getattr(question, rule)) for question in models) >= 15, rule
    assert sum(not any(least) for _, least in questions) >= 6
    assert sum(least.shortfall > least.missing for _, least in questions) >= 10


@each_seed
def test_the_program_finds_the_best_of_all_answers(seed):
    question, least = _question(seed)
    found = solve(question)
    sums = sums_of(question, found)
    assert sums.lack == least
    assert is_allowed(question, found, sums)
    assert _lack(question, found.units, found.shared) == least


@each_seed
def test_the_engine_finds_the_best_of_all_answers(seed):
    question, least = _question(seed)
    found, sums = best(question)
    assert sums == sums_of(question, found)
    assert (sums.lack, _lack(question, found.units, found.shared)) == (least, least)


@each_seed
def test_a_search_that_is_proven_has_found_it(seed):
    question, least = _question(seed)
    search = Branching(question, NEVER).run()
    if search.amounts is not None:
        found = sums_of(question, search.amounts)
        assert (found.lack, is_allowed(question, search.amounts, found)) == (search.best, True)
    assert search.best >= least
    if search.is_proven:
        assert search.best == least
    known = Branching(question, least).run()
    assert (known.best, known.amounts) == (least, None)


def _around(lack: Lack, *, with_floors: bool) -> list[Lack]:
    """The lack itself and its neighbours that an answer may have."""
    return [
        near
        for change in product((-1, 0, 1), (-1, 0, 1), (-1, 0, 1) if with_floors else (0,))
        for near in [Lack(*[here + more for here, more in zip(lack, change, strict=True)])]
        if 0 <= near.missing <= near.shortfall and near.floors >= 0
    ]


@each_seed
def test_nothing_is_better_than_the_bound(seed):
    question, least = _question(seed)
    sorts = range(len(question.sorts))
    every = [number for number in sorts for _ in question.sorts[number].records]
    for bounds in (Bounds(question, (), sorts), Bounds(question, every, ())):
        start = bounds.start()
        found = bounds.least(0, start)
        assert found <= least
        for known in _around(found, with_floors=bool(question.floors)):
            assert bounds.is_hopeless(0, start, known) is (found >= known)
    counted = [
        (sum(map(sum, units)), _lack(question, units, shared) is not None)
        for units, shared in _answers(question)
    ]
    assert max(total for total, is_right in counted if is_right) <= at_most(question, sorts)


@each_seed
def test_the_first_answer_reckons_right_and_knows_when_it_is_the_best(seed):
    question, least = _question(seed)
    for last_first in (False, True):
        first = Greedy(question).run(last_first=last_first)
        sums = sums_of(question, first.amounts)
        assert first.sums() == sums
        assert is_allowed(question, first.amounts, sums)
        if is_least(question, sums):
            assert (sums.lack.shortfall, sums.lack.missing) == (least.shortfall, least.missing)


def test_what_is_cheap_is_enough_for_most():
    """So many of the questions need no search, or no program; and how far the search goes."""
    questions = [_question(seed) for seed in SEEDS]
    firsts = [(question, Greedy(question).run(), least) for question, least in questions]
    allowed = [(question, first.sums(), least) for question, first, least in firsts]
    assert sum(sums.lack == least for _, sums, least in allowed) >= 90
    assert sum(is_least(question, sums) for question, sums, _ in allowed) >= 41
    searches = [Branching(question, NEVER).run() for question, _ in questions]
    assert sum(search.is_proven for search in searches) >= 85
    assert sum(len(search._seen) for search in searches) <= 167
    every = [Bounds(question, (), range(len(question.sorts))) for question, _ in questions]
    tight = [
        bounds.least(0, bounds.start()) == least
        for bounds, (question, least) in zip(every, questions, strict=True)
    ]
    assert sum(tight) >= 76


@each_seed
def test_what_blocks_lack_by_themselves_is_known(seed):
    question, _ = _question(seed)
    for blocks in ([0], [1], [0, 1]):
        missing = min(
            sum(max(0, question.needs[at] - has[at]) for at in blocks)
            for has in _in_blocks(question)
        )
        assert least_missing(question, blocks) == missing
        assert can_be_filled(question, blocks) is (missing == 0)


def _in_blocks(question: Model) -> Iterator[list[int]]:
    """Of every answer that keeps the rules what is in each block."""
    for units, shared in _answers(question):
        if _lack(question, units, shared) is not None:
            has = [0] * len(question.needs)
            for of, here in zip(question.sorts, units, strict=True):
                for (block, _), amount in zip(of.places, here, strict=True):
                    has[block] += amount
            for double, amount in zip(question.doubles, shared, strict=True):
                has[double.to_block] += amount
            yield has


def test_an_answer_that_arithmetic_does_not_confirm_is_no_answer(monkeypatch):
    question = model((2, 0), sort(2, (0, E), count=2))
    monkeypatch.setattr(program, "is_allowed", lambda *_: False)
    with pytest.raises(ProgramError, match=r"^integer arithmetic does not confirm"):
        solve(question)
    monkeypatch.undo()
    monkeypatch.setattr(program, "sums_of", lambda *given: sums_of(*given)._replace(lack=NEVER))
    with pytest.raises(ProgramError, match=r"^integer arithmetic does not confirm"):
        solve(question)
