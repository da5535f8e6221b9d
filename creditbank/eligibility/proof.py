"""The proof of a no: a smallest set of blocks that cannot be filled together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from creditbank.eligibility.amounts import is_allowed, sums_of
from creditbank.eligibility.bounds import floor_of
from creditbank.eligibility.greedy import greedy
from creditbank.eligibility.model import Model
from creditbank.eligibility.program import blocks_can_be_filled


def smallest_cut(
    blocks: Iterable[int], can_be_filled: Callable[[list[int]], bool]
) -> tuple[int, ...]:
    """Blocks among these that cannot be filled together, but can as soon as one of them is left.

    () where all of them can be filled: then only the total or a floor stands in the way. Which of
    several such sets it is depends on the order of the plan alone.
    """
    kept = list(blocks)
    if can_be_filled(kept):
        return ()
    for block in tuple(kept):
        if len(kept) == 1:
            break
        without = [other for other in kept if other != block]
        if not can_be_filled(without):
            kept = without
    return tuple(kept)


def can_be_filled(model: Model, blocks: list[int]) -> bool:
    """Whether some allocation leaves nothing missing in these blocks, whatever else lacks."""
    needs = tuple(need if block in blocks else 0 for block, need in enumerate(model.needs))
    alone = replace(model, needs=needs, floors=(0,) * len(model.floors), units_min=0)
    if floor_of(alone).missing:
        return False
    found = greedy(alone)
    sums = sums_of(alone, found)
    if not sums.lack.missing and is_allowed(alone, found, sums):
        return True
    return blocks_can_be_filled(alone)
