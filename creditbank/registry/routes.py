"""Who has to agree to a change, in which order, and until when each of them answers."""

from __future__ import annotations

from datetime import date

from creditbank.domain.policies import Policy
from creditbank.domain.policy_keys import ACROSS
from creditbank.domain.policy_kinds import OFFICES
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.status_changes import ChangeKind, Office

SOON_DAYS = 2
"""From how many working days left on an office's time is short."""


def route(kind: ChangeKind, policy: Policy, *, crosses: bool = False) -> tuple[Office, ...]:
    """The offices of a kind of change, in their order. crosses: to the other kind of school."""
    name = ACROSS if crosses else kind.name.lower()
    return tuple(map(Office, policy.text(OFFICES + name).split()))


def due_on(since: date, policy: Policy, calendar: SchoolCalendar) -> date:
    """The last day of an office's answer. since: when the office before it agreed."""
    return calendar.due(since, policy.integer("change.office_days"))
