"""A rule is put in force for a whole county: from the decision until every verdict is current.

Beside it the limit: reading the rows of the same learners by COPY, and nothing else. Four caps
fall, one after the other, and rise again. worst_case is a change that touches everybody: each
verdict is computed and written again. differences counts verdicts that an evaluation of everybody
under the new rules, afterwards, finds otherwise; it has to be 0.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, text

from bench.throwaway import fill, servers
from creditbank.db import make_engine
from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.services.evaluations import drain
from creditbank.services.policy_changes import change_policy
from creditbank.services.policy_commands import ChangePolicy
from creditbank.services.recomputations import recompute_verdicts
from creditbank.store.behind import learners_behind
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from workers import drain as worker  # with the worker's own settings of the collector

BATCH = 500
GOALS = {"exact_per_core_s": 15_000}
CAPS = (
    ("substitution.cap_units", 300, 800),
    ("substitution.share_percent", 20, 50),
    ("innovation.career_cap_units", 400, 1200),
    ("innovation.career_cap_units", 800, 1200),
)
"""Key, the value to which it falls, the one to which it rises again."""
WORST = ("duration.years_early_max", 0, 1)
_BUREAU = Actor(account_id=9, role=Role.COUNTY)
_COPY = (
    "COPY (SELECT learner_id, ledger_seq, kind, units, earned_on, course_code, passed, block_code,"
    " source_seq, evidence_no, detail, institution_id FROM ledger_entries"
    " ORDER BY learner_id, ledger_seq) TO STDOUT"
)
_LEARNERS = text("SELECT DISTINCT learner_id FROM enrolments ORDER BY 1")


@dataclass(frozen=True, slots=True)
class _Change:
    """What one change took. evaluated: learners; written: verdict rows."""

    core_s: float
    clock_s: float
    evaluated: int
    written: int
    differences: int


def measure(*, small: bool = False) -> dict[str, Any]:
    """Learners a second by the processor time of the deciding process, and by the clock."""
    with servers() as urls:
        summary = fill(urls, small=small)
        engine = make_engine(urls.database(), pool_size=1)
        with UnitOfWork(engine, EVERYWHERE) as uow:
            ids = list(uow.connection.execute(_LEARNERS).scalars())
        _drained(engine)
        copies: list[float] = []
        found: dict[str, list[_Change]] = {}
        for key, low, high in CAPS:
            copies.append(len(ids) / _copy_seconds(engine))
            found[f"{key} {low}"] = [_change(engine, ids, key, value) for value in (low, high)]
        key, low, high = WORST
        worst = [_change(engine, ids, key, value) for value in (low, high)]
        engine.dispose()
    caps = [change for changes in found.values() for change in changes]
    together, copied = _figures(caps, len(ids)), statistics.median(copies)
    return {
        "learners": len(ids),
        "records_each": round(summary.entries / summary.learners),
        **together,
        "copy_alone_per_s": round(copied),
        "ratio_to_copy": round(together["exact_by_the_clock_per_s"] / copied, 3),
        "differences": sum(change.differences for change in (*caps, *worst)),
        "by_cap": {name: _figures(changes, len(ids)) for name, changes in found.items()},
        "worst_case": _figures(worst, len(ids)),
        "goals": GOALS,
    }


def _figures(changes: Sequence[_Change], learners: int) -> dict[str, int]:
    """Of several changes together: all learners by all the time that was spent."""
    seen = learners * len(changes)
    return {
        "exact_per_core_s": round(seen / sum(change.core_s for change in changes)),
        "exact_by_the_clock_per_s": round(seen / sum(change.clock_s for change in changes)),
        "evaluated_each": round(statistics.mean(change.evaluated for change in changes)),
        "written_each": round(statistics.mean(change.written for change in changes)),
    }


def _change(engine: Engine, ids: Sequence[int], key: str, value: int) -> _Change:
    """Put the value in force as the bureau does and drain as a worker does; then check it."""
    now = datetime.now(UTC)
    command = ChangePolicy(
        key=key, value=value, effective_from=now.date(), reference="试验〔2026〕1号"
    )
    clock, core = time.perf_counter(), time.process_time()
    with UnitOfWork(engine, EVERYWHERE) as uow:
        change_policy(uow, _BUREAU, command, idempotency_key=f"{key} {now}", now=now)
    evaluated, written = _drained(engine)
    core, clock = time.process_time() - core, time.perf_counter() - clock
    return _Change(
        core_s=core,
        clock_s=clock,
        evaluated=evaluated,
        written=written,
        differences=_differences(engine, ids),
    )


def _drained(engine: Engine) -> tuple[int, int]:
    """All marks answered: how many learners, how many rows."""
    learners = written = 0
    for _ in range(worker.ROUNDS_MAX):
        report = drain(lambda: UnitOfWork(engine, EVERYWHERE), now=datetime.now(UTC), limit=BATCH)
        learners += report.learners
        written += report.changed
        if not report.claimed:
            return learners, written
    message = "marks without an end"
    raise RuntimeError(message)


def _differences(engine: Engine, ids: Sequence[int]) -> int:
    """Verdicts that everybody's evaluation finds otherwise, and learners who are left behind."""
    day = datetime.now(UTC).date()
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found = len(learners_behind(uow.connection, ids, as_of=day))
        for at in range(0, len(ids), BATCH):
            found += len(recompute_verdicts(uow, ids[at : at + BATCH], as_of=day).differences)
    return found


def _copy_seconds(engine: Engine) -> float:
    """All rows as the database hands them out."""
    started = time.perf_counter()
    with UnitOfWork(engine, EVERYWHERE) as uow:
        driver: Any = uow.connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(_COPY) as rows:
            for _ in rows:
                pass
    return time.perf_counter() - started
