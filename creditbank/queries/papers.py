"""Papers of a learner, what stands on them, and whom of a class a certificate can be issued for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.papers import Paper, PaperKind, PaperState, paper_state
from creditbank.domain.permissions import Action, Role
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key, learner_keys
from creditbank.store.papers import KeptPaper, papers_by
from creditbank.store.unit_of_work import UnitOfWork

_FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})
_LEARNERS = text("""
SELECT l.learner_id, l.name, e.student_no, e.status
FROM enrolments e JOIN learners l USING (learner_id)
WHERE e.institution_id = :school AND e.class_name = :class_name AND e.entry_year = :entry_year
  AND e.is_open
ORDER BY e.student_no LIMIT 500
""")


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper; never what stands on it. status_change_id: of a change form."""

    issued_paper_id: int
    institution_id: int
    learner_id: int
    kind: PaperKind
    number: str
    status_change_id: int | None
    issued_on: date
    valid_until: date | None
    state: PaperState
    content_hash: str


@dataclass(frozen=True, slots=True)
class ClassLearner:
    """One who is enrolled in a class."""

    learner_id: int
    name: str
    student_no: str
    status: str


def read_papers(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[PaperLine, ...]:
    """Those of a learner that the actor may have, the latest first. Raises NotFoundError."""
    decide(actor, Action.SEE_PAPERS)
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_PAPERS, key)
    record_access(uow.connection, actor, Action.SEE_PAPERS, grant.mask, [learner_id], now)
    found = papers_by(uow.connection, learner_id=learner_id)
    return tuple(paper_line(paper, now=now) for paper in found if _may_have(actor, paper))


def open_papers(
    uow: UnitOfWork, actor: Actor, issued_paper_ids: Sequence[int], *, now: datetime
) -> list[KeptPaper]:
    """With all that stands on them, in this order, to be printed. Raises NotFoundError."""
    grant = decide(actor, Action.SEE_PAPERS)
    found = {
        paper.issued_paper_id: paper
        for paper in papers_by(uow.connection, ids=list(issued_paper_ids))
    }
    learner_ids = [paper.learner_id for paper in found.values()]
    keys = learner_keys(uow.connection, learner_ids, as_of=local_date(now))
    for number in issued_paper_ids:
        if number not in found or not _may_have(actor, found[number]):
            raise NotFoundError
        grant = decide(actor, Action.SEE_PAPERS, keys[found[number].learner_id])
    record_access(uow.connection, actor, Action.SEE_PAPERS, grant.mask, learner_ids, now)
    return [found[number] for number in issued_paper_ids]


def learner_of(uow: UnitOfWork, actor: Actor, issued_paper_id: int) -> int:
    """Whose paper of the actor's school it is; shows nothing of it. Raises NotFoundError."""
    decide(actor, Action.ISSUE_PAPER)
    found = papers_by(uow.connection, ids=[issued_paper_id])
    if not found or found[0].institution_id != actor.institution_id:
        raise NotFoundError
    return found[0].learner_id


def printed(paper: KeptPaper) -> Paper:
    """As it is set, the same each time."""
    return Paper(
        kind=paper.kind,
        number=paper.number,
        code=paper.code,
        link=f"{paper.site}/{paper.token}",
        site=paper.site,
        issued_on=local_date(paper.issued_at),
        content=paper.document,
    )


def class_learners(
    uow: UnitOfWork, actor: Actor, class_name: str, entry_year: int, *, now: datetime
) -> tuple[ClassLearner, ...]:
    """Who is enrolled in a class of the actor's school, by student number."""
    grant = decide(actor, Action.ISSUE_PAPER)
    asked = {
        "school": actor.institution_id, "class_name": class_name, "entry_year": entry_year,
    }  # fmt: skip
    found = tuple(
        ClassLearner(**row) for row in uow.connection.execute(_LEARNERS, asked).mappings()
    )
    seen = [item.learner_id for item in found]
    record_access(uow.connection, actor, Action.ISSUE_PAPER, grant.mask, seen, now)
    return found


def paper_line(paper: KeptPaper, *, now: datetime) -> PaperLine:
    """The line of a paper, for who has decided."""
    return PaperLine(
        issued_paper_id=paper.issued_paper_id,
        institution_id=paper.institution_id,
        learner_id=paper.learner_id,
        kind=paper.kind,
        number=paper.number,
        status_change_id=paper.status_change_id,
        issued_on=local_date(paper.issued_at),
        valid_until=paper.valid_until,
        state=paper_state(
            is_revoked=paper.revoked_at is not None,
            is_superseded=paper.is_superseded,
            valid_until=paper.valid_until,
            today=local_date(now),
        ),
        content_hash=paper.content_hash,
    )


def _may_have(actor: Actor, paper: KeptPaper) -> bool:
    """A family has its certificates, a school its own papers, the bureau all."""
    if actor.role in _FAMILY:
        return paper.kind is PaperKind.STATUS_CERTIFICATE and paper.revoked_at is None
    return actor.role is Role.COUNTY or paper.institution_id == actor.institution_id
