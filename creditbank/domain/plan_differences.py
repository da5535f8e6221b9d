"""What is different between two versions of a plan, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from creditbank.domain.plans import Plan

_GIVEN = frozenset({"plan_id", "institution_id", "version"})


class PlanPart(StrEnum):
    """What a difference is about."""

    PLAN = "plan"
    BLOCK = "block"
    COURSE = "course"
    CAP = "cap"
    FLOOR = "floor"
    HOURS_FLOOR = "hours_floor"
    DOUBLE_COUNT = "double_count"
    CONDITION = "condition"
    PASS_EXAM = "pass_exam"


class DifferenceKind(StrEnum):
    """How it is different."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """One part that one version has and the other has not, or has otherwise.

    before, after: the part itself (a block, course, rule; the text of a condition; the whole plan),
    None where a version lacks it. field_names: the fields that differ, of a changed part.
    """

    part: PlanPart
    kind: DifferenceKind
    code: str
    before: Any
    after: Any
    field_names: tuple[str, ...] = ()


_LISTS = (
    (PlanPart.BLOCK, "blocks", "code"),
    (PlanPart.COURSE, "courses", "course_code"),
    (PlanPart.CAP, "caps", "code"),
    (PlanPart.FLOOR, "floors", "code"),
    (PlanPart.HOURS_FLOOR, "hours_floors", "code"),
    (PlanPart.DOUBLE_COUNT, "double_counts", "code"),
)
_SETS = ((PlanPart.CONDITION, "conditions"), (PlanPart.PASS_EXAM, "required_pass_exams"))
_APART = frozenset({name for _, name, _ in _LISTS} | {name for _, name in _SETS}) | _GIVEN


def differences(before: Plan, after: Plan) -> tuple[PlanDifference, ...]:
    """All of them, in the order of the document: what is gone stands where it stood."""
    found = [*_of_plan(before, after)]
    for part, name, key in _LISTS:
        found += _of_list(part, getattr(before, name), getattr(after, name), key)
    for part, name in _SETS:
        found += _of_set(part, getattr(before, name), getattr(after, name))
    return tuple(found)


def _of_plan(before: Plan, after: Plan) -> Iterator[PlanDifference]:
    changed = tuple(name for name in _differing(before, after) if name not in _APART)
    if changed:
        yield PlanDifference(
            PlanPart.PLAN, DifferenceKind.CHANGED, after.code, before, after, changed
        )


def _of_list(
    part: PlanPart, before: Sequence[Any], after: Sequence[Any], key: str
) -> Iterator[PlanDifference]:
    old = {getattr(item, key): item for item in before}
    new = {getattr(item, key): item for item in after}
    for code in dict.fromkeys((*old, *new)):
        was, now = old.get(code), new.get(code)
        if was is None or now is None:
            kind = DifferenceKind.ADDED if was is None else DifferenceKind.REMOVED
            yield PlanDifference(part, kind, code, was, now)
        elif was != now:
            yield PlanDifference(
                part, DifferenceKind.CHANGED, code, was, now, tuple(_differing(was, now))
            )


def _of_set(
    part: PlanPart, before: Sequence[str], after: Sequence[str]
) -> Iterator[PlanDifference]:
    for code in dict.fromkeys((*before, *after)):
        if code not in after:
            yield PlanDifference(part, DifferenceKind.REMOVED, str(code), code, None)
        elif code not in before:
            yield PlanDifference(part, DifferenceKind.ADDED, str(code), None, code)


def _differing(before: Any, after: Any) -> Iterator[str]:  # noqa: ANN401 (any part of a plan)
    for field in fields(before):
        if getattr(before, field.name) != getattr(after, field.name):
            yield field.name
