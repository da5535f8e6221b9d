"""An answer to a model: how much of each sort counts in each place. Checked, and measured."""

from __future__ import annotations

from typing import NamedTuple

from creditbank.domain.plans import Way
from creditbank.eligibility.model import Model, Sort


class Lack(NamedTuple):
    """Hundredths that lack; lower is better, nothing is (0, 0, 0).

    shortfall: the fewest that must be added. missing: of the blocks in sum; floors: of the floors.
    """

    shortfall: int
    missing: int
    floors: int


class Amounts(NamedTuple):
    """counts: per sort and place how many whole records; units: how much; shared: per double."""

    counts: tuple[tuple[int, ...], ...]
    units: tuple[tuple[int, ...], ...]
    shared: tuple[int, ...]


class Sums(NamedTuple):
    """An answer in sums: per block what is earned, filled and shared; per limit what is used."""

    earned: tuple[int, ...]
    filled: tuple[int, ...]
    shared: tuple[int, ...]
    limits: tuple[int, ...]
    missing: tuple[int, ...]
    floors: tuple[int, ...]
    counted: int
    lack: Lack


def sums_of(model: Model, amounts: Amounts) -> Sums:
    """What an answer comes to. Nothing is checked here."""
    earned, filled = [0] * len(model.needs), [0] * len(model.needs)
    floors = [0] * len(model.floors)
    limits = [0] * len(model.limits)
    for sort, units in zip(model.sorts, amounts.units, strict=True):
        for (block, way), held, here in zip(sort.places, sort.held, units, strict=True):
            into = earned if way is Way.EARN else filled
            into[block] += here
            for number in held:
                limits[number] += here
        for number in sort.floors:
            floors[number] += sum(units)
    shared = [0] * len(model.needs)
    for double, here in zip(model.doubles, amounts.shared, strict=True):
        shared[double.to_block] += here
    missing = tuple(
        max(0, need - sum(parts))
        for need, *parts in zip(model.needs, earned, filled, shared, strict=True)
    )
    lacking = tuple(max(0, floor - has) for floor, has in zip(model.floors, floors, strict=True))
    counted = sum(earned) + sum(filled)
    shortfall = max(sum(missing), model.units_min - counted, *lacking, 0)
    return Sums(
        earned=tuple(earned),
        filled=tuple(filled),
        shared=tuple(shared),
        limits=tuple(limits),
        missing=missing,
        floors=tuple(floors),
        counted=counted,
        lack=Lack(shortfall, sum(missing), sum(lacking)),
    )


def is_allowed(model: Model, amounts: Amounts, sums: Sums) -> bool:
    """Whether an answer keeps every rule: integer arithmetic, whoever has found it.

    sums: what it comes to, as sums_of says.
    """
    return (
        all(
            _fits(sort, counts, units)
            for sort, counts, units in zip(model.sorts, amounts.counts, amounts.units, strict=True)
        )
        and all(used <= limit.units for used, limit in zip(sums.limits, model.limits, strict=True))
        and all(
            most is None or earned <= most
            for earned, most in zip(sums.earned, model.maxima, strict=True)
        )
        and all(
            not (filled or shared) or earned + filled + shared <= need
            for need, earned, filled, shared in zip(
                model.needs, sums.earned, sums.filled, sums.shared, strict=True
            )
        )
        and all(
            0 <= shared <= min(double.units_max, _selected(model, amounts, number))
            for number, (double, shared) in enumerate(
                zip(model.doubles, amounts.shared, strict=True)
            )
        )
    )


def _selected(model: Model, amounts: Amounts, double: int) -> int:
    """What of a double's records counts in its first block."""
    block = model.doubles[double].from_block
    return sum(
        here
        for sort, units in zip(model.sorts, amounts.units, strict=True)
        if double in sort.doubles
        for place, here in zip(sort.places, units, strict=True)
        if place[0] == block
    )


def _fits(sort: Sort, counts: tuple[int, ...], units: tuple[int, ...]) -> bool:
    if counts == (len(sort.records),) and units == (sort.total,):
        return True
    if not sort.is_whole:
        return min(units) >= 0 and sum(units) <= sort.total
    return (
        min(counts) >= 0
        and sum(counts) <= len(sort.records)
        and all(0 <= here <= count * sort.units for count, here in zip(counts, units, strict=True))
    )
