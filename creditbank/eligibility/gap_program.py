"""The integer program of the verdict with offers that may be taken: the cheapest that suffice.

Of each kind of offer the first ones are taken, so that alike offers are no different answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from creditbank.eligibility.gap_question import Question
from creditbank.eligibility.program import Program
from creditbank.eligibility.solver import NoAnswerError, Parts, ProgramError, Solver

NODES_MAX, SECONDS_MAX = 300, 3.0
"""How much one question may take. Usual plans need a few nodes and hundredths of a second; some
with many courses that count in several blocks need thousands, and advice may not hold up a page."""


class Cheapest(NamedTuple):
    """How many of each kind to take. is_proven: also that nothing of equal cost comes before it."""

    counts: tuple[int, ...]
    is_proven: bool


def cheapest(question: Question, found: Sequence[Sequence[int]] = ()) -> Cheapest | None:
    """Fewest hours, then fewest additions, then the earliest, then the first in the order.

    found: answers that this one may not hold whole. None where there is no further answer; raises
    ProgramError where the bound is reached before the cost is proven to be the least.
    """
    program = _GapProgram(question)
    for counts in found:
        program.exclude(counts)
    try:
        return program.cheapest()
    except NoAnswerError:
        return None


class _GapProgram(Program):
    """Nothing may lack; what is sought is which offers that takes."""

    def __init__(self, question: Question) -> None:
        super().__init__(
            question.model, Solver(nodes_max=NODES_MAX, seconds_max=SECONDS_MAX, simplifies=True)
        )
        self._question = question
        # One column for each offer; of a kind the next only after the one before.
        self._taken = [[self._solver.column(1) for _ in kind.offers] for kind in question.kinds]
        for columns in self._taken:
            for before, after in pairwise(columns):
                self._solver.at_most({after: 1, before: -1}, 0)
        self._only_what_is_taken_counts()
        self._nothing_lacks()
        self._rules()

    def exclude(self, counts: Sequence[int]) -> None:
        """Ask for less of some kind than an answer known already has."""
        less = Parts()
        for columns, count in zip(self._taken, counts, strict=True):
            if count:
                is_less = self._solver.column(1)
                self._solver.at_most({columns[count - 1]: 1, is_less: 1}, 1)
                less[is_less] = 1
        self._solver.at_least(less, 1)

    def cheapest(self) -> Cheapest:
        """Hours and their number first, then semesters and the order of codes."""
        columns = list(chain.from_iterable(self._taken))
        offers = [offer for kind in self._question.kinds for offer in kind.offers]
        places = {offer.record.ledger_seq: at for at, offer in enumerate(offers)}
        by_code = sorted(offers, key=lambda offer: (offer.code, offer.number))
        rank = {offer.record.ledger_seq: at for at, offer in enumerate(by_code)}
        many, beyond = len(offers) + 1, sum(rank.values()) + 1
        cost: Parts = {
            columns[places[offer.record.ledger_seq]]: offer.hours * many + 1 for offer in offers
        }
        order: Parts = {
            columns[at]: offer.semester_no * beyond + rank[offer.record.ledger_seq]
            for at, offer in enumerate(offers)
        }
        values = self._solver.least(cost)
        least = sum(values[column] * weight for column, weight in cost.items())
        self._solver.at_most(cost, least)
        try:
            return Cheapest(self._counts_of(self._solver.least(order)), is_proven=True)
        except ProgramError:
            return Cheapest(self._counts_of(values), is_proven=False)

    def _counts_of(self, values: Sequence[int]) -> tuple[int, ...]:
        return tuple(sum(values[column] for column in taken) for taken in self._taken)

    def _only_what_is_taken_counts(self) -> None:
        kinds = self._question.kinds
        offered = Counter[int]()
        for kind in kinds:
            offered[kind.sort] += len(kind.offers)
        for number, sort in enumerate(self._model.sorts):
            if not offered[number]:
                continue
            each = 1 if sort.is_whole else sort.units
            counted = self._counts[number] if sort.is_whole else self._units[number]
            taken = {
                column: -each
                for kind, columns in zip(kinds, self._taken, strict=True)
                if kind.sort == number
                for column in columns
            }
            own = len(sort.records) - offered[number]
            self._solver.at_most(dict.fromkeys(counted, 1) | taken, own * each)

    def _nothing_lacks(self) -> None:
        missing = self._missing(range(len(self._question.model.needs)))
        short = self._shortfall(missing)
        self._lacking(short)
        self._solver.at_most({short: 1}, 0)

    def _rules(self) -> None:
        """Choices and hours of the plan, courses that must be among them, one of a family."""
        kinds = self._question.kinds
        for number, still in enumerate(self._question.hours):
            self._at_least([kind.hours[number] for kind in kinds], still)
        for number, still in enumerate(self._question.choices):
            self._at_least([int(kind.chosen[number]) for kind in kinds], still)
        for kind, columns in zip(kinds, self._taken, strict=True):
            if kind.is_must:
                self._solver.at_least({columns[-1]: 1}, 1)
        for family in sorted({kind.family for kind in kinds} - {""}):
            together = {
                column: 1
                for kind, columns in zip(kinds, self._taken, strict=True)
                if kind.family == family
                for column in columns
            }
            self._solver.at_most(together, 1)

    def _at_least(self, each: Sequence[int], still: int) -> None:
        if still <= 0:
            return
        parts = {
            column: weight
            for weight, columns in zip(each, self._taken, strict=True)
            if weight
            for column in columns
        }
        self._solver.at_least(parts, still)
