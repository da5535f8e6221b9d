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
from creditbank.store.advances import Award, KeptMove, awards_of, scores_of
from creditbank.store.course_averages import course_averages
from creditbank.store.evidence_checks import read_disputes


def points_of(
    connection: Connection, terms: AgreementTerms, enrolment_ids: Sequence[int], *, as_of: date
) -> dict[int, dict[ScoreKind, int]]:
    """By enrolment the points of each part in hundredths, of the attempt of now.

    As recorded; 课程平均 from the courses that stand on the day, so nobody enters it.
    """
    recorded = scores_of(connection, terms.agreement_id, enrolment_ids)
    found = {
        number: {ScoreKind(kind): units for kind, units in recorded.get(number, {}).items()}
        for number in enrolment_ids
    }
    part = terms.part(ScoreKind.COURSE_AVERAGE)
    if part is not None:
        averages = course_averages(connection, enrolment_ids, as_of=as_of)
        for number, average in averages.items():
            found[number].pop(part.kind, None)
            if average is not None:
                found[number][part.kind] = points_of_average(average, part)
    return found


def exempting_awards(
    connection: Connection, terms: AgreementTerms, learner_ids: Sequence[int]
) -> dict[int, tuple[Award, ...]]:
    """免测: by learner the awards in the ledger that exempt from the skill test, the first first.

    An award whose number is in dispute exempts nobody; who has none is not there.
    """
    if terms.exemption_level is None:
        return {}
    found = awards_of(connection, learner_ids)
    numbers = [item.evidence_no for awards in found.values() for item in awards]
    disputes = read_disputes(connection, [number for number in numbers if number])
    exempting = {
        learner_id: tuple(
            item
            for item in awards
            if terms.exempts([AwardLevel(item.level)])
            and learner_id not in disputes.get(item.evidence_no or "", ())
        )
        for learner_id, awards in found.items()
    }
    return {learner_id: awards for learner_id, awards in exempting.items() if awards}


_BY_RANKING = frozenset({MoveKind.PROPOSE, MoveKind.PASS_OVER})


@dataclass(frozen=True, slots=True)
class Frozen:
    """Whom a ranking has proposed or passed over, on which day, and what that froze.

    attempt: whose announced lines hold.
    """

    enrolment_id: int
    learner_id: int
    day: date
    ranked: RankedBy
    attempt: int


def frozen_by(enrolment_id: int, learner_id: int, moves: Iterable[KeptMove]) -> Frozen | None:
    """By the last ranking among standing moves; None where there is none, or nothing was frozen."""
    kept = [item for item in moves if item.move.kind in _BY_RANKING][-1:]
    ranked = ranked_by(kept[0].row["detail"]) if kept else None
    if ranked is None:
        return None
    attempt = kept[0].row["attempt"]
    return Frozen(enrolment_id, learner_id, kept[0].move.decided_on, ranked, attempt)


def rankings_changed(
    connection: Connection,
    terms: AgreementTerms,
    frozen: Sequence[Frozen],
    lines: Callable[[int], Mapping[ScoreKind, int]],
) -> dict[int, tuple[str, ...]]:
    """By enrolment what these were ranked by and what is otherwise in the books of now.

    lines: the announced pass marks of an attempt, of now: one that is corrected counts at once.
    Asked as of the day of each ranking: what has been earned since then was no input of it, what is
    entered late or taken back was. Some queries for a class that was ranked on one day, however
    large.
    """
    awards = exempting_awards(connection, terms, [item.learner_id for item in frozen])
    points: dict[int, Mapping[ScoreKind, int]] = {}
    for day in sorted({item.day for item in frozen}):
        of_day = [item.enrolment_id for item in frozen if item.day == day]
        points |= points_of(connection, terms, of_day, as_of=day)
    return {
        item.enrolment_id: changed_since(
            item.ranked,
            points[item.enrolment_id],
            [
                award.ledger_seq
                for award in awards.get(item.learner_id, ())
                if award.earned_on <= item.day or award.ledger_seq == item.ranked.exempted_by
            ],
            lines(item.attempt),
        )
        for item in frozen
    }
