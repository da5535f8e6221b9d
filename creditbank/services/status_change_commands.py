"""What the services of status changes are told to do, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditbank.domain.status_changes import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForChange:
    """Apply for a change of the learner's enrolment at the actor's school, or of one's own."""

    learner_id: int
    what: Application


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveOpinion:
    """What the actor's office says. opinion: why not, where it does not agree.

    document_no: of the decision; the last office gives one when it agrees.
    """

    status_change_id: int
    agrees: bool
    opinion: str = ""
    document_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraduateClass:
    """Let learners of the actor's school graduate on a day, each by a decision of this document.

    learner_ids: of a class, or chosen from it, in the order in which they are gone through.
    """

    learner_ids: tuple[int, ...]
    takes_effect_on: date
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackChange:
    """Take an application back before it is carried out."""

    status_change_id: int


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """What each of them answers. replayed: the same key had been answered before.

    state: right after it; facts_seq: the state of the learner's facts then.
    """

    status_change_id: int
    learner_id: int
    enrolment_id: int
    state: str
    facts_seq: int
    replayed: bool = False
