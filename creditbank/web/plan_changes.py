"""What one version of a plan says otherwise than another, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString

from creditbank.domain.courses import CourseNature
from creditbank.domain.credits import credits_text
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_differences import (
    DifferenceKind,
    PlanDifference,
    PlanPart,
    differences,
)
from creditbank.domain.plans import (
    Acceptance,
    Block,
    CourseChoice,
    Plan,
    PlanCourse,
    Substitution,
)
from creditbank.web.condition_lines import condition_name
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.languages import named
from creditbank.web.plan_words import (
    acceptance_text,
    cap_text,
    choice_text,
    double_text,
    floor_text,
    hours_text,
    joined,
)

KINDS: Mapping[DifferenceKind, tuple[LazyString, str]] = {
    DifferenceKind.ADDED: (_l("新增"), "good"),
    DifferenceKind.REMOVED: (_l("删除"), "bad"),
    DifferenceKind.CHANGED: (_l("修改"), "progress"),
}
_GROUPS: tuple[tuple[LazyString, frozenset[PlanPart]], ...] = (
    (_l("总体"), frozenset({PlanPart.PLAN})),
    (_l("模块"), frozenset({PlanPart.BLOCK})),
    (_l("课程"), frozenset({PlanPart.COURSE})),
    (
        _l("规则"),
        frozenset({PlanPart.CAP, PlanPart.FLOOR, PlanPart.HOURS_FLOOR, PlanPart.DOUBLE_COUNT}),
    ),
    (_l("毕业条件"), frozenset({PlanPart.CONDITION, PlanPart.PASS_EXAM})),
)
_FIELDS: Mapping[str, LazyString] = {
    "code": _l("方案代码"),
    "name": _l("名称"),
    "name_en": _l("英文名称"),
    "major_code": _l("专业代码"),
    "catalogue_year": _l("专业目录年份"),
    "years": _l("学制（年）"),
    "units_min": _l("要求学分"),
    "units_max": _l("最多计入学分"),
    "nature": _l("课程属性"),
    "substitution": _l("竞赛、创新学分替代"),
    "is_major_core": _l("专业核心课模块"),
    "block_code": _l("模块"),
    "units": _l("学分"),
    "theory_hours": _l("理论学时"),
    "practice_hours": _l("实践学时"),
    "semester_no": _l("学期"),
    "is_required": _l("必修"),
    "also_counts_in": _l("还可计入"),
    "accepts": _l("另外接受"),
    "choices": _l("必过课程"),
    "divisible": _l("可拆分的学分"),
}
_RULES: Mapping[PlanPart, Callable[[Any, Plan], str]] = {
    PlanPart.CAP: cap_text,
    PlanPart.FLOOR: floor_text,
    PlanPart.HOURS_FLOOR: hours_text,
    PlanPart.DOUBLE_COUNT: double_text,
}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field: what it was, and what it is now."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change: of which part, and either its fields or a sentence."""

    kind: str
    tone: str
    code: str
    name: str
    text: str
    fields: tuple[FieldLine, ...]


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The changes of one sort."""

    title: str
    lines: tuple[ChangeLine, ...]


def change_groups(before: Plan, after: Plan) -> tuple[ChangeGroup, ...]:
    """All changes, sorted by what they are about; groups without any are left out."""
    found = differences(before, after)
    groups = [
        ChangeGroup(
            str(title), tuple(_line(item, before, after) for item in found if item.part in parts)
        )
        for title, parts in _GROUPS
    ]
    return tuple(group for group in groups if group.lines)


def substitution_name(code: Substitution) -> str:
    """Whether awards may fill a block, in a word."""
    return str(SUBSTITUTIONS[code])


SUBSTITUTIONS: Mapping[Substitution, LazyString] = {
    Substitution.NONE: _l("不可替代"),
    Substitution.AUTOMATIC: _l("自动替代"),
    Substitution.APPROVED: _l("经批准替代"),
}


def _line(item: PlanDifference, before: Plan, after: Plan) -> ChangeLine:
    kind, tone = KINDS[item.kind]
    part = item.after if item.after is not None else item.before
    plan = after if item.after is not None else before
    return ChangeLine(
        kind=str(kind),
        tone=tone,
        code="" if item.part in {PlanPart.PLAN, PlanPart.CONDITION} else item.code,
        name=_name(item.part, part),
        text=_sentence(item, plan),
        fields=tuple(
            FieldLine(
                str(_FIELDS[name]),
                _value(name, getattr(item.before, name), item.before, before),
                _value(name, getattr(item.after, name), item.after, after),
            )
            for name in item.field_names
            if item.part not in _RULES
        ),
    )


def _name(part: PlanPart, item: Any) -> str:  # noqa: ANN401 (any part of a plan)
    if part is PlanPart.CONDITION:
        return condition_name(str(item))
    if part in {PlanPart.PLAN, PlanPart.PASS_EXAM, PlanPart.CAP, PlanPart.DOUBLE_COUNT}:
        return ""
    return named(item.name, getattr(item, "name_en", ""))


def _sentence(item: PlanDifference, plan: Plan) -> str:
    """A rule as it is now, and as it was; a part that came or went with its figures."""
    if item.part in _RULES:
        words = _RULES[item.part]
        if item.kind is DifferenceKind.CHANGED:
            return _(
                "原为：%(before)s 现为：%(after)s",
                before=words(item.before, plan),
                after=words(item.after, plan),
            )
        return words(item.after or item.before, plan)
    part = item.after or item.before
    if item.kind is DifferenceKind.CHANGED:
        return ""
    if isinstance(part, Block):
        return _("要求 %(units)s 学分", units=credits_text(part.units_min))
    if isinstance(part, PlanCourse):
        return _(
            "%(block)s，%(units)s 学分，%(hours)s 学时，第 %(semester)s 学期",
            block=part.block_code,
            units=credits_text(part.units),
            hours=part.theory_hours + part.practice_hours,
            semester=part.semester_no,
        )
    return ""


def _value(  # noqa: PLR0911 (one for each kind of value)
    name: str,
    value: Any,  # noqa: ANN401 (any field)
    owner: Any,  # noqa: ANN401 (any part of a plan)
    plan: Plan,
) -> str:
    if value is None or value == ():
        return _("无")
    if "units" in name:
        return credits_text(value)
    match value:
        case bool():
            return _("是") if value else _("否")
        case CourseNature():
            return name_of(value)
        case Substitution():
            return substitution_name(value)
        case tuple():
            return joined(_item(item, owner, plan) for item in value)
    return str(value)


def _item(item: Any, owner: Any, plan: Plan) -> str:  # noqa: ANN401 (a value of a list)
    match item:
        case Acceptance():
            return acceptance_text(item, owner, plan)
        case CourseChoice():
            return choice_text(item, owner, plan)
        case EntryKind():
            return name_of(item)
    return str(item)
