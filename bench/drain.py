"""Learners evaluated a second by one process, marks to verdicts, in batches of 500."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from bench.throwaway import fill, servers
from creditbank.db import make_engine
from creditbank.services.evaluations import drain
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from workers import drain as worker


def measure(*, small: bool = False) -> dict[str, Any]:
    """Learners a second of one core, database included; the worker's own collector settings."""
    with servers() as urls:
        summary = fill(urls, small=small)
        engine = make_engine(urls.database(), pool_size=1)
        started = time.perf_counter()
        done = 0
        for _ in range(worker.ROUNDS_MAX):
            report = drain(lambda: UnitOfWork(engine, EVERYWHERE), now=datetime.now(UTC))
            done += report.learners
            if not report.claimed:
                break
        elapsed = time.perf_counter() - started
        engine.dispose()
    return {
        "learners": summary.learners,
        "evaluated": done,
        "learners_per_s": round(done / elapsed),
    }
