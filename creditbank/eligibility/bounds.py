"""What no answer can do better than: over sets of blocks what they need and what there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from operator import sub
from typing import NamedTuple

from creditbank.domain.plans import Way
from creditbank.eligibility.amounts import Lack, Sums
from creditbank.eligibility.model import Double, Model, Sort

_ALL_SETS_UP_TO = 8


def is_least(model: Model, sums: Sums) -> bool:
    """Whether mere sums show that nothing can be better; no says nothing.

    All that could come into the blocks that lack is in them, and no more could count.
    """
    if sums.lack.floors:
        return False
    everything = range(len(model.sorts))
    lacking = {block for block, units in enumerate(sums.missing) if units}
    if lacking:
        into = sum([sums.earned[block] + sums.filled[block] for block in lacking])
        is_shared = any(double.to_block in lacking for double in model.doubles)
        if is_shared or at_most(model, everything, lacking) > into:
            return False
    return sums.lack.shortfall == sums.lack.missing or at_most(model, everything) <= sums.counted


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


def _speaks_of(model: Model, numbers: Iterable[int], double: int) -> int:
    """How much of these sorts a double counting could find in its first block."""
    rule = model.doubles[double]
    sorts = [model.sorts[number] for number in numbers]
    return sum([sort.total for sort in sorts if _may_share(sort, double, rule)])


def _may_share(sort: Sort, number: int, double: Double) -> bool:
    return number in sort.doubles and any(block == double.from_block for block, _ in sort.places)


class State(NamedTuple):
    """What the records placed so far come to, in hundredths.

    earned, fills: per block, before maxima and needs cut anything off; open: what is still needed;
    counted: at most, if more will be earned; floors: per floor; doubles: per double counting, what
    of its records is in its first block. chosen: the position of each record among its places.
    """

    earned: tuple[int, ...]
    fills: tuple[int, ...]
    open: tuple[int, ...]
    counted: int
    floors: tuple[int, ...]
    doubles: tuple[int, ...]
    chosen: tuple[int, ...]


class Bounds:
    """What nothing can be better than when some records have their place and others have not.

    Over every set of blocks: what it needs, less all that could still come into it. Records are
    divided here and limits are met one at a time, so the truth may be worse.
    """

    def __init__(self, model: Model, records: Sequence[int], rest: Sequence[int]) -> None:
        """records: the sorts of those that will have their place, in this order; rest: others."""
        self._model = model
        self._groups = _groups(model)
        sets = [*chain.from_iterable(map(_sets, self._groups)), _everywhere(model)]
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

    def least(self, placed: int, state: State) -> Lack:
        """Of all answers in which the first `placed` records come to this none lacks less."""
        gifts, (most, earning), more, shares = self._later[placed]
        open_: Sequence[int] = state.open
        if most > earning:
            filled = sum([open_[at] for at in self._filled])
            most = min(most, earning + min(self._filling, filled))
        if self._model.doubles:
            open_ = self._shared(state, shares)
        missing = first = 0
        for group in self._groups:
            sums = _sums(group, open_)
            end = first + len(sums)
            missing += max(map(sub, sums, gifts[first:end]))  # of no blocks: 0
            first = end
        missing = max(missing, sum(open_) - gifts[-1])
        total = self._model.units_min - state.counted - most
        if not more:
            return Lack(max(missing, total, 0), missing, 0)
        lacking = [
            max(0, floor - has - later)
            for floor, has, later in zip(self._model.floors, state.floors, more, strict=True)
        ]
        return Lack(max(missing, total, *lacking, 0), missing, sum(lacking))

    def _shared(self, state: State, shares: Sequence[int]) -> list[int]:
        """What is open when all that could be shared is."""
        open_ = list(state.open)
        for double, has, later in zip(self._model.doubles, state.doubles, shares, strict=True):
            open_[double.to_block] -= min(double.units_max, has + later, open_[double.to_block])
        return open_


def _groups(model: Model) -> list[list[int]]:
    """The blocks that ask, in groups that have no sort of records in common."""
    groups: list[set[int]] = []
    for blocks in (
        *({block} for block, need in enumerate(model.needs) if need),
        *({block for block, _ in sort.places if model.needs[block]} for sort in model.sorts),
    ):
        joined = [group for group in groups if not group.isdisjoint(blocks)]
        groups = [group for group in groups if group.isdisjoint(blocks)]
        groups.append(blocks.union(*joined))
    return [sorted(group) for group in groups if group]


def _everywhere(model: Model) -> set[int]:
    return {block for block, need in enumerate(model.needs) if need}


def _sets(group: Sequence[int]) -> list[set[int]]:
    """All sets of a group's blocks, in the order of _sums; of many blocks the least ones."""
    if len(group) > _ALL_SETS_UP_TO:
        return [set(), *({block} for block in group), set(group)]
    sets: list[set[int]] = [set()]
    for block in group:
        sets += [{*blocks, block} for blocks in sets]
    return sets


def _sums(group: Sequence[int], open_: Sequence[int]) -> list[int]:
    """What is open in each of the sets."""
    if len(group) > _ALL_SETS_UP_TO:
        each = [open_[block] for block in group]
        return [0, *each, sum(each)]
    sums = [0]
    for block in group:
        here = open_[block]
        sums += [units + here for units in sums]
    return sums
