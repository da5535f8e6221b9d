"""The registrar's own decision, line by line: whether the table allows it, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from creditbank.domain.credits import credits_text
from creditbank.domain.errors import InvalidInputError, Message, Problem
from creditbank.domain.recognition_rules import Relation
from creditbank.eligibility.recognition import Given, Proposal, Recognised, Transfer
from creditbank.eligibility.recognition_question import (
    Line,
    Question,
    given_course,
    given_units,
    question_of,
)
from creditbank.eligibility.recognition_words import not_recognised, problem


@dataclass(frozen=True, slots=True)
class Decided:
    """One line as the registrar uses it.

    code: of the line; sources: ledger_seq of courses passed; courses: codes of whole courses there;
    blocks: (code, units in hundredths).
    """

    code: str
    sources: tuple[int, ...]
    courses: tuple[str, ...] = ()
    blocks: tuple[tuple[str, int], ...] = ()


def judge(transfer: Transfer, decided: Sequence[Decided]) -> Proposal:
    """What a decision leads to; it may be less than the best, never more.

    Raises InvalidInputError where the table does not allow it: each problem names the item (row)
    and its field. ProgramError.
    """
    question = question_of(transfer)
    problems = tuple(problems_of(question, decided))
    if problems:
        raise InvalidInputError(_NOT_ALLOWED, problems=problems)
    return outcome(transfer, question, _items(question, decided))


def outcome(transfer: Transfer, question: Question, items: tuple[Recognised, ...]) -> Proposal:
    """The engine's verdict with these items, and what they leave out. Raises ProgramError."""
    return Proposal(
        items=items,
        not_recognised=not_recognised(question, items),
        verdict=transfer.verdict(items),
        shortfall_without=transfer.verdict().shortfall_units,
    )


def decided_of(items: Iterable[Recognised]) -> tuple[Decided, ...]:
    """The decision to follow a proposal."""
    return tuple(
        Decided(
            item.code,
            tuple(source.ledger_seq for source in item.sources),
            tuple(given.course_code for given in item.gives if given.course_code),
            tuple((g.block_code, g.units) for g in item.gives if not g.course_code),
        )
        for item in items
    )


def problems_of(question: Question, decided: Sequence[Decided]) -> Iterator[Problem]:
    """What the table does not allow."""
    lines, sources, courses = set[str](), set[int](), set[str]()
    for row, item in enumerate(decided, start=1):
        line = question.lines.get(item.code)
        if line is None:
            yield _no_line(question, item.code, row)
            continue
        if item.code in lines:
            yield problem("line_twice", row)
            continue
        lines.add(item.code)
        yield from _of_sources(question, line, item, row, sources)
        yield from _of_gives(line, item, row, courses)
    yield from _overfilled(question, decided)


def _no_line(question: Question, code: str, row: int) -> Problem:
    rule = question.rules.get(code)
    if rule is None:
        return problem("line_unknown", row)
    refuses = rule.relation is Relation.NONE
    return problem("line_refuses" if refuses else "line_needs_test", row)


def _of_sources(
    question: Question, line: Line, item: Decided, row: int, used: set[int]
) -> Iterator[Problem]:
    if not item.sources:
        yield problem("sources_missing", row)
    own = {record.ledger_seq for record in line.sources}
    for seq in item.sources:
        if seq not in question.sources:
            yield problem("source_unknown", row, seq=seq)
        elif seq in question.refused:
            yield problem("source_refused", row, seq=seq, code=question.refused[seq])
        elif seq not in own:
            yield problem("source_not_of_line", row, seq=seq)
        elif seq in used:
            yield problem("source_twice", row, seq=seq)
        used.add(seq)


def _of_gives(line: Line, item: Decided, row: int, given: set[str]) -> Iterator[Problem]:
    if not item.courses and not item.blocks:
        yield problem("gives_missing", row)
    courses = {course.course_code: course.units for course in line.courses}
    for code in item.courses:
        if code not in courses:
            yield problem("course_not_of_line", row, code=code)
        elif code in given:
            yield problem("course_twice", row, code=code)
        given.add(code)
    own = {block.code for block, _ in line.blocks}
    for code, units in item.blocks:
        if code not in own:
            yield problem("block_not_of_line", row, code=code)
        own.discard(code)
        if units <= 0:
            yield problem("units_wrong", row, code=code)
    pool = {record.ledger_seq: record.units for record in line.sources}
    most = line.worth(sum(pool.get(seq, 0) for seq in set(item.sources)))
    units = sum(courses.get(code, 0) for code in item.courses)
    if units + sum(units for _, units in item.blocks) > most:
        yield problem("too_much", row, credits=credits_text(most))


def _overfilled(question: Question, decided: Sequence[Decided]) -> Iterator[Problem]:
    """At the first item without a limit that gives to a block that is given too much in sum."""
    plan = question.index.plan
    given = Counter[str]()
    for item in decided:
        given.update(dict(item.blocks))
        for course in plan.courses:
            if course.course_code in item.courses:
                given[course.block_code] += course.units
    seen = set[str]()
    for row, item in enumerate(decided, start=1):
        line = question.lines.get(item.code)
        if line is None or line.rule.units_max is not None:
            continue
        for code, _ in item.blocks:
            still = question.still.get(code, 0)
            if given[code] > still and code not in seen:
                seen.add(code)
                yield problem("block_full", row, code=code, credits=credits_text(still))


def _items(question: Question, decided: Iterable[Decided]) -> tuple[Recognised, ...]:
    return question.items(
        (item.code, item.sources, _gives(question.lines[item.code], item)) for item in decided
    )


def _gives(line: Line, item: Decided) -> Iterator[Given]:
    """In the order of the line, however the registrar named them."""
    yield from (given_course(each) for each in line.courses if each.course_code in item.courses)
    units = dict(item.blocks)
    yield from (
        given_units(each, units[each.code]) for each, _ in line.blocks if each.code in units
    )


_NOT_ALLOWED = Message(
    "认定与学分互认对照表不符,请按各条提示改正。",
    "The table does not allow this recognition; see what is said at each item.",
)
