"""Graduation verdicts a second of one core, records in memory, beside the bare sums over them."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, date, datetime
from typing import Any

from bench.throwaway import fill, servers
from creditbank.db import make_engine
from creditbank.eligibility import evaluate_graduation
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for
from creditbank.store.snapshots import read_evaluands
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

ROUNDS = 5
LEARNERS = 500


def measure(*, small: bool = False) -> dict[str, Any]:
    """Medians over alternating rounds, and their ratio."""
    today = datetime.now(UTC).date()
    with servers() as urls:
        fill(urls, small=True)
        engine = make_engine(urls.database(), pool_size=1)
        with UnitOfWork(engine, EVERYWHERE) as uow:
            evaluands = read_evaluands(uow.connection, list(range(1, LEARNERS + 1)))
            plans = load_plans(uow.connection, {item.plan_id for item in evaluands})
            policies = {
                item.snapshot.institution_id: policy_for(
                    uow.connection, item.snapshot.institution_id, today
                )
                for item in evaluands
            }
        engine.dispose()
    engine_rates, sum_rates = [], []
    for _ in range(1 if small else ROUNDS):
        engine_rates.append(_rate(lambda: _evaluate(evaluands, plans, policies, today), evaluands))
        sum_rates.append(_rate(lambda: _sums(evaluands), evaluands))
    verdicts, sums = statistics.median(engine_rates), statistics.median(sum_rates)
    return {
        "learners": len(evaluands),
        "verdicts_per_s": round(verdicts),
        "sums_alone_per_s": round(sums),
        "ratio": round(verdicts / sums, 3),
    }


def _evaluate(evaluands: Any, plans: Any, policies: Any, today: date) -> None:  # noqa: ANN401
    for item in evaluands:
        policy = policies[item.snapshot.institution_id]
        evaluate_graduation(item.snapshot, plans[item.plan_id], policy, today)


def _sums(evaluands: Any) -> None:  # noqa: ANN401
    for item in evaluands:
        totals: dict[str, int] = {}
        for record in item.snapshot.records:
            totals[record.course_code[:2]] = totals.get(record.course_code[:2], 0) + record.units


def _rate(work: Any, evaluands: Any) -> float:  # noqa: ANN401
    started = time.perf_counter()
    work()
    return len(evaluands) / (time.perf_counter() - started)
