"""Learners drained a second by two processes, marks to verdicts, beside one learner at a time.

first: every verdict is written. again: marked though nothing has changed since, as after two marks
for one change. next_day: all are evaluated on another day, and next to nothing is written.
one_by_one: a transaction for each learner, as a task for each credit would need it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

from sqlalchemy import Engine, text

from bench.throwaway import fill, servers
from creditbank.db import make_engine
from creditbank.services.evaluations import drain
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from workers import drain as worker  # with the worker's own settings of the collector

PROCESSES, BATCH, ROUNDS = 2, 500, 3
GOALS = {"again_per_s": 15_000, "to_one_by_one": 25}
_MARK_ALL = text("""
INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
SELECT learner_id, ledger_seq, 'day', now() FROM learner_heads
ORDER BY learner_id LIMIT :most
""")


def measure(*, small: bool = False) -> dict[str, Any]:
    """Learners a second by the clock, database included."""
    today = datetime.now(UTC)
    tomorrow = today + timedelta(days=1)
    with servers() as urls:
        summary = fill(urls, small=small)
        with _engine(urls.database()) as engine, _pool() as pool:
            everybody = _Round(urls.database(), engine, pool)
            first = everybody.rate(today)
            again = 0.0
            for _ in range(1 if small else ROUNDS):
                everybody.mark()
                again = max(again, everybody.rate(today))
            everybody.mark()
            next_day = everybody.rate(tomorrow)
            everybody.mark(40 if small else 400)
            one_by_one = everybody.rate(tomorrow, batch=1)
    return {
        "learners": summary.learners,
        "processes": PROCESSES,
        "first_per_s": round(first),
        "again_per_s": round(again),
        "next_day_per_s": round(next_day),
        "one_by_one_per_s": round(one_by_one),
        "again_to_one_by_one": round(again / one_by_one, 1),
        "goals": GOALS,
    }


@dataclass(frozen=True, slots=True)
class _Round:
    """One round over all marks."""

    url: str
    engine: Engine
    pool: ProcessPoolExecutor

    def mark(self, most: int = 10**6) -> None:
        """Mark all learners, or the first of them."""
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            uow.connection.execute(_MARK_ALL, {"most": most})

    def rate(self, now: datetime, *, batch: int = BATCH) -> float:
        """Let the processes drain; learners a second."""
        started = time.perf_counter()
        done = sum(self.pool.map(_drain_all, [(self.url, now, batch)] * PROCESSES))
        return done / (time.perf_counter() - started)


def _drain_all(work: tuple[str, datetime, int]) -> int:
    """Drain until nothing is due; returns how many learners."""
    url, now, batch = work
    done = 0
    with _engine(url) as engine:
        for _ in range(100 * worker.ROUNDS_MAX):
            report = drain(lambda: UnitOfWork(engine, EVERYWHERE), now=now, limit=batch)
            done += report.learners
            if not report.claimed:
                break
    return done


def _wake(seconds: float) -> None:
    """Be imported, and leave the next call to another process."""
    time.sleep(seconds)


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url, pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _pool() -> Iterator[ProcessPoolExecutor]:
    """Processes that have imported everything before the clock runs."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(_wake, [0.5] * PROCESSES))
        yield pool
