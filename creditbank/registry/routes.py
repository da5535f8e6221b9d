"""Who has to agree to a change, in which order, and until when each of them answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from creditbank.domain.policies import Policy
from creditbank.domain.policy_keys import OFFICES
from creditbank.domain.school_calendar import SchoolCalendar
from creditbank.domain.status_changes import ChangeKind, Office


class Opinion(NamedTuple):
    """What one office said."""

    office: Office
    agrees: bool
    on: date


class ChangeState(StrEnum):
    """Where an application stands."""

    WAITING = "waiting"
    REFUSED = "refused"
    AGREED = "agreed"
    """All have agreed: it takes effect on its day."""


class Standing(NamedTuple):
    """office: whose turn it is, None where it is nobody's; due: the last day of its answer."""

    state: ChangeState
    office: Office | None = None
    due: date | None = None


def route(kind: ChangeKind, policy: Policy) -> tuple[Office, ...]:
    """The offices of a kind of change, in their order."""
    return tuple(map(Office, policy.text(OFFICES + kind.name.lower()).split()))


def standing(
    offices: Sequence[Office],
    opinions: Sequence[Opinion],
    applied_on: date,
    *,
    calendar: SchoolCalendar,
    office_days: int,
) -> Standing:
    """Whose turn it is. opinions: in the order in which they came, one per office at most.

    Each office has its working days from the day on which the one before it agreed.
    """
    since = applied_on
    answers = {opinion.office: opinion for opinion in opinions}
    for office in offices:
        answer = answers.get(office)
        if answer is None:
            return Standing(ChangeState.WAITING, office, calendar.due(since, office_days))
        if not answer.agrees:
            return Standing(ChangeState.REFUSED)
        since = max(since, answer.on)
    return Standing(ChangeState.AGREED)
