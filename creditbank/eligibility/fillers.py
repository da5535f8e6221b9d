"""What would fill a block that is not full: courses of the plan not yet passed, or awards.

Advice for a page, not part of the verdict: which of them to take is the learner's choice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from creditbank.domain.plans import Plan, PlanCourse, Substitution
from creditbank.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Filler:
    """What could fill one block. units_missing in hundredths.

    courses: of the plan, not passed yet, earliest semester first; awards: whether competition and
    innovation credits may be used here.
    """

    block_code: str
    units_missing: int
    courses: tuple[PlanCourse, ...]
    awards: Substitution


def fillers(verdict: Verdict, plan: Plan, passed_codes: Collection[str]) -> tuple[Filler, ...]:
    """For each block with something missing, what could fill it, in the plan's order."""
    missing = {block.code: block.missing for block in verdict.blocks if block.missing}
    return tuple(
        Filler(
            block_code=block.code,
            units_missing=missing[block.code],
            courses=_open_courses(plan, block.code, passed_codes),
            awards=block.substitution,
        )
        for block in plan.blocks
        if block.code in missing
    )


def _open_courses(
    plan: Plan, block_code: str, passed_codes: Collection[str]
) -> tuple[PlanCourse, ...]:
    found = [
        course
        for course in plan.courses
        if course.course_code not in passed_codes
        and block_code in (course.block_code, *course.also_counts_in)
    ]
    return tuple(sorted(found, key=lambda course: (course.semester_no, course.course_code)))
