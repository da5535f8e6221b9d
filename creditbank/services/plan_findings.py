"""What is wrong with the text of a plan at a school: the document's clauses, and P12 of the school.

P12: the major is in the catalogue, and the courses are the school's own with the same credits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Fault, Message, Path, Problem
from creditbank.domain.plans import Plan
from creditbank.store.documents import DocumentError
from creditbank.store.plan_documents import in_order, placed_fault, read_plan
from creditbank.store.plan_versions import catalogue_units, has_major
from creditbank.store.policies import policy_for

TEXT_MAX = 300_000


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
    placed = (placed_fault(item, document.written) for item in _catalogue(connection, plan))
    return CheckedPlan(plan, in_order((*document.faults, *placed)))


def _catalogue(connection: Connection, plan: Plan) -> Iterator[Fault]:
    if plan.major_code and not has_major(connection, plan.major_code, plan.catalogue_year):
        yield _warning(
            ("major_code",),
            f"{plan.catalogue_year} 年专业目录中没有 {plan.major_code},请核对。",
            f"The catalogue of {plan.catalogue_year} has no major {plan.major_code}; check it.",
        )
    known = catalogue_units(connection, plan.institution_id)
    new = [course for course in plan.courses if course.course_code not in known]
    if new:
        codes = "、".join(course.course_code for course in new[:5]) + ("…" if new[5:] else "")
        yield _warning(
            ("courses",),
            f"课程库中还没有 {len(new)} 门课程({codes}),方案施行时会加入。",
            f"The school does not have {len(new)} courses yet ({codes}); they are added when the "
            "plan is put in force.",
        )
    for at, course in enumerate(plan.courses):
        units = known.get(course.course_code, course.units)
        if units != course.units:
            yield _warning(
                ("courses", at, "credits"),
                f"{course.course_code} 在课程库中为 {credits_text(units)} 学分,成绩按课程库入账。",
                f"The school has {course.course_code} with {credits_text(units)} credits; marks "
                "are posted with those.",
            )


def _warning(path: Path, zh: str, en: str) -> Fault:
    return Fault(path, "P12", Message(zh, en), is_warning=True)


_TOO_LONG = Fault(
    (),
    "too_long",
    Message(f"超过 {TEXT_MAX} 个字符。", f"More than {TEXT_MAX} characters."),
    line=1,
    column=1,
)
