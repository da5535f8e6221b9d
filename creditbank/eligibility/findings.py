"""An allocation as findings: block by block, and what each record did."""

from __future__ import annotations

from creditbank.domain.verdicts import BlockResult, Placement
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.plan_index import PlanIndex


def block_results(index: PlanIndex, allocation: Allocation) -> tuple[BlockResult, ...]:
    """Every block of the plan, in the plan's order."""
    return tuple(
        map(
            BlockResult,
            index.codes,
            index.names,
            index.names_en,
            index.needs,
            allocation.earned,
            allocation.filled,
            allocation.recognised,
            allocation.missing,
            allocation.shared,
        )
    )


def placements(allocation: Allocation) -> tuple[Placement, ...]:
    """Where each record counts and what became of the rest, by ledger_seq."""
    return tuple(sorted(allocation.placements))
