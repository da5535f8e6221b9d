"""The proof of a no: a smallest set of blocks that cannot be filled together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from creditbank.eligibility.amounts import Lack
from creditbank.eligibility.branching import Branching
from creditbank.eligibility.greedy import Greedy
from creditbank.eligibility.model import Model
from creditbank.eligibility.program import least_missing

_SOME = Lack(1, 0, 0)
"""More than nothing: whether there is an answer that lacks less."""


def smallest_cut(
    blocks: Iterable[int], can_be_filled: Callable[[list[int]], bool], *, is_refuted: bool = False
) -> tuple[int, ...]:
    """Blocks among these that cannot be filled together, but can as soon as one of them is left.

    () where all of them can be filled: then only the total or a floor stands in the way. Which of
    several such sets it is depends on the order of the plan alone. is_refuted: whether it is known
    that all of them cannot be filled together.
    """
    kept = list(blocks)
    if not is_refuted and can_be_filled(kept):
        return ()
    for block in tuple(kept):
        without = [other for other in kept if other != block]
        if without and not can_be_filled(without):
            kept = without
    return tuple(kept)


def is_refuted(model: Model, lack: Lack) -> bool:
    """Whether the least lack alone shows that the blocks cannot be filled together.

    An answer that fills them all counts at least what they need, but for what counts twice; what it
    may lack of the total or of a floor is then bounded, and the least lack is not more.
    """
    twice = sum([double.units_max for double in model.doubles])
    most = max(model.units_min - sum(model.needs) + twice, *model.floors, 0)
    return lack.shortfall > most


def can_be_filled(model: Model, blocks: list[int]) -> bool:
    """Whether some allocation leaves nothing missing in these blocks, whatever else lacks.

    The other blocks may be filled as far as their own needs go: what counts there may be shared.
    """
    needs = tuple(need if block in blocks else 0 for block, need in enumerate(model.needs))
    alone = replace(model, needs=needs, floors=(0,) * len(model.floors), units_min=0)
    first = Greedy(alone).run()
    if not any(first.open):
        return True
    # Its bound counts what might be shared out of the other blocks, whatever they ask.
    search = Branching(alone, _SOME).run()
    if search.amounts is not None or search.is_proven:
        return search.amounts is not None
    return not least_missing(model, blocks)
