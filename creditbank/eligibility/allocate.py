"""The one door: the quick way for plain plans, the whole model for all others."""

from __future__ import annotations

from dataclasses import replace

from creditbank.domain.policies import Policy
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.best import best
from creditbank.eligibility.model import make_model
from creditbank.eligibility.plain import allocate_plain
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.problem import make_problem, with_choices
from creditbank.eligibility.rich import allocate_rich
from creditbank.eligibility.search import SearchLimitError
from creditbank.eligibility.standing import Standing
from creditbank.eligibility.usable import cut_awards


def allocate(standing: Standing, index: PlanIndex, policy: Policy) -> Allocation:
    """The best allocation of what stands: least shortfall, then least missing.

    Raises ProgramError where even the solver has no proven answer.
    """
    if not index.is_plain:
        return allocate_rich(standing, index, policy)
    try:
        return allocate_plain(standing, index, policy)
    except SearchLimitError:
        return allocate_rich(standing, index, policy)


def most_counted(standing: Standing, index: PlanIndex, policy: Policy) -> int:
    """The most that can count under the plan, in hundredths: credits to date. Raises ProgramError.

    Not what the best allocation for graduation counts: that one first asks what lacks in the end.
    """
    if index.is_plain:
        usable = cut_awards(standing, index, policy)
        problem = make_problem(usable, standing, index)
        filled = problem.substituted(problem.needs)
        open_to_all = with_choices(problem, usable, index).needs
        if filled == problem.substituted(open_to_all):
            return problem.base + filled
    model = make_model(standing, index, policy)
    # A total that lacks more than all else together: the least shortfall is then the most counted.
    beyond = sum(sort.total for sort in model.sorts) + sum(model.needs) + sum(model.floors)
    model = replace(model, units_min=beyond)
    _, sums = best(model)
    return sum(model.settled) + sums.counted
