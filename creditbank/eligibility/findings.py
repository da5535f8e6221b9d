"""An allocation as findings: block by block, and what each record did."""

from __future__ import annotations

from datetime import date
from itertools import repeat

from creditbank.domain.plans import Plan
from creditbank.domain.snapshots import Snapshot
from creditbank.domain.verdicts import AppliedException, BlockResult, Placement
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.exceptions import applied
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


def applied_exceptions(snapshot: Snapshot, plan: Plan, as_of: date) -> tuple[AppliedException, ...]:
    """What the verdict says of exceptions: why and by whom is not for everybody who may see it."""
    return tuple(
        AppliedException(
            item.kind,
            item.subject,
            item.block_code,
            item.ledger_seq,
            item.units,
            item.document_no,
            item.decided_on,
        )
        for item in applied(snapshot.exceptions, plan, as_of)
    )
