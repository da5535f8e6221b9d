"""The task for the turn of the day."""

from __future__ import annotations

from datetime import UTC, datetime

from creditbank.services.days import forget_old_previews, mark_for_new_day
from workers.app import app
from workers.database import open_unit


@app.task(name="mark_for_new_day")
def mark_for_new_day_task() -> None:
    """Mark whoever's verdict is behind, and forget what was uploaded and left."""
    now = datetime.now(UTC)
    with open_unit() as uow:
        mark_for_new_day(uow, now=now)
        forget_old_previews(uow, now=now)
