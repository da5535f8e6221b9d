"""Long work, pulled from the database without the broker: another follows who is killed.

Run as `python -m workers.jobs`, beside the workers so that a long import keeps no verdict waiting.
Each job is one transaction of the account that asked for it; only how far it is, and that it was
begun, is written beside it.
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from creditbank.domain.access import Actor
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import BusyError, CreditbankError, Message, Problem
from creditbank.domain.jobs import Job, JobCancelledError, JobKind, JobState, Phase
from creditbank.exchange.large_uploads import check_large_upload
from creditbank.logs import configure_logs
from creditbank.services.accounts import actor_of
from creditbank.services.batch_reversals import take_back_import
from creditbank.services.grade_imports import post_grade_import
from creditbank.settings import Settings
from creditbank.store.grade_imports import GRADES, drop_content
from creditbank.store.jobs import (
    CHANNEL,
    claim_job,
    end_job,
    note_begin,
    note_progress,
    put_off,
    waiting_jobs,
)
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from workers.database import engine as worker_engine

POLL_SECONDS = 1.0
TRIES_MAX = 5
_TELL_EVERY_SECONDS = 0.2

log = structlog.get_logger()

_GIVEN_UP = Problem(
    "job_failed",
    Message(
        "处理多次中断,已停止,没有任何内容入账;请重新上传,或联系管理员查看日志。",
        "The work broke off several times and was given up; nothing was posted. Upload the file"
        " again, or ask the administrator to look at the log.",
    ),
)


def main() -> None:
    """Work on jobs until told to stop; one that is at work then is left to the next."""
    configure_logs(Settings.from_environment().log_level)
    # A file makes a million small objects and no cycles.
    gc.set_threshold(200_000, 20, 20)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        try:
            _listen(stopping)
        except (SQLAlchemyError, psycopg.Error, OSError) as error:
            log.warning("jobs_loop_restarts", error=type(error).__name__)
            stopping.wait(0.5)


def _listen(stopping: threading.Event) -> None:
    engine = worker_engine()
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        while not stopping.is_set():
            if not run_waiting_jobs(engine):
                list(connection.notifies(timeout=POLL_SECONDS, stop_after=1))


def run_waiting_jobs(engine: Engine) -> int:
    """Work on every job that waits and that nobody else is at; how many were ended."""
    with _everywhere(engine) as uow:
        waiting = waiting_jobs(uow.connection)
    return sum(_run(engine, job_id, account_id) for job_id, account_id in waiting)


def _run(engine: Engine, job_id: str, account_id: int) -> bool:
    now = datetime.now(UTC)
    job: Job | None = None
    try:
        with _everywhere(engine) as uow:
            found = actor_of(uow, account_id, as_of=local_date(now))
        with UnitOfWork(engine, found.reach, account_id) as uow:
            job = claim_job(uow.connection, job_id)
            if job is None:
                return False
            progress = _Progress(engine, job)
            progress.count_try()
            count = _WORKS[job.kind](uow, found.actor, job, progress, now)
            end_job(uow.connection, job_id, JobState.DONE, now=datetime.now(UTC), count=count)
    except (BusyError, OperationalError) as error:
        log.info("job_put_off", job_id=job_id, error=type(error).__name__)
        with _everywhere(engine) as uow:
            put_off(uow.connection, job_id)
        return False
    except JobCancelledError:
        _end(engine, job_id, job, JobState.CANCELLED)
    except _GivenUpError:
        _end(engine, job_id, job, JobState.FAILED, (_GIVEN_UP,))
    except CreditbankError as error:
        problems = error.problems or (Problem(error.code, error.message),)
        _end(engine, job_id, job, JobState.REFUSED, problems)
    except Exception as error:
        log.exception("job_broke_off", job_id=job_id, error=type(error).__name__)
        return False
    return True


def _end(
    engine: Engine,
    job_id: str,
    job: Job | None,
    state: JobState,
    problems: tuple[Problem, ...] = (),
) -> None:
    """Say why nothing came of a job; a file that was not read is not kept."""
    with _everywhere(engine) as uow:
        end_job(uow.connection, job_id, state, now=datetime.now(UTC), problems=problems)
        if job is not None and job.kind is JobKind.CHECK_GRADES:
            drop_content(uow.connection, job.subject)


def _everywhere(engine: Engine) -> UnitOfWork:
    return UnitOfWork(engine, EVERYWHERE, EVERYBODY)


class _GivenUpError(Exception):
    """A job that was begun too often: whoever works on it seems to die of it."""


class _Progress:
    """Writes how far a job is, now and then, and raises when somebody has called it off."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self._engine, self._job = engine, job
        self._phase = Phase.NONE
        self._told_at = 0.0

    def count_try(self) -> None:
        """Count the try."""
        if self._job.is_cancelled:
            raise JobCancelledError
        with _everywhere(self._engine) as uow:
            tries = note_begin(uow.connection, self._job.job_id, now=datetime.now(UTC))
        if tries > TRIES_MAX:
            raise _GivenUpError

    def tell(self, phase: Phase, done: int, total: int) -> None:
        """How many of how many things of a phase are done."""
        moment = time.monotonic()
        if phase is self._phase and moment - self._told_at < _TELL_EVERY_SECONDS:
            return
        self._phase, self._told_at = phase, moment
        with _everywhere(self._engine) as uow:
            is_cancelled = note_progress(
                uow.connection, self._job.job_id, phase, done, total, now=datetime.now(UTC)
            )
        if is_cancelled:
            raise JobCancelledError


def _check(uow: UnitOfWork, actor: Actor, job: Job, progress: _Progress, now: datetime) -> int:
    return check_large_upload(uow, actor, job.subject, tell=progress.tell, now=now)


def _post(uow: UnitOfWork, actor: Actor, job: Job, progress: _Progress, now: datetime) -> int:
    tell = partial(progress.tell, Phase.POSTING)
    return post_grade_import(uow, actor, job.subject, now=now, tell=tell).count


def _take_back(uow: UnitOfWork, actor: Actor, job: Job, progress: _Progress, now: datetime) -> int:
    tell = partial(progress.tell, Phase.POSTING)
    reason = job.details["reason"]
    return take_back_import(
        uow, actor, GRADES, job.subject, reason=reason, now=now, tell=tell
    ).count


_Work = Callable[[UnitOfWork, Actor, Job, _Progress, datetime], int]
_WORKS: Mapping[JobKind, _Work] = {
    JobKind.CHECK_GRADES: _check,
    JobKind.POST_GRADES: _post,
    JobKind.TAKE_BACK_GRADES: _take_back,
}


if __name__ == "__main__":
    main()
