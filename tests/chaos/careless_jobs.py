"""Who ends a job before doing it, as a message that is acknowledged early: the negative control."""

from __future__ import annotations

from datetime import UTC, datetime

from creditbank.domain.calendar import local_date
from creditbank.domain.jobs import JobState
from creditbank.services.accounts import actor_of
from creditbank.store.jobs import claim_job, end_job
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from workers import jobs


def run_carelessly(engine, job_id: str, account_id: int) -> bool:
    now = datetime.now(UTC)
    with UnitOfWork(engine, EVERYWHERE, EVERYBODY) as uow:
        found = actor_of(uow, account_id, as_of=local_date(now))
        job = claim_job(uow.connection, job_id)
        if job is None:
            return False
        end_job(uow.connection, job_id, JobState.DONE, now=now)
    progress = jobs._Progress(engine, job)
    progress.count_try()
    with UnitOfWork(engine, found.reach, account_id) as uow:
        jobs._WORKS[job.kind](uow, found.actor, job, progress, now)
    return True


if __name__ == "__main__":
    jobs._run = run_carelessly
    jobs.main()
