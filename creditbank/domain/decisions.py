"""When a verdict may be frozen by a decision, and when a later one contradicts what was frozen."""

from __future__ import annotations

from enum import StrEnum

from creditbank.domain.agreements import HardConditionKind
from creditbank.domain.verdicts import Outcome, Verdict

POSITIVE = frozenset({Outcome.ELIGIBLE, Outcome.ELIGIBLE_EARLY, Outcome.QUALIFIED})
_OVER = frozenset({Outcome.CLOSED, Outcome.ENDED})
_UNMET_BY_LEAVING = frozenset({"status", HardConditionKind.IN_CLASS_SINCE_ENTRY.value})


class Resolution(StrEnum):
    """How a review ended."""

    UPHELD = "upheld"
    """The decision stands as it was made."""
    WITHDRAWN = "withdrawn"
    """The decision was taken back."""


class ReviewState(StrEnum):
    """Which reviews are asked for."""

    OPEN = "open"
    ALL = "all"


def is_positive(verdict: Verdict) -> bool:
    """Whether graduation may be approved or the qualification confirmed on this verdict."""
    return verdict.outcome in POSITIVE


def contradicts(verdict: Verdict) -> bool:
    """Whether a verdict says that a decision on its subject would not be made today.

    After graduation the enrolment is closed and the class is left: that alone contradicts nothing,
    but credits and conditions that are no longer met do.
    """
    if verdict.outcome in POSITIVE or verdict.outcome is Outcome.ON_TRACK:
        return False
    if verdict.outcome in _OVER:
        return verdict.shortfall_units > 0 or any(
            not item.met and item.code not in _UNMET_BY_LEAVING for item in verdict.conditions
        )
    return True
