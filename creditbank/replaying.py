"""Many verdicts computed again, on several cores: `creditbank replay` and `recompute`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

from sqlalchemy import text

from creditbank.children import die_with_parent
from creditbank.db import make_engine
from creditbank.services.recomputations import RecomputationReport, recompute_verdicts
from creditbank.services.replays import ReplayReport, replay_verdicts
from creditbank.store.replays import verdict_ids
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

BATCH = 500
Progress = Callable[[int, int], None]
"""Told how many are done, of how many."""
Report = TypeVar("Report")
_LEARNERS = text("SELECT DISTINCT learner_id FROM enrolments ORDER BY learner_id")


def replay(
    url: str,
    *,
    learner_id: int | None = None,
    limit: int | None = None,
    workers: int = 1,
    progress: Progress,
) -> ReplayReport:
    """Replay the verdicts of one learner or all, the latest `limit` of them; differences by id.

    Each batch is read in a transaction of its own.
    """
    with _reading(url) as uow:
        found = verdict_ids(uow.connection, learner_id=learner_id, limit=limit)
    # By learner, so that each ledger is read about once.
    ids = [verdict_id for _learner_id, verdict_id in found]
    total = ReplayReport()
    for report in _reports(partial(_replay_batch, url), ids, workers):
        total.add(report)
        progress(total.count, len(ids))
    total.differences.sort(key=lambda difference: difference.verdict_id)
    return total


def recompute(
    url: str, *, as_of: date, workers: int = 1, progress: Progress
) -> RecomputationReport:
    """Compute what stands for every learner again, each verdict on the day it stands for."""
    with _reading(url) as uow:
        ids = list(uow.connection.execute(_LEARNERS).scalars())
    total = RecomputationReport()
    done = 0
    for report in _reports(partial(_recompute_batch, url, as_of), ids, workers):
        total.add(report)
        done = min(done + BATCH, len(ids))
        progress(done, len(ids))
    return total


def _reports(
    compute: Callable[[Sequence[int]], Report], ids: Sequence[int], workers: int
) -> Iterator[Report]:
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    if workers <= 1 or len(batches) <= 1:
        yield from map(compute, batches)
        return
    pool = ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=die_with_parent,  # a pool would wait for ever for a parent that was killed
        initargs=(signal.SIGKILL,),
    )
    with pool:
        yield from pool.map(compute, batches)


def _replay_batch(url: str, ids: Sequence[int]) -> ReplayReport:
    with _reading(url) as uow:
        return replay_verdicts(uow, ids)


def _recompute_batch(url: str, as_of: date, ids: Sequence[int]) -> RecomputationReport:
    with _reading(url) as uow:
        return recompute_verdicts(uow, ids, as_of=as_of)


@contextmanager
def _reading(url: str) -> Iterator[UnitOfWork]:
    engine = make_engine(url, pool_size=1)
    try:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            yield uow
    finally:
        engine.dispose()
