"""What an answer comes to, and whether it keeps every rule: the arithmetic that confirms."""

from __future__ import annotations

import pytest

from creditbank.eligibility.amounts import Amounts, Lack, is_allowed, sums_of
from creditbank.eligibility.model import Double
from tests.unit.eligibility.models import E, F, model, sort


def _allowed(question, amounts: Amounts) -> bool:
    return is_allowed(question, amounts, sums_of(question, amounts))


def test_an_answer_in_sums():
    question = model(
        (500, 400, 300),
        sort(200, (0, E), (1, E), count=3, held=[(0,), ()], floors=(0,)),
        sort(100, (1, F), (2, F), count=2, whole=False, held=[(0, 1), (1,)], floors=(0, 1)),
        limits=(700, 900),
        floors=(900, 100),
        doubles=(Double(0, 2, 150), Double(1, 2, 50)),
        units_min=2000,
    )
    sums = sums_of(question, Amounts(((2, 1), (1, 1)), ((400, 200), (50, 60)), (120, 30)))
    assert (sums.earned, sums.filled, sums.shared) == ((400, 200, 0), (0, 50, 60), (0, 0, 150))
    assert sums.limits == (400 + 50, 50 + 60)
    assert sums.missing == (100, 150, 90)
    assert sums.floors == (600 + 110, 110)
    assert sums.counted == 710
    assert sums.lack == Lack(1290, 340, 190)


@pytest.mark.parametrize(
    ("needs", "floors", "units_min", "lack"),
    [
        ((300,), (), 0, Lack(0, 0, 0)),
        ((400,), (), 0, Lack(100, 100, 0)),
        ((400,), (), 400, Lack(100, 100, 0)),
        ((400,), (), 401, Lack(101, 100, 0)),
        ((300,), (320,), 0, Lack(20, 0, 20)),
        ((400,), (320,), 310, Lack(100, 100, 20)),
        ((310,), (320, 350), 0, Lack(50, 10, 70)),
        ((200,), (300,), 300, Lack(0, 0, 0)),
        ((200,), (200,), 200, Lack(0, 0, 0)),
    ],
)
def test_the_shortfall_is_the_most_that_lacks_anywhere(needs, floors, units_min, lack):
    speaks = tuple(range(len(floors)))
    question = model(needs, sort(300, (0, E), floors=speaks), floors=floors, units_min=units_min)
    assert sums_of(question, Amounts(((1,),), ((300,),), ())).lack == lack


@pytest.mark.parametrize(
    ("counts", "units", "allowed"),
    [
        ((3, 0), (600, 0), True),
        ((2, 1), (400, 200), True),
        ((2, 1), (399, 1), True),
        ((2, 2), (400, 400), False),
        ((4, -1), (600, 0), False),
        ((2, 1), (401, 200), False),
        ((2, 1), (400, -1), False),
        ((0, 0), (0, 0), True),
        ((0, 0), (1, 0), False),
    ],
)
def test_whole_records_count_once_and_no_more_than_they_have(counts, units, allowed):
    question = model((900, 900), sort(200, (0, E), (1, E), count=3))
    assert _allowed(question, Amounts((counts,), (units,), ())) is allowed


@pytest.mark.parametrize(
    ("units", "allowed"),
    [((300, 300), True), ((600, 0), True), ((301, 300), False), ((700, -100), False)],
)
def test_what_is_divided_counts_in_sum_no_more_than_there_is(units, allowed):
    question = model((900, 900), sort(200, (0, E), (1, E), count=3, whole=False))
    assert _allowed(question, Amounts(((1, 1),), (units,), ())) is allowed


@pytest.mark.parametrize(
    ("count", "units", "allowed"), [(1, 300, True), (2, 300, False), (1, 301, False)]
)
def test_a_sort_with_one_place_is_held_to_what_it_has(count, units, allowed):
    question = model((900,), sort(300, (0, E)))
    assert _allowed(question, Amounts(((count,),), ((units,),), ())) is allowed


@pytest.mark.parametrize(("limit", "allowed"), [(300, True), (299, False)])
def test_a_limit_is_kept(limit, allowed):
    question = model((900,), sort(300, (0, E), held=[(0,)]), limits=(limit,))
    assert _allowed(question, Amounts(((1,),), ((300,),), ())) is allowed


@pytest.mark.parametrize(("most", "allowed"), [(None, True), (300, True), (299, False)])
def test_a_maximum_is_kept_by_what_is_earned(most, allowed):
    question = model((900,), sort(300, (0, E)), maxima=(most,))
    assert _allowed(question, Amounts(((1,),), ((300,),), ())) is allowed
    filling = model((900,), sort(300, (0, F)), maxima=(most,))
    assert _allowed(filling, Amounts(((1,),), ((300,),), ()))


@pytest.mark.parametrize(
    ("need", "earned", "filled", "shared", "allowed"),
    [
        (500, 300, 200, 0, True),
        (499, 300, 200, 0, False),
        (200, 300, 0, 0, True),
        (200, 300, 1, 0, False),
        (600, 300, 200, 100, True),
        (599, 300, 200, 100, False),
        (400, 300, 0, 100, True),
        (399, 300, 0, 100, False),
    ],
)
def test_what_fills_does_not_overfill(need, earned, filled, shared, allowed):
    question = model(
        (need, 0),
        sort(300, (0, E)),
        sort(200, (0, F), whole=False),
        sort(500, (1, E), doubles=(0,)),
        doubles=(Double(1, 0, 500),),
    )
    amounts = Amounts(((1,), (1,), (1,)), ((earned,), (filled,), (500,)), (shared,))
    assert _allowed(question, amounts) is allowed


@pytest.mark.parametrize(
    ("shared", "units_max", "in_first", "allowed"),
    [
        (200, 200, 300, True),
        (201, 200, 300, False),
        (300, 400, 300, True),
        (301, 400, 300, False),
        (0, 400, 0, True),
        (1, 400, 0, False),
        (-1, 400, 300, False),
    ],
)
def test_what_is_shared_counts_in_its_first_block(shared, units_max, in_first, allowed):
    """Another sort in that block, and the same sort in another, are none of it."""
    question = model(
        (900, 900),
        sort(300, (0, E), (1, E), whole=False, doubles=(0,)),
        sort(300, (0, E)),
        doubles=(Double(0, 1, units_max),),
    )
    amounts = Amounts(((1, 1), (1,)), ((in_first, 300 - in_first), (300,)), (shared,))
    assert _allowed(question, amounts) is allowed


@pytest.mark.parametrize(
    ("counts", "units", "maxima", "allowed"),
    [
        (((1,), (1,)), ((200,), (200,)), (None, None), True),
        (((1,), (2,)), ((200,), (400,)), (None, None), False),
        (((2,), (1,)), ((400,), (200,)), (None, None), False),
        (((1,), (1,)), ((200,), (200,)), (None, 100), False),
        (((1,), (1,)), ((200,), (200,)), (100, None), False),
    ],
)
def test_one_that_breaks_a_rule_is_enough(counts, units, maxima, allowed):
    question = model((900, 900), sort(200, (0, E)), sort(200, (1, E)), maxima=maxima)
    assert _allowed(question, Amounts(counts, units, ())) is allowed
