"""What runs out soon: suspensions, two years of suspension, the longest time of study."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from creditbank.domain.calendar import months_after
from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus
from creditbank.domain.policies import Policy
from creditbank.domain.status_changes import DeadlineKind
from creditbank.registry.case import Life
from creditbank.registry.leaving_rules import suspended_since

_MONTHS_PER_SEMESTER = 6


class Deadline(NamedTuple):
    """on: the day itself; is_over: whether it has passed."""

    kind: DeadlineKind
    on: date
    is_over: bool


def deadlines(life: Life, policy: Policy, on: date) -> tuple[Deadline, ...]:
    """Those that are near or over on a day, the earliest first."""
    if life.status not in OPEN_STATUSES:
        return ()
    found = []
    near = on + timedelta(days=policy.integer("warning.suspension_days"))
    if life.status is EnrolmentStatus.SUSPENDED and life.suspensions:
        until = life.suspensions[-1].until
        if until <= near:
            found.append(Deadline(DeadlineKind.SUSPENSION_ENDS, until, until < on))
        begins = suspended_since(life, on)
        if begins is not None:
            years = policy.integer("withdrawal.suspension_years")
            full = months_after(begins, 12 * years)
            if full <= near:
                found.append(Deadline(DeadlineKind.SUSPENDED_LONG, full, full <= on))
    last = longest_time(life, policy)
    if last <= on + timedelta(days=policy.integer("warning.longest_time_days")):
        found.append(Deadline(DeadlineKind.LONGEST_TIME, last, last < on))
    return tuple(sorted(found, key=lambda item: (item.on, item.kind)))


def longest_time(life: Life, policy: Policy) -> date:
    """The last day of the longest time of study; suspensions push it back as policy says."""
    months = 12 * (life.seat.years + policy.integer("duration.years_late_max"))
    is_plain = policy.flag("duration.suspension_counts")
    over = months_after(life.since, months) if is_plain else months_studied(life, months)
    return over - timedelta(days=1)


def months_studied(life: Life, months: int) -> date:
    """The day on which a learner has studied so many months, suspended semesters apart."""
    return months_after(life.since, months + _MONTHS_PER_SEMESTER * life.suspended_semesters)
