"""Numbers side by side are each themselves, whatever their neighbours are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from creditbank.eligibility.packed import flags, largest, pack, reaches

_NUMBERS = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=300)


@given(_NUMBERS, st.integers(-(10**15), 10**15), st.randoms(use_true_random=False))
def test_adding_to_some_leaves_the_others_alone(numbers, change, chance):
    chosen = [chance.random() < 0.5 for _ in numbers]
    moved = [number + change * here for number, here in zip(numbers, chosen, strict=True)]
    assert pack(numbers) + change * flags(chosen) == pack(moved)


@given(_NUMBERS)
def test_the_largest_is_found_and_reached(numbers):
    packed, everyone = pack(numbers), flags([True] * len(numbers))
    assert largest(packed, len(numbers)) == max(numbers)
    assert reaches(packed, everyone, max(numbers))
    assert not reaches(packed, everyone, max(numbers) + 1)


def test_several_flags_together_are_flags_of_either():
    assert flags([True, True, False]) | flags([False, True, True]) == flags([True] * 3)
    assert largest(pack([5, 7]) - 3 * flags([False, True]), 2) == 5
