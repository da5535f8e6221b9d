"""Long work put in line, looked for and called off. What each kind does is told by the worker side.

When to use: for whatever takes longer than somebody should wait for a page. The work is one
transaction that ends the job as well: a job is done once and whole, whoever is killed in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import ForbiddenError, NotFoundError
from creditbank.domain.jobs import Job, JobKind, JobState
from creditbank.domain.permissions import Action
from creditbank.store.jobs import (
    add_job,
    ask_to_cancel,
    claim_job,
    end_job,
    latest_job,
    recent_jobs,
)
from creditbank.store.unit_of_work import UnitOfWork

ACTIONS: Mapping[JobKind, Action] = {
    JobKind.CHECK_GRADES: Action.IMPORT_GRADES,
    JobKind.POST_GRADES: Action.IMPORT_GRADES,
    JobKind.TAKE_BACK_GRADES: Action.REVERSE_ENTRY,
}
"""Who may put what in line; whoever may see it may call it off."""
CANCELLABLE = frozenset({JobKind.CHECK_GRADES})
LISTED_MAX, LISTED_DAYS = 10, 30


def put_in_line(  # noqa: PLR0913 (what a job is)
    uow: UnitOfWork,
    actor: Actor,
    kind: JobKind,
    *,
    subject: str,
    title: str,
    details: Mapping[str, str],
    now: datetime,
) -> Job:
    """A new job about something; the one that is in line for it already, if there is one."""
    institution_id = _school_of(actor, ACTIONS[kind])
    earlier = latest_job(uow.connection, institution_id, subject)
    if earlier is not None and not earlier.is_over:
        return earlier
    job = Job(
        job_id=str(uuid.uuid4()),
        institution_id=institution_id,
        account_id=actor.account_id,
        kind=kind,
        subject=subject,
        title=title,
        details=dict(details),
        state=JobState.WAITING,
        created_at=now,
    )
    add_job(uow.connection, job)
    return job


def find_job(uow: UnitOfWork, actor: Actor, subject: str) -> Job | None:
    """The last job about something of the actor's school; None if there never was one."""
    return latest_job(uow.connection, _school_of(actor, Action.IMPORT_GRADES), subject)


def list_jobs(uow: UnitOfWork, actor: Actor, *, now: datetime) -> list[Job]:
    """The last jobs of the actor's school."""
    return recent_jobs(
        uow.connection,
        _school_of(actor, Action.IMPORT_GRADES),
        since=now - timedelta(days=LISTED_DAYS),
        limit=LISTED_MAX,
    )


def cancel_job(uow: UnitOfWork, actor: Actor, subject: str, *, now: datetime) -> bool:
    """Call off what has posted nothing yet: at once, or as soon as whoever works on it looks.

    Whether that was at once. Raises NotFoundError where there is nothing to call off.
    """
    job = find_job(uow, actor, subject)
    if job is None or job.kind not in CANCELLABLE:
        raise NotFoundError
    if claim_job(uow.connection, job.job_id) is not None:
        end_job(uow.connection, job.job_id, JobState.CANCELLED, now=now)
        return True
    if not job.is_over:
        ask_to_cancel(uow.connection, job.job_id)
    return False


def _school_of(actor: Actor, action: Action) -> int:
    decide(actor, action)
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id
