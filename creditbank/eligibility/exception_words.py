"""One sentence for each exception that a verdict was found under: what, by what document, when."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from creditbank.domain.credits import credits_text
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import Plan
from creditbank.domain.verdicts import AppliedException, Verdict

Language = Literal["zh", "en"]

_WORDS: dict[ExceptionKind, tuple[str, str]] = {
    ExceptionKind.WAIVE: ("{subject}不作要求", "{subject} is not asked"),
    ExceptionKind.LOWER: (
        "{subject}的要求降为 {units} 学分",
        "{subject} asks only {units} credits",
    ),
    ExceptionKind.INSERT: ("课程{course}可计入{block}", "the course {course} may count in {block}"),
    ExceptionKind.FORCE: (
        "第 {seq} 号账目只能计入{block}",
        "entry {seq} counts in {block} or nowhere",
    ),
    ExceptionKind.BLOCK: ("第 {seq} 号账目不计入{block}", "entry {seq} does not count in {block}"),
}
_NOWHERE = ("第 {seq} 号账目不计入任何模块", "entry {seq} counts nowhere")
_WHOLE = (
    "按个人例外决定({document},{day}):{what}。",
    "By a decision for you ({document}, {day}), {what}.",
)
_CONDITIONS: dict[str, tuple[str, str]] = {
    "conduct": ("思想品德评价", "the conduct evaluation"),
    "internship": ("岗位实习", "the internship"),
    "academic_pass_exams": ("学业水平合格性考试", "passing the academic exams"),
    "comprehensive_evaluation": ("综合素质评价", "the comprehensive evaluation"),
    "": ("总学分", "the total"),
}


def exception_sentences(
    verdict: Verdict, language: Language, plan: Plan | None = None
) -> list[str]:
    """All of them. plan: gives names to what the verdict itself names by code only."""
    column = 0 if language == "zh" else 1
    blocks = {
        block.code: block.name if column == 0 else block.name_en or block.name
        for block in verdict.blocks
    }
    return [
        _WHOLE[column].format(
            document=item.document_no,
            day=item.decided_on.isoformat(),
            what=what_differs(item, language, plan, blocks),
        )
        for item in verdict.exceptions
    ]


def what_differs(
    item: AppliedException | PlanException,
    language: Language,
    plan: Plan | None = None,
    blocks: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What one exception changes, as a part of a sentence. blocks: names where there is no plan."""
    subjects = {**blocks, **subject_names(plan, language)}
    courses = {} if plan is None else {each.course_code: each.name for each in plan.courses}
    is_nowhere = item.kind is ExceptionKind.BLOCK and not item.block_code
    words = _NOWHERE if is_nowhere else _WORDS[item.kind]
    return words[0 if language == "zh" else 1].format(
        subject=subjects.get(item.subject, item.subject),
        units=credits_text(item.units or 0),
        course=courses.get(item.subject, item.subject),
        block=subjects.get(item.block_code, item.block_code),
        seq=item.ledger_seq,
    )


def subject_names(plan: Plan | None, language: Language) -> dict[str, str]:
    """What may be waived or lowered, by code: the total, conditions, and what the plan names."""
    column = 0 if language == "zh" else 1
    found = {code: names[column] for code, names in _CONDITIONS.items()}
    if plan is not None:
        named = (
            *((item.code, item.name, item.name_en) for item in plan.hours_floors),
            *((item.code, item.name, item.name_en) for item in plan.floors),
            *((item.code, item.name, item.name_en) for item in plan.blocks),
        )
        found |= {code: name if column == 0 else name_en or name for code, name, name_en in named}
    return found
