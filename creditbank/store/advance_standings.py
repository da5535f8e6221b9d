"""Where learners stand under an agreement: rows, terms and calendar put before the state machine.

Services decide by it and queries show it; neither adds a rule of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.advance_calendar import CalendarDay
from creditbank.domain.advance_rules import rules_of, year_of_attempt
from creditbank.domain.advances import AdvanceRules, Move, Standing, stage_of
from creditbank.domain.agreement_terms import AgreementTerms, ScoreKind
from creditbank.domain.agreements import Agreement, EducationLevel
from creditbank.domain.pass_lines import PassLine
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility.condition_evidence import ConditionLine, with_evidence
from creditbank.store.advance_calendar import calendar_of
from creditbank.store.advance_rankings import frozen_by, points_of, rankings_changed
from creditbank.store.advances import KeptMove, Seat, read_moves, read_seats, seat_as_of
from creditbank.store.agreement_terms import load_terms
from creditbank.store.agreements import load_agreements
from creditbank.store.condition_evidence import held_evidence, placements_of
from creditbank.store.pass_lines import pass_lines_of
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Known:
    """One learner under one agreement."""

    seat: Seat
    moves: tuple[KeptMove, ...]
    standing: Standing

    @property
    def plain_moves(self) -> tuple[Move, ...]:
        """The standing moves without their rows."""
        return tuple(kept.move for kept in self.moves)


@dataclass(slots=True)
class _Years:
    """Calendars and pass lines, those of a year read once for all agreements of its level."""

    connection: Connection
    _days: dict[tuple[int, EducationLevel], tuple[CalendarDay, ...]] = field(default_factory=dict)
    _lines: dict[tuple[int, EducationLevel], Mapping[ScoreKind, PassLine]] = field(
        default_factory=dict
    )

    def days(self, year: int, level: EducationLevel) -> tuple[CalendarDay, ...]:
        if (year, level) not in self._days:
            self._days[year, level] = calendar_of(self.connection, year, level)
        return self._days[year, level]

    def lines(self, year: int, level: EducationLevel) -> Mapping[ScoreKind, PassLine]:
        if (year, level) not in self._lines:
            self._lines[year, level] = pass_lines_of(self.connection, year, level)
        return self._lines[year, level]


@dataclass(slots=True)
class AdvanceBook:
    """An agreement on a day: what it says, and the calendars of its attempts as they are needed."""

    uow: UnitOfWork
    agreement: Agreement
    terms: AgreementTerms
    today: date
    _years: _Years
    _rules: dict[int, AdvanceRules] = field(default_factory=dict)
    _lines: dict[int, Mapping[ScoreKind, int]] = field(default_factory=dict)

    def days(self, attempt: int = 1) -> tuple[CalendarDay, ...]:
        """The calendar of the year in which an attempt falls."""
        return self._years.days(year_of_attempt(self.agreement, attempt), self.agreement.post_level)

    def rules(self, attempt: int = 1) -> AdvanceRules:
        """The rules of an attempt."""
        if attempt not in self._rules:
            self._rules[attempt] = rules_of(self.agreement, self.terms, self.days(attempt))
        return self._rules[attempt]

    def lines(self, attempt: int = 1) -> Mapping[ScoreKind, int]:
        """The pass marks announced for the year of an attempt, of the scores that go by them."""
        if attempt not in self._lines:
            parts = [part for part in self.terms.scores if part.by_announced_line]
            year = year_of_attempt(self.agreement, attempt)
            found = self._years.lines(year, self.agreement.post_level) if parts else {}
            self._lines[attempt] = {
                part.kind: found[part.kind].pass_mark(part) for part in parts if part.kind in found
            }
        return self._lines[attempt]

    def known(
        self,
        *,
        enrolment_ids: Sequence[int] | None = None,
        learner_id: int | None = None,
        verdicts: Mapping[int, Verdict] | None = None,
    ) -> list[Known]:
        """Members, or these of them, by pinyin; who is not the reach's is not there.

        verdicts: by enrolment, computed for this answer where the stored ones are behind. Whatever
        the reach shows, what a 拟录取 or 未录 was ranked by is looked at in the books of everybody.
        """
        number = self.agreement.agreement_id
        seats = read_seats(
            self.uow.connection, [number], enrolment_ids=enrolment_ids, learner_id=learner_id
        )
        seats = [
            seat_as_of(seat, verdicts[seat.enrolment_id])
            if verdicts and seat.enrolment_id in verdicts
            else seat
            for seat in seats
        ]
        return _standing(self.uow, {number: self}, seats)[number]

    def scores(self, enrolment_ids: Sequence[int]) -> dict[int, dict[ScoreKind, int]]:
        """By enrolment the points of each part in hundredths, of the attempt of now.

        As store.advance_rankings.points_of has them today. The reach is everywhere.
        """
        return points_of(self.uow.connection, self.terms, enrolment_ids, as_of=self.today)

    def condition_lines(
        self, known: Sequence[Known], *, outward: bool
    ) -> dict[int, tuple[ConditionLine, ...]]:
        """By enrolment the conditions as decided, each with what its records are today.

        outward: as they leave the school. The caller has decided access to these learners.
        """
        numbers = [item.seat.enrolment_id for item in known]
        with self.uow.everywhere():
            held = held_evidence(self.uow.connection, self.agreement.agreement_id, numbers)
            placed = placements_of(self.uow.connection, numbers)
        found = {
            item.seat.enrolment_id: with_evidence(
                item.seat.decided_conditions,
                held[item.seat.enrolment_id],
                self.today,
                placements=placed.get(item.seat.enrolment_id, ()),
                concluded_on=item.seat.judged_on(self.today),
            )
            for item in known
        }
        if not outward:
            return found
        return {number: tuple(line.outward for line in lines) for number, lines in found.items()}

    def stand(self, seat: Seat, moves: tuple[KeptMove, ...]) -> Known:
        """Where a member stands after these moves."""
        plain = [kept.move for kept in moves]
        return Known(seat, moves, stage_of(seat.situation, self.today, self.rules(), plain))


def everybody_known(
    uow: UnitOfWork, books: Mapping[int, AdvanceBook], *, only_begun: bool = False
) -> dict[int, list[Known]]:
    """The members of several agreements, by agreement and pinyin, in as few statements as of one.

    As AdvanceBook.known finds them. only_begun: those of whom something was decided.
    """
    return _standing(uow, books, read_seats(uow.connection, books, only_begun=only_begun))


def _standing(
    uow: UnitOfWork, books: Mapping[int, AdvanceBook], seats: Sequence[Seat]
) -> dict[int, list[Known]]:
    moves = read_moves(uow.connection, seats)
    known = [books[seat.agreement_id].stand(seat, moves[seat.place]) for seat in seats]
    found: dict[int, list[Known]] = {number: [] for number in books}
    for item in _with_changed_rankings(uow, books, known):
        found[item.seat.agreement_id].append(item)
    return found


def _with_changed_rankings(
    uow: UnitOfWork, books: Mapping[int, AdvanceBook], known: Sequence[Known]
) -> list[Known]:
    kept = (
        frozen_by(item.seat.place, item.seat.learner_id, item.moves)
        for item in known
        if item.standing.rests_on_ranking
    )
    frozen = [item for item in kept if item is not None]
    if not frozen:
        return [*known]
    terms = {number: book.terms for number, book in books.items()}
    with uow.everywhere():
        changed = rankings_changed(
            uow.connection, terms, frozen, lambda item: books[item.place[0]].lines(item.attempt)
        )
    return [_reranked(books, item, changed.get(item.seat.place, ())) for item in known]


def _reranked(books: Mapping[int, AdvanceBook], item: Known, changed: tuple[str, ...]) -> Known:
    if not changed:
        return item
    situation = replace(item.seat.situation, ranking_changed=changed)
    seat = replace(item.seat, situation=situation)
    return books[seat.agreement_id].stand(seat, item.moves)


def standing_under(uow: UnitOfWork, verdict: Verdict, *, as_of: date) -> Standing | None:
    """Where the learner of a verdict on the advance stands, by that very verdict.

    None where the agreement has no terms, or the learner is not a member. The reach is everywhere.
    """
    book = open_book(uow, verdict.subject_id, today=as_of)
    if book is None:
        return None
    number = verdict.enrolment_id
    found = book.known(enrolment_ids=[number], verdicts={number: verdict})
    return found[0].standing if found else None


def open_book(uow: UnitOfWork, agreement_id: int, *, today: date) -> AdvanceBook | None:
    """The agreement on a day; None where there is none."""
    return open_books(uow, [agreement_id], today=today).get(agreement_id)


def open_books(
    uow: UnitOfWork, agreement_ids: Sequence[int], *, today: date
) -> dict[int, AdvanceBook]:
    """The agreements on a day, by their numbers and in this order; those that there are."""
    agreements = load_agreements(uow.connection, agreement_ids, as_of=today)
    terms = load_terms(uow.connection, agreement_ids, as_of=today)
    years = _Years(uow.connection)
    return {
        number: AdvanceBook(uow, agreements[number], terms[number], today, years)
        for number in agreement_ids
        if number in agreements and number in terms
    }
