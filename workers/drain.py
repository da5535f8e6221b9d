"""The task that pulls marked learners and evaluates them until none is due."""

from __future__ import annotations

import gc
import time
from datetime import UTC, datetime
from functools import cache

import structlog
from redis import Redis
from redis.exceptions import RedisError

from creditbank.broker import answer_bell, make_client
from creditbank.services.evaluations import drain
from creditbank.settings import Settings
from creditbank.store.evaluations import beat
from workers.app import app
from workers.database import open_unit

ROUNDS_MAX = 200
BEAT_SECONDS = 1.0
# A batch makes a hundred thousand small objects and no cycles: looking for cycles in between
# costs a third of the time.
gc.set_threshold(200_000, 20, 20)
log = structlog.get_logger()
_beat_at = -BEAT_SECONDS


@cache
def _client() -> Redis:
    return make_client(Settings.from_environment().redis_url)


@app.task(name="drain")
def drain_marks() -> None:
    """Claim, evaluate, write, until nothing is due or the message has had its share of rounds."""
    try:
        answer_bell(_client())
    except RedisError:
        log.warning("bell_not_answered")
    for _ in range(ROUNDS_MAX):
        report = drain(open_unit, now=datetime.now(UTC))
        for learner_id in report.quarantined:
            log.error("learner_quarantined", learner_id=learner_id)
        if not report.claimed and not report.set_aside:
            return
        _live()


def _live() -> None:
    """Say that a worker lives, once a second: whoever asks lets several go by."""
    global _beat_at  # noqa: PLW0603 (of this process)
    moment = time.monotonic()
    if moment - _beat_at > BEAT_SECONDS:
        with open_unit() as uow:
            beat(uow.connection, "worker", now=datetime.now(UTC))
        _beat_at = moment
