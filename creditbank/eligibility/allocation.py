"""Which record counts in which block: what every way of finding it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from creditbank.domain.verdicts import Placement


class Allocation(NamedTuple):
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
