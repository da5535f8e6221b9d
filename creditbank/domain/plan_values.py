"""P11 of docs/plans.md: texts and numbers are such as a plan can have."""

from __future__ import annotations

from collections.abc import Iterator

from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Fault, Message, Path
from creditbank.domain.plans import Plan

BLOCKS_MAX, COURSES_MAX = 60, 600
UNITS_OF_PLAN_MAX, UNITS_OF_COURSE_MAX = 100_000, 6_000
SEMESTER_MAX, YEARS_MAX, HOURS_MAX = 14, 7, 9_999
CATALOGUES = (1990, 2099)


def check_values(plan: Plan) -> Iterator[Fault]:
    """All values of a plan that no plan can have."""
    for name, count, most in (
        ("blocks", len(plan.blocks), BLOCKS_MAX), ("courses", len(plan.courses), COURSES_MAX),
    ):  # fmt: skip
        if count > most:
            yield _fault((name,), f"最多 {most} 项。", f"There are at most {most}.")
    if not plan.blocks:
        yield _fault(("blocks",), "方案至少要有一个模块。", "A plan has at least one block.")
    for path, text, length in _texts(plan):
        if not 0 < len(text.strip()) <= length or text != text.strip():
            yield _fault(
                path, f"应为1至{length}个字符,前后没有空格。",
                f"Give 1 to {length} characters, without spaces around them.",
            )  # fmt: skip
    for path, value, low, high in _numbers(plan):
        if not low <= value <= high:
            yield _fault(
                path, f"应为{low}至{high}的整数。", f"Give a whole number, {low} to {high}."
            )
    for path, units, most in _credits(plan):
        if not 0 < units <= most:
            yield _fault(
                path, f"学分应大于0,不超过 {credits_text(most)}。",
                f"Credits are more than 0 and at most {credits_text(most)}.",
            )  # fmt: skip


def check_semesters(plan: Plan) -> Iterator[Fault]:
    """A course after the last semester; it warns."""
    last = 2 * plan.years
    for at, course in enumerate(plan.courses):
        if course.semester_no > last:
            yield Fault(
                ("courses", at, "semester_no"),
                "P11",
                Message(
                    f"学制 {plan.years} 年只有 {last} 个学期,{course.name} 排在第 "
                    f"{course.semester_no} 学期。",
                    f"{plan.years} years have {last} semesters; {course.course_code} is in "
                    f"semester {course.semester_no}.",
                ),
                is_warning=True,
            )


def _texts(plan: Plan) -> Iterator[tuple[Path, str, int]]:
    yield ("code",), plan.code, 30
    yield ("name",), plan.name, 100
    yield ("major_code",), plan.major_code, 7
    for at, block in enumerate(plan.blocks):
        yield ("blocks", at, "code"), block.code, 20
        yield ("blocks", at, "name"), block.name, 60
    for at, course in enumerate(plan.courses):
        yield ("courses", at, "course_code"), course.course_code, 20
        yield ("courses", at, "name"), course.name, 100


def _numbers(plan: Plan) -> Iterator[tuple[Path, int, int, int]]:
    yield ("years",), plan.years, 1, YEARS_MAX
    yield ("catalogue_year",), plan.catalogue_year, *CATALOGUES
    for at, course in enumerate(plan.courses):
        yield ("courses", at, "semester_no"), course.semester_no, 1, SEMESTER_MAX
        yield ("courses", at, "theory_hours"), course.theory_hours, 0, HOURS_MAX
        yield ("courses", at, "practice_hours"), course.practice_hours, 0, HOURS_MAX


def _credits(plan: Plan) -> Iterator[tuple[Path, int, int]]:
    yield ("credits_min",), plan.units_min, UNITS_OF_PLAN_MAX
    for at, course in enumerate(plan.courses):
        yield ("courses", at, "credits"), course.units, UNITS_OF_COURSE_MAX


def _fault(path: Path, zh: str, en: str) -> Fault:
    return Fault(path, "P11", Message(zh, en))
