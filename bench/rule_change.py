"""A rule changes for a hundred thousand learners: whose verdict does it change, exactly?

Beside it the limit: reading the same rows by COPY, and nothing else. The learners are those of a
demo county, gone through again until there have been enough of them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, text

from bench.throwaway import fill, servers
from creditbank.db import make_engine
from creditbank.domain.policies import Policy
from creditbank.eligibility import evaluate_graduation, findings_hash, verdict_to_dict
from creditbank.services.evaluations import drain
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for
from creditbank.store.snapshots import read_evaluands
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from workers import drain as worker  # with the worker's own settings of the collector

LEARNERS, BATCH, SECONDS_MAX, SCALE = 100_000, 500, 90.0, 0.2
GOALS = {"exact_per_core_s": 15_000}
_CAP = "substitution.cap_units"
_COPY = (
    "COPY (SELECT learner_id, ledger_seq, kind, units, earned_on, course_code, passed, block_code,"
    " source_seq, evidence_no, detail, institution_id FROM ledger_entries"
    " ORDER BY learner_id, ledger_seq) TO STDOUT"
)
_HEADS = text(
    "SELECT enrolment_id, findings_hash FROM verdict_heads"
    " WHERE subject_kind = 'graduation' AND learner_id = ANY (:ids)"
)


def measure(*, small: bool = False) -> dict[str, Any]:
    """Learners a second by the processor time of the reading process, and by the clock."""
    today = datetime.now(UTC).date()
    with servers() as urls:
        summary = fill(urls, small=small, scale=SCALE)
        engine = make_engine(urls.database(), pool_size=1)
        for _ in range(worker.ROUNDS_MAX):
            if not drain(lambda: UnitOfWork(engine, EVERYWHERE), now=datetime.now(UTC)).claimed:
                break
        ours: list[tuple[float, float]] = []
        copies: list[float] = []
        seen = changed = 0
        started = time.perf_counter()
        wanted = summary.learners if small else LEARNERS
        with UnitOfWork(engine, EVERYWHERE) as uow:
            ids = list(
                uow.connection.execute(
                    text("SELECT DISTINCT learner_id FROM enrolments ORDER BY 1")
                ).scalars()
            )
            while seen < wanted and time.perf_counter() - started < SECONDS_MAX:
                clock, core = time.perf_counter(), time.process_time()
                _copy(uow.connection)
                copies.append(len(ids) / (time.perf_counter() - clock))
                clock, core = time.perf_counter(), time.process_time()
                changed += sum(
                    _changed(uow.connection, ids[at : at + BATCH], today)
                    for at in range(0, len(ids), BATCH)
                )
                seen += len(ids)
                ours.append(
                    (
                        len(ids) / (time.process_time() - core),
                        len(ids) / (time.perf_counter() - clock),
                    )
                )
        engine.dispose()
    per_core = statistics.median(core for core, _ in ours)
    clocked = statistics.median(clock for _, clock in ours)
    copied = statistics.median(copies)
    return {
        "learners": seen,
        "records_each": round(summary.entries / summary.learners),
        "changed": changed,
        "exact_per_core_s": round(per_core),
        "exact_by_the_clock_per_s": round(clocked),
        "copy_alone_per_s": round(copied),
        "ratio_to_copy": round(clocked / copied, 3),
        "goals": GOALS,
    }


def _copy(connection: Connection) -> int:
    """All rows as the database hands them out; how many bytes."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY) as rows:
        return sum(len(block) for block in rows)


def _changed(connection: Connection, learner_ids: Sequence[int], day: date) -> int:
    """How many graduation verdicts come out otherwise when awards fill nothing any more."""
    evaluands = read_evaluands(connection, learner_ids)
    plans = load_plans(connection, {item.plan_id for item in evaluands})
    stricter = {
        school: _stricter(policy_for(connection, school, day))
        for school in {item.snapshot.institution_id for item in evaluands}
    }
    rows = connection.execute(_HEADS, {"ids": list(learner_ids)})
    standing = {row.enrolment_id: row.findings_hash for row in rows}
    changed = 0
    for item in evaluands:
        snapshot = item.snapshot
        policy = stricter[snapshot.institution_id]
        verdict = evaluate_graduation(snapshot, plans[item.plan_id], policy, day)
        hashed = findings_hash(verdict_to_dict(verdict))
        changed += standing.get(snapshot.enrolment_id) != hashed
    return changed


def _stricter(policy: Policy) -> Policy:
    nothing = replace(policy.values[_CAP], value=0)
    return Policy(version="stricter", values={**policy.values, _CAP: nothing})
