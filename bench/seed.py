"""How long the demo county takes to write, and then two workers and the relay to evaluate it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.throwaway import fill, servers
from creditbank.commands import relay_command, worker_command
from creditbank.db import make_engine
from creditbank.settings import Settings, inherited_environment
from creditbank.supervisor import Program, Supervisor

SEED_BAR_S, VERDICTS_BAR_S = 30.0, 15.0
_PATIENCE_S = 300.0


def measure(*, small: bool = False) -> dict[str, Any]:
    """Seconds for both, the workers started beforehand as in a running installation."""
    with servers() as urls, tempfile.TemporaryDirectory() as logs:
        settings = Settings.from_environment(
            {"DATABASE_URL": urls.database(), "REDIS_URL": urls.redis()}
        )
        started = time.perf_counter()
        summary = fill(urls, small=small)
        seeded = time.perf_counter() - started
        workers = Supervisor(
            logs=Path(logs),
            environment={**inherited_environment(), **settings.as_environment()},
        )
        started = time.perf_counter()
        workers.start(
            Program("relay", relay_command(settings)),
            Program("worker-1", worker_command(settings)),
            Program("worker-2", worker_command(settings)),
        )
        try:
            _wait_until_evaluated(settings.database_url, workers)
            evaluated = time.perf_counter() - started
        finally:
            workers.stop()
    return {
        "learners": summary.learners,
        "entries": summary.entries,
        "seed_s": round(seeded, 1),
        "verdicts_s": round(evaluated, 1),
        "within_bar": seeded <= SEED_BAR_S and evaluated <= VERDICTS_BAR_S,
    }


def _wait_until_evaluated(url: str, workers: Supervisor) -> None:
    engine = make_engine(url, pool_size=1)
    deadline = time.monotonic() + _PATIENCE_S
    waiting = True
    while waiting and time.monotonic() < deadline:
        workers.tend()
        with engine.connect() as connection:
            waiting = bool(
                connection.execute(
                    text("SELECT EXISTS (SELECT FROM pending_evaluations)")
                ).scalar_one()
            )
        time.sleep(0.05)
    engine.dispose()
