"""What no answer can do better than: over sets of blocks what they need and what there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from creditbank.domain.plans import Way
from creditbank.eligibility.amounts import Lack, Sums
from creditbank.eligibility.model import Double, Model, Sort
from creditbank.eligibility.packed import flags, largest, pack, reaches

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

    earned, fills: per block, as far as more of it matters; open: what is still needed; counted: at
    most, if more will be earned; floors: per floor; doubles: per double counting, what of its
    records is in its first block. chosen: the position of each record among its places. gaps: what
    sets of blocks lack if all that can come does, as Bounds keeps it.
    """

    earned: tuple[int, ...]
    fills: tuple[int, ...]
    open: tuple[int, ...]
    counted: int
    floors: tuple[int, ...]
    doubles: tuple[int, ...]
    chosen: tuple[int, ...]
    gaps: tuple[int, ...]


class _Gaps:
    """What each of some sets of blocks needs, less all that could still come into it; packed."""

    def __init__(self, model: Model, sets: Sequence[Collection[int]], rest: Iterable[int]) -> None:
        """rest: the sorts that have no place yet, and will not have one while this is asked."""
        self.size = len(sets)
        self.all = flags([True] * self.size)
        self.having = {
            block: flags([block in blocks for blocks in sets])
            for block in set(chain.from_iterable(sets))
        }
        held, gifts = [], 0
        for number in rest:
            sort = model.sorts[number]
            if sort.limits:
                held.append(number)
            else:
                gifts += self.offered(sort, sort.total)
        if held:
            gifts += pack([at_most(model, held, blocks) for blocks in sets]) - self._zeros
        self._gifts = gifts

    @property
    def _zeros(self) -> int:
        return pack([0] * self.size)

    def offered(self, sort: Sort, units: int) -> int:
        """Some units of a sort, as they could come into the sets."""
        into = 0
        for block, _ in sort.places:
            into |= self.having.get(block, 0)
        return units * into

    def of(self, open_: Sequence[int]) -> int:
        """The gaps when so much is open and only the rest is to come."""
        needed = sum([open_[block] * having for block, having in self.having.items()])
        return self._zeros + needed - self._gifts


class Bounds:
    """What nothing can be better than when some records have their place and others have not.

    Over every set of blocks: what it needs, less all that could still come into it. Records are
    divided here and limits are met one at a time, so the truth may be worse.
    """

    def __init__(self, model: Model, records: Sequence[int], rest: Sequence[int]) -> None:
        """records: the sorts of those that will have their place, in this order; rest: others."""
        self._model = model
        groups = _groups(model)
        self._gaps = [_Gaps(model, _sets(group), rest) for group in groups]
        self._is_split = len(groups) > 1
        if self._is_split:  # a limit may hold records of several groups
            self._gaps.append(_Gaps(model, [_everywhere(model)], rest))
        self._coming = {
            number: [
                gaps.offered(model.sorts[number], model.sorts[number].units) for gaps in self._gaps
            ]
            for number in set(records)
        }
        self._records = records
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
        self._later = [(most, floors, shares)]
        for number in reversed(records):
            sort = model.sorts[number]
            most = most[0] + sort.units, most[1] + sort.units
            floors = [has + sort.units * (k in sort.floors) for k, has in enumerate(floors)]
            shares = [
                has + sort.units * _may_share(sort, k, double)
                for k, (has, double) in enumerate(zip(shares, model.doubles, strict=True))
            ]
            self._later.append((most, floors, shares))
        self._later.reverse()

    def start(self) -> State:
        """No record is placed."""
        model = self._model
        nothing = (0,) * len(model.needs)
        floors, doubles = (0,) * len(model.floors), (0,) * len(model.doubles)
        gaps = self.gaps(model.needs)
        return State(nothing, nothing, model.needs, 0, floors, doubles, (), gaps)

    def gaps(self, open_: Sequence[int], placed: int = 0) -> tuple[int, ...]:
        """What the sets of blocks lack while so much is open and the first `placed` are placed."""
        coming = [self._coming[number] for number in self._records[placed:]]
        return tuple(
            [
                gaps.of(open_) - sum([here[at] for here in coming])
                for at, gaps in enumerate(self._gaps)
            ]
        )

    def moved(self, gaps: tuple[int, ...], number: int, block: int, closed: int) -> tuple[int, ...]:
        """What they lack after one more record of a sort, which closed so much of a block."""
        return tuple(
            [
                gap + coming - closed * sets.having.get(block, 0)
                for gap, coming, sets in zip(gaps, self._coming[number], self._gaps, strict=True)
            ]
        )

    def is_hopeless(self, placed: int, state: State, best: Lack) -> bool:
        """Whether nothing can be better than the best in which the first `placed` come to this."""
        if self._is_split or not self._gaps or self._model.floors or self._model.doubles:
            return self.least(placed, state) >= best
        (gaps,), (sets,) = state.gaps, self._gaps
        if reaches(gaps, sets.all, best.shortfall):  # what lacks in blocks is no less than missing
            return True
        total = self._total(placed, state)
        return total > best.shortfall or (
            total == best.shortfall and reaches(gaps, sets.all, best.missing)
        )

    def _total(self, placed: int, state: State) -> int:
        """What the total lacks at least."""
        most, earning = self._later[placed][0]
        if most > earning:
            filled = sum([state.open[at] for at in self._filled])
            most = min(most, earning + min(self._filling, filled))
        return self._model.units_min - state.counted - most

    def least(self, placed: int, state: State) -> Lack:
        """Of all answers in which the first `placed` records come to this none lacks less."""
        _, more, shares = self._later[placed]
        gaps = self._shared(state, shares) if self._model.doubles else state.gaps
        parts = [largest(gap, sets.size) for gap, sets in zip(gaps, self._gaps, strict=True)]
        missing = max(sum(parts[:-1]), parts[-1]) if self._is_split else sum(parts)
        total = self._total(placed, state)
        if not more:
            return Lack(max(missing, total, 0), missing, 0)
        lacking = [
            max(0, floor - has - later)
            for floor, has, later in zip(self._model.floors, state.floors, more, strict=True)
        ]
        return Lack(max(missing, total, *lacking, 0), missing, sum(lacking))

    def _shared(self, state: State, shares: Sequence[int]) -> list[int]:
        """The gaps when all that could be shared is."""
        open_, gaps = list(state.open), list(state.gaps)
        for double, has, later in zip(self._model.doubles, state.doubles, shares, strict=True):
            to = double.to_block
            here = min(double.units_max, has + later, open_[to])
            open_[to] -= here
            gaps = [
                gap - here * sets.having.get(to, 0)
                for gap, sets in zip(gaps, self._gaps, strict=True)
            ]
        return gaps


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
    """All sets of a group's blocks; of many blocks the least ones."""
    if len(group) > _ALL_SETS_UP_TO:
        return [set(), *({block} for block in group), set(group)]
    sets: list[set[int]] = [set()]
    for block in group:
        sets += [{*blocks, block} for blocks in sets]
    return sets
