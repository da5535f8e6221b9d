"""The daily round: dates alone can change a verdict (a certificate expires, time runs out)."""

from __future__ import annotations

from datetime import UTC, datetime

from creditbank.services.days import mark_for_new_day
from workers.app import app
from workers.database import open_unit


@app.task(name="mark_for_new_day")
def mark_for_new_day_task() -> None:
    """Mark the learners whose standing verdict is of an earlier day."""
    with open_unit() as uow:
        mark_for_new_day(uow, now=datetime.now(UTC))
