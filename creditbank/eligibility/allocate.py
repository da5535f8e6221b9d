"""The one door: the quick way for plain plans, the whole model for all others."""

from __future__ import annotations

from dataclasses import replace

from creditbank.domain.policies import Policy
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.best import best
from creditbank.eligibility.model import make_model, settled
from creditbank.eligibility.plain import allocate_at_home, fill, per_block, still_open
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.rich import allocate_rich
from creditbank.eligibility.standing import Standing
from creditbank.eligibility.usable import cut_awards


def allocate(standing: Standing, index: PlanIndex, policy: Policy) -> Allocation:
    """The best allocation of what stands: least shortfall, then least missing.

    Raises ProgramError where even the solver has no proven answer.
    """
    found = allocate_at_home(standing, index, policy) if index.is_plain else None
    return found or allocate_rich(standing, index, policy)


def most_counted(standing: Standing, index: PlanIndex, policy: Policy) -> int:
    """The most that can count under the plan, in hundredths: credits to date. Raises ProgramError.

    Not what the best allocation for graduation counts: that one first asks what lacks in the end.
    """
    if index.is_plain:
        usable = cut_awards(standing, index, policy)
        recognised, approved = (
            per_block(usable.recognised, index),
            per_block(usable.approved, index),
        )
        needs = still_open(index, standing.earned, recognised)
        filled = sum(fill(needs, approved, usable.award_units, index))
        # Wherever the courses with a choice go, they count whole; elsewhere they leave more open.
        away = still_open(index, settled(standing, index), recognised)
        if filled == sum(fill(away, approved, usable.award_units, index)):
            return sum(standing.earned) + sum(recognised) + filled
    model = make_model(standing, index, policy)
    # A total that lacks more than all else together: the least shortfall is then the most counted.
    beyond = sum(sort.total for sort in model.sorts) + sum(model.needs) + sum(model.floors)
    model = replace(model, units_min=beyond)
    _, sums = best(model)
    return sum(model.settled) + sums.counted
