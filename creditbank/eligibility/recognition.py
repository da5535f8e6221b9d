"""职普融通: what a learner who changes to the other kind of school is credited with there.

By the lines of the recognition table: whole courses of the receiving school for the same and the
similar, credits of an elective block for the others, each course used once on either side. Pass
exams are never recognised. A supposition: the schools decide course by course when a learner
really changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan, PlanCourse
from creditbank.domain.recognition_rules import RATIO_WHOLE, RecognitionRule, Relation
from creditbank.domain.snapshots import Record

Item = TypeVar("Item", Record, PlanCourse)


@dataclass(frozen=True, slots=True)
class Recognition:
    """Courses of one line of the table, and what they are worth there. Units in hundredths.

    sources: the names of the courses passed; records: as the receiving school would book them,
    without ledger_seq. code, reference: the line, and the document that it rests on.
    """

    sources: tuple[str, ...]
    source_units: int
    records: tuple[Record, ...]
    code: str
    reference: str

    @property
    def units(self) -> int:
        """What is recognised."""
        return sum(record.units for record in self.records)


def recognise(  # noqa: PLR0913 (what, from where to where, by which rules, when)
    passed: Iterable[Record],
    here: Plan,
    there: Plan,
    rules: Iterable[RecognitionRule],
    *,
    common_blocks: Collection[str],
    as_of: date,
    tested: Collection[str] = (),
) -> tuple[Recognition, ...]:
    """Line by line. passed: records of courses passed at the school that is left.

    rules: in force for this direction, in the order of recognition_rules.in_force. common_blocks:
    codes of blocks that are common to all majors. tested: codes of the lines that need a test which
    the learner has passed.
    """
    lines = tuple(rules)
    left = {record.ledger_seq: record for record in passed}
    for line in lines:
        if line.relation is Relation.NONE:
            _taken(left, _named(left.values(), line.sources))
    major = _major_codes(here, common_blocks)
    open_courses = {course.course_code: course for course in there.courses if course.is_required}
    found: list[Recognition] = []
    for line in lines:
        if line.relation is Relation.NONE or (line.needs_test and line.code not in tested):
            continue
        sources = (
            _named(left.values(), line.sources)
            if line.sources
            else [record for record in left.values() if record.course_code in major]
        )
        if not sources:
            continue
        worth = _worth(sources, line)
        if line.relation is Relation.ELECTIVE:
            records = tuple(_into_block(worth, line, there, as_of, found))
            if not records:
                continue
        else:
            records = _whole_courses(worth, _named(open_courses.values(), line.targets), as_of)
        _taken(left, sources)
        for record in records:
            open_courses.pop(record.course_code, None)
        found.append(
            Recognition(
                tuple(record.title for record in sources),
                _units(sources),
                records,
                line.code,
                line.document_no,
            )
        )
    return tuple(found)


def _taken(left: dict[int, Record], records: Iterable[Record]) -> None:
    for record in records:
        del left[record.ledger_seq]


def _major_codes(plan: Plan, common_blocks: Collection[str]) -> frozenset[str]:
    """Courses of the major: required ones of blocks that are not common to all majors."""
    blocks = {
        block.code
        for block in plan.blocks
        if block.nature is CourseNature.REQUIRED and block.code not in common_blocks
    }
    return frozenset(course.course_code for course in plan.courses if course.block_code in blocks)


def _named(items: Iterable[Item], names: tuple[str, ...]) -> list[Item]:
    return [item for item in items if _name(item).startswith(names)]


def _name(item: Record | PlanCourse) -> str:
    return item.title if isinstance(item, Record) else item.name


def _units(records: Iterable[Record]) -> int:
    return sum(record.units for record in records)


def _worth(sources: Iterable[Record], line: RecognitionRule) -> int:
    units = _units(sources) * line.ratio_percent // RATIO_WHOLE
    return units if line.units_max is None else min(units, line.units_max)


def _whole_courses(units: int, courses: Iterable[PlanCourse], as_of: date) -> tuple[Record, ...]:
    """Courses there that so many units cover whole, the earliest first."""
    found = []
    for course in sorted(courses, key=lambda item: (item.semester_no, item.course_code)):
        if 0 < course.units <= units:
            units -= course.units
            found.append(
                Record(
                    0, EntryKind.RECOGNITION, course.units, as_of, course.name, course.course_code,
                    block_code=course.block_code,
                )
            )  # fmt: skip
    return tuple(found)


def _into_block(
    units: int, line: RecognitionRule, there: Plan, as_of: date, found: Iterable[Recognition]
) -> Iterator[Record]:
    """Credits of the first block of that nature; without a limit, no more than it still asks."""
    block = next((item for item in there.blocks if item.nature is line.target_nature), None)
    if block is None:
        return
    if line.units_max is None:
        records = (record for item in found for record in item.records)
        given = _units(record for record in records if record.block_code == block.code)
        units = min(units, block.units_min - given)
    if units > 0:
        yield Record(0, EntryKind.RECOGNITION, units, as_of, block.name, block_code=block.code)
