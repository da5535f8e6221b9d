"""Works of which each does the same number of things, measured in turn so that noise meets all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Work = Callable[[], object]


def rates(works: Mapping[str, Work], things: int, *, rounds: int) -> dict[str, float]:
    """Things per second of one core by work: the median over rounds, of processor time.

    Processor time, because the machines are shared: others' load counts only as far as it slows
    this process down. The collector looks for cycles as seldom as in a worker.
    """
    seldom = gc.get_threshold()
    gc.set_threshold(200_000, 20, 20)
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            started = time.process_time()
            work()
            found[name].append(things / max(time.process_time() - started, 1e-9))
    gc.set_threshold(*seldom)
    return {name: statistics.median(items) for name, items in found.items()}


def worst_ms(works: list[Work], *, rounds: int = 3) -> float:
    """The slowest of many works in milliseconds, each at the best of its rounds."""
    slowest = 0.0
    for work in works:
        best = float("inf")
        for _ in range(rounds):
            started = time.process_time()
            work()
            best = min(best, time.process_time() - started)
        slowest = max(slowest, best)
    return 1000 * slowest
