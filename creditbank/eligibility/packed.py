"""Many whole numbers side by side in one: added, subtracted and compared in single steps.

A search asks at every state what each of up to 256 sets of blocks lacks; one long number that
holds all of these answers moves to the next state by one addition.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

_BYTES = 8
_BITS = 8 * _BYTES
_ZERO = 1 << (_BITS - 2)
"""What stands for 0, so that no number borrows from its neighbour below -2**62."""


def pack(numbers: Iterable[int]) -> int:
    """The numbers side by side, each between -2**62 and 2**62."""
    return sum([(_ZERO + here) << (_BITS * at) for at, here in enumerate(numbers)])


def flags(chosen: Iterable[bool]) -> int:
    """1 where chosen, 0 elsewhere: what a multiple of is added to some of the numbers."""
    return sum([1 << (_BITS * at) for at, here in enumerate(chosen) if here])


def largest(packed: int, size: int) -> int:
    """The largest of `size` numbers."""
    native = packed.to_bytes(size * _BYTES, sys.byteorder)
    return max(memoryview(native).cast("Q")) - _ZERO


def reaches(packed: int, ones: int, least: int) -> bool:
    """Whether any of the numbers is so large; ones: flags of all of them."""
    return bool((packed + (_ZERO - least) * ones) & (ones << (_BITS - 1)))
