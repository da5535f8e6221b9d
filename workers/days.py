"""The task for the turn of the day."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from creditbank.services.academic_warnings import note_progress
from creditbank.services.claim_postings import post_due_claims
from creditbank.services.claims import forget_old_drafts
from creditbank.services.days import forget_old_previews, mark_for_new_day
from creditbank.services.grade_draft_ages import age_drafts
from creditbank.services.messages import remind_offices
from creditbank.services.status_changes import execute_due_changes
from workers.app import app
from workers.database import open_unit

log = structlog.get_logger()


@app.task(name="mark_for_new_day")
def mark_for_new_day_task() -> None:
    """Carry out and book what is due, mark stale verdicts, remind, note who falls behind."""
    now = datetime.now(UTC)
    for status_change_id, rules in execute_due_changes(open_unit, now=now).refused.items():
        log.warning("status_change_refused", status_change_id=status_change_id, rules=rules)
    for claim_id in post_due_claims(open_unit, now=now).bounced:
        log.warning("claim_bounced", claim_id=claim_id)
    with open_unit() as uow:
        mark_for_new_day(uow, now=now)
        forget_old_previews(uow, now=now)
        forget_old_drafts(uow, now=now)
    with open_unit() as uow:
        remind_offices(uow, now=now)
    with open_unit() as uow:
        age_drafts(uow, now=now)
    with open_unit() as uow:
        note_progress(uow, now=now)
