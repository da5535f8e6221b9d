"""An allocation as findings: block by block, and what each record did."""

from __future__ import annotations

from itertools import repeat

from creditbank.domain.verdicts import BlockResult, Placement
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.plan_index import PlanIndex


def block_results(index: PlanIndex, allocation: Allocation) -> tuple[BlockResult, ...]:
    """Every block of the plan, in the plan's order."""
    return tuple(
        map(
            tuple.__new__,  # half the time of calling the class
            repeat(BlockResult),
            zip(
                index.codes,
                index.names,
                index.names_en,
                index.needs,
                allocation.earned,
                allocation.filled,
                allocation.recognised,
                allocation.missing,
                allocation.shared,
                strict=True,
            ),
        )
    )


def placements(allocation: Allocation) -> tuple[Placement, ...]:
    """Where each record counts and what became of the rest, by ledger_seq."""
    return tuple(sorted(allocation.placements))
