"""The relay: sees that marks are due and rings for a worker. One leads, others stand by.

Loops that share nothing: ringing needs Redis; the fallback needs only the database, and does a
worker's job itself when marks have waited too long. A lost ring costs a moment, never a verdict.
A third one keeps the tree over the ledger (workers.tree).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from creditbank.broker import QUEUE, check_settings, make_client, take_bell, waiting
from creditbank.logs import configure_logs
from creditbank.services.evaluations import drain
from creditbank.settings import Settings
from creditbank.store.evaluations import beat, last_beat, oldest_due
from workers.app import app
from workers.database import engine, open_unit
from workers.tree import keep_tree

LEADER_LOCK = 370_125
POLL_SECONDS = 0.3
BELL_HOLD_MS = 500
WAITING_MAX = 2
FALLBACK_AFTER = timedelta(seconds=4)
FALLBACK_POLL_SECONDS = 1.0
REDIS_TIMEOUT_SECONDS = 1.0

log = structlog.get_logger()


def main() -> None:
    """Run until told to stop."""
    configure_logs(Settings.from_environment().log_level)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    fallback = threading.Thread(target=_keep, args=(_fall_back, stopping), name="fallback")
    ringing = threading.Thread(target=_keep, args=(_lead, stopping), name="ringing")
    growing = threading.Thread(target=_keep, args=(keep_tree, stopping), name="growing")
    for thread in (fallback, ringing, growing):
        thread.start()
    stopping.wait()
    for thread in (fallback, ringing, growing):
        thread.join(timeout=10)


def _keep(loop: Callable[[threading.Event], None], stopping: threading.Event) -> None:
    """Run a loop again whenever the database or Redis throws it out."""
    while not stopping.is_set():
        try:
            loop(stopping)
        except (SQLAlchemyError, psycopg.Error, RedisError, OperationalError, OSError) as error:
            log.warning("relay_loop_restarts", loop=loop.__name__, error=type(error).__name__)
            stopping.wait(0.5)


def _lead(stopping: threading.Event) -> None:
    """Hold the leader's lock on one connection, listen on it, ring when marks are due."""
    url = engine().url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        while not stopping.is_set():
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
            if row is not None and row[0]:
                break
            stopping.wait(POLL_SECONDS)
        connection.execute("LISTEN pending_evaluations")
        client = make_client(Settings.from_environment().redis_url, timeout=REDIS_TIMEOUT_SECONDS)
        check_settings(client)
        is_due = _is_due()
        while not stopping.is_set():
            if is_due and waiting(client) < WAITING_MAX and take_bell(client, hold_ms=BELL_HOLD_MS):
                app.send_task("drain", queue=QUEUE, retry=False, ignore_result=True)
            # A notice says that a mark was just made; after a silence the table is asked.
            told = list(connection.notifies(timeout=POLL_SECONDS, stop_after=1))
            is_due = bool(told) or _is_due()


def _is_due() -> bool:
    with open_unit() as uow:
        now = datetime.now(UTC)
        return oldest_due(uow.connection, now=now) is not None


def _fall_back(stopping: threading.Event) -> None:
    """Evaluate here what no worker has come for; a long queue that workers are at is theirs."""
    while not stopping.is_set():
        now = datetime.now(UTC)
        with open_unit() as uow:
            beat(uow.connection, "relay", now=now)
            oldest = oldest_due(uow.connection, now=now)
            worked = last_beat(uow.connection, "worker")
        is_late = oldest is not None and now - oldest > FALLBACK_AFTER
        if is_late and (worked is None or now - worked > FALLBACK_AFTER):
            report = drain(open_unit, now=now)
            log.warning("relay_evaluates_itself", learners=report.learners)
            if report.claimed:
                continue
        stopping.wait(FALLBACK_POLL_SECONDS)


if __name__ == "__main__":
    main()
