"""The integer program of the verdict with what the table may give: the best recognition of all.

Alike sources, of the same units for the same lines, are counted together: which of them a line uses
is no other answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from math import gcd
from typing import NamedTuple

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import PlanCourse
from creditbank.domain.recognition_rules import RATIO_WHOLE, Relation
from creditbank.domain.snapshots import Record
from creditbank.eligibility.model import Model, Sort, make_model
from creditbank.eligibility.program import Program
from creditbank.eligibility.recognition import Given, Recognised, Transfer, course_order
from creditbank.eligibility.recognition_question import (
    Line,
    Question,
    given_course,
    given_units,
)
from creditbank.eligibility.solver import NoAnswerError, Parts, ProgramError
from creditbank.eligibility.standing import standing_records

NODES_MAX, SECONDS_MAX = 500, 2.0
"""How much is searched for the best of equal shortfall, goal by goal, and for each alternative.
Usual tables need a few nodes; the least shortfall of all is sought until it is proven."""


class Best(NamedTuple):
    """The items, and the shortfall that the program finds for them, in hundredths.

    is_bounded: the search for the best of equal shortfall was ended by its bound.
    """

    items: tuple[Recognised, ...]
    shortfall: int
    is_bounded: bool


class _Alike(NamedTuple):
    """Sources that are one as good as another. sort: theirs in the model, -1 for none."""

    units: int
    lines: tuple[str, ...]
    sort: int


def best_recognition(
    transfer: Transfer, question: Question, found: Sequence[Sequence[Recognised]] = ()
) -> Best | None:
    """Least shortfall, most units, the nearest relation, fewest sources, then the first in order.

    found: answers that this one may not be a part of. None where there is no further answer.
    Raises ProgramError, for a further answer also where its bound is reached.
    """
    program = _RecognitionProgram(transfer, question)
    try:
        program.exclude(found)
        return program.best()
    except NoAnswerError:
        if not found:  # to recognise nothing is always an answer
            raise
        return None


class _RecognitionProgram(Program):
    """Columns besides the verdict's own: what is given and what is used.

    Per line and course whether it is given, per line and block how many units, per line and class
    of sources how many of them it uses.
    """

    def __init__(self, transfer: Transfer, question: Question) -> None:
        lines = [line for line in question.lines.values() if line.sources and line.smallest]
        courses = {course.course_code: course for line in lines for course in line.courses}
        self._courses = sorted(courses.values(), key=course_order)
        offers = _offers(transfer, lines, self._courses)
        super().__init__(_model(transfer, question, offers.values()))
        self._question, self._lines = question, lines
        self._sort_of = {
            record.ledger_seq: number
            for number, sort in enumerate(self._model.sorts)
            for record in sort.records
        }
        new = self._solver.column
        self._gives = {
            (line.rule.code, course.course_code): new(1)
            for line in lines
            for course in line.courses
        }
        self._amounts = {
            (line.rule.code, block.code): new(most) for line in lines for block, most in line.blocks
        }
        self._alike = self._classes()
        self._uses = {
            (line, alike): new(len(self._alike[alike]))
            for alike in self._alike
            for line in alike.lines
        }
        self._lines_give_what_they_pool()
        self._sources_are_used_once()
        self._only_what_is_given_counts(offers)
        self._nothing_overfills()

    def exclude(self, found: Iterable[Sequence[Recognised]]) -> None:
        """Ask for more than an answer has: a course that it does not give, or a block in full.

        In full: with all that it could be given at all, so that other halves are no other answer.
        """
        found = tuple(found)
        if not found:
            return
        self._hurry()
        parts = {block: dict.fromkeys(self._given_to(block), 1) for block in self._blocks()}
        most = {
            block: _sum(columns, self._solver.least(dict.fromkeys(columns, -1)))
            for block, columns in parts.items()
        }
        for items in found:
            given = [given for item in items for given in item.gives]
            codes = {item.course_code for item in given}
            more = Parts()
            for course in self._courses:
                if course.course_code not in codes:
                    more |= dict.fromkeys(self._given_course(course), 1)
            for block, columns in parts.items():
                has = sum(g.units for g in given if not g.course_code and g.block_code == block)
                if has < most[block]:
                    is_full = self._solver.column(1)
                    self._solver.at_least(columns | {is_full: -most[block]}, 0)
                    more[is_full] = 1
            self._solver.at_least(more, 1)

    def best(self) -> Best:
        """Each goal kept while the next is sought."""
        missing = self._missing(range(len(self._model.needs)))
        short = self._shortfall(missing)
        self._lacking(short)
        values = self._solver.least({short: 1})
        least = values[short]
        self._solver.at_most({short: 1}, least)
        self._hurry()
        is_bounded = False
        for goal in self._goals():
            values, is_least = self._lower(goal, values)
            is_bounded = not is_least
            if is_bounded:
                break
            self._solver.at_most(goal, _sum(goal, values))
        return Best(self._question.items(self._items(values)), least, is_bounded)

    def _hurry(self) -> None:
        self._solver.bound(nodes_max=NODES_MAX, seconds_max=SECONDS_MAX, simplifies=True)

    def _lower(self, goal: Parts, known: list[int]) -> tuple[list[int], bool]:
        """The least, and that it is proven; else the best of what is known."""
        try:
            return self._solver.least(goal), True
        except ProgramError:
            reached = self._solver.reached() or known
            return min(reached, known, key=lambda values: _sum(goal, values)), False

    def _goals(self) -> Iterator[Parts]:
        yield self._units_of(self._lines, -1)
        for relation in (Relation.SAME, Relation.SIMILAR):
            lines = [line for line in self._lines if line.rule.relation is relation]
            if 0 < len(lines) < len(self._lines):
                yield self._units_of(lines, -1)
        yield dict.fromkeys(self._uses.values(), 1)
        yield self._order()

    def _order(self) -> Parts:
        """The earliest courses, the first blocks, the first sources and lines."""
        places = {course.course_code: at for at, course in enumerate(self._courses)}
        blocks = {code: at for at, code in enumerate(self._question.index.codes)}
        lines = {line.rule.code: at for at, line in enumerate(self._lines)}
        first = {alike: at for at, alike in enumerate(self._alike)}
        return (
            {column: places[code] + lines[line] for (line, code), column in self._gives.items()}
            | {column: blocks[code] for (_, code), column in self._amounts.items()}
            | {column: first[alike] + lines[line] for (line, alike), column in self._uses.items()}
        )

    def _items(self, values: Sequence[int]) -> Iterator[tuple[str, list[int], list[Given]]]:
        """Of alike sources the first ones, for the first line."""
        left = {alike: list(records) for alike, records in self._alike.items()}
        for line in self._lines:
            code = line.rule.code
            gives = [
                given_course(course)
                for course in line.courses
                if values[self._gives[code, course.course_code]]
            ]
            gives += [
                given_units(block, units)
                for block, _ in line.blocks
                if (units := values[self._amounts[code, block.code]])
            ]
            sources = []
            for alike, records in left.items():
                if code in alike.lines:
                    count = values[self._uses[code, alike]]
                    sources += [record.ledger_seq for record in records[:count]]
                    del records[:count]
            if gives:
                yield code, sources, gives

    def _classes(self) -> dict[_Alike, list[Record]]:
        of: dict[int, tuple[str, ...]] = defaultdict(tuple)
        for line in self._lines:
            for record in line.sources:
                of[record.ledger_seq] += (line.rule.code,)
        found: dict[_Alike, list[Record]] = {}
        for seq in sorted(of):
            record = self._question.sources[seq]
            alike = _Alike(record.units, of[seq], self._sort_of.get(seq, -1))
            found.setdefault(alike, []).append(record)
        return found

    def _units_of(self, lines: Iterable[Line], weight: int) -> Parts:
        """What these lines give, each hundredth at this weight."""
        return {
            self._gives[line.rule.code, course.course_code]: weight * course.units
            for line in lines
            for course in line.courses
        } | {
            self._amounts[line.rule.code, block.code]: weight
            for line in lines
            for block, _ in line.blocks
        }

    def _lines_give_what_they_pool(self) -> None:
        for line in self._lines:
            rule = line.rule
            whole = gcd(rule.ratio_percent, RATIO_WHOLE)
            pool = {
                column: -alike.units * (rule.ratio_percent // whole)
                for (code, alike), column in self._uses.items()
                if code == rule.code
            }
            self._solver.at_most(self._units_of([line], RATIO_WHOLE // whole) | pool, 0)
            if rule.units_max is not None:
                self._solver.at_most(self._units_of([line], 1), rule.units_max)

    def _sources_are_used_once(self) -> None:
        """Nor do they count where they are used."""
        used: dict[int, Parts] = defaultdict(Parts)
        for alike, records in self._alike.items():
            columns = {self._uses[line, alike]: 1 for line in alike.lines}
            self._solver.at_most(columns, len(records))
            if alike.sort >= 0:
                used[alike.sort] |= columns
        for number, columns in used.items():
            sort = self._model.sorts[number]
            counted = self._counts[number] if sort.is_whole else self._units[number]
            each = 1 if sort.is_whole else sort.units
            gone = dict.fromkeys(columns, each)
            self._solver.at_most(dict.fromkeys(counted, 1) | gone, each * len(sort.records))

    def _only_what_is_given_counts(self, offers: dict[tuple[str, str], Record]) -> None:
        """A course is given once; of a block's units those that a line gives."""
        for course in self._courses:
            self._solver.at_most(dict.fromkeys(self._given_course(course), 1), 1)
        for (line, code), record in offers.items():
            number = self._sort_of.get(record.ledger_seq, -1)
            if number < 0:
                continue
            given = (
                {self._amounts[line, code]: -1}
                if line
                else {
                    column: -record.units
                    for (_, course), column in self._gives.items()
                    if course == code
                }
            )
            self._solver.at_most(dict.fromkeys(self._units[number], 1) | given, 0)

    def _nothing_overfills(self) -> None:
        """A block that takes of a line without a limit is given no more in sum than it asks."""
        free = {line.rule.code for line in self._lines if line.rule.units_max is None}
        for block in self._blocks():
            unlimited = [
                column
                for (line, code), column in self._amounts.items()
                if code == block and line in free
            ]
            if not unlimited:
                continue
            still = self._question.still[block]
            courses = {
                column: course.units
                for course in self._courses
                if course.block_code == block
                for column in self._given_course(course)
            }
            everything = dict.fromkeys(self._given_to(block), 1) | courses
            beyond = sum(
                most for line in self._lines for item, most in line.blocks if item.code == block
            ) + sum(course.units for course in self._courses if course.block_code == block)
            takes = self._solver.column(1)
            self._solver.at_most(dict.fromkeys(unlimited, 1) | {takes: -still}, 0)
            self._solver.at_most(everything | {takes: beyond}, still + beyond)

    def _blocks(self) -> list[str]:
        given = {code for _, code in self._amounts}
        return [code for code in self._question.index.codes if code in given]

    def _given_to(self, block: str) -> list[int]:
        return [column for (_, code), column in self._amounts.items() if code == block]

    def _given_course(self, course: PlanCourse) -> list[int]:
        return [column for (_, code), column in self._gives.items() if code == course.course_code]


def _sum(parts: Parts, values: Sequence[int]) -> int:
    return sum(values[column] * weight for column, weight in parts.items())


def _offers(
    transfer: Transfer, lines: Iterable[Line], courses: Iterable[PlanCourse]
) -> dict[tuple[str, str], Record]:
    """A record for each course ("" and its code), and for each line and block the most of it."""
    given = {("", course.course_code): given_course(course) for course in courses} | {
        (line.rule.code, block.code): given_units(block, most)
        for line in lines
        for block, most in line.blocks
    }
    return {
        key: Record(
            seq, EntryKind.RECOGNITION, item.units, transfer.as_of, item.name, item.course_code,
            block_code=item.block_code,
        )
        for seq, (key, item) in enumerate(given.items(), start=transfer.next_seq)
    }  # fmt: skip


def _model(transfer: Transfer, question: Question, offers: Iterable[Record]) -> Model:
    """Of all records and all offers, each offer a sort of its own."""
    offers = tuple(offers)
    records = (*transfer.snapshot.records, *offers)
    standing = standing_records(records, question.index, transfer.as_of)
    model = make_model(standing, question.index, transfer.policy)
    offered = {record.ledger_seq for record in offers}
    return replace(
        model, sorts=tuple(chain.from_iterable(_apart(sort, offered) for sort in model.sorts))
    )


def _apart(sort: Sort, offered: set[int]) -> Iterator[Sort]:
    own = tuple(record for record in sort.records if record.ledger_seq not in offered)
    if own:
        yield sort._replace(records=own, total=sort.units * len(own))
    for record in sort.records:
        if record.ledger_seq in offered:
            yield sort._replace(records=(record,), total=sort.units)
