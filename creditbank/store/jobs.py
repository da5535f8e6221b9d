"""Jobs as rows: put in line, claimed by one worker at a time, ended; and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text, update
from sqlmodel import col

from creditbank.domain.errors import Message, Problem
from creditbank.domain.jobs import Job, JobKind, JobState, Phase
from creditbank.tables.jobs import Job as JobRow
from creditbank.tables.jobs import JobProgress

CHANNEL = "jobs"
_JOBS = "SELECT j.*, p.phase, p.done, p.total, p.tries, p.is_cancelled FROM jobs j"
_WAITING = text("SELECT job_id, account_id FROM jobs WHERE state = 'waiting' ORDER BY created_at")
_CLAIM = text(f"""
{_JOBS} JOIN job_progress p USING (job_id)
WHERE j.job_id = :job_id AND j.state = 'waiting' FOR UPDATE OF j SKIP LOCKED
""")
_LATEST = text(f"""
{_JOBS} JOIN job_progress p USING (job_id)
WHERE j.subject = :subject AND j.institution_id = :institution_id
ORDER BY j.created_at DESC, j.job_id DESC LIMIT 1
""")
_RECENT = text(f"""
{_JOBS} JOIN job_progress p USING (job_id)
WHERE j.institution_id = :institution_id AND j.created_at > :since AND NOT EXISTS (
  SELECT FROM jobs l WHERE l.subject = j.subject AND l.created_at > j.created_at)
ORDER BY j.created_at DESC, j.job_id DESC LIMIT :limit
""")
_PROGRESS = text("""
UPDATE job_progress SET phase = :phase, done = :done, total = :total, seen_at = :now
WHERE job_id = :job_id RETURNING is_cancelled
""")
_BEGIN = text("""
UPDATE job_progress SET tries = tries + 1, phase = '', done = 0, total = 0, seen_at = :now
WHERE job_id = :job_id RETURNING tries
""")
_PUT_OFF = text("UPDATE job_progress SET tries = greatest(tries - 1, 0) WHERE job_id = :job_id")
# A worker may think for longer than an idle transaction is otherwise allowed to last.
_PATIENCE = text("SET LOCAL idle_in_transaction_session_timeout = '120s'")


def add_job(connection: Connection, job: Job) -> None:
    """Put a job in line, and wake whoever works on jobs once this transaction is committed."""
    connection.execute(
        insert(JobRow).values(
            job_id=job.job_id,
            institution_id=job.institution_id,
            account_id=job.account_id,
            kind=job.kind.value,
            subject=job.subject,
            title=job.title,
            details=job.details,
            outcome={},
            created_at=job.created_at,
        )
    )
    connection.execute(
        insert(JobProgress).values(
            job_id=job.job_id, institution_id=job.institution_id, seen_at=job.created_at
        )
    )
    connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


def waiting_jobs(connection: Connection) -> list[tuple[str, int]]:
    """(job_id, account_id) of what is not over, the oldest first; others may be at it."""
    return [(row.job_id, row.account_id) for row in connection.execute(_WAITING)]


def claim_job(connection: Connection, job_id: str) -> Job | None:
    """Lock a job that waits until the transaction ends; None if another has it or it is over."""
    connection.execute(_PATIENCE)
    row = connection.execute(_CLAIM, {"job_id": job_id}).first()
    return None if row is None else _job(row)


def end_job(
    connection: Connection,
    job_id: str,
    state: JobState,
    *,
    now: datetime,
    problems: Sequence[Problem] = (),
    count: int = 0,
) -> None:
    """Say what became of a job, with the work or after it was refused; the first word stays."""
    documents = [
        {
            "code": item.code,
            "zh": item.message.zh,
            "en": item.message.en,
            "field": item.field,
            "row": item.row,
        }
        for item in problems
    ]
    connection.execute(
        update(JobRow)
        .where(col(JobRow.job_id) == job_id, col(JobRow.state) == JobState.WAITING.value)
        .values(state=state.value, ended_at=now, outcome={"problems": documents, "count": count})
    )


def latest_job(connection: Connection, institution_id: int, subject: str) -> Job | None:
    """The last job about something."""
    asked = {"subject": subject, "institution_id": institution_id}
    row = connection.execute(_LATEST, asked).first()
    return None if row is None else _job(row)


def recent_jobs(
    connection: Connection, institution_id: int, *, since: datetime, limit: int
) -> list[Job]:
    """The last job about each thing of a school, the youngest first."""
    asked = {"institution_id": institution_id, "since": since, "limit": limit}
    return [_job(row) for row in connection.execute(_RECENT, asked)]


def note_begin(connection: Connection, job_id: str, *, now: datetime) -> int:
    """Count that somebody begins; how often that was."""
    return int(connection.execute(_BEGIN, {"job_id": job_id, "now": now}).scalar_one())


def put_off(connection: Connection, job_id: str) -> None:
    """Take a begin back that only met somebody else at the same thing."""
    connection.execute(_PUT_OFF, {"job_id": job_id})


def note_progress(
    connection: Connection, job_id: str, phase: Phase, done: int, total: int, *, now: datetime
) -> bool:
    """Note how far a job is; whether somebody wants it broken off."""
    asked = {"job_id": job_id, "phase": phase.value, "done": done, "total": total, "now": now}
    return bool(connection.execute(_PROGRESS, asked).scalar_one())


def ask_to_cancel(connection: Connection, job_id: str) -> None:
    """Ask whoever works on a job to break off."""
    connection.execute(
        update(JobProgress).where(col(JobProgress.job_id) == job_id).values(is_cancelled=True)
    )


def _job(row: Any) -> Job:  # noqa: ANN401 (a row of these statements)
    return Job(
        job_id=row.job_id,
        institution_id=row.institution_id,
        account_id=row.account_id,
        kind=JobKind(row.kind),
        subject=row.subject,
        title=row.title,
        details=row.details,
        state=JobState(row.state),
        created_at=row.created_at,
        ended_at=row.ended_at,
        problems=tuple(
            Problem(
                item["code"],
                Message(item["zh"], item["en"]),
                field=item["field"],
                row=item["row"],
            )
            for item in row.outcome.get("problems", ())
        ),
        count=row.outcome.get("count", 0),
        phase=Phase(row.phase),
        done=row.done,
        total=row.total,
        tries=row.tries,
        is_cancelled=row.is_cancelled,
    )
