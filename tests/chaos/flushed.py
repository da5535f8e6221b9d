"""R3: FLUSHALL at twenty random moments while credits are posted: nothing stale after 10 s.

Each time the workers have just died, so that messages wait in the broker and are lost.
"""

from __future__ import annotations

import random
import threading
import time

import psycopg
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from creditbank.broker import QUEUE, make_client
from creditbank.commands import worker_command
from creditbank.settings import Settings
from creditbank.supervisor import Program
from tests.chaos.arena import Arena, Posters, arena
from workers.app import make_celery

_PATIENCE_S = 10.0
_FLUSHES = 20


def run(*, small: bool) -> dict:
    with arena() as made:
        return _attack(made, flushes=5 if small else _FLUSHES)


def control(*, small: bool) -> dict:
    """One message for each notice, never again and no fallback, must leave learners behind."""
    settings = Settings.from_environment({"DATABASE_URL": "x", "REDIS_URL": "x"})
    with arena([Program("worker-1", worker_command(settings))]) as made:
        make_celery(made.settings).send_task("drain", queue=QUEUE, ignore_result=True)
        if made.wait_until_settled(60) is None:
            message = "the control did not start from a settled county"
            raise RuntimeError(message)
        stopping = threading.Event()
        ring = threading.Thread(target=_ring_once, args=(made, stopping), daemon=True)
        ring.start()
        found = _attack(made, flushes=5 if small else _FLUSHES)
        stopping.set()
        ring.join(5)
    return {"stale": found["stale"], "went_red": found["stale"] > 0}


def _attack(made: Arena, *, flushes: int) -> dict:
    client = make_client(made.settings.redis_url)
    poster = Posters(made, posts=flushes * 40, per_second=80)
    poster.start()
    moments = random.Random(3)
    done = 0
    while poster.is_alive() or done < flushes:
        made.tend()
        time.sleep(moments.uniform(0.05, 0.5))
        made.kill_workers()  # a message for a blocked reader is handed over: none would wait
        made.post(made.learner_ids[done], f"chaos flush {done}")
        time.sleep(0.05)
        client.flushall()
        done += 1
    settled = made.wait_until_settled(_PATIENCE_S)
    stale = made.behind()
    faults = made.ledger_faults(poster.acknowledged)
    return {
        "posts": len(poster.acknowledged),
        "flushes": done,
        "stale": stale,
        "settled_s": None if settled is None else round(settled, 1),
        **faults,
        "passed": settled is not None and not stale and not any(faults.values()),
    }


def _ring_once(made: Arena, stopping: threading.Event) -> None:
    celery = make_celery(made.settings)
    url = made.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN pending_evaluations")
        while not stopping.is_set():
            for _ in connection.notifies(timeout=0.2, stop_after=1):
                try:
                    celery.send_task("drain", queue=QUEUE, retry=False, ignore_result=True)
                except (RedisError, OperationalError):
                    continue
