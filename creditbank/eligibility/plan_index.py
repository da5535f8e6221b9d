"""A plan prepared for evaluation once: which course goes where, and what is due when."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import Acceptance, Block, Plan, Substitution, Way
from creditbank.domain.selectors import Selector
from creditbank.eligibility.exceptions import applied, with_exceptions


@dataclass(frozen=True, slots=True)
class PlanIndex:
    """accepting: per course the indexes of the blocks that take it, its own first.

    own: per course its own block. homes: (block, its code) of the courses that count there to begin
    with; where the plan is not plain, of those only that nothing better could be made of
    (_has_one_home). sharing: the courses that several blocks take; shared: those blocks. nothing: 0
    for each block. codes, names, names_en, needs: of the blocks, in their order.
    automatic: the blocks that take awards. core_courses: (code, semester) of core blocks, by code.
    due: units that the plan asks by the start of each semester, the first one's at index 1.
    acceptances: (block, what it takes besides). choosing: the blocks with a choice of courses.
    forced, barred: by ledger_seq the block that an exception names, and the blocks it closes (""
    for all). is_plain: nothing but courses, automatic and approved substitution; what most plans
    are, and quick to decide. alike, sorts, rules: what model has found of records that look like
    ones seen before, and of the plan's own rules.
    """

    plan: Plan
    digest: str
    blocks: tuple[Block, ...]
    nothing: tuple[int, ...]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    names_en: tuple[str, ...]
    needs: tuple[int, ...]
    position: dict[str, int]
    accepting: dict[str, tuple[int, ...]]
    own: dict[str, int]
    homes: dict[str, tuple[int, str]]
    sharing: frozenset[str]
    shared: frozenset[int]
    core_courses: tuple[tuple[str, int], ...]
    due: tuple[int, ...]
    automatic: tuple[int, ...]
    substitutable_units: int
    acceptances: tuple[tuple[int, Acceptance], ...]
    choosing: tuple[Block, ...]
    is_plain: bool
    forced: Mapping[int, str] = field(default_factory=dict)
    barred: Mapping[int, Collection[str]] = field(default_factory=dict)
    alike: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    sorts: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    rules: list[Any] = field(default_factory=list, compare=False, repr=False)

    def units_due(self, semester: int) -> int:
        """What the plan asks by the start of a semester, in hundredths."""
        return self.due[max(0, min(semester, len(self.due) - 1))]


_prepared: dict[int, tuple[Plan, PlanIndex]] = {}
_PREPARED_MAX = 2_000


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


def index_once(plan: Plan) -> PlanIndex:
    """The index of a plan that is looked at once, such as a draft; nothing is kept."""
    return _prepare(plan)


def index_for(plan: Plan, exceptions: Collection[PlanException], as_of: date) -> PlanIndex:
    """The index of a plan as it is for one learner on one day."""
    known = applied(exceptions, plan, as_of) if exceptions else ()
    if not known:
        return plan_index(plan)
    forced: dict[int, str] = {}
    barred: dict[int, set[str]] = {}
    for item in known:
        if item.ledger_seq is not None and item.kind is ExceptionKind.FORCE:
            forced[item.ledger_seq] = item.block_code
        if item.ledger_seq is not None and item.kind is ExceptionKind.BLOCK:
            barred.setdefault(item.ledger_seq, set()).add(item.block_code)
    return _prepare(with_exceptions(plan, known), forced, barred)


def _prepare(
    plan: Plan,
    forced: Mapping[int, str] | None = None,
    barred: Mapping[int, Collection[str]] | None = None,
) -> PlanIndex:
    position = {block.code: number for number, block in enumerate(plan.blocks)}
    accepting = {
        course.course_code: tuple(
            position[code] for code in (course.block_code, *course.also_counts_in)
        )
        for course in plan.courses
    }
    is_plain = not forced and not barred and _is_plain(plan)
    several = {code: blocks for code, blocks in accepting.items() if len(blocks) > 1}
    return PlanIndex(
        plan=plan,
        digest=hashlib.sha256(repr(plan).encode()).hexdigest(),
        blocks=plan.blocks,
        nothing=(0,) * len(plan.blocks),
        codes=tuple(position),
        names=tuple(block.name for block in plan.blocks),
        names_en=tuple(block.name_en for block in plan.blocks),
        needs=tuple(block.units_min for block in plan.blocks),
        position=position,
        accepting=accepting,
        own={code: blocks[0] for code, blocks in accepting.items()},
        homes={}
        if forced or barred
        else {
            code: (blocks[0], plan.blocks[blocks[0]].code)
            for code, blocks in accepting.items()
            if is_plain or _has_one_home(plan, code, blocks)
        },
        sharing=frozenset(several),
        shared=frozenset(block for blocks in several.values() for block in blocks),
        core_courses=_core_courses(plan),
        due=_due(plan, position),
        automatic=tuple(
            number
            for number, block in enumerate(plan.blocks)
            if block.substitution is Substitution.AUTOMATIC
        ),
        substitutable_units=sum(
            block.units_min for block in plan.blocks if block.substitution is not Substitution.NONE
        ),
        acceptances=tuple(
            (number, acceptance)
            for number, block in enumerate(plan.blocks)
            for acceptance in block.accepts
        ),
        choosing=tuple(block for block in plan.blocks if block.choices),
        is_plain=is_plain,
        forced=forced or {},
        barred=barred or {},
    )


def _is_plain(plan: Plan) -> bool:
    return (
        not (plan.caps or plan.floors or plan.double_counts)
        and set(plan.divisible) == {EntryKind.COMPETITION, EntryKind.INNOVATION}
        and all(block.units_max is None and not block.accepts for block in plan.blocks)
    )


def _has_one_home(plan: Plan, code: str, blocks: tuple[int, ...]) -> bool:
    """Whether a passed course may simply be counted in its block, without losing a better answer.

    It has one place, nothing limits or selects it, and what it might keep from filling its block
    adds to nothing else: to no floor, and to no double counting out of that block.
    """
    block = plan.blocks[blocks[0]]
    if len(blocks) > 1 or block.units_max is not None:
        return False
    speaking = [
        *(item.selector for other in plan.blocks for item in other.accepts),
        *(cap.selector for cap in plan.caps),
        *(floor.selector for floor in plan.floors),
        *(double.selector for double in plan.double_counts),
    ]
    adding = [
        *(floor.selector for floor in plan.floors),
        *(each.selector for each in plan.double_counts if each.from_block == block.code),
    ]
    filling = [EntryKind.SUBSTITUTION, EntryKind.COMPETITION, EntryKind.INNOVATION]
    is_filled_by_any = any(
        not item.selector.kinds or set(item.selector.kinds).difference(filling)
        for item in block.accepts
        if item.way is Way.FILL
    )
    return not (
        any(_may_mean(selector, (EntryKind.COURSE,), code) for selector in speaking)
        or any(is_filled_by_any or _may_mean(selector, filling) for selector in adding)
    )


def _may_mean(selector: Selector, kinds: Collection[EntryKind], code: str = "") -> bool:
    """Whether it may speak of records of these kinds; no is certain. code: of the plan's course."""
    is_of_kind = not selector.kinds or any(kind in selector.kinds for kind in kinds)
    is_of_code = not (code and selector.course_codes) or code in selector.course_codes
    return is_of_kind and is_of_code and not (code and selector.is_outside)


def _core_courses(plan: Plan) -> tuple[tuple[str, int], ...]:
    core = {block.code for block in plan.blocks if block.is_major_core}
    return tuple(
        sorted(
            (course.course_code, course.semester_no)
            for course in plan.courses
            if course.block_code in core
        )
    )


def _due(plan: Plan, position: dict[str, int]) -> tuple[int, ...]:
    """Block by block the courses of earlier semesters, but no more than the block's minimum.

    A plan offers more electives than anybody needs: those too many are due at no time.
    """
    last = max((course.semester_no for course in plan.courses), default=0)
    due = []
    for semester in range(last + 2):
        units = [0] * len(plan.blocks)
        for course in plan.courses:
            if course.semester_no < semester:
                units[position[course.block_code]] += course.units
        due.append(
            sum(min(have, block.units_min) for have, block in zip(units, plan.blocks, strict=True))
        )
    return tuple(due)
