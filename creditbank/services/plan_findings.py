"""What is wrong with the text of a plan at a school: the document's clauses, and P12 of the school.

P12: rules speak of what the ledger knows, the major is in the catalogue, and the courses are the
school's own with the same credits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Fault, Message, Path, Problem
from creditbank.domain.plans import Plan
from creditbank.domain.selectors import Selector
from creditbank.store.documents import DocumentError
from creditbank.store.plan_documents import in_order, placed_fault, read_plan
from creditbank.store.plan_versions import catalogue_units, has_major
from creditbank.store.policies import policy_for

TEXT_MAX = 300_000
_UNKNOWN_TO_LEDGER = ("natures", "levels", "issuers", "tags")


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """A text that was checked. plan: None where it cannot be read as a plan at all."""

    plan: Plan | None
    faults: tuple[Fault, ...]

    @property
    def is_usable(self) -> bool:
        """Whether it may be saved."""
        return self.plan is not None and all(fault.is_warning for fault in self.faults)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps it from being saved: clause, message, field, line and column."""
        return tuple(
            Problem(item.code, item.message, item.field, item.line or 1, item.column or 1)
            for item in self.faults
            if not item.is_warning
        )


def checked_plan(
    connection: Connection, institution_id: int, text: str, *, as_of: date
) -> CheckedPlan:
    """Check a text as a plan of a school, under its policy of a day. Raises nothing."""
    if len(text) > TEXT_MAX:
        return CheckedPlan(None, (_TOO_LONG,))
    try:
        document = read_plan(text, policy_for(connection, institution_id, as_of))
    except DocumentError as error:
        return CheckedPlan(None, tuple(error.faults))
    plan = replace(document.plan, institution_id=institution_id)
    found = (*_rules(plan), *_catalogue(connection, plan))
    placed = (placed_fault(item, document.written) for item in found)
    return CheckedPlan(plan, in_order((*document.faults, *placed)))


def _rules(plan: Plan) -> Iterator[Fault]:
    """A rule on what no entry of the ledger holds would be met by nobody, or cut nothing."""
    for path, selector in _selectors(plan):
        for name in _UNKNOWN_TO_LEDGER:
            if getattr(selector, name):
                yield _fault(
                    (*path, "selector", name),
                    f"账本不记录 {name},这条规则不会起作用;请改用类别、课程代码等。",
                    f"The ledger does not hold {name}, the rule would do nothing; use kinds, "
                    "categories or course codes.",
                )
    for at, floor in enumerate(plan.hours_floors):
        if floor.hours_min > 0:
            yield _fault(
                ("hours_floors", at),
                "账本按学分入账,不记录已修学时,无人能达到这条规则;请改用 floors(学分)。",
                "The ledger books credits, not the hours of a learner: nobody could meet this; use "
                "floors in credits.",
            )


def _selectors(plan: Plan) -> Iterable[tuple[Path, Selector]]:
    for at, block in enumerate(plan.blocks):
        for number, acceptance in enumerate(block.accepts):
            yield ("blocks", at, "accepts", number), acceptance.selector
    for at, cap in enumerate(plan.caps):
        yield ("caps", at), cap.selector
    for at, floor in enumerate(plan.floors):
        yield ("floors", at), floor.selector
    for at, double in enumerate(plan.double_counts):
        yield ("double_counts", at), double.selector


def _catalogue(connection: Connection, plan: Plan) -> Iterator[Fault]:
    if plan.major_code and not has_major(connection, plan.major_code, plan.catalogue_year):
        yield _fault(
            ("major_code",),
            f"{plan.catalogue_year} 年专业目录中没有 {plan.major_code},请核对。",
            f"The catalogue of {plan.catalogue_year} has no major {plan.major_code}; check it.",
            is_warning=True,
        )
    known = catalogue_units(connection, plan.institution_id)
    new = [course for course in plan.courses if course.course_code not in known]
    if new:
        codes = "、".join(course.course_code for course in new[:5]) + ("…" if new[5:] else "")
        yield _fault(
            ("courses",),
            f"课程库中还没有 {len(new)} 门课程({codes}),方案施行时会加入。",
            f"The school does not have {len(new)} courses yet ({codes}); they are added when the "
            "plan is put in force.",
            is_warning=True,
        )
    for at, course in enumerate(plan.courses):
        units = known.get(course.course_code, course.units)
        if units != course.units:
            yield _fault(
                ("courses", at, "credits"),
                f"{course.course_code} 在课程库中为 {credits_text(units)} 学分,成绩按课程库入账。",
                f"The school has {course.course_code} with {credits_text(units)} credits; marks "
                "are posted with those.",
                is_warning=True,
            )


def _fault(path: Path, zh: str, en: str, *, is_warning: bool = False) -> Fault:
    return Fault(path, "P12", Message(zh, en), is_warning)


_TOO_LONG = Fault(
    (),
    "too_long",
    Message(f"超过 {TEXT_MAX} 个字符。", f"More than {TEXT_MAX} characters."),
    line=1,
    column=1,
)
