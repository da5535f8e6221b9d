"""The best answer to a model: the cheap one where nothing can be better, else the program's."""

from __future__ import annotations

import logging

from creditbank.eligibility.amounts import Amounts, Sums, sums_of
from creditbank.eligibility.bounds import is_least
from creditbank.eligibility.branching import Branching
from creditbank.eligibility.greedy import Greedy
from creditbank.eligibility.model import Model
from creditbank.eligibility.program import solve

_log = logging.getLogger(__name__)


def best(model: Model) -> tuple[Amounts, Sums]:
    """Least shortfall, then least missing, then least lack of the floors; and what it comes to.

    Raises ProgramError.
    """
    first = Greedy(model).run()
    sums = first.sums()
    if not any(sums.lack) or is_least(model, sums):
        return first.amounts, sums
    search = Branching(model, sums.lack).run()
    if search.is_proven:
        found = search.amounts or first.amounts
    else:
        _log.info("integer program: %d sorts, %d blocks", len(model.sorts), len(model.needs))
        found = solve(model)
    return found, sums_of(model, found)
