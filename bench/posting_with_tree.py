"""How many credits a second are posted over HTTP while the tree follows, and while it does not.

One installation; the tree's loop is a process beside it that runs in every other round, and in
those has caught up before the clock starts. Rounds come in pairs, the order turning about.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import text

from bench.installation import Installation, installation
from creditbank.db import make_engine
from creditbank.domain.calendar import local_date
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

CLIENTS, BAR = 4, 0.9
_PATIENCE_S = 240.0
_SECRET = "a secret key of a bench"  # noqa: S105
_BEHIND = text("""
SELECT (SELECT coalesce(sum(ledger_seq), 0) FROM learner_heads)
  - (SELECT coalesce(sum(ledger_seq), 0) FROM tree_marks)
""")
_LEARNERS = text("""
SELECT learner_id FROM enrolments WHERE status = '01' AND institution_id =
  (SELECT institution_id FROM accounts WHERE username = 'registrar') ORDER BY learner_id
""")


def measure(*, small: bool = False) -> dict[str, Any]:
    """Posts a second with and without, and the median of the ratios of pairs."""
    pairs, seconds, scale = (1, 2.0, 0.01) if small else (8, 8.0, 0.1)
    rates: dict[bool, list[float]] = {True: [], False: []}
    environment = {"CREDITBANK_TREE_SECONDS": "0", "CREDITBANK_SECRET_KEY": _SECRET}
    with installation(scale=scale, **environment) as found:
        learners = [int(item) for item in _ask(found, _LEARNERS)]
        headers = {"Authorization": f"Bearer {found.api_key('registrar')}"}
        with _tree(found):
            _wait_until_caught_up(found)
        _rate(found, headers, learners, min(seconds, 3.0))
        lag = 0
        for number in range(pairs):
            for with_tree in (number % 2 == 0, number % 2 == 1):
                if with_tree:
                    with _tree(found):
                        _wait_until_caught_up(found)
                        rates[True].append(_rate(found, headers, learners, seconds))
                        lag = max(lag, int(_ask(found, _BEHIND)[0]))
                else:
                    rates[False].append(_rate(found, headers, learners, seconds))
    ratios = [on / off for on, off in zip(rates[True], rates[False], strict=True)]
    ratio = statistics.median(ratios)
    return {
        "pairs": pairs,
        "with_tree_per_s": round(statistics.median(rates[True]), 1),
        "without_per_s": round(statistics.median(rates[False]), 1),
        "ratio": round(ratio, 3),
        "ratios": [round(item, 3) for item in ratios],
        "entries_behind_at_most": lag,
        "within_bar": ratio >= BAR,
    }


def _rate(
    found: Installation, headers: dict[str, str], learners: Sequence[int], seconds: float
) -> float:
    """Posts answered by 201 in a second, several clients at once."""
    ends = time.perf_counter() + seconds
    today = local_date(datetime.now(UTC)).isoformat()

    def post(client_number: int) -> int:
        posted = 0
        own = learners[client_number::CLIENTS]
        with httpx.Client(base_url=found.address, headers=headers, timeout=30) as client:
            while time.perf_counter() < ends:
                answer = client.post(
                    "/api/v1/credits",
                    json={
                        "kind": "innovation", "learner_id": own[posted % len(own)],
                        "category": "volunteering", "title": f"志愿服务{uuid.uuid4().hex[:8]}",
                        "quantity": 20, "earned_on": today,
                    },
                    headers={"Idempotency-Key": uuid.uuid4().hex},
                )  # fmt: skip
                if answer.status_code != httpx.codes.CREATED:
                    raise RuntimeError(answer.text)
                posted += 1
        return posted

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        posted = sum(pool.map(post, range(CLIENTS)))
    return posted / (time.perf_counter() - started)


@contextmanager
def _tree(found: Installation) -> Iterator[None]:
    """The tree's loop beside the installation, as often as it runs by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "workers.tree"],
        env={
            **found.environment,
            "DATABASE_URL": found.database_url,
            "CREDITBANK_TREE_SECONDS": "2",
        },
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_caught_up(found: Installation) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while _ask(found, _BEHIND)[0]:
        if time.monotonic() > deadline:
            message = "the tree did not follow"
            raise RuntimeError(message)
        time.sleep(0.2)


def _ask(found: Installation, asked: Any) -> list[Any]:  # noqa: ANN401
    engine = make_engine(found.database_url)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        answer = list(uow.connection.execute(asked).scalars())
    engine.dispose()
    return answer
