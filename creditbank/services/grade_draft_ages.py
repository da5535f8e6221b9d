"""Sheets of marks that nobody touches: their writers are told, and later they are discarded.

By the worker at the turn of the day; the rule is pure (domain.grade_drafts.ageing_step). What was
entered stays to be read, as in a sheet that somebody discards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from creditbank.domain.calendar import local_date
from creditbank.domain.grade_drafts import DRAFT_DAYS_MIN, TOLD_DAYS, DraftStep, ageing_step
from creditbank.domain.messages import MessageKind
from creditbank.services.grade_draft_steps import marks_staff
from creditbank.services.messages import tell_of_grades
from creditbank.services.school_rules import SchoolRules
from creditbank.store.grade_drafts import UntouchedDraft, add_step, untouched_drafts, writers_of
from creditbank.store.unit_of_work import UnitOfWork

ROUND_MAX = 1_000
"""Sheets in one round; the next day goes on with those that are left."""


@dataclass(frozen=True, slots=True)
class AgedDrafts:
    """How many were told of, and how many are discarded by now."""

    told: int
    discarded: int


def age_drafts(uow: UnitOfWork, *, now: datetime) -> AgedDrafts:
    """The round of a day; what was done today is not done again. The reach is everywhere."""
    rules, today = SchoolRules(uow.connection), local_date(now)
    before = now - timedelta(days=DRAFT_DAYS_MIN - TOLD_DAYS - 1)  # days of the calendar count
    steps: list[DraftStep] = []
    for item in untouched_drafts(uow.connection, before=before, limit=ROUND_MAX):
        told_at = item.told_at if item.told_at and item.told_at > item.touched_at else None
        step = ageing_step(
            rules.policy_on(item.draft.institution_id, today),
            touched=local_date(item.touched_at),
            told=local_date(told_at) if told_at else None,
            today=today,
        )
        if step is not None:
            _take(uow, item, step, now=now)
            steps.append(step)
    return AgedDrafts(steps.count(DraftStep.AGEING), steps.count(DraftStep.EXPIRED))


def _take(uow: UnitOfWork, item: UntouchedDraft, step: DraftStep, *, now: datetime) -> None:
    """Make the step and tell who wrote in the sheet; of one that is empty, who opened it."""
    number = add_step(uow.connection, item.draft, step, by=None, now=now)
    writers = writers_of(uow.connection, item.draft.grade_draft_id) | {item.changed_by}
    told = writers & marks_staff(uow, item.draft)
    tell_of_grades(uow, MessageKind(step.value), number, told, now=now)
