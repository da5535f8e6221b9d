"""Long work that nobody waits for with an open page, and how far it is."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from creditbank.tables.base import Row, json_document, moment


class Job(Row, table=True):
    """One piece of long work. Locked by whoever works on it, until all of it is done or none.

    kind, subject, details: what to do with what; title: what it is called on a list. outcome: what
    came of it, or why it was refused.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state in ('waiting','done','refused','failed','cancelled')", name="state"),
        Index("ix_jobs_subject", "subject"),
        Index("ix_jobs_waiting", "created_at", postgresql_where="state = 'waiting'"),
        Index("ix_jobs_school", "institution_id", "created_at"),
    )

    job_id: str = Field(primary_key=True, max_length=36)
    institution_id: int = Field(foreign_key="institutions.institution_id")
    account_id: int = Field(foreign_key="accounts.account_id")
    kind: str = Field(max_length=20)
    subject: str = Field(max_length=36)
    title: str = Field(max_length=120)
    details: dict = json_document()  # type: ignore[type-arg]
    state: str = Field(
        default="waiting", max_length=10, sa_column_kwargs={"server_default": "waiting"}
    )
    outcome: dict = json_document()  # type: ignore[type-arg]
    created_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)


class JobProgress(Row, table=True):
    """How far a job is, kept beside it because the job itself is locked while it goes on.

    tries: how often it was begun; is_cancelled: somebody wants it broken off.
    """

    __tablename__ = "job_progress"

    job_id: str = Field(primary_key=True, max_length=36, foreign_key="jobs.job_id")
    institution_id: int
    phase: str = Field(default="", max_length=10)
    done: int = 0
    total: int = 0
    tries: int = 0
    is_cancelled: bool = False
    seen_at: datetime = moment()
