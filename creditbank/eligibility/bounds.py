"""What no answer can do better than: flow without limits, and the sums of what there is."""

from __future__ import annotations

from creditbank.eligibility.amounts import Lack
from creditbank.eligibility.flow import Flow, Supply
from creditbank.eligibility.model import Model


def floor_of(model: Model) -> Lack:
    """No answer lacks less in any part. Records may be divided here, and limits are wide."""
    supplies = [
        Supply(sort.total, tuple(dict.fromkeys(block for block, _ in sort.places)))
        for sort in model.sorts
    ]
    supplies += [Supply(double.units_max, (double.to_block,)) for double in model.doubles]
    missing = Flow(supplies, model.needs).shortfall
    lacking = [
        floor - sum(sort.total for sort in model.sorts if number in sort.floors)
        for number, floor in enumerate(model.floors)
    ]
    total = model.units_min - _most_counted(model)
    return Lack(max(missing, total, *lacking, 0), missing, sum(max(0, units) for units in lacking))


def _most_counted(model: Model) -> int:
    """What could count at most: each sort under the narrowest of the limits that hold it all."""
    left = [limit.units for limit in model.limits]
    counted = 0
    for sort in model.sorts:
        holding = [
            number
            for number in sort.limits
            if all(model.limits[number].holds(place) for place in sort.places)
        ]
        # One limit per sort at most, so that no unit is cut twice.
        if not holding:
            counted += sort.total
            continue
        narrow = min(holding, key=lambda number: (left[number], number))
        units = min(sort.total, left[narrow])
        left[narrow] -= units
        counted += units
    return counted
