"""The rules of a plan in words: what counts where, up to how much, and what else is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from creditbank.domain.awards import AwardLevel, InnovationCategory
from creditbank.domain.credits import credits_text
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import (
    Acceptance,
    Block,
    Cap,
    CourseChoice,
    DoubleCount,
    Floor,
    HoursFloor,
    Plan,
    Share,
    Substitution,
    Way,
)
from creditbank.domain.selectors import Selector
from creditbank.web.condition_lines import condition_name
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import language, named

_DIVISIBLE = frozenset({EntryKind.COMPETITION, EntryKind.INNOVATION})
"""What may be divided unless a plan says otherwise."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule. kind: what sort of rule, for its heading; text: the sentence."""

    kind: str
    text: str


def rule_lines(plan: Plan) -> tuple[RuleLine, ...]:
    """All rules beyond what blocks and courses say by themselves."""
    return (
        *_of_blocks(plan),
        *(RuleLine(_("封顶"), cap_text(cap, plan)) for cap in plan.caps),
        *(RuleLine(_("最低学分"), floor_text(floor, plan)) for floor in plan.floors),
        *(RuleLine(_("最低学时"), hours_text(floor, plan)) for floor in plan.hours_floors),
        *(RuleLine(_("同时计入"), double_text(item, plan)) for item in plan.double_counts),
        *_divisible(plan),
    )


def condition_texts(plan: Plan) -> list[str]:
    """The conditions without credits, subjects with the examinations."""
    found = []
    for condition in plan.conditions:
        text = condition_name(condition.value)
        if condition.value == "academic_pass_exams" and plan.required_pass_exams:
            text = _("%(name)s（%(what)s）", name=text, what=joined(plan.required_pass_exams))
        found.append(text)
    return found


def cap_text(cap: Cap, plan: Plan) -> str:
    """At most so much of this counts there."""
    limit = _("%(units)s 学分", units=credits_text(cap.units or 0))
    if cap.units is None:
        limit = _percent(cap)
    where = (
        _("在%(blocks)s中", blocks=joined(block_name(code, plan) for code in cap.block_codes))
        if cap.block_codes
        else _("在全部模块中")
    )
    return _(
        "%(where)s，%(what)s最多计 %(limit)s。",
        where=where,
        what=selector_text(cap.selector, plan),
        limit=limit,
    )


def floor_text(floor: Floor, plan: Plan) -> str:
    """At least so many credits of a kind."""
    return _(
        "%(name)s：%(what)s至少 %(units)s 学分，不占用学分。",
        name=named(floor.name, floor.name_en),
        what=selector_text(floor.selector, plan),
        units=credits_text(floor.units_min),
    )


def hours_text(floor: HoursFloor, plan: Plan) -> str:
    """At least so many hours of a kind."""
    return _(
        "%(name)s：%(what)s至少 %(hours)s 学时%(which)s。",
        name=named(floor.name, floor.name_en),
        what=selector_text(floor.selector, plan),
        hours=floor.hours_min,
        which=_("（只计实践学时）") if floor.practice_only else "",
    )


def double_text(double: DoubleCount, plan: Plan) -> str:
    """What counts in two blocks."""
    return _(
        "%(what)s计入%(first)s的，可同时计入%(second)s，最多 %(units)s 学分；总学分只计一次。",
        what=selector_text(double.selector, plan),
        first=block_name(double.from_block, plan),
        second=block_name(double.to_block, plan),
        units=credits_text(double.units_max),
    )


def acceptance_text(acceptance: Acceptance, block: Block, plan: Plan) -> str:
    """What a block takes besides its courses."""
    what = selector_text(acceptance.selector, plan)
    if acceptance.way is Way.EARN:
        return _("%(block)s另外接受%(what)s，与本模块课程同样计入。", block=block.name, what=what)
    return _("%(block)s另外接受%(what)s，只补足缺口。", block=block.name, what=what)


def choice_text(choice: CourseChoice, block: Block, plan: Plan) -> str:
    """How many of these courses must be passed."""
    return _(
        "%(block)s：%(courses)s中至少通过 %(count)s 门。",
        block=named(block.name, block.name_en),
        courses=joined(course_name(code, plan) for code in choice.course_codes),
        count=choice.count,
    )


def selector_text(selector: Selector, plan: Plan) -> str:
    """The records that a rule speaks of."""
    found = [joined(map(name_of, selector.kinds))] if selector.kinds else []
    for values, text in (
        (map(_category, selector.categories), _("类别为%(what)s的学分")),
        (map(name_of, selector.natures), _("课程属性为%(what)s的学分")),
        (map(_level, selector.levels), _("级别为%(what)s的学分")),
        (iter(selector.issuers), _("%(what)s颁发的学分")),
        (iter(selector.tags), _("标记为%(what)s的学分")),
        ((course_name(code, plan) for code in selector.course_codes), _("课程%(what)s")),
    ):
        what = joined(values)
        if what:
            found.append(text.replace("%(what)s", what))
    if selector.is_outside is not None:
        found.append(_("校外取得的学分") if selector.is_outside else _("本校取得的学分"))
    return ("、" if language() == "zh" else "; ").join(found) or _("全部学分")


def block_name(code: str, plan: Plan) -> str:
    """The name of a block in the reader's language."""
    for block in plan.blocks:
        if block.code == code:
            return named(block.name, block.name_en)
    return code


def course_name(code: str, plan: Plan) -> str:
    """The name of a course of the plan, or its code."""
    return next((item.name for item in plan.courses if item.course_code == code), code)


def joined(names: Iterable[str]) -> str:
    """Names in a row, as the language has them."""
    return _("、").join(names)


def _of_blocks(plan: Plan) -> Iterator[RuleLine]:
    for block in plan.blocks:
        name = named(block.name, block.name_en)
        if block.units_max is not None:
            most = credits_text(block.units_max)
            yield RuleLine(
                _("封顶"), _("%(block)s的课程最多计 %(units)s 学分。", block=name, units=most)
            )
        if block.substitution is Substitution.AUTOMATIC:
            yield RuleLine(_("替代"), _("%(block)s的缺口由竞赛、创新学分自动替代。", block=name))
        if block.substitution is Substitution.APPROVED:
            yield RuleLine(
                _("替代"), _("%(block)s的缺口经批准可由竞赛、创新学分替代。", block=name)
            )
        for acceptance in block.accepts:
            yield RuleLine(_("另外接受"), acceptance_text(acceptance, block, plan))
        for choice in block.choices:
            yield RuleLine(_("必过课程"), choice_text(choice, block, plan))


def _divisible(plan: Plan) -> Iterator[RuleLine]:
    if set(plan.divisible) != _DIVISIBLE:
        what = joined(map(name_of, plan.divisible)) or _("没有任何学分")
        yield RuleLine(_("拆分"), _("%(what)s可以拆分计入几个模块。", what=what))


def _percent(cap: Cap) -> str:
    if cap.percent_of is Share.TOTAL:
        return _("毕业总学分的 %(percent)s%%", percent=cap.percent)
    return _("这些模块要求学分的 %(percent)s%%", percent=cap.percent)


def _category(code: str) -> str:
    known = {item.value: item for item in InnovationCategory}
    return name_of(known[code]) if code in known else code


def _level(code: str) -> str:
    known = {item.value: item for item in AwardLevel}
    return name_of(known[code]) if code in known else code
