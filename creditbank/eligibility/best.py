"""The best answer to a model: the cheap one where nothing can be better, else the program's."""

from __future__ import annotations

import logging

from creditbank.eligibility.amounts import Amounts, Sums, is_allowed, sums_of
from creditbank.eligibility.bounds import floor_of
from creditbank.eligibility.greedy import greedy
from creditbank.eligibility.model import Model
from creditbank.eligibility.program import solve

_log = logging.getLogger(__name__)


def best(model: Model) -> tuple[Amounts, Sums]:
    """Least shortfall, then least missing, then least lack of the floors; and what it comes to.

    Raises ProgramError.
    """
    found = greedy(model)
    sums = sums_of(model, found)
    is_best = not any(sums.lack) or sums.lack <= floor_of(model)
    if not is_best or not is_allowed(model, found, sums):
        _log.debug("integer program: %d sorts, %d blocks", len(model.sorts), len(model.needs))
        found = solve(model)
        sums = sums_of(model, found)
    return found, sums
