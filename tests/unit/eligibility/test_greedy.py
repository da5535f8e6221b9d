"""The first answer: who chooses first, where a record goes, and what it may not overfill."""

from __future__ import annotations

import pytest

from creditbank.eligibility.amounts import is_allowed, sums_of
from creditbank.eligibility.branching import Branching
from creditbank.eligibility.greedy import Greedy, share
from creditbank.eligibility.model import Double
from tests.unit.eligibility.models import NEVER, E, F, model, sort


def _units(question, *, last_first=False) -> list[list[int]]:
    return Greedy(question).run(last_first=last_first).units


@pytest.mark.parametrize(
    ("sorts", "units"),
    [
        # where most is open
        ([sort(300, (0, E), (1, E))], [[0, 300]]),
        # of equal places the preferred one
        ([sort(200, (0, E), (1, E))], [[200, 0]]),
        ([sort(200, (1, E), (0, E))], [[200, 0]]),
        # one after the other, each where it closes most
        ([sort(150, (0, E), (1, E), count=3)], [[150, 300]]),
        # of those that close as much, where more of it counts
        ([sort(400, (0, F), (1, F))], [[0, 300]]),
        ([sort(250, (0, F), (1, E))], [[0, 250]]),
        # where nothing is open it earns all the same, and fills nothing
        ([sort(200, (0, E)), sort(100, (0, E))], [[200], [100]]),
        ([sort(200, (0, E)), sort(100, (0, F))], [[200], [0]]),
        # what has fewer places chooses first
        ([sort(200, (0, E), (1, E)), sort(200, (0, E))], [[0, 200], [200]]),
        # and what earns before what fills
        ([sort(200, (0, F)), sort(200, (0, E), (1, E))], [[0], [200, 0]]),
        ([sort(200, (0, F)), sort(150, (0, E))], [[50], [150]]),
    ],
)
def test_whole_records_go_where_they_close_most(sorts, units):
    """Two blocks ask 200 and 300."""
    assert _units(model((200, 300), *sorts)) == units


@pytest.mark.parametrize(
    ("whole", "counts", "units"), [(True, [[2]], [[500]]), (False, [[1]], [[500]])]
)
def test_a_sort_that_fits_in_its_one_place_is_placed_at_once(whole, counts, units):
    greedy = Greedy(model((500,), sort(250, (0, E), count=2, whole=whole))).run()
    assert (greedy.counts, greedy.units, greedy.open) == (counts, units, [0])


@pytest.mark.parametrize(
    ("of", "units"),
    [
        (sort(400, (0, F), (1, F), whole=False), [200, 200]),
        (sort(600, (0, F), (1, F), whole=False), [200, 300]),
        (sort(150, (0, F), (1, F), whole=False), [150, 0]),
        (sort(600, (0, E), (1, E), whole=False), [300, 300]),
        (sort(600, (0, E), whole=False), [600]),
        (sort(600, (0, F), whole=False), [200]),
    ],
)
def test_what_may_be_divided_closes_what_is_open_and_then_counts(of, units):
    assert _units(model((200, 300), of)) == [units]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("needs", "places", "units"),
    [
        ((1, 1), ((0, F), (1, F)), [1, 0]),
        ((0, 1), ((0, F), (1, F)), [0, 1]),
        ((0, 0), ((0, E), (1, E)), [1, 0]),
        ((0, 0), ((0, F), (1, F)), [0, 0]),
    ],
)
def test_one_hundredth_is_placed_as_well(whole, needs, places, units):
    greedy = Greedy(model(needs, sort(1, *places, whole=whole))).run()
    assert (greedy.units, greedy.counts) == ([units], [units])


@pytest.mark.parametrize(
    ("changes", "units"),
    [
        ({"limits": (250,)}, [[200, 0], [50, 0]]),
        ({"limits": (400,)}, [[200, 0], [200, 0]]),
        ({"maxima": (300, None)}, [[200, 0], [0, 200]]),
        ({"maxima": (300, 50)}, [[200, 0], [100, 0]]),
        ({"maxima": (200, 0)}, [[200, 0], [0, 0]]),
    ],
)
def test_limits_and_maxima_are_kept_to(changes, units):
    held = [(0,), (0,)] if "limits" in changes else None
    sorts = [sort(200, (0, E), (1, E), held=held) for _ in range(2)]
    assert _units(model((400, 200), *sorts, **changes)) == units


def test_a_maximum_holds_for_what_is_earned_and_not_for_what_fills():
    question = model((400,), sort(300, (0, E)), sort(300, (0, F)), maxima=(200,))
    assert _units(question) == [[200], [200]]


def test_of_those_with_as_many_places_the_last_may_come_first():
    question = model((200, 300), *(sort(units, (0, E), (1, E)) for units in (200, 300)))
    assert _units(question) == [[200, 0], [0, 300]]
    tight = model((200, 300), *(sort(units, (0, E), (1, E)) for units in (300, 250)))
    assert _units(tight) == [[0, 300], [250, 0]]
    assert _units(tight, last_first=True) == [[300, 0], [0, 250]]


def test_beyond_its_need_a_block_earns_only_where_nothing_fills_it():
    question = model((300, 0), sort(200, (0, F)), sort(200, (0, E), (1, E), (1, F)))
    greedy = Greedy(question).run()
    assert greedy.units == [[100], [200, 0, 0]]
    assert is_allowed(question, greedy.amounts, greedy.sums())


@pytest.mark.parametrize(
    ("in_first", "other", "units_max", "open_", "shared"),
    [
        (200, 100, 500, 300, 200),
        (200, 100, 150, 300, 150),
        (200, 100, 500, 120, 120),
        (0, 300, 500, 300, 0),
    ],
)
def test_what_is_shared_is_taken_off_what_is_open(in_first, other, units_max, open_, shared):
    question = model(
        (0, open_),
        sort(300, (0, E), (2, E), doubles=(0,)),
        sort(300, (0, E)),
        doubles=(Double(0, 1, units_max),),
    )
    still = [0, open_]
    assert share(question, [[in_first, other], [300]], still) == [shared]
    assert still == [0, open_ - shared]


def test_double_counting_is_part_of_the_answer():
    question = model(
        (300, 200, 100),
        sort(300, (0, E), doubles=(0, 1)),
        doubles=(Double(0, 1, 150), Double(0, 1, 500)),
        floors=(),
        units_min=700,
    )
    greedy = Greedy(question).run()
    assert (greedy.doubles, greedy.shared, greedy.open) == ([150, 50], [0, 200, 0], [0, 0, 100])
    assert greedy.sums() == sums_of(question, greedy.amounts)
    assert greedy.sums().lack == (400, 100, 0)


@pytest.mark.parametrize(
    ("sizes", "needs", "lacks", "branches"),
    [
        ((200, 210, 220, 230, 240, 250, 260), (690, 920), 0, 16),
        ((300, 200, 200, 150), (350, 500), 0, 7),
        ((400, 300, 200), (450, 450), 50, 5),
        ((70, 110, 130, 170, 190, 230, 290, 310), (555, 945), 5, 54),
    ],
)
def test_a_search_finds_what_fills_both_blocks_and_is_short(sizes, needs, lacks, branches):
    question = model(needs, *(sort(units, (0, E), (1, E)) for units in sizes))
    search = Branching(question, NEVER).run()
    assert (search.is_proven, search.best) == (True, (lacks, lacks, 0))
    assert len(search._seen) <= branches
    turned = model(needs, *(sort(units, (0, E), (1, E)) for units in sizes[::-1]))
    assert len(Branching(turned, NEVER).run()._seen) <= branches


def test_of_records_alike_the_order_is_not_tried():
    question = model((500, 500), sort(130, (0, E), (1, E), count=7))
    search = Branching(question, NEVER).run()
    assert (search.is_proven, search.best) == (True, (110, 110, 0))
    assert len(search._seen) <= 16
