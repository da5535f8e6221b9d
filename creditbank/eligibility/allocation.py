"""Which record counts in which block: what every way of finding it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from creditbank.domain.verdicts import Placement, Use

Placed = tuple[int, str, int, Use]
"""The parts of a placement: ledger_seq, block code, units, use."""
place: Callable[[Placed], Placement] = partial(tuple.__new__, Placement)
"""A placement of its parts in order; half the time of calling the class, once for each record."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """placements: of every record, in any order. earned: by courses and awards; recognised; filled.

    These, missing and shared: per block; floors: per floor what counts towards it. shortfall: the
    smallest that any allocation leaves. cut: blocks that cannot be filled together. All in
    hundredths.
    """

    placements: list[Placement]
    earned: Sequence[int]
    recognised: Sequence[int]
    filled: tuple[int, ...]
    missing: tuple[int, ...]
    shared: tuple[int, ...]
    floors: tuple[int, ...]
    counted: int
    shortfall: int
    cut: tuple[int, ...]
