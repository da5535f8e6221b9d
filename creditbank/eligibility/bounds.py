"""What no answer can do better than: flow without limits, and the sums of what there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import sub
from typing import NamedTuple

from creditbank.domain.plans import Way
from creditbank.eligibility.amounts import Lack
from creditbank.eligibility.flow import Flow, Supply
from creditbank.eligibility.model import Double, Model, Sort

_ALL_SETS_UP_TO = 6


def floor_of(model: Model) -> Lack:
    """No answer lacks less in any part. Records may be divided here, and limits are wide."""
    supplies = [
        Supply(sort.total, tuple(dict.fromkeys(block for block, _ in sort.places)))
        for sort in model.sorts
    ]
    supplies += [
        Supply(units, (double.to_block,))
        for double, units in zip(model.doubles, shareable(model), strict=True)
    ]
    missing = Flow(supplies, model.needs).shortfall
    everything = range(len(model.sorts))
    lacking = [
        floor - at_most(model, [at for at in everything if number in model.sorts[at].floors])
        for number, floor in enumerate(model.floors)
    ]
    total = model.units_min - at_most(model, everything)
    return Lack(max(missing, total, *lacking, 0), missing, sum(max(0, units) for units in lacking))


def at_most(model: Model, numbers: Iterable[int], blocks: Collection[int] | None = None) -> int:
    """What sorts could count at most, anywhere or in some blocks.

    Each under the narrowest of the limits that hold all its places there: one limit per sort at
    most, so that no unit is cut twice.
    """
    left = [limit.units for limit in model.limits]
    counted = 0
    for number in numbers:
        sort = model.sorts[number]
        held = [
            set(limits)
            for limits, (block, _) in zip(sort.held, sort.places, strict=True)
            if blocks is None or block in blocks
        ]
        if not held:
            continue
        units, holding = sort.total, set.intersection(*held) if sort.limits else None
        if holding:
            narrow = min(holding, key=lambda limit: (left[limit], limit))
            units = min(units, left[narrow])
            left[narrow] -= units
        counted += units
    return counted


def shareable(model: Model) -> list[int]:
    """What each double counting could add at most: what it speaks of may not be there."""
    everything = range(len(model.sorts))
    return [
        min(double.units_max, _speaks_of(model, everything, number))
        for number, double in enumerate(model.doubles)
    ]


def _speaks_of(model: Model, numbers: Iterable[int], double: int) -> int:
    """How much of these sorts a double counting could find in its first block."""
    rule = model.doubles[double]
    sorts = [model.sorts[number] for number in numbers]
    return sum([sort.total for sort in sorts if _may_share(sort, double, rule)])


def _may_share(sort: Sort, number: int, double: Double) -> bool:
    return number in sort.doubles and any(block == double.from_block for block, _ in sort.places)


class SoFar(NamedTuple):
    """What records that have their place come to, at most, in hundredths.

    open: per block what is still needed, at least; floors: per floor; doubles: per double counting
    what of its records is in its first block.
    """

    open: list[int]
    counted: int
    floors: Sequence[int]
    doubles: Sequence[int]


class Bounds:
    """What nothing can be better than when some records have their place and others have not.

    Over every set of blocks: what it needs, less all that could still come into it. Records are
    divided here and limits are met one at a time, so the truth may be worse.
    """

    def __init__(self, model: Model, records: Sequence[int], rest: Sequence[int]) -> None:
        """records: the sorts of those that will have their place, in this order; rest: others."""
        self._model = model
        self._asking = [block for block, need in enumerate(model.needs) if need]
        self._has_all_sets = len(self._asking) <= _ALL_SETS_UP_TO
        sets = self._sets()
        gifts = [at_most(model, rest, blocks) for blocks in sets]
        # What can only fill counts no more than there is open.
        filling = [at for at in rest if all(way is Way.FILL for _, way in model.sorts[at].places)]
        self._filled = {block for at in filling for block, _ in model.sorts[at].places}
        self._filling = at_most(model, filling)
        most = at_most(model, rest), at_most(model, [at for at in rest if at not in filling])
        floors = [
            at_most(model, [number for number in rest if k in model.sorts[number].floors])
            for k in range(len(model.floors))
        ]
        shares = [_speaks_of(model, rest, number) for number in range(len(model.doubles))]
        self._later = [(gifts, most, floors, shares)]
        for number in reversed(records):
            sort = model.sorts[number]
            to = {block for block, _ in sort.places}
            gifts = [
                gift if to.isdisjoint(blocks) else gift + sort.units
                for gift, blocks in zip(gifts, sets, strict=True)
            ]
            most = most[0] + sort.units, most[1] + sort.units
            floors = [has + sort.units * (k in sort.floors) for k, has in enumerate(floors)]
            shares = [
                has + sort.units * _may_share(sort, k, double)
                for k, (has, double) in enumerate(zip(shares, model.doubles, strict=True))
            ]
            self._later.append((gifts, most, floors, shares))
        self._later.reverse()

    def _sets(self) -> list[set[int]]:
        """All sets of the blocks that ask, in the order of _sums; of many blocks the least ones."""
        if not self._has_all_sets:
            return [set(), *({block} for block in self._asking), set(self._asking)]
        sets: list[set[int]] = [set()]
        for block in self._asking:
            sets += [{*blocks, block} for blocks in sets]
        return sets

    def _sums(self, open_: Sequence[int]) -> list[int]:
        if not self._has_all_sets:
            each = [open_[block] for block in self._asking]
            return [0, *each, sum(each)]
        sums = [0]
        for block in self._asking:
            here = open_[block]
            sums += [units + here for units in sums]
        return sums

    def least(self, placed: int, so_far: SoFar) -> Lack:
        """Of all answers in which the first `placed` records come to this none lacks less."""
        open_, counted, floors, doubles = so_far
        gifts, (most, earning), more, shares = self._later[placed]
        most = min(most, earning + min(self._filling, sum([open_[at] for at in self._filled])))
        for double, has, later in zip(self._model.doubles, doubles, shares, strict=True):
            units = min(double.units_max, has + later, open_[double.to_block])
            open_[double.to_block] -= units
        missing = max(map(sub, self._sums(open_), gifts))  # of no blocks: 0
        total = self._model.units_min - counted - most
        if not floors:
            return Lack(max(missing, total, 0), missing, 0)
        lacking = [
            max(0, floor - has - later)
            for floor, has, later in zip(self._model.floors, floors, more, strict=True)
        ]
        return Lack(max(missing, total, *lacking, 0), missing, sum(lacking))
