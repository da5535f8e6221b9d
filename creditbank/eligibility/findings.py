"""An allocation as findings: block by block, and what each record did."""

from __future__ import annotations

from creditbank.domain.ledger import EntryKind
from creditbank.domain.verdicts import BlockResult, Placement, Use
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.problem import State
from creditbank.eligibility.usable import Usable


def block_results(index: PlanIndex, allocation: Allocation) -> tuple[BlockResult, ...]:
    """Every block of the plan, in the plan's order."""
    earned = [0] * len(index.blocks)
    recognised = [0] * len(index.blocks)
    for record, block in allocation.placed:
        into = recognised if record.kind is EntryKind.RECOGNITION else earned
        into[block] += record.units
    return tuple(
        BlockResult(
            code=block.code,
            name=block.name,
            name_en=block.name_en,
            required=block.units_min,
            earned=earned[number],
            substituted=allocation.approved[number] + allocation.awarded[number],
            recognised=recognised[number],
            missing=allocation.missing[number],
        )
        for number, block in enumerate(index.blocks)
    )


def placements(usable: Usable, allocation: Allocation, index: PlanIndex) -> tuple[Placement, ...]:
    """Where each record counts and what became of the rest, by ledger_seq."""
    codes = [block.code for block in index.blocks]
    places = list(usable.unused)
    places += [
        Placement(record.ledger_seq, codes[block], record.units, Use.COUNTED)
        for record, block in allocation.placed
    ]
    approved = list(allocation.approved)
    for record in usable.approved:
        blocks = (index.position[record.block_code],)
        places += _substituting(record.ledger_seq, record.units, blocks, approved, codes)
    awarded = list(allocation.awarded)
    for record, units in usable.awards:
        places += _substituting(record.ledger_seq, units, index.automatic, awarded, codes)
    places.sort(key=_order)
    return tuple(places)


def _substituting(
    seq: int, units: int, blocks: State, still: list[int], codes: list[str]
) -> list[Placement]:
    """What of one record substitutes in these blocks (taken off `still`); the rest is surplus."""
    places = []
    for block in blocks:
        used = min(units, still[block])
        if used:
            places.append(Placement(seq, codes[block], used, Use.SUBSTITUTED))
            still[block] -= used
            units -= used
    if units:
        places.append(Placement(seq, "", units, Use.SURPLUS))
    return places


def _order(place: Placement) -> tuple[int, str, str, int]:
    return place.ledger_seq, place.block_code, place.use, place.units
