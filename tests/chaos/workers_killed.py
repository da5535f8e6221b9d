"""R1: workers killed every two seconds, the broker killed and frozen three times each.

Nothing persisted in the broker; credits are posted all the while: none lost, none doubled, every
verdict fresh within ten seconds of the last fault.
"""

from __future__ import annotations

import sys
import time

from creditbank.supervisor import Program
from tests.chaos.arena import Arena, Posters, arena

_PATIENCE_S = 10.0


def run(*, small: bool) -> dict:
    with arena() as made:
        return _attack(made, posts=300 if small else 10_000, rate=100)


def control(*, small: bool) -> dict:
    """Workers that take their marks away before they have done the work must lose some."""
    careless = (sys.executable, "-m", "tests.chaos.careless_worker")
    programs = [
        Program("worker-1", careless),
        Program("worker-2", careless),
    ]
    with arena(programs) as made:
        found = _attack(made, posts=300 if small else 3_000, rate=100)
    return {"stale": found["stale"], "went_red": found["stale"] > 0}


def _attack(made: Arena, *, posts: int, rate: float) -> dict:
    poster = Posters(made, posts=posts, per_second=rate)
    poster.start()
    kills = broker_kills = freezes = 0
    next_kill = time.monotonic() + 2
    faults_at = [posts / rate * share for share in (0.15, 0.3, 0.45, 0.6, 0.75, 0.9)]
    started = time.monotonic()
    while poster.is_alive():
        made.tend()
        if time.monotonic() > next_kill:
            made.kill_workers()
            kills += 1
            next_kill = time.monotonic() + 2
        if faults_at and time.monotonic() - started > faults_at[0]:
            faults_at.pop(0)
            if broker_kills <= freezes:
                made.kill_broker()
                broker_kills += 1
            else:
                made.freeze_broker(seconds=5)
                freezes += 1
        time.sleep(0.02)
    settled = made.wait_until_settled(_PATIENCE_S)
    stale = made.behind()
    faults = made.ledger_faults(poster.acknowledged)
    wrong = 0 if stale else made.wrong_verdicts()
    return {
        "posts": len(poster.acknowledged),
        "errors": len(poster.errors),
        "worker_kills": kills,
        "broker_kills": broker_kills,
        "freezes": freezes,
        **faults,
        "stale": stale,
        "wrong_verdicts": wrong,
        "settled_s": None if settled is None else round(settled, 1),
        "passed": settled is not None
        and not (stale or wrong or any(faults.values()) or poster.errors),
    }
