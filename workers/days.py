"""The task for the turn of the day."""

from __future__ import annotations

from datetime import UTC, datetime

from creditbank.services.days import forget_old_previews, mark_for_new_day
from creditbank.services.status_changes import execute_due_changes
from workers.app import app
from workers.database import open_unit


@app.task(name="mark_for_new_day")
def mark_for_new_day_task() -> None:
    """Carry out changes that are due, mark whoever's verdict is behind, forget what was left."""
    now = datetime.now(UTC)
    execute_due_changes(open_unit, now=now)
    with open_unit() as uow:
        mark_for_new_day(uow, now=now)
        forget_old_previews(uow, now=now)
