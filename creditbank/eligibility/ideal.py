"""A learner who has everything: all courses of a plan, and of whatever else it takes, enough.

More records never make a verdict worse, so what this learner lacks lacks everybody. Where a plan
cannot know what its courses will carry (tags), rules are read in the learner's favour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import product

from creditbank.domain.awards import InnovationCategory
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Block, Plan, Substitution
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.selection import selects
from creditbank.eligibility.standing import AWARDS, Standing

HOURS_PLENTY = 1_000_000
COMBINATIONS_MAX = 20_000
_DAY = date(2000, 1, 1)
_KINDS = tuple(kind for kind in EntryKind if kind is not EntryKind.REVERSAL)
_OTHER = ""
"""A value that no rule names."""


class TooManyRulesError(RuntimeError):
    """The rules name more combinations than are looked at: nothing is said about the plan."""


def in_favour(plan: Plan) -> Plan:
    """The plan with rules on tags read in the learner's favour, and approval always given."""
    return replace(
        plan,
        blocks=tuple(_open(block) for block in plan.blocks),
        caps=tuple(cap for cap in plan.caps if not cap.selector.tags),
        floors=tuple(replace(item, selector=_untagged(item.selector)) for item in plan.floors),
        hours_floors=tuple(
            replace(item, selector=_untagged(item.selector)) for item in plan.hours_floors
        ),
        double_counts=tuple(
            replace(item, selector=_untagged(item.selector)) for item in plan.double_counts
        ),
    )


def ideal_standing(index: PlanIndex, capped: Collection[str]) -> Standing:
    """What counts for the learner who has everything. index: of a plan that in_favour has made.

    capped: categories that policy caps. Raises TooManyRulesError.
    """
    plan = index.plan
    natures = {block.code: block.nature for block in plan.blocks}
    records = [
        Record(
            ledger_seq=number,
            kind=EntryKind.COURSE,
            units=course.units,
            earned_on=_DAY,
            title="",
            course_code=course.course_code,
            nature=natures[course.block_code],
            hours=course.theory_hours + course.practice_hours,
            practice_hours=course.practice_hours,
        )
        for number, course in enumerate(plan.courses, start=1)
    ]
    plenty = max(plan.units_min, sum(index.needs), *(item.units_min for item in plan.floors), 0)
    copies = 1 + len(index.blocks) * 2
    for record in _unlike(index, capped):
        # A kind that is not divisible counts in one place: there is one record for each.
        for _ in range(1 if record.kind in plan.divisible else copies):
            records.append(replace(record, ledger_seq=len(records) + 1, units=plenty))
    courses = tuple(item for item in records if item.kind is EntryKind.COURSE)
    return Standing(
        courses=courses,
        recognised=tuple(item for item in records if item.kind is EntryKind.RECOGNITION),
        approved=tuple(item for item in records if item.kind is EntryKind.SUBSTITUTION),
        awards=tuple((item, item.units) for item in records if item.kind in AWARDS),
        drawn={},
        unused=(),
        at_home=(),
        earned=index.nothing,
        movable=courses,
    )


def _open(block: Block) -> Block:
    awarded = block.substitution is not Substitution.NONE
    return replace(
        block,
        substitution=Substitution.AUTOMATIC if awarded else Substitution.NONE,
        accepts=tuple(replace(item, selector=_untagged(item.selector)) for item in block.accepts),
    )


def _untagged(selector: Selector) -> Selector:
    return replace(selector, tags=())


def _unlike(index: PlanIndex, capped: Collection[str]) -> Iterator[Record]:
    """Records beside the plan's own courses that some block takes, one of each sort."""
    selectors = _selectors(index)
    seen = set()
    for record in _combinations(selectors, {course.course_code for course in index.plan.courses}):
        matched = tuple(selects(selector, record) for selector in selectors)
        is_award = record.kind in AWARDS
        taken = any(matched[: len(index.acceptances)]) or (is_award and index.automatic)
        limited = record.category if is_award and record.category in capped else ""
        sort = (is_award, record.kind in index.plan.divisible, limited, matched)
        if taken and sort not in seen:
            seen.add(sort)
            yield record


def _selectors(index: PlanIndex) -> list[Selector]:
    """Of all rules, those of acceptances first."""
    plan = index.plan
    return [
        *(acceptance.selector for _, acceptance in index.acceptances),
        *(cap.selector for cap in plan.caps),
        *(floor.selector for floor in plan.floors),
        *(floor.selector for floor in plan.hours_floors),
        *(double.selector for double in plan.double_counts),
    ]


def _combinations(selectors: Sequence[Selector], planned: Collection[str]) -> Iterator[Record]:
    """Records of every kind with every value that the rules tell apart."""
    natures = _apart([item.natures for item in selectors])
    levels = _apart([item.levels for item in selectors])
    issuers = _apart([item.issuers for item in selectors])
    named = [item.course_codes for item in selectors]
    count = 0
    for kind, is_outside in product(_KINDS, (False, True)):
        is_course = kind is EntryKind.COURSE
        codes = _apart(named)
        if is_course and not is_outside:  # the plan's own are there already
            codes = _apart([tuple(set(item) - set(planned)) for item in named])
        parts = (
            _categories(kind),
            natures if is_course else [_OTHER],
            levels,
            issuers,
            codes if is_course or kind is EntryKind.RECOGNITION else [_OTHER],
        )
        for category, nature, level, issuer, code in product(*parts):
            count += 1
            if count > COMBINATIONS_MAX:
                raise TooManyRulesError
            yield Record(
                0, kind, 0, _DAY, "", course_code=code, category=category, nature=nature,
                level=level, issuer=issuer, is_outside=is_outside, hours=HOURS_PLENTY,
                practice_hours=HOURS_PLENTY,
            )  # fmt: skip


def _categories(kind: EntryKind) -> list[str]:
    if kind is EntryKind.INNOVATION:
        return [category.value for category in InnovationCategory]
    return ["competition" if kind is EntryKind.COMPETITION else _OTHER]


def _apart(named: Iterable[Iterable[str]]) -> list[str]:
    """One value for each way in which rules tell values apart, and one that none names."""
    rules = [frozenset(map(str, values)) for values in named]
    found = {tuple(value in rule for rule in rules): value for rule in rules for value in rule}
    return sorted({_OTHER, *found.values()})
