"""R2: the broker absent for a minute: posting goes on as fast, verdicts follow by the fallback."""

from __future__ import annotations

import os
import signal
import time

from redis.exceptions import RedisError

from creditbank.broker import make_client
from tests.chaos.arena import Arena, Posters, arena

P99_BAR_MS, FALLBACK_BAR_S, RETURN_BAR_S = 50.0, 15.0, 5.0
_ABSENT_S = 60.0


def run(*, small: bool) -> dict:
    absent = 12.0 if small else _ABSENT_S
    with arena() as made:
        pid = made.servers.pids["valkey"]
        os.kill(pid, signal.SIGKILL)
        poster = Posters(made, posts=int(absent * 20), per_second=20)
        poster.start()
        worst = _oldest_wait(made, poster)
        fallback = _settle_without_broker(made, FALLBACK_BAR_S)
        made.servers.restart_fallen()
        learner_id = made.learner_ids[0]
        made.post(learner_id, "chaos after return")
        back = made.wait_until_settled(RETURN_BAR_S)
        faults = made.ledger_faults(poster.acknowledged)
    p99 = poster.p99_ms()
    return {
        "posts": len(poster.acknowledged),
        "errors": len(poster.errors),
        "post_p99_ms": p99,
        "oldest_wait_s": round(worst, 1),
        "settled_without_broker_s": fallback,
        "settled_after_return_s": None if back is None else round(back, 1),
        **faults,
        "passed": not poster.errors
        and p99 <= P99_BAR_MS
        and worst <= FALLBACK_BAR_S
        and fallback is not None
        and back is not None
        and not any(faults.values()),
    }


def control(*, small: bool) -> dict:
    """A post that also rings the broker itself must fail or slow down while the broker is away."""
    with arena([]) as made:
        client = make_client(made.settings.redis_url)
        os.kill(made.servers.pids["valkey"], signal.SIGSTOP)
        failed = slow = 0
        for number in range(5 if small else 20):
            started = time.perf_counter()
            made.post(made.learner_ids[number], f"chaos {number}")
            try:
                client.lpush("control", "x")
            except RedisError:
                failed += 1
            slow += (time.perf_counter() - started) * 1000 > P99_BAR_MS
        os.kill(made.servers.pids["valkey"], signal.SIGCONT)
    return {"failed": failed, "slow": slow, "went_red": failed > 0 or slow > 0}


def _oldest_wait(made: Arena, poster: Posters) -> float:
    """The longest any learner's verdict stayed behind while the broker was away."""
    worst = 0.0
    while poster.is_alive():
        made.supervisor.tend()
        worst = max(worst, made.oldest_mark_seconds())
        time.sleep(0.1)
    return worst


def _settle_without_broker(made: Arena, seconds: float) -> float | None:
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        made.supervisor.tend()
        if not made.behind():
            return round(time.monotonic() - started, 1)
        time.sleep(0.1)
    return None
