"""Papers of a learner, what stands on them, and whom of a class a certificate can be issued for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.papers import Paper, PaperKind, PaperState, paper_state
from creditbank.domain.permissions import Action, Role
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key, learner_keys
from creditbank.store.paper_layouts import layouts_by_id
from creditbank.store.papers import KeptPaper, papers_by, papers_of_class
from creditbank.store.unit_of_work import UnitOfWork

_FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})
_OF_FAMILY = frozenset(
    {
        PaperKind.STATUS_CERTIFICATE, PaperKind.TRANSCRIPT, PaperKind.TRANSCRIPT_BILINGUAL,
        PaperKind.CREDIT_STATEMENT, PaperKind.STUDY_CERTIFICATE,
    }
)  # fmt: skip
_LEARNERS = text("""
SELECT l.learner_id, l.name, e.student_no, e.status
FROM enrolments e JOIN learners l USING (learner_id)
WHERE e.institution_id = :school AND e.class_name = :class_name AND e.entry_year = :entry_year
  AND (CASE :who WHEN 'enrolled' THEN e.is_open
    WHEN 'finishing' THEN e.is_open OR e.status IN ('07', '08')
    ELSE NOT e.is_open AND e.status NOT IN ('07', '11') END)
ORDER BY e.student_no LIMIT 500
""")


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper; never what stands on it. status_change_id: of a change form.

    learner_id: None, class_name: not "", of a paper about a class.
    """

    issued_paper_id: int
    institution_id: int
    learner_id: int | None
    class_name: str
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
    learner_ids = [number for paper in found.values() for number in paper.learner_ids]
    keys = learner_keys(uow.connection, learner_ids, as_of=local_date(now))
    for number in issued_paper_ids:
        if number not in found or not _may_have(actor, found[number]):
            raise NotFoundError
        for learner_id in found[number].learner_ids:
            grant = decide(actor, Action.SEE_PAPERS, keys[learner_id])
    record_access(uow.connection, actor, Action.SEE_PAPERS, grant.mask, learner_ids, now)
    wanted = {paper.paper_layout_id for paper in found.values() if paper.paper_layout_id}
    layouts = layouts_by_id(uow.connection, wanted)
    return [
        replace(paper, layout=layouts[paper.paper_layout_id].source)
        if paper.paper_layout_id
        else paper
        for paper in (found[number] for number in issued_paper_ids)
    ]


def class_papers(
    uow: UnitOfWork, actor: Actor, class_name: str, entry_year: int, *, now: datetime
) -> tuple[PaperLine, ...]:
    """The lists of a class of the actor's school that were issued, the latest first."""
    decide(actor, Action.ISSUE_PAPER)
    found = papers_of_class(uow.connection, actor.institution_id or 0, class_name, entry_year)
    return tuple(paper_line(paper, now=now) for paper in found)


def about_whom(uow: UnitOfWork, actor: Actor, issued_paper_id: int) -> KeptPaper:
    """A paper of the actor's school, to be taken back. Raises NotFoundError."""
    decide(actor, Action.ISSUE_PAPER)
    found = papers_by(uow.connection, ids=[issued_paper_id])
    if not found or found[0].institution_id != actor.institution_id:
        raise NotFoundError
    return found[0]


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
        layout=paper.layout,
    )


def class_learners(
    uow: UnitOfWork,
    actor: Actor,
    class_name: str,
    entry_year: int,
    *,
    kind: PaperKind = PaperKind.STATUS_CERTIFICATE,
    now: datetime,
) -> tuple[ClassLearner, ...]:
    """Who of a class of the actor's school can get a paper of that kind, by student number."""
    grant = decide(actor, Action.ISSUE_PAPER)
    asked = {
        "school": actor.institution_id, "class_name": class_name, "entry_year": entry_year,
        "who": _WHO.get(kind, "finishing"),
    }  # fmt: skip
    found = tuple(
        ClassLearner(**row) for row in uow.connection.execute(_LEARNERS, asked).mappings()
    )
    seen = [item.learner_id for item in found]
    record_access(uow.connection, actor, Action.ISSUE_PAPER, grant.mask, seen, now)
    return found


_WHO = {PaperKind.STATUS_CERTIFICATE: "enrolled", PaperKind.STUDY_CERTIFICATE: "left"}


def paper_line(paper: KeptPaper, *, now: datetime) -> PaperLine:
    """The line of a paper, for who has decided."""
    return PaperLine(
        issued_paper_id=paper.issued_paper_id,
        institution_id=paper.institution_id,
        learner_id=paper.learner_id,
        class_name=paper.class_name,
        kind=paper.kind,
        number=paper.number,
        status_change_id=paper.status_change_id,
        issued_on=local_date(paper.issued_at),
        valid_until=paper.valid_until,
        state=paper_state(
            is_revoked=paper.revoked_at is not None,
            is_superseded=paper.is_superseded,
            is_corrected=paper.is_corrected,
            valid_until=paper.valid_until,
            today=local_date(now),
        ),
        content_hash=paper.content_hash,
    )


def _may_have(actor: Actor, paper: KeptPaper) -> bool:
    """A family has what certifies something, a school its own papers, the bureau all."""
    if actor.role in _FAMILY:
        return paper.kind in _OF_FAMILY and paper.revoked_at is None
    return actor.role is Role.COUNTY or paper.institution_id == actor.institution_id
