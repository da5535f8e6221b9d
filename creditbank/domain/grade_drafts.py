"""成绩录入表: a class's marks of a term as they are being entered, before they are in the ledger.

What belongs here: the states of a sheet and the steps between them, its limits, and the rule that
asks for a second person. Reading a mark is in domain.marks; posting is services.credits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from creditbank.domain.policies import Policy

CELL_MAX = 120
"""Characters of a cell; the longest is an exemption with its document."""
LEARNERS_MAX, COURSES_MAX = 500, 40
"""Rows and columns of a sheet: no more than one import may hold."""
EDITS_MAX = 2_000
"""Cells in one save."""
REASON_MAX = 200
ENTRY_DAYS = "grades.entry_days_before"
"""The policy key: how many days before a term ends its marks begin to be entered."""
DRAFT_DAYS = "grades.draft_days"
"""The policy key: after how many days a sheet that nobody touches is discarded."""
DRAFT_DAYS_MIN, TOLD_DAYS = 30, 14
"""So long before that its writers are told."""


class DraftState(StrEnum):
    """How far a sheet is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    """Waits for a second person; nobody changes it meanwhile."""
    RETURNED = "returned"
    """Goes on being entered, with the reason before it."""
    POSTED = "posted"
    DISCARDED = "discarded"


class DraftStep(StrEnum):
    """What people do with a sheet, and what follows by itself (AGEING, EXPIRED)."""

    OPENED = "opened"
    SUBMITTED = "submitted"
    TAKEN_BACK = "taken_back"
    RETURNED = "returned"
    POSTED = "posted"
    DISCARDED = "discarded"
    AGEING = "ageing"
    """Nobody has touched it for long, and those who wrote in it were told."""
    EXPIRED = "expired"
    """Nobody has touched it since: discarded by itself."""


class SecondPerson(StrEnum):
    """When marks are posted only after a second person has looked at them."""

    NEVER = "never"
    ABOVE = "above"
    ALWAYS = "always"


class Reviewer(StrEnum):
    """Who may be that person."""

    APPROVER = "approver"
    COLLEAGUE = "colleague"
    """The approver, or another registrar of the school."""


EDITABLE = frozenset({DraftState.DRAFT, DraftState.RETURNED})
OPEN = EDITABLE | {DraftState.SUBMITTED}
STATE_AFTER: Mapping[DraftStep, DraftState] = {
    DraftStep.OPENED: DraftState.DRAFT,
    DraftStep.SUBMITTED: DraftState.SUBMITTED,
    DraftStep.TAKEN_BACK: DraftState.DRAFT,
    DraftStep.RETURNED: DraftState.RETURNED,
    DraftStep.POSTED: DraftState.POSTED,
    DraftStep.DISCARDED: DraftState.DISCARDED,
    DraftStep.EXPIRED: DraftState.DISCARDED,
}
"""Of a step that is not named here a sheet stays in its state."""
MAY_FOLLOW: Mapping[DraftStep, frozenset[DraftState]] = {
    DraftStep.OPENED: frozenset(),
    DraftStep.SUBMITTED: EDITABLE,
    DraftStep.TAKEN_BACK: frozenset({DraftState.SUBMITTED}),
    DraftStep.RETURNED: frozenset({DraftState.SUBMITTED}),
    DraftStep.POSTED: OPEN,
    DraftStep.DISCARDED: EDITABLE,
    DraftStep.AGEING: EDITABLE,
    DraftStep.EXPIRED: EDITABLE,
}
"""In which states each step can be made."""


def ageing_step(
    policy: Policy, *, touched: date, told: date | None, today: date
) -> DraftStep | None:
    """What is due for a sheet that nobody has touched since a day; told: when of that, if at all.

    It goes TOLD_DAYS after that at the earliest, however short the rule has become.
    """
    days = policy.integer(DRAFT_DAYS)
    if told is None:
        is_due = today >= touched + timedelta(days=days - TOLD_DAYS)
        return DraftStep.AGEING if is_due else None
    last = max(touched + timedelta(days=days), told + timedelta(days=TOLD_DAYS))
    return DraftStep.EXPIRED if today >= last else None


def needs_second_person(policy: Policy, *, marks: int, failed: int) -> bool:
    """Whether this many new marks, so many of them failed, wait for a second person.

    By grades.second_person; "above" means more marks than grades.second_person_marks, or a greater
    share of failed ones than grades.second_person_failed_percent.
    """
    when = SecondPerson(policy.text("grades.second_person"))
    if when is not SecondPerson.ABOVE:
        return when is SecondPerson.ALWAYS
    share = policy.integer("grades.second_person_failed_percent")
    return marks > policy.integer("grades.second_person_marks") or failed * 100 > marks * share


def may_review(policy: Policy, *, is_approver: bool) -> bool:
    """Whether this role may be the second person, by grades.reviewer."""
    return is_approver or Reviewer(policy.text("grades.reviewer")) is Reviewer.COLLEAGUE
