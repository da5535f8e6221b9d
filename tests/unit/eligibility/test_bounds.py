"""What nothing can be better than, in figures: over records, limits and sets of blocks."""

from __future__ import annotations

import pytest

from creditbank.eligibility.amounts import Amounts, Lack, sums_of
from creditbank.eligibility.bounds import Bounds, at_most, is_least
from creditbank.eligibility.model import Double, Limit
from tests.unit.eligibility.models import E, F, model, sort

_EITHER = sort(200, (0, E), (1, E), count=2)
_SECOND = sort(100, (1, F))


@pytest.mark.parametrize(
    ("sorts", "limits", "blocks", "most"),
    [
        ([_EITHER, _SECOND], (), None, 500),
        ([_EITHER, _SECOND], (), {0}, 400),
        ([_EITHER, _SECOND], (), {1}, 500),
        ([_EITHER, _SECOND], (), set(), 0),
        ([_SECOND], (), {0}, 0),
        # one limit of all its places
        ([sort(200, (0, E), (1, E), count=2, held=[(0,), (0,)])], (300,), None, 300),
        ([sort(200, (0, E), (1, E), count=2, held=[(0,), (0,)])], (500,), None, 400),
        # a limit of one place holds where the other is not asked for
        ([sort(200, (0, E), (1, E), count=2, held=[(0,), ()])], (300,), None, 400),
        ([sort(200, (0, E), (1, E), count=2, held=[(0,), ()])], (300,), {0}, 300),
        ([sort(200, (0, E), (1, E), count=2, held=[(0,), ()])], (300,), {1}, 400),
        # what one sort has taken of a limit is gone for the next
        ([sort(200, (0, E), held=[(0,)]), sort(200, (1, E), held=[(0,)])], (300,), None, 300),
        ([sort(200, (0, E), held=[(0,)]), sort(200, (1, E))], (300,), None, 400),
        # the narrowest of several, of equal ones the first
        ([sort(400, (0, E), held=[(0, 1)]), sort(400, (0, E), held=[(0,)])], (300, 250), None, 550),
        ([sort(400, (0, E), held=[(0, 1)]), sort(400, (0, E), held=[(0,)])], (300, 300), None, 300),
        ([sort(400, (0, E), held=[(0, 1)]), sort(400, (0, E), held=[(1,)])], (300, 300), None, 600),
    ],
)
def test_what_sorts_could_count_at_most(sorts, limits, blocks, most):
    question = model((900, 900), *sorts, limits=limits)
    assert at_most(question, range(len(sorts)), blocks) == most


def test_only_the_sorts_that_are_asked_for_count():
    question = model((900, 900), _EITHER, _SECOND)
    assert [at_most(question, numbers) for numbers in ([], [0], [1])] == [0, 400, 100]


def _is_least(question, units, shared=()) -> bool:
    counts = tuple(tuple(int(here > 0) for here in row) for row in units)
    return is_least(question, sums_of(question, Amounts(counts, units, shared)))


@pytest.mark.parametrize(
    ("needs", "units_min", "units", "least"),
    [
        ((300, 300), 0, ((200, 0),), True),
        ((300, 0), 0, ((200, 0),), True),
        ((0, 300), 0, ((200, 0),), False),
        ((300, 0), 200, ((200, 0),), True),
        ((300, 0), 400, ((200, 0),), True),
        ((0, 0), 400, ((100, 0),), False),
        ((0, 0), 400, ((200, 0),), True),
    ],
)
def test_sums_show_that_nothing_can_be_better(needs, units_min, units, least):
    question = model(needs, sort(200, (0, E), (1, E)), units_min=units_min)
    assert _is_least(question, units) is least


def test_what_fills_is_in_the_block_as_well_as_what_is_earned():
    question = model((300,), sort(100, (0, E)), sort(100, (0, F)))
    assert _is_least(question, ((100,), (100,)))
    assert not _is_least(question, ((100,), (0,)))


def test_a_floor_that_lacks_is_never_shown_to_be_least():
    assert not _is_least(model((0,), sort(200, (0, E), floors=(0,)), floors=(300,)), ((200,),))
    assert _is_least(model((300,), sort(200, (0, E), floors=(0,)), floors=(200,)), ((200,),))


def test_nor_a_block_that_something_could_be_shared_with():
    records = sort(200, (0, E), doubles=(0,))
    sharing = model((200, 300), records, doubles=(Double(0, 1, 50),))
    assert not _is_least(sharing, ((200,),), (50,))
    elsewhere = model((300, 0), records, doubles=(Double(0, 1, 50),))
    assert _is_least(elsewhere, ((200,),), (0,))


def _least(bounds: Bounds, placed=0, **changes) -> Lack:
    """What the bounds say when the first `placed` records come to the changes."""
    state = bounds.start()._replace(**changes)
    return bounds.least(placed, state._replace(gaps=bounds.gaps(state.open, placed)))


@pytest.mark.parametrize(
    ("sorts", "records", "rest", "least"),
    [
        # two blocks ask 500 and 300; 400 for either and 100 for the second
        ([_EITHER, _SECOND], [0, 0], [1], Lack(300, 300, 0)),
        ([_EITHER, _SECOND], [], [0, 1], Lack(300, 300, 0)),
        ([_EITHER, _SECOND], [0, 0], [], Lack(400, 400, 0)),
        ([_EITHER, _SECOND], [], [], Lack(800, 800, 0)),
        # more than the first needs does not fill the second
        ([sort(900, (0, E)), _SECOND], [0], [1], Lack(200, 200, 0)),
        ([sort(900, (0, E)), _SECOND], [], [0, 1], Lack(200, 200, 0)),
        ([sort(450, (0, E)), sort(250, (1, E))], [0, 1], [], Lack(100, 100, 0)),
        ([sort(500, (0, E)), sort(300, (1, E))], [0, 1], [], Lack(0, 0, 0)),
        ([sort(500, (0, E), (1, E)), sort(300, (1, E))], [0, 1], [], Lack(0, 0, 0)),
        ([sort(900, (0, E), (1, E))], [0], [], Lack(0, 0, 0)),
    ],
)
def test_every_set_of_blocks_lacks_what_it_needs_less_what_there_is(sorts, records, rest, least):
    question = model((500, 300), *sorts)
    assert _least(Bounds(question, records, rest)) == least


def test_what_is_placed_is_no_longer_to_come():
    question = model((500, 300), _EITHER, _SECOND)
    bounds = Bounds(question, [0, 0], [1])
    assert _least(bounds, 1, counted=200) == Lack(500, 500, 0)
    assert _least(bounds, 2, counted=200) == Lack(700, 700, 0)
    assert _least(bounds, 1, open=(300, 300), counted=200) == Lack(300, 300, 0)
    # the same, moved from one state to the next
    start = bounds.start()
    assert bounds.moved(start.gaps, 0, 0, 0) == bounds.gaps((500, 300), 1)
    assert bounds.moved(start.gaps, 0, 0, 200) == bounds.gaps((300, 300), 1)


@pytest.mark.parametrize(
    ("units_min", "counted", "shortfall"),
    [(500, 0, 0), (501, 0, 1), (600, 0, 100), (600, 100, 0), (600, 99, 1)],
)
def test_the_total_lacks_what_nothing_could_count(units_min, counted, shortfall):
    question = model((200, 100), _EITHER, _SECOND, units_min=units_min)
    for records, rest in (([0, 0], [1]), ([], [0, 1])):
        found = _least(Bounds(question, records, rest), counted=counted)
        assert found == Lack(shortfall, 0, 0)


@pytest.mark.parametrize(
    ("open_", "shortfall"), [((0, 100), 100), ((0, 60), 140), ((0, 0), 200), ((100, 100), 100)]
)
def test_what_can_only_fill_counts_no_more_than_is_open(open_, shortfall):
    question = model((200, 100), _EITHER, _SECOND, units_min=600)
    bounds = Bounds(question, [0, 0], [1])
    assert _least(bounds, open=open_).shortfall == shortfall


def test_floors_lack_what_no_record_of_theirs_could_bring():
    question = model(
        (0, 0),
        sort(200, (0, E), floors=(0,)),
        sort(100, (1, E), floors=(0, 1)),
        sort(50, (1, E)),
        floors=(400, 120),
    )
    bounds = Bounds(question, [0], [1, 2])
    assert _least(bounds) == Lack(100, 0, 120)
    assert _least(bounds, 1) == Lack(300, 0, 320)
    assert _least(bounds, 1, floors=(200, 20)) == Lack(100, 0, 100)
    assert _least(bounds, floors=(200, 120)) == Lack(0, 0, 0)


@pytest.mark.parametrize(
    ("placed", "units_max", "has", "missing"),
    [
        (0, 500, 0, 0),
        (0, 150, 0, 50),
        (0, 0, 0, 200),
        (2, 500, 0, 250),
        (2, 500, 100, 150),
        (2, 120, 100, 180),
        (2, 500, 400, 0),
    ],
)
def test_what_could_be_shared_is_not_missing(placed, units_max, has, missing):
    """Of the first block 200 at most count in the second as well, 50 of them not placed yet."""
    question = model(
        (200, 300),
        sort(150, (0, E), doubles=(0,)),
        sort(50, (0, E), doubles=(0,)),
        sort(200, (0, E)),
        sort(100, (1, E), doubles=(0,)),
        doubles=(Double(0, 1, units_max),),
    )
    bounds = Bounds(question, [0, 3], [1, 2])
    assert _least(bounds, placed, doubles=(has,)).missing == missing


def test_of_many_blocks_each_and_all_together_are_looked_at():
    needs = (100,) * 9
    everywhere = tuple((block, E) for block in range(9))
    question = model(needs, sort(850, *everywhere), sort(100, (0, E)))
    assert _least(Bounds(question, [0], [])) == Lack(50, 50, 0)
    assert _least(Bounds(question, [0], [1])) == Lack(0, 0, 0)
    assert _least(Bounds(question, [], [1])) == Lack(800, 800, 0)
    narrow = model(needs, sort(1100, *everywhere[1:]), sort(40, (0, E), (1, E)))
    assert _least(Bounds(narrow, [0, 1], [])) == Lack(60, 60, 0)


def test_blocks_with_no_record_in_common_lack_on_their_own():
    question = model((300, 300, 300), sort(400, (0, E), (1, E)), sort(900, (2, E)))
    assert _least(Bounds(question, [0, 1], [])) == Lack(200, 200, 0)


def test_of_three_blocks_two_together_may_lack():
    """Each can be filled by itself, all together have enough, the first two have 50 too little."""
    question = model(
        (100, 100, 100), sort(100, (0, E), (1, E)), sort(50, (1, E), (2, E)), sort(300, (2, E))
    )
    assert _least(Bounds(question, [0, 1, 2], [])) == Lack(50, 50, 0)
    assert _least(Bounds(question, [], [0, 1, 2])) == Lack(50, 50, 0)


def test_a_limit_over_blocks_that_share_nothing_else_is_seen():
    either = Limit("x", 100, frozenset({0, 1}))
    question = model(
        (100, 100), sort(100, (0, E), held=[(0,)]), sort(100, (1, E), held=[(0,)]), limits=[either]
    )
    assert _least(Bounds(question, [], [0, 1])) == Lack(100, 100, 0)


def test_at_the_start_nothing_is_placed():
    question = model((5, 6), floors=(7,), doubles=(Double(0, 1, 9), Double(1, 0, 9)), units_min=3)
    state = Bounds(question, [], []).start()
    assert state[:-1] == ((0, 0), (0, 0), (5, 6), 0, (0,), (0, 0), ())
