"""学分互认: what a learner who changes schools is credited with there, by the recognition table.

Sources are courses passed at the school that is left, as its books have them: each course once, not
what came from elsewhere, so that nothing recognised is passed on. A line of the table pools its
sources; a course is used by one line at most, and one that a line of 不认 names by none. What a
line gives is in sum at most ratio_percent of the pool, rounded down, and at most its units_max.

The same and the similar give whole required courses of the new plan, each once over all lines, and
none that the books of the receiving school have already. Electives give units to blocks of the
line's nature. To a block that takes from a line without units_max no more is given in sum, by
whatever line, than it still asks: its units_min less the courses of it and the recognitions in it
that the receiving school has booked.

What is recognised counts as the recognition and nowhere else: not as a course from outside besides.
Marks never stand for 合格考: a recognition is credits, no attestation (docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from creditbank.domain.errors import Message
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan, PlanCourse
from creditbank.domain.policies import Policy
from creditbank.domain.recognition_rules import RecognitionRule, Relation
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility.graduation import evaluate_graduation


@dataclass(frozen=True, slots=True)
class Transfer:
    """One learner between two plans.

    passed: the records that stand at the school that is left. snapshot: as it would be at the
    receiving school before anything is recognised. rules: in force for this direction. tested:
    codes of the lines that need a test which the learner has passed. given: by code what a line
    has given at the receiving school before, in hundredths. policy: with plan.common_blocks, the
    blocks of `here` that are common to all majors.
    """

    passed: tuple[Record, ...]
    here: Plan
    there: Plan
    snapshot: Snapshot
    policy: Policy
    rules: tuple[RecognitionRule, ...]
    as_of: date
    tested: frozenset[str] = frozenset()
    given: Mapping[str, int] = field(default_factory=dict)

    def verdict(self, items: Iterable[Recognised] = ()) -> Verdict:
        """The engine's verdict there with so much recognised. Raises ProgramError."""
        snapshot = with_recognised(self.snapshot, items, self.as_of, first=self.next_seq)
        return evaluate_graduation(snapshot, self.there, self.policy, self.as_of)

    @property
    def next_seq(self) -> int:
        """A number after every entry that anything speaks of."""
        seqs = [record.ledger_seq for record in (*self.snapshot.records, *self.passed)]
        seqs += [item.ledger_seq or 0 for item in self.snapshot.exceptions]
        return max([*seqs, self.snapshot.ledger_seq]) + 1


@dataclass(frozen=True, slots=True)
class Source:
    """A course passed at the school that is left. units: hundredths."""

    ledger_seq: int
    title: str
    units: int


@dataclass(frozen=True, slots=True)
class Given:
    """A whole course there, or units of a block: course_code "". units: hundredths."""

    course_code: str
    block_code: str
    name: str
    units: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """What one line gives for the sources that it uses. reference: what the line rests on."""

    code: str
    relation: Relation
    reference: str
    sources: tuple[Source, ...]
    gives: tuple[Given, ...]

    @property
    def source_units(self) -> int:
        """The pool, in hundredths."""
        return sum(source.units for source in self.sources)

    @property
    def units(self) -> int:
        """What is recognised, in hundredths."""
        return sum(given.units for given in self.gives)


class Reason(StrEnum):
    """Why a course is not recognised."""

    REFUSED = "refused"
    """A line says so (不认)."""
    NO_LINE = "no_line"
    NEEDS_TEST = "needs_test"
    NOT_WANTED = "not_wanted"
    """The new plan asks for nothing that its lines could give."""
    CAP_REACHED = "cap_reached"
    TOO_LITTLE = "too_little"
    """All that its lines could pool covers no whole course."""
    SUFFICED = "sufficed"
    """Other courses suffice for all that could be given."""


@dataclass(frozen=True, slots=True)
class NotRecognised:
    """A source that no line uses. code: the line that keeps it out, "" where there is none."""

    source: Source
    reason: Reason
    code: str
    message: Message


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recognition and what it leads to.

    items: in the order of the table. verdict: the engine's, with the items. shortfall_without: in
    hundredths, with nothing recognised. is_bounded: that no other leaves a smaller gap is proven;
    whether another with the same gap is better was not searched to the end.
    """

    items: tuple[Recognised, ...]
    not_recognised: tuple[NotRecognised, ...]
    verdict: Verdict
    shortfall_without: int
    is_bounded: bool = False

    @property
    def shortfall(self) -> int:
        """The graduation gap in the new plan, in hundredths."""
        return self.verdict.shortfall_units

    @property
    def units(self) -> int:
        """All that is recognised, in hundredths."""
        return sum(item.units for item in self.items)


def records_of(items: Iterable[Recognised], as_of: date) -> tuple[Record, ...]:
    """As the receiving school would book them, without ledger_seq."""
    return tuple(
        Record(
            0, EntryKind.RECOGNITION, given.units, as_of, given.name, given.course_code,
            block_code=given.block_code,
        )
        for item in items
        for given in item.gives
    )  # fmt: skip


def with_recognised(
    snapshot: Snapshot, items: Iterable[Recognised], as_of: date, *, first: int
) -> Snapshot:
    """The books of the receiving school: the items, numbered from `first`, in place of sources."""
    items = tuple(items)
    used = {source.ledger_seq for item in items for source in item.sources}
    kept = (record for record in snapshot.records if record.ledger_seq not in used)
    added = (
        replace(record, ledger_seq=seq)
        for seq, record in enumerate(records_of(items, as_of), start=first)
    )
    return replace(snapshot, records=(*kept, *added))


def to_make_up(
    there: Plan, records: Iterable[Record], items: Iterable[Recognised], semester: int
) -> tuple[PlanCourse, ...]:
    """补修: required courses up to a semester, it included, neither passed there nor recognised.

    records: that stand at the receiving school.
    """
    has = {record.plan_code for record in records if record.passed and record.units > 0}
    has |= {given.course_code for item in items for given in item.gives}
    return tuple(
        course
        for course in sorted(there.courses, key=course_order)
        if course.is_required and course.semester_no <= semester and course.course_code not in has
    )


def course_order(course: PlanCourse) -> tuple[int, str]:
    """The earliest semester first."""
    return course.semester_no, course.course_code
