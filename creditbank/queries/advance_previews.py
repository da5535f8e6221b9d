"""Who goes along with a step of the advance and who does not, before anybody makes it.

The stored verdicts speak here; the service brings them up before it decides (advance_steps).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_moves import Proposal, obstacle
from creditbank.domain.advance_words import refusal_of
from creditbank.domain.advances import MoveKind
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind, ScorePart
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError, Problem
from creditbank.domain.permissions import Action
from creditbank.queries.advances import AdvanceLine, advance_line, may_see
from creditbank.queries.agreements import AgreementLine, agreement_line
from creditbank.store.access_log import record_access
from creditbank.store.advance_standings import AdvanceBook, Known, open_book
from creditbank.store.advances import scores_of
from creditbank.store.unit_of_work import UnitOfWork

_WRITTEN = "-"
"""Document number and reason are asked for on the form, so here they are no obstacle."""


@dataclass(frozen=True, slots=True)
class Goer:
    """One learner before a step. problem: what stands in the way, None for who goes along."""

    line: AdvanceLine
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """Test scores of who may have some: what stands, in hundredths by enrolment and part."""

    preview: StepPreview
    recorded: Mapping[int, Mapping[ScoreKind, int]]

    @property
    def parts(self) -> tuple[ScorePart, ...]:
        """What is entered; 课程平均 is computed."""
        scores = self.preview.terms.scores
        return tuple(part for part in scores if part.kind is not ScoreKind.COURSE_AVERAGE)


@dataclass(frozen=True, slots=True)
class StepPreview:
    """Everybody of a cohort before a step, in pinyin order."""

    agreement: AgreementLine
    terms: AgreementTerms
    goers: tuple[Goer, ...]


def preview_step(
    uow: UnitOfWork, actor: Actor, agreement_id: int, kind: MoveKind, *, now: datetime
) -> StepPreview:
    """Who could take a step today.

    Raises ForbiddenError, or NotFoundError for an agreement that is not the actor's to see.
    """
    grant = decide(actor, Action.SEE_ADVANCE_COHORT)
    agreement = agreement_line(uow, actor, agreement_id, now=now)
    book = open_book(uow, agreement_id, today=local_date(now))
    if book is None:
        raise NotFoundError
    known = [item for item in book.known() if may_see(actor, Action.SEE_ADVANCE_COHORT, item)]
    record_access(
        uow.connection, actor, Action.SEE_ADVANCE_COHORT, grant.mask,
        [item.seat.learner_id for item in known], now,
    )  # fmt: skip
    return StepPreview(
        agreement,
        book.terms,
        tuple(Goer(advance_line(item), _problem(book, actor, kind, item)) for item in known),
    )


def score_sheet(uow: UnitOfWork, actor: Actor, agreement_id: int, *, now: datetime) -> ScoreSheet:
    """As preview_step for the scores, with what stands."""
    preview = preview_step(uow, actor, agreement_id, MoveKind.SCORE, now=now)
    wanted = [goer.line.enrolment_id for goer in preview.goers if goer.problem is None]
    found = scores_of(uow.connection, [(agreement_id, number) for number in wanted])
    return ScoreSheet(preview, {number: scores for (_agreement, number), scores in found.items()})


@dataclass(frozen=True, slots=True)
class ReturnedAdmission:
    """What a college returned last of one learner; units in hundredths."""

    admission_no: str
    college_student_no: str
    recognised_units: int


_RETURNED = text("""
SELECT DISTINCT ON (m.enrolment_id) m.enrolment_id, a.admission_no, a.college_student_no,
  a.recognised_units
FROM standing_advance_moves m JOIN advance_admissions a USING (advance_move_id)
WHERE m.agreement_id = :agreement AND m.enrolment_id = ANY (:ids)
ORDER BY m.enrolment_id, m.advance_move_id DESC
""")


def returned_admissions(uow: UnitOfWork, preview: StepPreview) -> dict[int, ReturnedAdmission]:
    """By enrolment what stands of the learners of a preview."""
    asked = {
        "agreement": preview.agreement.agreement.agreement_id,
        "ids": [goer.line.enrolment_id for goer in preview.goers],
    }
    return {row[0]: ReturnedAdmission(*row[1:]) for row in uow.connection.execute(_RETURNED, asked)}


def _problem(book: AdvanceBook, actor: Actor, kind: MoveKind, item: Known) -> Problem | None:
    standing = item.standing
    asked = Proposal(
        kind=kind,
        role=actor.role,
        decided_on=book.today,
        document_no=_WRITTEN,
        reason=_WRITTEN,
    )
    found = obstacle(standing, book.rules(standing.attempt), asked)
    if found is None:
        return None
    until = standing.appeal_until.isoformat() if standing.appeal_until else ""
    return refusal_of(found, standing.stage, until=until)
