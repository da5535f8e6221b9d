"""A plan prepared for evaluation once: which course goes where, and what is due when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from creditbank.domain.plans import Block, Plan, PlanCourse, Substitution


@dataclass(frozen=True, slots=True)
class PlanIndex:
    """accepting: per course the indexes of the blocks that take it, its own first."""

    plan: Plan
    digest: str
    blocks: tuple[Block, ...]
    needs: tuple[int, ...]
    position: dict[str, int]
    accepting: dict[str, tuple[int, ...]]
    courses: dict[str, PlanCourse]
    automatic: tuple[int, ...]
    substitutable_units: int

    def units_due(self, semester: int) -> int:
        """What the plan asks by the start of a semester, in hundredths, block minimum by block."""
        due = [0] * len(self.blocks)
        for course in self.plan.courses:
            if course.semester_no < semester:
                due[self.position[course.block_code]] += course.units
        return sum(min(units, need) for units, need in zip(due, self.needs, strict=True))


_prepared: dict[int, tuple[Plan, PlanIndex]] = {}
_PREPARED_MAX = 5_000


def plan_index(plan: Plan) -> PlanIndex:
    """The index of a plan; kept as long as the very same plan object is used again."""
    kept = _prepared.get(id(plan))
    if kept is not None and kept[0] is plan:
        return kept[1]
    if len(_prepared) > _PREPARED_MAX:
        _prepared.clear()
    index = _prepare(plan)
    _prepared[id(plan)] = (plan, index)
    return index


def _prepare(plan: Plan) -> PlanIndex:
    position = {block.code: number for number, block in enumerate(plan.blocks)}
    return PlanIndex(
        plan=plan,
        digest=hashlib.sha256(repr(plan).encode()).hexdigest(),
        blocks=plan.blocks,
        needs=tuple(block.units_min for block in plan.blocks),
        position=position,
        accepting={
            course.course_code: tuple(
                position[code] for code in (course.block_code, *course.also_counts_in)
            )
            for course in plan.courses
        },
        courses={course.course_code: course for course in plan.courses},
        automatic=tuple(
            number
            for number, block in enumerate(plan.blocks)
            if block.substitution is Substitution.AUTOMATIC
        ),
        substitutable_units=sum(
            block.units_min for block in plan.blocks if block.substitution is not Substitution.NONE
        ),
    )
