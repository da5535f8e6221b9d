"""What an enrolment is once a change has been carried out."""

from __future__ import annotations

from dataclasses import replace

from creditbank.domain.status_changes import TRANSITIONS, ChangeKind, Suspension
from creditbank.registry.case import Case, Life
from creditbank.registry.semesters import suspended_semesters


def life_after(case: Case) -> Life:
    """The enrolment after a change that nothing refuses; where it is does not change here.

    What a suspension adds to the suspended semesters, or a resumption takes from them, is counted
    beside those that are on record already.
    """
    life, change = case.life, case.change
    after = life.suspensions
    if change.kind is ChangeKind.SUSPENSION and change.until is not None:
        after = (*after, Suspension(change.reason, change.on, change.until))
    elif change.kind is ChangeKind.RESUMPTION and after:
        after = (*after[:-1], replace(after[-1], resumed_on=change.on))
    counted = [suspended_semesters(item, case.calendar) for item in (life.suspensions, after)]
    return replace(
        life,
        status=TRANSITIONS[change.kind].after,
        completed_on=change.on if change.kind is ChangeKind.COMPLETION else life.completed_on,
        suspensions=after,
        suspended_semesters=max(0, life.suspended_semesters + counted[1] - counted[0]),
    )
