"""The model as an integer program: for what cheap answers and bounds leave open.

The answer is taken only after integer arithmetic has confirmed it (amounts.is_allowed).
"""

from __future__ import annotations

from collections.abc import Collection

from creditbank.domain.plans import Way
from creditbank.eligibility.amounts import Amounts, Lack, is_allowed, sums_of
from creditbank.eligibility.model import Model, Sort
from creditbank.eligibility.solver import Parts, ProgramError, Solver


def solve(model: Model) -> Amounts:
    """The best answer: least shortfall, then least missing, then least lack of the floors.

    Raises ProgramError; never returns a guess.
    """
    return Program(model).solve()


def least_missing(model: Model, blocks: Collection[int]) -> int:
    """What lacks in these blocks at least, whatever lacks elsewhere. Raises ProgramError."""
    return Program(model).least_missing(blocks)


class Program:
    """The page's letters: counts are whole records, units e and f, shared z, per sort and place."""

    def __init__(self, model: Model, solver: Solver | None = None) -> None:
        self._model = model
        self._solver = solver or Solver()
        self._earned = [Parts() for _ in model.needs]
        self._filled = [Parts() for _ in model.needs]
        self._everything = Parts()
        self._counts: list[list[int]] = []
        self._units: list[list[int]] = []
        for sort in model.sorts:
            self._add_sort(sort)
        self._add_limits()
        self._shared = self._add_doubles()
        self._add_blocks()

    def solve(self) -> Amounts:
        """The three goals one after the other, each kept while the next is sought."""
        missing = self._missing(range(len(self._model.needs)))
        short = self._shortfall(missing)
        lacking = self._lacking(short)
        values: list[int] = []
        least: list[int] = []
        for goal in ({short: 1}, missing, lacking):
            # The shortfall bounds the other two: where there is none, there is nothing to seek.
            is_open = goal and not (least and least[0] == 0)
            if is_open:
                values = self._solver.least(goal)
            least.append(sum(values[column] for column in goal) if is_open else 0)
            if is_open:
                self._solver.at_most(goal, least[-1])
        found = Amounts(
            counts=_values(self._counts, values),
            units=_values(self._units, values),
            shared=tuple(values[column] for column in self._shared),
        )
        sums = sums_of(self._model, found)
        if not is_allowed(self._model, found, sums) or sums.lack != Lack(*least):
            message = "integer arithmetic does not confirm the solver's answer"
            raise ProgramError(message)
        return found

    def least_missing(self, blocks: Collection[int]) -> int:
        """What lacks in these blocks at least, in sum, whatever lacks elsewhere."""
        missing = self._missing(blocks)
        values = self._solver.least(missing)
        return sum(values[column] for column in missing)

    def _add_sort(self, sort: Sort) -> None:
        """A record counts once, and whole ones in one place; what caps cut off is lost."""
        new = self._solver.column
        units = [new(sort.total) for _ in sort.places]
        counts = [new(len(sort.records) if sort.is_whole else 0) for _ in sort.places]
        if sort.is_whole:
            self._solver.at_most(dict.fromkeys(counts, 1), len(sort.records))
            for count, here in zip(counts, units, strict=True):
                self._solver.at_most({here: 1, count: -sort.units}, 0)
        else:
            self._solver.at_most(dict.fromkeys(units, 1), sort.total)
        for (block, way), here in zip(sort.places, units, strict=True):
            (self._earned if way is Way.EARN else self._filled)[block][here] = 1
        self._everything |= dict.fromkeys(units, 1)
        self._units.append(units)
        self._counts.append(counts)

    def _add_limits(self) -> None:
        for number, limit in enumerate(self._model.limits):
            parts = {
                here: 1
                for sort, units in zip(self._model.sorts, self._units, strict=True)
                if number in sort.limits
                for place, here in zip(sort.places, units, strict=True)
                if limit.holds(place)
            }
            self._solver.at_most(parts, limit.units)

    def _add_doubles(self) -> list[int]:
        shared = []
        for number, double in enumerate(self._model.doubles):
            column = self._solver.column(double.units_max)
            in_first = {
                here: -1
                for sort, units in zip(self._model.sorts, self._units, strict=True)
                if number in sort.doubles
                for place, here in zip(sort.places, units, strict=True)
                if place[0] == double.from_block
            }
            self._solver.at_most({column: 1} | in_first, 0)
            self._filled[double.to_block][column] = 1
            shared.append(column)
        return shared

    def _add_blocks(self) -> None:
        """Maxima; and what fills, fills what earning leaves open: all of it, or there is none."""
        most = sum(sort.total for sort in self._model.sorts)
        for block, (need, ceiling) in enumerate(
            zip(self._model.needs, self._model.maxima, strict=True)
        ):
            earned, filled = self._earned[block], self._filled[block]
            if ceiling is not None:
                self._solver.at_most(earned, ceiling)
            if filled:
                is_full = self._solver.column(1)
                self._solver.at_most(filled | {is_full: need}, need)
                self._solver.at_most(earned | filled | {is_full: -most}, need)

    def _missing(self, blocks: Collection[int]) -> Parts:
        parts = Parts()
        for block in blocks:
            need = self._model.needs[block]
            column = self._solver.column(need)
            self._solver.at_least(self._earned[block] | self._filled[block] | {column: 1}, need)
            parts[column] = 1
        return parts

    def _shortfall(self, missing: Parts) -> int:
        model = self._model
        short = self._solver.column(max(model.units_min, sum(model.needs), *model.floors, 0))
        self._solver.at_least({short: 1} | dict.fromkeys(missing, -1), 0)
        self._solver.at_least({short: 1} | self._everything, model.units_min)
        return short

    def _lacking(self, short: int) -> Parts:
        parts = Parts()
        for number, floor in enumerate(self._model.floors):
            column = self._solver.column(floor)
            matching = {
                here: 1
                for sort, units in zip(self._model.sorts, self._units, strict=True)
                if number in sort.floors
                for here in units
            }
            self._solver.at_least(matching | {column: 1}, floor)
            self._solver.at_least({short: 1, column: -1}, 0)
            parts[column] = 1
        return parts


def _values(columns: list[list[int]], values: list[int]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(values[column] for column in row) for row in columns)
