"""Whole records place by place: a depth-first search over a model, bounded and exact.

It tries the places of the whole records that no limit holds, the largest first, and leaves the
rest to the greedy answer. A branch is left when nothing in it can be better than what is found;
where the greedy rest may not be the best of its branch, the search says so: it never guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from math import prod

from creditbank.domain.plans import Way
from creditbank.eligibility.amounts import Amounts, Lack, is_allowed, sums_of
from creditbank.eligibility.bounds import Bounds, State
from creditbank.eligibility.greedy import Greedy, share
from creditbank.eligibility.model import Model

NODES_MAX, CHOICES_MAX = 1_500, 64


class Branching:
    """Looks for an answer that lacks less than a known one.

    best: what the best answer lacks; amounts: that answer, None while it is the known one.
    """

    def __init__(self, model: Model, known: Lack) -> None:
        self.best = known
        self.amounts: Amounts | None = None
        self._model = model
        sorts = model.sorts
        free = [at for at, sort in enumerate(sorts) if sort.is_whole and not sort.limits]
        free.sort(key=lambda at: -sorts[at].units)
        self._rest = tuple([at for at in range(len(sorts)) if at not in free])
        # Each record by itself; alike ones follow each other.
        self._records = [at for at in free for _ in sorts[at].records]
        self._bounds = Bounds(model, self._records, self._rest)
        # Beyond its maximum, or where it has none its need, it is all one how much a block earns.
        self._enough = [
            need if most is None else most
            for need, most in zip(model.needs, model.maxima, strict=True)
        ]
        self._seen: set[tuple[object, ...]] = set()
        self._open_end: Lack | None = None
        self._is_too_long = False

    @property
    def is_proven(self) -> bool:
        """Whether nothing can be better than the best."""
        return not self._is_too_long and (self._open_end is None or self._open_end >= self.best)

    def run(self) -> Branching:
        """Search until nothing better is possible, or over NODES_MAX branches."""
        self._visit(self._bounds.start())
        return self

    def _visit(self, state: State) -> None:
        at = len(state.chosen)
        if self._is_too_long or self._bounds.is_hopeless(at, state, self.best):
            return
        if at == len(self._records):
            self._finish(state, self._bounds.least(at, state))
            return
        # Of alike records the later is in no place before the first one's.
        number = self._records[at]
        first = state.chosen[-1] if at and self._records[at - 1] == number else 0
        # Of two ways to the same sums the second can give nothing new.
        same = at, first, state.counted, state.earned, state.fills, state.floors, state.doubles
        if same in self._seen:
            return
        self._seen.add(same)
        if len(self._seen) > NODES_MAX:
            self._is_too_long = True
            return
        places = range(first, len(self._model.sorts[number].places))
        branches = [self._with(state, number, position) for position in places]
        if len(branches) > 1:
            branches.sort(key=_sum_of_open)
        for branch in branches:
            self._visit(branch)

    def _with(self, state: State, number: int, position: int) -> State:
        """The state with one more record of a sort, in one of its places."""
        model = self._model
        sort = model.sorts[number]
        block, way = sort.places[position]
        earned, fills, floors, doubles = state.earned, state.fills, state.floors, state.doubles
        has, filling = earned[block], fills[block]
        before = self._block(block, has, filling)
        if way is Way.EARN:
            left, counts = self._block(block, has + sort.units, filling)
            earned = _plus(earned, block, min(sort.units, self._enough[block] - has))
        else:
            left, counts = self._block(block, has, filling + sort.units)
            fills = _plus(fills, block, sort.units)
        for floor in sort.floors:
            floors = _plus(floors, floor, sort.units)
        for double in sort.doubles:
            if model.doubles[double].from_block == block:
                doubles = _plus(doubles, double, sort.units)
        return State(
            earned,
            fills,
            (*state.open[:block], left, *state.open[block + 1 :]),
            state.counted + counts - before[1],
            floors,
            doubles,
            (*state.chosen, position),
            self._bounds.moved(state.gaps, number, block, state.open[block] - left),
        )

    def _block(self, block: int, earned: int, fills: int) -> tuple[int, int]:
        """What a block still needs, and what counts there."""
        most = self._model.maxima[block]
        if most is not None and earned > most:
            earned = most
        left = self._model.needs[block] - earned
        if left <= 0:
            return 0, earned
        return (left - fills, earned + fills) if fills < left else (0, earned + left)

    def _finish(self, state: State, bound: Lack) -> None:
        """Place the rest greedily, with every choice of places for its whole records."""
        counts, units, open_, earnable = self._settled(state)
        choices = [self._choices(number) for number in self._rest]
        if prod(map(len, choices)) > CHOICES_MAX:
            choices = [[None] for _ in self._rest]
        for chosen in product(*choices):
            sorts = [
                self._model.sorts[number].only(position)
                for number, position in zip(self._rest, chosen, strict=True)
            ]
            part = replace(
                self._model, needs=tuple(open_), maxima=tuple(earnable), sorts=tuple(sorts)
            )
            least = bound
            if any(position is not None for position in chosen):
                least = self._least(part, state)
            for last_first in (False, True):
                if least >= self.best:
                    break
                greedy = Greedy(replace(part, doubles=())).run(last_first=last_first)
                for at, (number, position) in enumerate(zip(self._rest, chosen, strict=True)):
                    size = len(self._model.sorts[number].places)
                    counts[number] = _spread(greedy.counts[at], position, size)
                    units[number] = _spread(greedy.units[at], position, size)
                self._take(counts, units, list(greedy.open))
            self._leave_open(least)

    def _choices(self, number: int) -> Sequence[int | None]:
        """The places worth telling apart; None for all at once."""
        sort = self._model.sorts[number]
        if sort.is_whole and len(sort.records) == 1 and not self._model.doubles:
            return range(len(sort.places))
        return [None]

    def _least(self, part: Model, state: State) -> Lack:
        """What nothing can be better than when the rest may only go where `part` lets it."""
        bounds = Bounds(part, (), range(len(part.sorts)))
        return bounds.least(0, state._replace(gaps=bounds.gaps(state.open)))

    def _leave_open(self, least: Lack) -> None:
        """Remember that answers no better than this were not all looked at."""
        if least < self.best and (self._open_end is None or least < self._open_end):
            self._open_end = least

    def _settled(
        self, state: State
    ) -> tuple[list[list[int]], list[list[int]], list[int], list[int | None]]:
        """Counts and units of the records placed so far; what is still open and may be earned."""
        model = self._model
        counts = [[0] * len(sort.places) for sort in model.sorts]
        units = [[0] * len(sort.places) for sort in model.sorts]
        open_, earnable = list(model.needs), list(model.maxima)
        placed = list(zip(self._records, state.chosen, strict=True))
        for way in (Way.EARN, Way.FILL):  # what fills, fills what earning leaves open
            for number, position in placed:
                sort = model.sorts[number]
                block, how = sort.places[position]
                if how is not way:
                    continue
                most = open_[block] if way is Way.FILL else earnable[block]
                here = sort.units if most is None else min(sort.units, most)
                counts[number][position] += 1
                units[number][position] += here
                open_[block] = max(0, open_[block] - here)
                if way is Way.FILL:  # what else earns there may not overfill it
                    earnable[block] = open_[block]
                elif most is not None:
                    earnable[block] = most - here
        return counts, units, open_, earnable

    def _take(self, counts: list[list[int]], units: list[list[int]], open_: list[int]) -> None:
        """Keep an answer that is allowed and better."""
        shared = share(self._model, units, open_)
        found = Amounts(tuple(map(tuple, counts)), tuple(map(tuple, units)), tuple(shared))
        sums = sums_of(self._model, found)
        if sums.lack < self.best and is_allowed(self._model, found, sums):
            self.best, self.amounts = sums.lack, found


def _spread(values: list[int], position: int | None, size: int) -> list[int]:
    """What was found for one place, among all places of the sort."""
    if position is None:
        return values
    found = [0] * size
    found[position] = values[0]
    return found


def _plus(sums: tuple[int, ...], at: int, units: int) -> tuple[int, ...]:
    return (*sums[:at], sums[at] + units, *sums[at + 1 :])


def _sum_of_open(state: State) -> int:
    return sum(state.open)
