"""职普融通: what a learner who changes to the other kind of school is credited with there.

By policy: recognition.same.* (相同直认, one credit for one, whole courses, no more than is required
there) and recognition.elective.* (相近可认). Pass exams are never recognised. A supposition: the
schools decide course by course when a learner really changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from creditbank.domain.courses import CourseNature
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan, PlanCourse
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record

_SAME = "recognition.same."
Item = TypeVar("Item", Record, PlanCourse)


@dataclass(frozen=True, slots=True)
class Recognition:
    """Courses of one subject here, and what they are worth there. Units in hundredths.

    sources: the names of the courses passed; records: as the receiving school would book them,
    without ledger_seq. reference: of the policy value it rests on.
    """

    sources: tuple[str, ...]
    source_units: int
    records: tuple[Record, ...]
    reference: str

    @property
    def units(self) -> int:
        """What is recognised."""
        return sum(record.units for record in self.records)


def recognise(
    passed: Iterable[Record],
    here: Plan,
    there: Plan,
    policy: Policy,
    *,
    into: InstitutionKind,
    as_of: date,
) -> tuple[Recognition, ...]:
    """Subject by subject. passed: records of courses passed at the school that is left.

    KeyError where policy says nothing of it on the day.
    """
    left = {record.ledger_seq: record for record in passed}
    found = []
    for mine, theirs, key in _pairs(policy, into=into):
        sources = _named(left.values(), mine)
        if not sources:
            continue
        for record in sources:
            del left[record.ledger_seq]
        required = [course for course in there.courses if course.is_required]
        records = _whole_courses(_units(sources), _named(required, theirs), as_of)
        found.append(_recognition(sources, records, policy, key))
    if into is InstitutionKind.VOCATIONAL_SCHOOL:
        electives = _into_vocational(left, there, policy, as_of)
    else:
        electives = _into_general(left.values(), here, there, policy, as_of)
    return (*found, *electives)


def _pairs(
    policy: Policy, *, into: InstitutionKind
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str]]:
    """(names here, names there, key) of every subject; a policy without any has no such day."""
    keys = sorted(key for key in policy.values if key.startswith(_SAME))
    if not keys:
        raise KeyError(_SAME)
    for key in keys:
        general, _, vocational = policy.text(key).partition("|")
        names = tuple(general.split("、")), tuple(vocational.split("、"))
        mine, theirs = names if into is InstitutionKind.VOCATIONAL_SCHOOL else names[::-1]
        yield mine, theirs, key


def _named(items: Iterable[Item], names: Collection[str]) -> list[Item]:
    return [item for item in items if _name(item).startswith(tuple(names))]


def _name(item: Record | PlanCourse) -> str:
    return item.title if isinstance(item, Record) else item.name


def _units(records: Iterable[Record]) -> int:
    return sum(record.units for record in records)


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


def _into_vocational(
    left: dict[int, Record], there: Plan, policy: Policy, as_of: date
) -> Iterator[Recognition]:
    for key, nature in (
        ("recognition.elective.restricted", CourseNature.RESTRICTED_ELECTIVE),
        ("recognition.elective.free", CourseNature.FREE_ELECTIVE),
    ):
        sources = _named(left.values(), policy.text(key).split("、"))
        yield from _into_block(sources, there, nature, None, policy, key, as_of)


def _into_general(
    left: Iterable[Record], here: Plan, there: Plan, policy: Policy, as_of: date
) -> Iterator[Recognition]:
    """Courses of the major: required ones of blocks that are not common to all majors."""
    key = "recognition.elective.general_cap_units"
    common = policy.text("plan.common_blocks").split()
    major = {
        block.code
        for block in here.blocks
        if block.nature is CourseNature.REQUIRED and block.code not in common
    }
    codes = {course.course_code for course in here.courses if course.block_code in major}
    sources = [record for record in left if record.course_code in codes]
    cap = policy.integer(key)
    yield from _into_block(sources, there, CourseNature.FREE_ELECTIVE, cap, policy, key, as_of)


def _into_block(  # noqa: PLR0913, PLR0917 (what, where, how much, by which rule, when)
    sources: list[Record],
    there: Plan,
    nature: CourseNature,
    cap: int | None,
    policy: Policy,
    key: str,
    as_of: date,
) -> Iterator[Recognition]:
    block = next((item for item in there.blocks if item.nature is nature), None)
    if block is None or not sources:
        return
    units = min(_units(sources), block.units_min if cap is None else cap)
    record = Record(0, EntryKind.RECOGNITION, units, as_of, block.name, block_code=block.code)
    yield _recognition(sources, (record,), policy, key)


def _recognition(
    sources: list[Record], records: tuple[Record, ...], policy: Policy, key: str
) -> Recognition:
    names = tuple(record.title for record in sources)
    return Recognition(names, _units(sources), records, policy.reference(key))
