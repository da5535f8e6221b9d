"""排名 of who was tested, within the places that are left; who is exempt; 拟录取 by it.

The ranking is computed (eligibility.ranking) over everybody who was tested, also over whom the
actor is not shown: what an actor sees and decides on is a part of it. What a proposal rests on is
frozen with it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.advances import HOLDING, MoveKind, Stage
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.eligibility.ranking import (
    Candidate,
    Lack,
    Place,
    Ranked,
    RankedInputs,
    rank,
    ranked_hash,
)
from creditbank.services.advance_commands import ProposeByRanking, TakenSteps
from creditbank.services.advance_places import everybody
from creditbank.services.advance_steps import (
    Desk,
    Step,
    at_desk,
    make_steps,
    may,
    refused_together,
)
from creditbank.store.access_log import record_access
from creditbank.store.advance_rankings import exempting_awards
from creditbank.store.advance_standings import AdvanceBook, Known, open_book
from creditbank.store.advances import Award
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RankedLearner:
    """How one learner stands in the ranking. award: that exempts from the skill test, if any.

    lines: the announced pass marks that hold for the learner.
    """

    known: Known
    scores: Mapping[ScoreKind, int]
    award: Award | None
    lines: Mapping[ScoreKind, int]
    ranked: Ranked

    @property
    def points(self) -> dict[str, int]:
        """Scores as they are frozen."""
        return {kind.value: units for kind, units in self.scores.items()}

    @property
    def line_points(self) -> dict[str, int]:
        """Lines as they are frozen."""
        return {kind.value: units for kind, units in self.lines.items()}

    @property
    def awarded(self) -> int | None:
        """ledger_seq of the award."""
        return self.award.ledger_seq if self.award else None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Who was tested, best first. places: that were left for all of them.

    within: how many are within the places. Both count whom items leave out: a learner whom the
    actor is not shown keeps rank and place, and waits for somebody who is.
    """

    places: int
    within: int
    items: tuple[RankedLearner, ...]

    @property
    def tied(self) -> tuple[RankedLearner, ...]:
        """Whom nothing agreed tells apart at the edge of the quota."""
        return tuple(item for item in self.items if item.ranked.place is Place.TIED_AT_QUOTA)

    @property
    def places_for_tied(self) -> int:
        """How many of them fit in."""
        return self.places - self.within


def propose_by_ranking(
    uow: UnitOfWork,
    actor: Actor,
    command: ProposeByRanking,
    *,
    idempotency_key: str,
    now: datetime,
) -> TakenSteps:
    """拟录取 of the learners within the quota, 未通过 of the others who were tested.

    Whom nothing agreed tells apart at the edge of the quota is for a person: name in chosen who is
    taken. Raises ForbiddenError, NotFoundError, BusyError, or InvalidInputError with each learner's
    problem (a score is missing, a tie, an open review ...); then nobody was proposed.
    """

    def work(desk: Desk) -> TakenSteps:
        everyone = rank_tested(uow, desk.book)
        ranking = _shown(everyone, desk.known)
        wanted = [
            (row, item)
            for row, item in enumerate(ranking.items, start=1)
            if item.known.seat.enrolment_id not in command.left_out
        ]
        if not wanted:
            raise refused(_NOBODY)
        problems = [*_ranking_problems(ranking, command)]
        if problems:
            raise refused_together(problems)
        frozen = frozen_inputs(desk.book.terms, everyone)
        return make_steps(
            desk,
            [
                Step(
                    enrolment_id=item.known.seat.enrolment_id,
                    kind=decided_by_rank(item, command.chosen),
                    document_no=command.document_no,
                    row=row,
                    detail=frozen_detail(item, frozen),
                )
                for row, item in wanted
            ],
        )

    return at_desk(
        uow, actor, Action.RANK_ADVANCE, command, None, work,
        idempotency_key=idempotency_key, now=now,
    )  # fmt: skip


def see_ranking(
    uow: UnitOfWork,
    actor: Actor,
    agreement_id: int,
    *,
    action: Action = Action.RANK_ADVANCE,
    now: datetime,
) -> tuple[AgreementTerms, Ranking]:
    """The terms, and the ranking as a proposal would find it by now. Nothing is written.

    action: for which the learners are shown. Raises ForbiddenError, or NotFoundError where nobody
    under the agreement is the actor's.
    """
    grant = decide(actor, action)
    book = open_book(uow, agreement_id, today=local_date(now))
    known = [item for item in book.known() if may(actor, action, item)] if book else []
    if book is None or not known:
        raise NotFoundError
    ranking = _shown(rank_tested(uow, book), [item.seat.enrolment_id for item in known])
    record_access(
        uow.connection, actor, action, grant.mask,
        [item.known.seat.learner_id for item in ranking.items], now,
    )  # fmt: skip
    return book.terms, ranking


def _shown(ranking: Ranking, enrolment_ids: Sequence[int] | Mapping[int, Known]) -> Ranking:
    items = (item for item in ranking.items if item.known.seat.enrolment_id in enrolment_ids)
    return replace(ranking, items=tuple(items))


def rank_tested(uow: UnitOfWork, book: AdvanceBook) -> Ranking:
    """The ranking of all who are tested and not decided on, within the places that are left.

    Who is proposed or has advanced holds a place.
    """
    known = everybody(uow, book)
    tested = {item.seat.enrolment_id: item for item in known if item.standing.stage is Stage.TESTED}
    held = sum(item.standing.stage in HOLDING for item in known)
    learners = [item.seat.learner_id for item in tested.values()]
    with uow.everywhere():
        scores = book.scores([*tested])
        awards = exempting_awards(uow.connection, book.terms, learners)
    exempt = {learner_id: exempting[0] for learner_id, exempting in awards.items()}
    candidates = [
        Candidate(
            key=number,
            scores=scores[number],
            is_exempt=item.seat.learner_id in exempt,
            lines=book.lines(item.standing.attempt),
        )
        for number, item in tested.items()
    ]
    places = max(0, book.terms.quota - held)
    ranked = rank(replace(book.terms, quota=places), candidates)
    return Ranking(
        places,
        sum(item.place is Place.WITHIN_QUOTA for item in ranked),
        tuple(
            RankedLearner(
                known=tested[item.key],
                scores=scores[item.key],
                award=exempt.get(tested[item.key].seat.learner_id),
                lines=book.lines(tested[item.key].standing.attempt),
                ranked=item,
            )
            for item in ranked
        ),
    )


def _ranking_problems(ranking: Ranking, command: ProposeByRanking) -> Iterator[Problem]:
    taken = [item for item in ranking.tied if item.known.seat.enrolment_id in command.chosen]
    for row, item in enumerate(ranking.items, start=1):
        if item.ranked.place is Place.NOT_YET_KNOWN:
            yield Problem("line_not_announced", _NO_LINE, field="enrolment_id", row=row)
        if item.known.seat.enrolment_id in command.left_out:
            continue
        missing = [kind for lack, kind in item.ranked.lacks if lack is Lack.SCORE_MISSING]
        if missing:
            names = ", ".join(kind.value for kind in missing if kind)
            message = Message(f"缺少成绩:{names}。", f"A score is missing: {names}.")
            yield Problem("score_missing", message, field="enrolment_id", row=row)
        elif item in ranking.tied and not taken:
            yield Problem("tied_at_quota", _TIED, field="enrolment_id", row=row)
    places = ranking.places_for_tied
    if len(taken) > places:
        message = Message(
            f"并列者中最多还能录取{places}人。", f"At most {places} of those who are tied fit in."
        )
        yield Problem("too_many_chosen", message, field="chosen")


def frozen_inputs(terms: AgreementTerms, ranking: Ranking) -> str:
    """The hash of all that was ranked, which every decision by this ranking freezes."""
    ranked = (
        RankedInputs(item.known.seat.enrolment_id, item.points, item.awarded, item.line_points)
        for item in ranking.items
    )
    return ranked_hash(terms.agreement_id, terms.version_no, ranked)


def decided_by_rank(item: RankedLearner, chosen: Container[int] = ()) -> MoveKind:
    """拟录取 within the quota, and of those tied at its edge for whom a person has chosen."""
    place = item.ranked.place
    is_chosen = place is Place.TIED_AT_QUOTA and item.known.seat.enrolment_id in chosen
    return MoveKind.PROPOSE if place is Place.WITHIN_QUOTA or is_chosen else MoveKind.PASS_OVER


def frozen_detail(item: RankedLearner, inputs: str) -> dict[str, Any]:
    """What a decision by the ranking freezes of one learner."""
    return {
        "rank": item.ranked.rank,
        "total": item.ranked.total,
        "place": item.ranked.place.value,
        "scores": item.points,
        "lines": item.line_points,
        "inputs": inputs,
        "exempted_by": item.awarded,
    }


_TIED = Message(
    "在名额边缘与他人并列,协议约定的条件不能区分;请指定录取谁。",
    "Tied with others at the edge of the quota, and nothing agreed tells them apart; say who is"
    " taken.",
)
_NO_LINE = Message(
    "合格线尚未公布,现在不能排名;县教育和体育局在转段年历中公布后再办理。",
    "The pass line is not announced yet, so nobody is ranked now; come back when the bureau has"
    " announced it in the advance calendar.",
)
_NOBODY = Problem(
    "nobody", Message("没有待排名的学生。", "There is nobody to be ranked."), "agreement_id"
)
