"""The negative control of R1: takes marks away in a transaction of its own, then evaluates.

Between the two it waits a moment, so that a kill every other second falls there often enough.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from creditbank.services import evaluations
from creditbank.store.evaluations import claim, latest_rules, unmark
from workers.database import open_unit


def main() -> None:
    while True:
        now = datetime.now(UTC)
        with open_unit() as uow:
            marks = claim(uow.connection, limit=500, now=now)
            unmark(uow.connection, marks, rules=latest_rules(uow.connection))
        if marks:
            time.sleep(0.05)
            with open_unit() as uow:
                evaluations._evaluate_marks(uow, marks, now=now)
        else:
            time.sleep(0.02)


if __name__ == "__main__":
    main()
