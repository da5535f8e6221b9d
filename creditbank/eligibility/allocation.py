"""Which whole record counts in which block: exact, by flow first and by search where flow splits.

The search runs over classes of equal records (same units, same blocks) and over states: what each
block still needs. Equal states are looked at once, so its size depends on the plan's blocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from creditbank.domain.snapshots import Record
from creditbank.eligibility.flow import Flow, Supply
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.usable import Usable

STATES_MAX = 50_000

State = tuple[int, ...]
Split = tuple[int, ...]


class SearchLimitError(RuntimeError):
    """The search would have to look at more states than it may: no verdict instead of a guess."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """placed: (record, block index) for every course record. All else in hundredths.

    substituted: per block, by awards. shortfall: the smallest that any allocation leaves.
    """

    placed: tuple[tuple[Record, int], ...]
    substituted: tuple[int, ...]
    missing: tuple[int, ...]
    counted: int
    shortfall: int
    cut: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Class:
    """Records that are alike: the same units, the same blocks."""

    units: int
    blocks: tuple[int, ...]
    records: tuple[Record, ...]


def allocate(usable: Usable, index: PlanIndex) -> Allocation:
    """The best allocation there is: least shortfall, own blocks first where it is equal."""
    fixed, classes = _classes(usable, index)
    needs = tuple(max(0, need - have) for need, have in zip(index.needs, fixed, strict=True))
    base = sum(record.units for record in (*usable.courses, *usable.moved))
    chosen = _own_blocks(classes)
    state = _after(needs, classes, chosen)
    if classes and (sum(state) or base < index.plan.units_min):
        chosen, state = _search(needs, classes, index, usable.award_units, base)
    substituted = _substitute(state, index.automatic, usable.award_units)
    missing = tuple(a - b for a, b in zip(state, substituted, strict=True))
    counted = base + sum(substituted)
    shortfall = max(sum(missing), index.plan.units_min - counted, 0)
    placed = _fixed_places(usable, index) + _places(classes, chosen)
    return Allocation(
        placed=tuple(sorted(placed, key=lambda item: item[0].ledger_seq)),
        substituted=substituted,
        missing=missing,
        counted=counted,
        shortfall=shortfall,
        cut=_cut(needs, classes, index, usable.award_units, missing) if sum(missing) else (),
    )


def _classes(usable: Usable, index: PlanIndex) -> tuple[list[int], list[_Class]]:
    """What has one place only, summed per block; and the classes of what has several."""
    fixed = [0] * len(index.needs)
    grouped: dict[tuple[int, tuple[int, ...]], list[Record]] = defaultdict(list)
    for record in usable.moved:
        fixed[index.position[record.block_code]] += record.units
    for record in usable.courses:
        blocks = index.accepting[record.course_code]
        if len(blocks) == 1:
            fixed[blocks[0]] += record.units
        else:
            grouped[record.units, blocks].append(record)
    classes = [
        _Class(units, blocks, tuple(records))
        for (units, blocks), records in sorted(grouped.items(), key=lambda item: item[0])
    ]
    return fixed, classes


def _own_blocks(classes: Sequence[_Class]) -> list[Split]:
    return [(len(item.records), *(0,) * (len(item.blocks) - 1)) for item in classes]


def _after(needs: State, classes: Sequence[_Class], chosen: Sequence[Split]) -> State:
    left = list(needs)
    for item, split in zip(classes, chosen, strict=True):
        for block, count in zip(item.blocks, split, strict=True):
            left[block] = max(0, left[block] - count * item.units)
    return tuple(left)


def _search(
    needs: State, classes: Sequence[_Class], index: PlanIndex, awards: int, base: int
) -> tuple[list[Split], State]:
    """All ways to place whole classes, state by state; the best end and the way to it."""
    layers: list[dict[State, tuple[State, Split]]] = []
    states: list[State] = [needs]
    for item in classes:
        layer: dict[State, tuple[State, Split]] = {}
        for state in states:
            for split in _splits(len(item.records), len(item.blocks)):
                reached = _after(state, [item], [split])
                if reached not in layer:
                    layer[reached] = (state, split)
        if len(layer) > STATES_MAX:
            message = f"more than {STATES_MAX} states"
            raise SearchLimitError(message)
        layers.append(layer)
        states = list(layer)
    best = min(
        states, key=lambda state: (_shortfall(state, index, awards, base), sum(state), state)
    )
    end, chosen = best, []
    for layer in reversed(layers):
        best, split = layer[best]
        chosen.append(split)
    return chosen[::-1], end


def _splits(count: int, ways: int) -> Iterator[Split]:
    """Every way to give `count` equal things to `ways` places, the first place first."""
    if ways == 1:
        yield (count,)
        return
    for first in range(count, -1, -1):
        for rest in _splits(count - first, ways - 1):
            yield (first, *rest)


def _shortfall(state: State, index: PlanIndex, awards: int, base: int) -> int:
    open_to_awards = sum(state[block] for block in index.automatic)
    substituted = min(open_to_awards, awards)
    return max(sum(state) - substituted, index.plan.units_min - base - substituted, 0)


def _substitute(state: State, automatic: tuple[int, ...], awards: int) -> State:
    """Fill the blocks that take awards, in plan order."""
    filled = [0] * len(state)
    for block in automatic:
        filled[block] = min(state[block], awards)
        awards -= filled[block]
    return tuple(filled)


def _cut(
    needs: State, classes: Sequence[_Class], index: PlanIndex, awards: int, missing: State
) -> tuple[int, ...]:
    """The blocks that cannot be filled together, by the flow's cut.

    Where flow could fill them by dividing records, whole records can't: then all blocks linked to
    a missing one by shared records are named.
    """
    supplies = [Supply(item.units * len(item.records), item.blocks) for item in classes]
    supplies.append(Supply(awards, index.automatic))
    flow = Flow(supplies, needs)
    if flow.shortfall:
        return flow.cut()
    linked = {block for block, units in enumerate(missing) if units}
    for item in classes:
        if not linked.isdisjoint(item.blocks):
            linked.update(block for block in item.blocks if needs[block])
    return tuple(sorted(linked))


def _fixed_places(usable: Usable, index: PlanIndex) -> list[tuple[Record, int]]:
    places = [(record, index.position[record.block_code]) for record in usable.moved]
    for record in usable.courses:
        blocks = index.accepting[record.course_code]
        if len(blocks) == 1:
            places.append((record, blocks[0]))
    return places


def _places(classes: Sequence[_Class], chosen: Sequence[Split]) -> list[tuple[Record, int]]:
    places = []
    for item, split in zip(classes, chosen, strict=True):
        blocks = [
            block for block, count in zip(item.blocks, split, strict=True) for _ in range(count)
        ]
        places += list(zip(item.records, blocks, strict=True))
    return places
