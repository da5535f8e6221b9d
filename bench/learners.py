"""Made-up learners in memory: a plan of twelve blocks, sixty records each, the same every time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from creditbank.domain.courses import CourseNature
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Block, ConditionKind, Plan, PlanCourse, Substitution
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Appraisal, Record, Snapshot

AS_OF = date(2026, 6, 1)
BLOCKS, RECORDS = 12, 60
_SHARING = (8, 9, 10)
_UNITS = (100, 150, 200, 200, 250, 300, 400)


@dataclass(frozen=True, slots=True)
class Question:
    """One verdict to be found."""

    snapshot: Snapshot
    plan: Plan
    policy: Policy


def twelve_blocks() -> Plan:
    """Six courses in each block; those of the ninth to eleventh may count in the next one too.

    The eleventh takes approved substitutions, the twelfth awards as they come.
    """
    chance = random.Random(12)
    codes = [f"M{number:02d}" for number in range(1, BLOCKS + 1)]
    courses = tuple(
        PlanCourse(
            f"K{number:03d}", f"课程{number}", codes[number // 6], chance.choice(_UNITS), 18, 18,
            1 + number % 6,
            also_counts_in=(codes[number // 6 + 1],) if number // 6 in _SHARING else (),
        )
        for number in range(6 * BLOCKS)
    )  # fmt: skip
    how = {codes[10]: Substitution.APPROVED, codes[11]: Substitution.AUTOMATIC}
    blocks = tuple(
        Block(
            code, f"模块{code}", f"Block {code}", CourseNature.REQUIRED,
            sum(sorted(item.units for item in courses if item.block_code == code)[:4]),
            how.get(code, Substitution.NONE), is_major_core=code in codes[2:4],
        )
        for code in codes
    )  # fmt: skip
    return Plan(
        plan_id=1, code="MEASURE", version=1, name="测量用方案", institution_id=1,
        major_code="660103", catalogue_year=2021, years=3,
        units_min=sum(block.units_min for block in blocks), blocks=blocks, courses=courses,
        conditions=(ConditionKind.CONDUCT, ConditionKind.INTERNSHIP),
    )  # fmt: skip


def learner(plan: Plan, number: int, *, passing: bool) -> Snapshot:
    """Sixty records: four awards, the other courses; who fails has none of one block's courses."""
    chance = random.Random(number)
    without = "" if passing else plan.blocks[chance.randrange(8)].code
    spare = [course for course in plan.courses if course.block_code != without]
    keep = _four_of_each(spare, chance)
    rest = [course for course in spare if course not in keep]
    courses = (keep + chance.sample(rest, RECORDS - 4 - len(keep)))[: RECORDS - 4]
    chance.shuffle(courses)
    records = [
        Record(
            seq, EntryKind.COURSE, course.units, date(2024, 1, 10) + timedelta(days=seq),
            course.name, course.course_code,
        )
        for seq, course in enumerate(courses, start=1)
    ]  # fmt: skip
    records += [
        Record(
            len(records) + extra, EntryKind.INNOVATION, chance.choice((50, 100, 200)),
            date(2025, 3, extra), "创新项目", category="patent_utility",
            event_key=f"e{extra}",
        )
        for extra in range(1, 5)
    ]  # fmt: skip
    return Snapshot(
        learner_id=number, enrolment_id=number, institution_id=1, ledger_seq=len(records),
        facts_seq=1, status=EnrolmentStatus.STUDYING, entered_on=date(2023, 9, 1),
        entry_year=2023, suspended_semesters=0, records=tuple(records),
        conduct=Appraisal.PASSED, internship=Appraisal.PASSED, internship_started=True,
    )  # fmt: skip


def _four_of_each(courses: list[PlanCourse], chance: random.Random) -> list[PlanCourse]:
    """Four courses of each block, drawn: at least what the block asks for."""
    found: list[PlanCourse] = []
    for code in sorted({course.block_code for course in courses}):
        found += chance.sample([item for item in courses if item.block_code == code], 4)
    return found
