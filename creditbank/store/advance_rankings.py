"""What a ranking looks at: points by part, awards that exempt; and what of it has changed since.

The reach is everywhere: averages and awards are found in the ledger of all schools, and a number
may be in dispute with anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.advance_rankings import RankedBy, changed_since, ranked_by
from creditbank.domain.advances import MoveKind
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.awards import AwardLevel
from creditbank.eligibility.ranking import points_of_average
from creditbank.store.advances import Award, KeptMove, Place, awards_of, scores_of
from creditbank.store.course_averages import course_averages
from creditbank.store.evidence_checks import read_disputes


def points_of(
    connection: Connection, terms: AgreementTerms, enrolment_ids: Sequence[int], *, as_of: date
) -> dict[int, dict[ScoreKind, int]]:
    """By enrolment the points of each part in hundredths, of the attempt of now.

    As recorded; 课程平均 from the courses that stand on the day, so nobody enters it.
    """
    places = [(terms.agreement_id, number) for number in enrolment_ids]
    found = _points(connection, {terms.agreement_id: terms}, places, as_of=as_of)
    return {number: points for (_agreement, number), points in found.items()}


def _points(
    connection: Connection,
    terms: Mapping[int, AgreementTerms],
    places: Sequence[Place],
    *,
    as_of: date,
) -> dict[Place, dict[ScoreKind, int]]:
    """As points_of, under several agreements. terms: by agreement."""
    recorded = scores_of(connection, places)
    found = {place: recorded[place] for place in places}
    parts = {number: item.part(ScoreKind.COURSE_AVERAGE) for number, item in terms.items()}
    averaged = {number for agreement_id, number in places if parts[agreement_id]}
    averages = course_averages(connection, averaged, as_of=as_of) if averaged else {}
    for (agreement_id, number), points in found.items():
        part = parts[agreement_id]
        if part is not None:
            points.pop(part.kind, None)
            average = averages[number]
            if average is not None:
                points[part.kind] = points_of_average(average, part)
    return found


def exempting_awards(
    connection: Connection, terms: AgreementTerms, learner_ids: Sequence[int]
) -> dict[int, tuple[Award, ...]]:
    """免测: by learner the awards in the ledger that exempt from the skill test, the first first.

    An award whose number is in dispute exempts nobody; who has none is not there.
    """
    if terms.exemption_level is None:
        return {}
    found = _undisputed_awards(connection, learner_ids)
    exempting = {learner_id: _exempting(terms, awards) for learner_id, awards in found.items()}
    return {learner_id: awards for learner_id, awards in exempting.items() if awards}


def _undisputed_awards(
    connection: Connection, learner_ids: Sequence[int]
) -> dict[int, tuple[Award, ...]]:
    if not learner_ids:
        return {}
    found = awards_of(connection, learner_ids)
    numbers = [item.evidence_no for awards in found.values() for item in awards]
    disputes = read_disputes(connection, [number for number in numbers if number])
    return {
        learner_id: tuple(
            item for item in awards if learner_id not in disputes.get(item.evidence_no or "", ())
        )
        for learner_id, awards in found.items()
    }


def _exempting(terms: AgreementTerms, awards: Iterable[Award]) -> tuple[Award, ...]:
    return tuple(item for item in awards if terms.exempts([AwardLevel(item.level)]))


_BY_RANKING = frozenset({MoveKind.PROPOSE, MoveKind.PASS_OVER})


@dataclass(frozen=True, slots=True)
class Frozen:
    """Whom a ranking has proposed or passed over, on which day, and what that froze.

    attempt: whose announced lines hold.
    """

    place: Place
    learner_id: int
    day: date
    ranked: RankedBy
    attempt: int


def frozen_by(place: Place, learner_id: int, moves: Iterable[KeptMove]) -> Frozen | None:
    """By the last ranking among standing moves; None where there is none, or nothing was frozen."""
    kept = [item for item in moves if item.move.kind in _BY_RANKING][-1:]
    ranked = ranked_by(kept[0].row["detail"]) if kept else None
    if ranked is None:
        return None
    attempt = kept[0].row["attempt"]
    return Frozen(place, learner_id, kept[0].move.decided_on, ranked, attempt)


def rankings_changed(
    connection: Connection,
    terms: Mapping[int, AgreementTerms],
    frozen: Sequence[Frozen],
    lines: Callable[[Frozen], Mapping[ScoreKind, int]],
) -> dict[Place, tuple[str, ...]]:
    """What these were ranked by and what is otherwise in the books of now.

    terms: by agreement. lines: the announced pass marks of an attempt, of now: one that is
    corrected counts at once.
    Asked as of the day of each ranking: what has been earned since then was no input of it, what is
    entered late or taken back was. Some queries for what was ranked on one day, however much.
    """
    exempted = [item for item in frozen if terms[item.place[0]].exemption_level is not None]
    awards = _undisputed_awards(connection, [item.learner_id for item in exempted])
    points: dict[Place, dict[ScoreKind, int]] = {}
    for day in sorted({item.day for item in frozen}):
        of_day = [item.place for item in frozen if item.day == day]
        points |= _points(connection, terms, of_day, as_of=day)
    return {
        item.place: changed_since(
            item.ranked,
            points[item.place],
            [
                award.ledger_seq
                for award in _exempting(terms[item.place[0]], awards.get(item.learner_id, ()))
                if award.earned_on <= item.day or award.ledger_seq == item.ranked.exempted_by
            ],
            lines(item),
        )
        for item in frozen
    }
