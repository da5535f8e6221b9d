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
from typing import NamedTuple

from creditbank.domain.plans import Way
from creditbank.eligibility.amounts import Amounts, Lack, is_allowed, sums_of
from creditbank.eligibility.bounds import Bounds, SoFar
from creditbank.eligibility.greedy import Greedy, share
from creditbank.eligibility.model import Model

NODES_MAX, CHOICES_MAX = 1_500, 64


class State(NamedTuple):
    """What the records placed so far come to, in hundredths.

    earned, fills: per block, before maxima and needs cut anything off; floors: per floor; doubles:
    per double counting, what of its records is in its first block. chosen:
    the position of each record among the places of its sort.
    """

    earned: tuple[int, ...]
    fills: tuple[int, ...]
    floors: tuple[int, ...]
    doubles: tuple[int, ...]
    chosen: tuple[int, ...]


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
        self._seen: set[State] = set()
        self._open_end: Lack | None = None
        self._is_too_long = False

    @property
    def is_proven(self) -> bool:
        """Whether nothing can be better than the best."""
        return not self._is_too_long and (self._open_end is None or self._open_end >= self.best)

    def run(self) -> Branching:
        """Search until nothing better is possible, or over NODES_MAX branches."""
        nothing = (0,) * len(self._model.needs)
        floors, doubles = (0,) * len(self._model.floors), (0,) * len(self._model.doubles)
        self._visit(State(nothing, nothing, floors, doubles, ()))
        return self

    def _visit(self, state: State) -> None:
        at = len(state.chosen)
        open_, counted = self._come_to(state)
        bound = self._bounds.least(at, SoFar(open_, counted, state.floors, state.doubles))
        if bound >= self.best or self._is_too_long:
            return
        if at == len(self._records):
            self._finish(state, bound)
            return
        # Of two ways to the same sums the second can give nothing new.
        same = state._replace(chosen=(at, *state.chosen[-1:]))
        if same in self._seen:
            return
        self._seen.add(same)
        if len(self._seen) > NODES_MAX:
            self._is_too_long = True
            return
        branches = self._branches(state, at)
        if len(branches) > 1:
            branches.sort(key=self._open)
        for branch in branches:
            self._visit(branch)

    def _branches(self, state: State, at: int) -> list[State]:
        """The next record in each of its places; of alike ones the later never before the first."""
        number = self._records[at]
        sort = self._model.sorts[number]
        first = state.chosen[-1] if at and self._records[at - 1] == number else 0
        floors = state.floors
        if sort.floors:
            floors = tuple(
                [has + (sort.units if k in sort.floors else 0) for k, has in enumerate(floors)]
            )
        found = []
        for position in range(first, len(sort.places)):
            block, way = sort.places[position]
            sums = list(state.earned if way is Way.EARN else state.fills)
            sums[block] += sort.units
            doubles = state.doubles
            if sort.doubles:
                doubles = tuple(
                    [
                        has + sort.units * (k in sort.doubles and block == double.from_block)
                        for k, (has, double) in enumerate(
                            zip(doubles, self._model.doubles, strict=True)
                        )
                    ]
                )
            earned, fills = state.earned, state.fills
            if way is Way.EARN:
                earned = tuple(sums)
            else:
                fills = tuple(sums)
            found.append(State(earned, fills, floors, doubles, (*state.chosen, position)))
        return found

    def _come_to(self, state: State) -> tuple[list[int], int]:
        """Per block what is still needed; and what counts: at most, if more will be earned."""
        model = self._model
        open_, counted = [], 0
        for need, most, earned, fills in zip(
            model.needs, model.maxima, state.earned, state.fills, strict=True
        ):
            here = earned if most is None or earned < most else most
            left = need - here
            if left <= 0:
                open_.append(0)
                counted += here
            elif fills < left:
                open_.append(left - fills)
                counted += here + fills
            else:
                open_.append(0)
                counted += need
        return open_, counted

    def _open(self, state: State) -> int:
        return sum(self._come_to(state)[0])

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
        open_, counted = self._come_to(state)
        everything = range(len(part.sorts))
        return Bounds(part, (), everything).least(0, SoFar(open_, counted, state.floors, ()))

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
