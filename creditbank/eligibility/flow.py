"""Maximum flow on the small network classes of records -> blocks, and the cut that proves a no.

Integers only, shortest augmenting paths in a fixed order: the same answer on every machine. What
whole records allow is not decided here but in search.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Supply:
    """units that may be spread over the blocks with these indexes, the first ones preferred."""

    units: int
    blocks: tuple[int, ...]


class Flow:
    """Supplies spread over needs as far as possible, as if records could be divided.

    A no of the flow is therefore final; a yes still has to be shown with whole records.
    Attributes, all in hundredths: missing per block; moved per supply and block.
    """

    def __init__(self, supplies: Sequence[Supply], needs: Sequence[int]) -> None:
        self._supplies = supplies
        self._left = [supply.units for supply in supplies]
        self.missing = list(needs)
        self.moved = [dict.fromkeys(supply.blocks, 0) for supply in supplies]
        self._fill_preferred()
        while any(self.missing) and self._augment():
            pass

    @property
    def shortfall(self) -> int:
        """Hundredths that no spreading can fill."""
        return sum(self.missing)

    def cut(self) -> tuple[int, ...]:
        """Blocks that cannot be filled together; () when all are filled.

        All supplies that any of these blocks accepts lie in them already, and are too little.
        Of several such sets the smallest of those that explain a conflict between blocks; a block
        that is short for itself says so by its own figures.
        """
        sets = {self._closure(block) for block, units in enumerate(self.missing) if units}
        return min(sets, key=lambda blocks: (len(blocks) == 1, len(blocks), blocks), default=())

    def _fill_preferred(self) -> None:
        """Give what each supply's preferred blocks need: most of the way, without a search."""
        for number, supply in enumerate(self._supplies):
            for block in supply.blocks:
                units = min(self._left[number], self.missing[block])
                self.moved[number][block] = units
                self._left[number] -= units
                self.missing[block] -= units

    def _augment(self) -> bool:
        """Push units along one shortest way from a supply with something left to a need."""
        from_block: dict[int, int] = {}
        from_supply: dict[int, int] = {}
        queue = deque(supply for supply, left in enumerate(self._left) if left)
        seen = set(queue)
        while queue:
            supply = queue.popleft()
            for block in self._supplies[supply].blocks:
                if block in from_supply:
                    continue
                from_supply[block] = supply
                if self.missing[block]:
                    self._push(block, from_supply, from_block)
                    return True
                for other, moved in enumerate(self.moved):
                    if other not in seen and moved.get(block):
                        seen.add(other)
                        from_block[other] = block
                        queue.append(other)
        return False

    def _push(self, end: int, from_supply: dict[int, int], from_block: dict[int, int]) -> None:
        """Move as much as the way found allows: each supply on it gives way to the one before."""
        steps = [(from_supply[end], end)]
        while (supply := steps[-1][0]) in from_block:
            block = from_block[supply]
            steps.append((from_supply[block], block))
        first = steps[-1][0]
        gives = [
            self.moved[supply][from_block[supply]] for supply, _ in steps if supply in from_block
        ]
        units = min(self.missing[end], self._left[first], *gives)
        for supply, block in steps:
            self.moved[supply][block] += units
            if supply in from_block:
                self.moved[supply][from_block[supply]] -= units
        self._left[first] -= units
        self.missing[end] -= units

    def _closure(self, block: int) -> tuple[int, ...]:
        """The block, and every block whose fill could have been used for it instead."""
        blocks = {block}
        grown = True
        while grown:
            grown = False
            for supply, moved in zip(self._supplies, self.moved, strict=True):
                if blocks.isdisjoint(supply.blocks):
                    continue
                more = {other for other, units in moved.items() if units} - blocks
                grown = grown or bool(more)
                blocks |= more
        return tuple(sorted(blocks))
