"""Replays many verdicts, on several cores; the command `creditbank replay`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from creditbank.children import die_with_parent
from creditbank.db import make_engine
from creditbank.services.replays import ReplayReport, replay_verdicts
from creditbank.store.replays import verdict_ids
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

BATCH = 500


def replay(
    url: str,
    *,
    learner_id: int | None = None,
    limit: int | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None],
) -> ReplayReport:
    """Replay the verdicts of one learner or all, the latest `limit` of them; differences by id.

    progress is told how many are done, of how many. Each batch is read in a transaction of its own.
    """
    engine = make_engine(url, pool_size=1)
    try:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            found = verdict_ids(uow.connection, learner_id=learner_id, limit=limit)
    finally:
        engine.dispose()
    # By learner, so that each ledger is read about once.
    ids = [verdict_id for _learner_id, verdict_id in found]
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    total = ReplayReport()
    for report in _reports(url, batches, workers):
        total.add(report)
        progress(total.count, len(ids))
    total.differences.sort(key=lambda difference: difference.verdict_id)
    return total


def _reports(url: str, batches: list[list[int]], workers: int) -> Iterator[ReplayReport]:
    if workers <= 1 or len(batches) <= 1:
        yield from (_replay_batch((url, batch)) for batch in batches)
        return
    pool = ProcessPoolExecutor(
        workers,
        mp_context=get_context("spawn"),
        initializer=die_with_parent,  # a pool would wait for ever for a parent that was killed
        initargs=(signal.SIGKILL,),
    )
    with pool:
        yield from pool.map(_replay_batch, [(url, batch) for batch in batches])


def _replay_batch(work: tuple[str, list[int]]) -> ReplayReport:
    url, ids = work
    engine = make_engine(url, pool_size=1)
    try:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            return replay_verdicts(uow, ids)
    finally:
        engine.dispose()
