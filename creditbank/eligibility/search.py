"""Placing whole records where flow would divide them: a depth-first search, bounded and exact.

Class by class, nearest to the flow first. A branch is left when even dividing records could not
make it better than what is found (cuts), or when its state was seen before. There is no guess:
past NODES_MAX it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from operator import itemgetter

from creditbank.eligibility.problem import Lack, Problem, RecordClass, Split, State

NODES_MAX = 50_000
_ALL_SUBSETS_UP_TO = 6


class SearchLimitError(RuntimeError):
    """The search would have to look at more states than it may: no verdict instead of a guess."""


class Search:
    """Looks for an allocation that lacks less than the one known, down to the floor.

    guide: per class the units that flow moves to each block. floor: no allocation can be better.
    """

    def __init__(
        self, problem: Problem, guide: Sequence[Mapping[int, int]], *, known: Lack, floor: Lack
    ) -> None:
        self._problem = problem
        self._guide = guide
        self._floor = floor
        self._seen: set[tuple[int, State]] = set()
        self._cuts = _cuts(problem)
        self.best = known
        self.chosen: list[Split] | None = None

    def run(self) -> list[Split] | None:
        """How many of each class go where; None if nothing better than the known exists."""
        self._visit(self._problem.needs, [])
        return self.chosen

    def _visit(self, state: State, chosen: list[Split]) -> None:
        number = len(chosen)
        if (number, state) in self._seen or self._bound(state, number) >= self.best:
            return
        self._seen.add((number, state))
        if len(self._seen) > NODES_MAX:
            message = f"more than {NODES_MAX} states"
            raise SearchLimitError(message)
        if number == len(self._problem.classes):
            if self._problem.lack(state) < self.best:
                self.best, self.chosen = self._problem.lack(state), chosen
            return
        item = self._problem.classes[number]
        for split in self._options(item, self._guide[number], state):
            self._visit(self._problem.after(state, item, split), [*chosen, split])
            if self.best <= self._floor:
                return

    def _options(self, item: RecordClass, guide: Mapping[int, int], state: State) -> list[Split]:
        """The splits worth trying, nearest to the flow first, own blocks first where equal."""

        def distance(split: Split) -> tuple[int, tuple[int, ...]]:
            away = sum(
                abs(count * item.units - guide[block])
                for block, count in zip(item.blocks, split, strict=True)
            )
            return away, tuple(-count for count in split)

        most = [-(-state[block] // item.units) for block in item.blocks]
        if self._may_want_room(item.blocks[0]):
            most = [len(item.records)] * len(most)
        return sorted(_splits(len(item.records), most), key=distance)

    def _may_want_room(self, own: int) -> bool:
        """Whether leaving a block open can raise the total: where substitution would fill it."""
        return own in self._problem.automatic or bool(self._problem.approved[own])

    def _bound(self, state: State, number: int) -> Lack:
        """No end reached from here has less in either part."""
        missing = max([0, *[sum(needs(state)) - gifts[number] for needs, gifts in self._cuts]])
        total = self._problem.units_min - self._problem.base - self._problem.substituted(state)
        return max(missing, total), missing


def _splits(count: int, most: Sequence[int]) -> Iterator[Split]:
    """Ways to give `count` equal things to places, at most most[i] to any but the first."""
    if len(most) == 1:
        yield (count,)
        return
    for last in range(min(count, most[-1]) + 1):
        for rest in _splits(count - last, most[:-1]):
            yield (*rest, last)


def _cuts(problem: Problem) -> list[tuple[Callable[[State], State], list[int]]]:
    """Needs of sets of shared blocks, with all that classes from the n-th on and substitution give.

    What no class can change is taken off the gifts. Any family of sets bounds truly; with all
    subsets it bounds as sharply as flow does.
    """
    shared = {block for item in problem.classes for block in item.blocks if problem.needs[block]}
    fixed = awaiting = 0
    for block, need in enumerate(problem.needs):
        if block not in shared:
            short = max(0, need - problem.approved[block])
            fixed += 0 if block in problem.automatic else short
            awaiting += short if block in problem.automatic else 0
    found = []
    for blocks in _subsets(sorted(shared)):
        awards = problem.awards - awaiting
        if not any(block in problem.automatic for block in blocks):
            awards = min(awards, 0)
        gifts = [awards - fixed + sum(problem.approved[block] for block in blocks)]
        for item in reversed(problem.classes):
            reaches = any(block in blocks for block in item.blocks)
            gifts.append(gifts[-1] + (item.units * len(item.records) if reaches else 0))
        found.append((_needs_of(blocks), gifts[::-1]))
    return found


def _needs_of(blocks: tuple[int, ...]) -> Callable[[State], State]:
    """What a state needs in these blocks, as a tuple also where they are one or none."""
    if len(blocks) > 1:
        return itemgetter(*blocks)
    return itemgetter(slice(blocks[0], blocks[0] + 1) if blocks else slice(0))


def _subsets(blocks: Sequence[int]) -> Iterator[tuple[int, ...]]:
    sizes = set(range(len(blocks) + 1))
    if len(blocks) > _ALL_SUBSETS_UP_TO:
        sizes = {0, 1, 2, len(blocks) - 1, len(blocks)}
    for size in sorted(sizes):
        yield from combinations(blocks, size)
