"""An allocation as findings: block by block, and what each record did."""

from __future__ import annotations

from creditbank.domain.ledger import EntryKind
from creditbank.domain.verdicts import BlockResult, Placement, Use
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.plan_index import PlanIndex


def block_results(index: PlanIndex, allocation: Allocation) -> tuple[BlockResult, ...]:
    """Every block of the plan, in the plan's order."""
    earned = [0] * len(index.blocks)
    recognised = [0] * len(index.blocks)
    substituted = [0] * len(index.blocks)
    for record, block, units in allocation.earned:
        into = recognised if record.kind is EntryKind.RECOGNITION else earned
        into[block] += units
    for _, block, units in allocation.filled:
        substituted[block] += units
    return tuple(
        BlockResult(
            code=block.code,
            name=block.name,
            name_en=block.name_en,
            required=block.units_min,
            earned=earned[number],
            substituted=substituted[number],
            recognised=recognised[number],
            missing=allocation.missing[number],
            shared=allocation.shared[number],
        )
        for number, block in enumerate(index.blocks)
    )


def placements(allocation: Allocation, index: PlanIndex) -> tuple[Placement, ...]:
    """Where each record counts and what became of the rest, by ledger_seq."""
    codes = [block.code for block in index.blocks]
    places = list(allocation.unused)
    places += [
        Placement(record.ledger_seq, codes[block], units, Use.COUNTED)
        for record, block, units in allocation.earned
    ]
    places += [
        Placement(record.ledger_seq, codes[block], units, Use.SUBSTITUTED)
        for record, block, units in allocation.filled
    ]
    places.sort(key=_order)
    return tuple(places)


def _order(place: Placement) -> tuple[int, str, str, int]:
    return place.ledger_seq, place.block_code, place.use, place.units
