"""A plan as it is for one learner: exceptions are applied before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import Block, Plan, PlanCourse


def in_force(exceptions: Iterable[PlanException], as_of: date) -> list[PlanException]:
    """Those decided by the day; of several on the same subject the latest."""
    latest: dict[tuple[object, ...], PlanException] = {}
    for item in sorted(exceptions, key=_order):
        if item.decided_on <= as_of:
            latest[item.place] = item
    return sorted(latest.values(), key=_order)


def applied(exceptions: Iterable[PlanException], plan: Plan, as_of: date) -> list[PlanException]:
    """Those in force that speak of something the plan has: a cohort may have moved to another."""
    return [item for item in in_force(exceptions, as_of) if speaks_of(item, plan)]


def speaks_of(item: PlanException, plan: Plan) -> bool:
    """Whether there is anything in the plan that the exception changes.

    FORCE and BLOCK speak of an entry: one forced into a block that is not there counts nowhere.
    """
    blocks = {block.code for block in plan.blocks}
    floors = {floor.code for floor in plan.floors}
    match item.kind:
        case ExceptionKind.WAIVE:
            conditions = {kind.value for kind in plan.conditions}
            hours = {floor.code for floor in plan.hours_floors}
            return item.subject in blocks | floors | conditions | hours
        case ExceptionKind.LOWER:
            return item.subject in blocks | floors | {""}
        case ExceptionKind.INSERT:
            return item.block_code in blocks
        case ExceptionKind.FORCE | ExceptionKind.BLOCK:
            return True


def with_exceptions(plan: Plan, exceptions: Iterable[PlanException]) -> Plan:
    """The plan with what is waived, lowered and inserted. FORCE and BLOCK speak of records."""
    for item in exceptions:
        match item.kind:
            case ExceptionKind.WAIVE:
                plan = _waived(plan, item.subject)
            case ExceptionKind.LOWER:
                plan = _lowered(plan, item.subject, item.units or 0)
            case ExceptionKind.INSERT:
                plan = _inserted(plan, item)
            case ExceptionKind.FORCE | ExceptionKind.BLOCK:
                pass
    return plan


def _waived(plan: Plan, subject: str) -> Plan:
    return replace(
        plan,
        blocks=tuple(
            replace(block, units_min=0, choices=()) if block.code == subject else block
            for block in plan.blocks
        ),
        conditions=tuple(kind for kind in plan.conditions if kind.value != subject),
        floors=tuple(floor for floor in plan.floors if floor.code != subject),
        hours_floors=tuple(floor for floor in plan.hours_floors if floor.code != subject),
    )


def _lowered(plan: Plan, subject: str, units: int) -> Plan:
    """Lower only: an exception never asks for more than the plan."""
    if not subject:
        return replace(plan, units_min=min(plan.units_min, units))

    def lower(block: Block) -> Block:
        return replace(block, units_min=min(block.units_min, units))

    return replace(
        plan,
        blocks=tuple(lower(block) if block.code == subject else block for block in plan.blocks),
        floors=tuple(
            replace(floor, units_min=min(floor.units_min, units))
            if floor.code == subject
            else floor
            for floor in plan.floors
        ),
    )


def _inserted(plan: Plan, item: PlanException) -> Plan:
    """A course that the plan already has gets the block as a further place."""
    known = {course.course_code for course in plan.courses}
    if item.subject in known:
        courses = tuple(
            replace(course, also_counts_in=(*course.also_counts_in, item.block_code))
            if course.course_code == item.subject
            and item.block_code not in (course.block_code, *course.also_counts_in)
            else course
            for course in plan.courses
        )
    else:
        added = PlanCourse(item.subject, item.subject, item.block_code, item.units or 0, 0, 0, 0)
        courses = (*plan.courses, added)
    return replace(plan, courses=courses)


def _order(item: PlanException) -> tuple[object, ...]:
    return (
        item.decided_on,
        item.document_no,
        item.kind,
        item.subject,
        item.block_code,
        item.ledger_seq or 0,
        item.units or 0,
    )
