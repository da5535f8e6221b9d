"""Long work: what it is called, in which states it is, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from creditbank.domain.errors import Problem


class JobKind(StrEnum):
    """What is done in the background."""

    CHECK_GRADES = "check_grades"
    POST_GRADES = "post_grades"
    TAKE_BACK_GRADES = "take_back_grades"


class JobState(StrEnum):
    """waiting until it has ended, also while somebody works on it: see Job.is_begun."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """What a job is at."""

    NONE = ""
    READING = "reading"
    CHECKING = "checking"
    POSTING = "posting"


class JobCancelledError(Exception):
    """Raised within a job that somebody wants broken off; nothing of it stays."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work. done of total are things of its phase; count: what came of it."""

    job_id: str
    institution_id: int
    account_id: int
    kind: JobKind
    subject: str
    title: str
    details: dict[str, str]
    state: JobState
    created_at: datetime
    ended_at: datetime | None = None
    problems: tuple[Problem, ...] = ()
    count: int = 0
    phase: Phase = Phase.NONE
    done: int = 0
    total: int = 0
    tries: int = 0
    is_cancelled: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state is not JobState.WAITING

    @property
    def is_begun(self) -> bool:
        """Whether somebody has worked on it."""
        return self.tries > 0

    @property
    def percent(self) -> int:
        """How much of the phase is done, rounded down."""
        return 100 * self.done // self.total if self.total else 0
