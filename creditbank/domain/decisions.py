"""When a verdict may be frozen by a decision, and when a later one contradicts what was frozen."""

from __future__ import annotations

from enum import StrEnum

from creditbank.domain.agreements import HardConditionKind
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.verdicts import Outcome, SubjectKind, Verdict

POSITIVE = frozenset({Outcome.ELIGIBLE, Outcome.ELIGIBLE_EARLY, Outcome.QUALIFIED})
_OVER = frozenset({Outcome.CLOSED, Outcome.ENDED})
_STATUS = "status"
_UNMET_BY_LEAVING = frozenset({_STATUS, HardConditionKind.IN_CLASS_SINCE_ENTRY.value})


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
    """Whether graduation may be approved or the qualification confirmed on this verdict.

    After a completion (结业) the enrolment is closed: all the rest decides. Before the last term a
    qualification is confirmed where every condition is met by then: process results are due in
    December.
    """
    if verdict.outcome in POSITIVE:
        return True
    may_be = verdict.outcome is Outcome.ON_TRACK or _is_completed(verdict)
    return may_be and _is_fulfilled(verdict)


def contradicts(verdict: Verdict) -> bool:
    """Whether a verdict says that a decision on its subject would not be made today.

    After graduation the enrolment is closed and the class is left: that alone contradicts nothing,
    but credits and conditions that are no longer met do. The same before the last semester.
    """
    if verdict.outcome in POSITIVE:
        return False
    if verdict.outcome in _OVER or verdict.outcome is Outcome.ON_TRACK:
        return not _is_fulfilled(verdict)
    return True


def still_says(verdict: Verdict, said: str) -> bool:
    """Whether a verdict of after graduation leaves true what an earlier outcome said.

    That the enrolment is closed and the class is left corrects nothing. Who was said to be eligible
    or qualified was, unless credits or conditions are lacking now; of whoever was not, nothing is
    said any more.
    """
    if verdict.outcome not in _OVER:
        return verdict.outcome == said
    return said not in POSITIVE or not contradicts(verdict)


def _is_completed(verdict: Verdict) -> bool:
    return verdict.subject_kind is SubjectKind.GRADUATION and any(
        (item.code, item.actual) == (_STATUS, EnrolmentStatus.COMPLETED.value)
        for item in verdict.conditions
    )


def _is_fulfilled(verdict: Verdict) -> bool:
    """Whether nothing is missing but what ends with the enrolment.

    The credits that an agreement asks for are one of its conditions; what else the plan has due by
    now is shown, not asked.
    """
    is_short = verdict.subject_kind is SubjectKind.GRADUATION and verdict.shortfall_units
    return not is_short and all(
        item.met or item.code in _UNMET_BY_LEAVING for item in verdict.conditions
    )
