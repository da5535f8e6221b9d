"""A good answer at little cost: record by record, own blocks first, then what is open.

Whether it is the best is not decided here (see bounds and program).
"""

from __future__ import annotations

from creditbank.domain.plans import Way
from creditbank.eligibility.amounts import Amounts, room
from creditbank.eligibility.model import Model, Place, Sort


class _Answer:
    """Amounts as they grow, with what is left of needs, maxima and limits."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.open = list(model.needs)
        self.earnable = list(model.maxima)
        self.limits = [limit.units for limit in model.limits]
        self.counts = [[0] * len(sort.places) for sort in model.sorts]
        self.units = [[0] * len(sort.places) for sort in model.sorts]

    def fits(self, sort: Sort, place: Place, units: int) -> int:
        """How much of so many units may count in a place."""
        block, way = place
        units = min(units, room(self.model.limits, sort, place, self.limits))
        most = self.earnable[block]
        if way is Way.FILL:
            return min(units, self.open[block])
        return units if most is None else min(units, most)

    def is_free(self, sort: Sort) -> bool:
        """Whether all its records count whole in one place, whatever else there is."""
        if len(sort.places) > 1 or sort.limits:
            return False
        block, way = sort.places[0]
        return way is Way.EARN and self.earnable[block] is None

    def put(self, number: int, position: int, units: int, *, records: int = 1) -> None:
        sort = self.model.sorts[number]
        block, way = place = sort.places[position]
        self.counts[number][position] += records
        self.units[number][position] += units
        self.open[block] = max(0, self.open[block] - units)
        most = self.earnable[block]
        if way is Way.EARN and most is not None:
            self.earnable[block] = most - units
        for limit in sort.limits:
            if self.model.limits[limit].holds(place):
                self.limits[limit] -= units


def greedy(model: Model) -> Amounts:
    """Those with fewest places first; what earns before what fills."""
    answer = _Answer(model)
    order = sorted(
        range(len(model.sorts)),
        key=lambda number: (
            all(way is Way.FILL for _, way in model.sorts[number].places),
            len(model.sorts[number].places),
            number,
        ),
    )
    for number in order:
        sort = model.sorts[number]
        if sort.is_whole and answer.is_free(sort):
            answer.put(number, 0, sort.total, records=len(sort.records))
        elif sort.is_whole:
            for _ in sort.records:
                _place_whole(answer, number)
        else:
            _divide(answer, number)
    shared = _share(answer)
    return Amounts(
        counts=tuple(map(tuple, answer.counts)),
        units=tuple(map(tuple, answer.units)),
        shared=tuple(shared),
    )


def _place_whole(answer: _Answer, number: int) -> None:
    """Where it closes most of what is open; of equal places the preferred one."""
    sort = answer.model.sorts[number]
    best, best_value = -1, (0, 0)
    for position, place in enumerate(sort.places):
        units = answer.fits(sort, place, sort.units)
        value = min(units, answer.open[place[0]]), units
        if value > best_value:
            best, best_value = position, value
    if best >= 0:
        answer.put(number, best, best_value[1])


def _divide(answer: _Answer, number: int) -> None:
    """First what closes something open, then what merely counts."""
    sort = answer.model.sorts[number]
    left = sort.total
    for only_open in (True, False):
        for position, place in enumerate(sort.places):
            units = answer.fits(sort, place, left)
            units = min(units, answer.open[place[0]]) if only_open else units
            if units > 0:
                answer.put(number, position, units)
                left -= units


def _share(answer: _Answer) -> list[int]:
    shared = []
    for number, double in enumerate(answer.model.doubles):
        has = sum(
            units
            for sort, here in zip(answer.model.sorts, answer.units, strict=True)
            if number in sort.doubles
            for (block, _), units in zip(sort.places, here, strict=True)
            if block == double.from_block
        )
        units = min(double.units_max, has, answer.open[double.to_block])
        answer.open[double.to_block] -= units
        shared.append(units)
    return shared
