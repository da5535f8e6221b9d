"""Which record counts in which block: what every way of finding it answers."""

from __future__ import annotations

from dataclasses import dataclass

from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import Placement

Count = tuple[Record, int, int]
"""(record, block index, hundredths that count there)."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """earned, filled: what counts, by ledger_seq. unused: what does not, with the reason.

    missing, shared: per block; floors: per floor what counts towards it. shortfall: the smallest
    that any allocation leaves. cut: blocks that cannot be filled together. All in hundredths.
    """

    earned: tuple[Count, ...]
    filled: tuple[Count, ...]
    unused: tuple[Placement, ...]
    missing: tuple[int, ...]
    shared: tuple[int, ...]
    floors: tuple[int, ...]
    counted: int
    shortfall: int
    cut: tuple[int, ...]
