"""What the table allows in one transfer: sources and what may be given, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Block, Plan, PlanCourse
from creditbank.domain.recognition_rules import RATIO_WHOLE, RecognitionRule, Relation
from creditbank.domain.snapshots import Record
from creditbank.eligibility.plan_index import PlanIndex, index_for
from creditbank.eligibility.recognition import Given, Recognised, Source, Transfer, course_order
from creditbank.eligibility.standing import standing_records

_ORDER = tuple(Relation)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that may be used. sources: in the order of the books. courses: the earliest first.

    blocks: each with the most that the line may give it, in hundredths, above 0.
    """

    rule: RecognitionRule
    sources: tuple[Record, ...]
    courses: tuple[PlanCourse, ...]
    blocks: tuple[tuple[Block, int], ...]

    def worth(self, units: int) -> int:
        """The most that it gives for so many units of sources."""
        return _worth(self.rule, units)

    @property
    def smallest(self) -> int:
        """The least that it can give, 0 where there is nothing to give."""
        return min(
            [*(course.units for course in self.courses), *(1 for _ in self.blocks)], default=0
        )


@dataclass(frozen=True, slots=True)
class Question:
    """rules: all lines, in their order; lines: those that may be used, by code.

    sources: by ledger_seq, in the order of the books. refused: by ledger_seq the line that says
    that the source is not recognised. naming: by ledger_seq the codes of other lines that name the
    source. still: per block what it still asks, in hundredths.
    """

    index: PlanIndex
    lines: dict[str, Line]
    sources: dict[int, Record]
    rules: dict[str, RecognitionRule]
    refused: dict[int, str]
    naming: dict[int, tuple[str, ...]]
    still: dict[str, int]

    def items(
        self, uses: Iterable[tuple[str, Iterable[int], Iterable[Given]]]
    ) -> tuple[Recognised, ...]:
        """(line, sources, what it gives), in the order of the table."""
        found = {code: (sources, gives) for code, sources, gives in uses}
        return tuple(
            Recognised(
                code=code,
                relation=line.rule.relation,
                reference=line.rule.document_no,
                sources=tuple(source_of(self.sources[seq]) for seq in sorted(found[code][0])),
                gives=tuple(found[code][1]),
            )
            for code, line in self.lines.items()
            if code in found
        )


def question_of(transfer: Transfer) -> Question:
    """The same for whatever order records and rules come in."""
    index = index_for(transfer.there, transfer.snapshot.exceptions, transfer.as_of)
    rules = sorted(
        (_less(rule, transfer.given.get(rule.code, 0)) for rule in transfer.rules),
        key=lambda rule: (_ORDER.index(rule.relation), rule.code),
    )
    sources = _sources(transfer.passed)
    common = transfer.policy.text("plan.common_blocks").split()
    major = _major_codes(transfer.here, common)
    refused: dict[int, str] = {}
    naming: dict[int, tuple[str, ...]] = dict.fromkeys(sources, ())
    for rule in rules:
        for seq, record in sources.items():
            if not _names(rule, record, major):
                continue
            if rule.relation is Relation.NONE:
                refused.setdefault(seq, rule.code)
            else:
                naming[seq] = (*naming[seq], rule.code)
    still = _still(transfer, index)
    wanted = _wanted(transfer, index)
    return Question(
        index=index,
        lines={
            rule.code: _line(
                rule,
                tuple(
                    record
                    for seq, record in sources.items()
                    if seq not in refused and rule.code in naming[seq]
                ),
                index.plan,
                wanted,
                still,
            )
            for rule in rules
            if rule.relation is not Relation.NONE
            and (not rule.needs_test or rule.code in transfer.tested)
        },
        sources=sources,
        rules={rule.code: rule for rule in rules},
        refused=refused,
        naming=naming,
        still=still,
    )


def _less(rule: RecognitionRule, given: int) -> RecognitionRule:
    """The line with what is left of its limit after what it gave when the learner came before."""
    if rule.units_max is None or not given:
        return rule
    return replace(rule, units_max=max(0, rule.units_max - given))


def source_of(record: Record) -> Source:
    """As it is shown."""
    return Source(record.ledger_seq, record.title, record.units)


def given_course(course: PlanCourse) -> Given:
    """The whole of it, in its own block."""
    return Given(course.course_code, course.block_code, course.name, course.units)


def given_units(block: Block, units: int) -> Given:
    """Credits of an elective block."""
    return Given("", block.code, block.name, units)


def _sources(passed: Iterable[Record]) -> dict[int, Record]:
    """Courses that stand: of one passed twice the first, as the engine counts it."""
    first: dict[str, Record] = {}
    for record in sorted(passed, key=lambda item: item.ledger_seq):
        if (
            record.kind is EntryKind.COURSE
            and record.passed
            and record.units > 0
            and not record.is_outside
            and not record.disputed
        ):
            first.setdefault(record.course_code or f"entry {record.ledger_seq}", record)
    return {record.ledger_seq: record for record in first.values()}


def _names(rule: RecognitionRule, record: Record, major: Collection[str]) -> bool:
    if not rule.sources:
        return record.course_code in major
    return record.title.startswith(rule.sources)


def _major_codes(plan: Plan, common_blocks: Collection[str]) -> frozenset[str]:
    """Courses of the major: of required blocks that are not common to all majors."""
    blocks = {
        block.code
        for block in plan.blocks
        if block.nature is CourseNature.REQUIRED and block.code not in common_blocks
    }
    return frozenset(course.course_code for course in plan.courses if course.block_code in blocks)


def _still(transfer: Transfer, index: PlanIndex) -> dict[str, int]:
    standing = standing_records(transfer.snapshot.records, index, transfer.as_of)
    has = Counter[str]()
    for record in standing.courses:
        if record.plan_code in index.own:
            has[index.codes[index.own[record.plan_code]]] += record.units
    for record in standing.recognised:
        has[record.block_code] += record.units
    return {block.code: max(0, block.units_min - has[block.code]) for block in index.blocks}


def _wanted(transfer: Transfer, index: PlanIndex) -> tuple[PlanCourse, ...]:
    """Required courses that the receiving school has not booked; in dispute is booked too."""
    booked = {
        record.plan_code
        for record in transfer.snapshot.records
        if record.kind in {EntryKind.COURSE, EntryKind.RECOGNITION}
        and record.passed
        and record.units > 0
    }
    return tuple(
        course
        for course in sorted(index.plan.courses, key=course_order)
        if course.is_required and course.units > 0 and course.course_code not in booked
    )


def _line(
    rule: RecognitionRule,
    sources: tuple[Record, ...],
    plan: Plan,
    wanted: Iterable[PlanCourse],
    still: dict[str, int],
) -> Line:
    most = _worth(rule, sum(record.units for record in sources))
    blocks = [
        (block, most if rule.units_max is not None else min(most, still[block.code]))
        for block in plan.blocks
        if rule.relation is Relation.ELECTIVE and block.nature is rule.target_nature
    ]
    return Line(
        rule,
        sources,
        tuple(course for course in wanted if course.name.startswith(rule.targets)),
        tuple((block, units) for block, units in blocks if units > 0),
    )


def _worth(rule: RecognitionRule, units: int) -> int:
    worth = units * rule.ratio_percent // RATIO_WHOLE
    return worth if rule.units_max is None else min(worth, rule.units_max)
