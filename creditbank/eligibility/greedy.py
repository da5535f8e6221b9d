"""A good answer at little cost: record by record, own blocks first, then what is open.

Whether it is the best is not decided here (see bounds and program).
"""

from __future__ import annotations

from collections.abc import Sequence

from creditbank.domain.plans import Way
from creditbank.eligibility.amounts import Amounts, Lack, Sums
from creditbank.eligibility.model import Model, Sort


class Greedy:
    """Amounts as they grow, with what is left of needs, maxima and limits. Hundredths."""

    def __init__(self, model: Model) -> None:
        self.model = model
        size = len(model.needs)
        self.open = list(model.needs)
        self.earnable = list(model.maxima)
        self.limits = [limit.units for limit in model.limits]
        self.earned, self.filled, self.shared = [0] * size, [0] * size, [0] * size
        self.doubles: list[int] = []
        self.counts = [[0] * len(sort.places) for sort in model.sorts]
        self.units = [[0] * len(sort.places) for sort in model.sorts]

    def run(self, *, last_first: bool = False) -> Greedy:
        """Those with fewest places first; what earns before what fills.

        last_first: of those with equally many the last, where the first order was not the best.
        """
        sorts = self.model.sorts
        order = list(range(len(sorts)))
        if len(sorts) > 1:
            if last_first:
                order.reverse()
            order.sort(key=self._rank)
        for number in order:
            sort = sorts[number]
            if sort.is_whole:
                self._place_whole(number, sort)
            else:
                self._divide(number, sort)
        if self.model.doubles:
            self.doubles = share(self.model, self.units, self.open)
            for double, here in zip(self.model.doubles, self.doubles, strict=True):
                self.shared[double.to_block] += here
        return self

    @property
    def amounts(self) -> Amounts:
        """The answer."""
        return Amounts(
            counts=tuple(map(tuple, self.counts)),
            units=tuple(map(tuple, self.units)),
            shared=tuple(self.doubles),
        )

    def sums(self) -> Sums:
        """What the answer comes to, as amounts.sums_of would reckon it."""
        model = self.model
        floors = [0] * len(model.floors)
        for sort, units in zip(model.sorts, self.units, strict=True):
            for number in sort.floors:
                floors[number] += sum(units)
        lacking = [
            floor - has for floor, has in zip(model.floors, floors, strict=True) if has < floor
        ]
        counted, missing = sum(self.earned) + sum(self.filled), sum(self.open)
        return Sums(
            earned=tuple(self.earned),
            filled=tuple(self.filled),
            shared=tuple(self.shared),
            limits=tuple(
                [limit.units - left for limit, left in zip(model.limits, self.limits, strict=True)]
            ),
            missing=tuple(self.open),
            floors=tuple(floors),
            counted=counted,
            lack=Lack(max(missing, model.units_min - counted, *lacking, 0), missing, sum(lacking)),
        )

    def _rank(self, number: int) -> tuple[bool, int]:
        places = self.model.sorts[number].places
        return all(way is Way.FILL for _, way in places), len(places)

    def _fits(self, sort: Sort, position: int, units: int) -> int:
        """How much of so many units may count in a place."""
        for number in sort.held[position]:
            units = min(units, self.limits[number])
        block, way = sort.places[position]
        # Beyond what a block asks it earns only where nothing fills it.
        if way is Way.FILL or self.filled[block]:
            units = min(units, self.open[block])
        most = self.earnable[block] if way is Way.EARN else None
        return units if most is None else min(units, most)

    def _put(self, number: int, position: int, units: int, records: int) -> None:
        sort = self.model.sorts[number]
        block, way = sort.places[position]
        self.counts[number][position] += records
        self.units[number][position] += units
        self.open[block] = max(0, self.open[block] - units)
        for limit in sort.held[position]:
            self.limits[limit] -= units
        if way is Way.FILL:
            self.filled[block] += units
            return
        self.earned[block] += units
        most = self.earnable[block]
        if most is not None:
            self.earnable[block] = most - units

    def _place_whole(self, number: int, sort: Sort) -> None:
        """Each where it closes most of what is open; of equal places the preferred one."""
        if len(sort.places) == 1 and self._fits(sort, 0, sort.total) == sort.total:
            self._put(number, 0, sort.total, len(sort.records))
            return
        for _ in sort.records:
            best, best_value = -1, (0, 0)
            for position, (block, _way) in enumerate(sort.places):
                units = self._fits(sort, position, sort.units)
                value = min(units, self.open[block]), units
                if value > best_value:
                    best, best_value = position, value
            if best < 0:
                return
            self._put(number, best, best_value[1], 1)

    def _divide(self, number: int, sort: Sort) -> None:
        """First what closes something open, then what merely counts."""
        left = sort.total
        if len(sort.places) > 1:
            for position, (block, _way) in enumerate(sort.places):
                units = min(self._fits(sort, position, left), self.open[block])
                if units > 0:
                    self._put(number, position, units, 1)
                    left -= units
        for position in range(len(sort.places)):
            units = self._fits(sort, position, left)
            if units > 0:
                self._put(number, position, units, 1)
                left -= units


def share(model: Model, units: Sequence[Sequence[int]], open_: list[int]) -> list[int]:
    """What each double counting adds, one after the other; it is taken off what is open."""
    shared = []
    for number, double in enumerate(model.doubles):
        has = sum(
            here
            for sort, counted in zip(model.sorts, units, strict=True)
            if number in sort.doubles
            for (block, _), here in zip(sort.places, counted, strict=True)
            if block == double.from_block
        )
        here = min(double.units_max, has, open_[double.to_block])
        open_[double.to_block] -= here
        shared.append(here)
    return shared
