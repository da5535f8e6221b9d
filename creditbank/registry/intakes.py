"""Until when the new intake is registered, and its records are made."""

from __future__ import annotations

from datetime import date, timedelta

from creditbank.domain.calendar import day_of_year
from creditbank.domain.policies import Policy
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.status_changes import DeadlineKind
from creditbank.registry.deadlines import Deadline

_AUTUMN_FROM = 7


def cutoff(entered_on: date, policy: Policy) -> date:
    """The last day on which the intake of a day of entry is registered.

    Who enters from July on is of the autumn intake, who enters before is of the spring intake.
    """
    intake = "autumn" if entered_on.month >= _AUTUMN_FROM else "spring"
    return day_of_year(policy.text(f"registration.{intake}_cutoff"), entered_on.year)


def intake_deadlines(
    entered_on: date, policy: Policy, calendar: SchoolCalendar, on: date
) -> tuple[Deadline, ...]:
    """What is near or over on a day for who has entered and has no national number yet."""
    near = on + timedelta(days=policy.integer("warning.registration_days"))
    due = calendar.due(entered_on, policy.integer("registration.record_days"))
    found = (
        (DeadlineKind.RECORD_DUE, due),
        (DeadlineKind.INTAKE_CUTOFF, cutoff(entered_on, policy)),
    )
    return tuple(Deadline(kind, day, day < on) for kind, day in found if day <= near)
