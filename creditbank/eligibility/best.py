"""The best answer to a model: the cheap one where nothing can be better, else the program's."""

from __future__ import annotations

import logging

from creditbank.eligibility.amounts import Amounts, is_allowed, sums_of
from creditbank.eligibility.bounds import floor_of
from creditbank.eligibility.greedy import greedy
from creditbank.eligibility.model import Model
from creditbank.eligibility.program import solve

_log = logging.getLogger(__name__)


def best(model: Model) -> Amounts:
    """Least shortfall, then least missing, then least lack of the floors. Raises ProgramError."""
    found = greedy(model)
    if sums_of(model, found).lack <= floor_of(model) and is_allowed(model, found):
        return found
    _log.debug("integer program: %d sorts, %d blocks", len(model.sorts), len(model.needs))
    return solve(model)
