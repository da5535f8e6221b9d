"""转段测试: scores by part, from a form or a file; who is exempt; 拟录取 by the ranking.

The ranking is computed (eligibility.ranking); what a proposal rests on is frozen with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.awards import AwardLevel
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.eligibility.ranking import Candidate, Lack, Place, Ranked, rank, ranked_hash
from creditbank.services.advance_commands import (
    ProposeByRanking,
    RecordScores,
    ScoreLine,
    TakenSteps,
)
from creditbank.services.advance_steps import (
    Desk,
    Step,
    answered,
    make_steps,
    may,
    open_desk,
    refused_together,
)
from creditbank.store.access_log import record_access
from creditbank.store.advance_standings import AdvanceBook, Known, open_book
from creditbank.store.advances import (
    Award,
    add_scores,
    awards_of,
    has_score_file,
    scores_of,
)
from creditbank.store.evidence_checks import read_disputes
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RankedLearner:
    """How one learner stands in the ranking. award: that exempts from the skill test, if any."""

    known: Known
    scores: Mapping[ScoreKind, int]
    award: Award | None
    ranked: Ranked


def record_scores(
    uow: UnitOfWork, actor: Actor, command: RecordScores, *, idempotency_key: str, now: datetime
) -> TakenSteps:
    """Record scores; a later row of a part replaces the earlier one until it is ranked.

    A file whose scores stand already changes nothing and is answered as replayed. Raises
    ForbiddenError, NotFoundError, BusyError, or InvalidInputError with each line's problem (a part
    that the terms do not count, more than full marks, or what the stage says); then nothing was
    recorded.
    """
    action = Action.SCORE_ADVANCE

    def work() -> TakenSteps:
        numbers = [line.enrolment_id for line in command.lines]
        desk = open_desk(uow, actor, action, command.agreement_id, numbers, now=now)
        source = command.source_hash
        if source and has_score_file(uow.connection, command.agreement_id, source):
            return TakenSteps(replayed=True)
        problems = [
            problem
            for at, line in enumerate(command.lines, start=1)
            for problem in _score_problems(desk.book.terms, line, line.row or at)
        ]
        if problems:
            raise refused_together(problems)
        steps = [
            Step(enrolment_id=line.enrolment_id, kind=MoveKind.SCORE, row=line.row)
            for line in command.lines
        ]
        return make_steps(desk, steps, keeping)

    def keeping(desk: Desk, made: Sequence[tuple[Step, int]]) -> None:
        add_scores(
            uow.connection,
            [
                {
                    "advance_move_id": number,
                    "institution_id": desk.book.agreement.school_id,
                    "part": part.value,
                    "units": units,
                    "source_hash": command.source_hash,
                }
                for line, (_, number) in zip(command.lines, made, strict=True)
                for part, units in line.scores.items()
            ],
        )

    return answered(uow, actor, action, command, work, idempotency_key=idempotency_key, now=now)


def _score_problems(terms: AgreementTerms, line: ScoreLine, row: int) -> Iterator[Problem]:
    if not line.scores:
        yield Problem("no_scores", _NO_SCORES, field="scores", row=row)
    for kind, units in line.scores.items():
        part = terms.part(kind)
        if part is None:
            yield Problem("part_unknown", _PART_UNKNOWN, field=kind.value, row=row)
        elif not 0 <= units <= part.full_marks:
            full = f"{part.full_marks / 100:g}"
            message = Message(f"应在0至{full}分之间。", f"This is from 0 to {full} points.")
            yield Problem("score_out_of_range", message, field=kind.value, row=row)


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
    action = Action.RANK_ADVANCE

    def work() -> TakenSteps:
        desk = open_desk(uow, actor, action, command.agreement_id, None, now=now)
        ranking = rank_tested(uow, desk.book, list(desk.known.values()))
        wanted = [
            item for item in ranking.items if item.known.seat.enrolment_id not in command.left_out
        ]
        if not wanted:
            raise refused(_NOBODY)
        problems = [*_ranking_problems(ranking, command)]
        if problems:
            raise refused_together(problems)
        frozen = ranked_hash(
            desk.book.terms.agreement_id,
            desk.book.terms.version_no,
            [
                (
                    item.known.seat.enrolment_id,
                    {kind.value: units for kind, units in item.scores.items()},
                    item.award.ledger_seq if item.award else None,
                )
                for item in ranking.items
            ],
        )
        return make_steps(desk, [_step(item, command, frozen) for item in wanted])

    return answered(uow, actor, action, command, work, idempotency_key=idempotency_key, now=now)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Everybody who was tested, best first; places: that were left for them."""

    places: int
    items: tuple[RankedLearner, ...]

    @property
    def tied(self) -> tuple[RankedLearner, ...]:
        """Whom nothing agreed tells apart at the edge of the quota."""
        return tuple(item for item in self.items if item.ranked.place is Place.TIED_AT_QUOTA)

    @property
    def places_for_tied(self) -> int:
        """How many of them fit in."""
        within = sum(item.ranked.place is Place.WITHIN_QUOTA for item in self.items)
        return self.places - within


def see_ranking(
    uow: UnitOfWork, actor: Actor, agreement_id: int, *, now: datetime
) -> tuple[AgreementTerms, Ranking]:
    """The terms, and the ranking as a proposal would find it by now. Nothing is written.

    Raises ForbiddenError, or NotFoundError where nobody under the agreement is the actor's.
    """
    grant = decide(actor, Action.RANK_ADVANCE)
    book = open_book(uow.connection, agreement_id, today=local_date(now))
    known = [item for item in book.known() if _may_rank(actor, item)] if book else []
    if book is None or not known:
        raise NotFoundError
    ranking = rank_tested(uow, book, known)
    record_access(
        uow.connection, actor, Action.RANK_ADVANCE, grant.mask,
        [item.known.seat.learner_id for item in ranking.items], now,
    )  # fmt: skip
    return book.terms, ranking


def _may_rank(actor: Actor, item: Known) -> bool:
    try:
        decide(actor, Action.RANK_ADVANCE, item.seat.key)
    except NotFoundError:
        return False
    return True


def rank_tested(uow: UnitOfWork, book: AdvanceBook, known: Sequence[Known]) -> Ranking:
    """The ranking of all who are tested and not decided on, within the places that are left.

    known: all members of the agreement; who is proposed or has advanced holds a place.
    """
    tested = {item.seat.enrolment_id: item for item in known if item.standing.stage is Stage.TESTED}
    held = sum(item.standing.stage in {Stage.PROPOSED, Stage.ADVANCED} for item in known)
    scores = {
        number: {ScoreKind(part): units for part, units in found.items()}
        for number, found in scores_of(
            uow.connection, book.agreement.agreement_id, list(tested)
        ).items()
    }
    exempt = exempting_awards(uow, book.terms, [item.seat.learner_id for item in tested.values()])
    candidates = [
        Candidate(
            key=number,
            scores=scores.get(number, {}),
            is_exempt=item.seat.learner_id in exempt,
        )
        for number, item in tested.items()
    ]
    places = max(0, book.terms.quota - held)
    ranked = rank(replace(book.terms, quota=places), candidates)
    items = (
        RankedLearner(
            known=tested[item.key],
            scores=scores.get(item.key, {}),
            award=exempt.get(tested[item.key].seat.learner_id),
            ranked=item,
        )
        for item in ranked
    )
    return Ranking(places, tuple(items))


def read_ranking(uow: UnitOfWork, actor: Actor, agreement_id: int, *, now: datetime) -> Ranking:
    """The ranking as it would be now; nothing is decided.

    Raises ForbiddenError, or NotFoundError for an agreement without a learner of the actor's.
    """
    grant = decide(actor, Action.SEE_ADVANCE_COHORT)
    book = open_book(uow.connection, agreement_id, today=local_date(now))
    known = [] if book is None else book.known()
    if book is None or not any(may(actor, Action.SEE_ADVANCE_COHORT, item) for item in known):
        raise NotFoundError
    found = rank_tested(uow, book, known)
    record_access(
        uow.connection, actor, Action.SEE_ADVANCE_COHORT, grant.mask,
        [item.known.seat.learner_id for item in found.items], now,
    )  # fmt: skip
    return found


def exempting_awards(
    uow: UnitOfWork, terms: AgreementTerms, learner_ids: Sequence[int]
) -> dict[int, Award]:
    """免测: by learner the first award in the ledger that exempts from the skill test.

    An award whose number is in dispute exempts nobody.
    """
    if terms.exemption_level is None:
        return {}
    with uow.everywhere():
        found = awards_of(uow.connection, learner_ids)
        numbers = [item.evidence_no for awards in found.values() for item in awards]
        disputes = read_disputes(uow.connection, [number for number in numbers if number])
    return {
        learner_id: exempting[0]
        for learner_id, awards in found.items()
        if (
            exempting := [
                item
                for item in awards
                if terms.exempts([AwardLevel(item.level)])
                and learner_id not in disputes.get(item.evidence_no or "", ())
            ]
        )
    }


def _ranking_problems(ranking: Ranking, command: ProposeByRanking) -> Iterator[Problem]:
    taken = [item for item in ranking.tied if item.known.seat.enrolment_id in command.chosen]
    for row, item in enumerate(ranking.items, start=1):
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


def _step(item: RankedLearner, command: ProposeByRanking, frozen: str) -> Step:
    place = item.ranked.place
    number = item.known.seat.enrolment_id
    is_in = place is Place.WITHIN_QUOTA or (
        place is Place.TIED_AT_QUOTA and number in command.chosen
    )
    return Step(
        enrolment_id=number,
        kind=MoveKind.PROPOSE if is_in else MoveKind.PASS_OVER,
        document_no=command.document_no,
        detail={
            "rank": item.ranked.rank,
            "total": item.ranked.total,
            "place": place.value,
            "inputs": frozen,
            "exempted_by": item.award.ledger_seq if item.award else None,
        },
    )


_NO_SCORES = Message("请至少填写一项成绩。", "Give at least one score.")
_PART_UNKNOWN = Message("协议不计这一项成绩。", "The agreement does not count this score.")
_TIED = Message(
    "在名额边缘与他人并列,协议约定的条件不能区分;请指定录取谁。",
    "Tied with others at the edge of the quota, and nothing agreed tells them apart; say who is"
    " taken.",
)
_NOBODY = Problem(
    "nobody", Message("没有待排名的学生。", "There is nobody to be ranked."), "agreement_id"
)
