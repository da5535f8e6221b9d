"""P8 and P9 of docs/plans.md: how the hours of a plan are divided (domain: 教职成〔2019〕13号).

All of them warn: the shares are asked of plans on the whole, and schools may have their reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from creditbank.domain.courses import CourseNature
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Fault, Message, Path
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy

ELECTIVE = frozenset(
    {
        CourseNature.RESTRICTED_ELECTIVE,
        CourseNature.FREE_ELECTIVE,
        CourseNature.DOUBLE_ELECTIVE,
        CourseNature.GENERAL_ELECTIVE,
    }
)
_LEAST_YEARS = 3


def check_hours(plan: Plan, policy: Policy) -> Iterator[Fault]:
    """The ratios of a plan with common courses, and the hours of each credit."""
    common = policy.text("plan.common_blocks").split()
    if set(common) & {block.code for block in plan.blocks}:  # the ratios are of vocational plans
        yield from _ratios(plan, policy, frozenset(common))
    yield from _hours(plan, policy)


def hours_by_block(plan: Plan) -> dict[str, tuple[int, int]]:
    """Per block the hours that a learner takes, and how many of them are practice.

    A plan offers more electives than anybody needs: a block whose courses offer more credits than
    it asks is taken in proportion.
    """
    offered: Counter[str] = Counter()
    hours: Counter[str] = Counter()
    practice: Counter[str] = Counter()
    for course in plan.courses:
        offered[course.block_code] += course.units
        hours[course.block_code] += course.theory_hours + course.practice_hours
        practice[course.block_code] += course.practice_hours
    taken = {}
    for block in plan.blocks:
        code, has = block.code, offered[block.code]
        asked = min(block.units_min, has) or has  # what nothing asks for is taken as offered
        part = (asked, has) if has else (1, 1)
        taken[code] = (hours[code] * part[0] // part[1], practice[code] * part[0] // part[1])
    return taken


def _ratios(plan: Plan, policy: Policy, common_blocks: frozenset[str]) -> Iterator[Fault]:
    """P8: shares of common courses, electives and practice, and the hours in all."""
    taken = hours_by_block(plan)
    total = sum(hours for hours, _ in taken.values())
    if not total:
        return
    elective_blocks = {block.code for block in plan.blocks if block.nature in ELECTIVE}
    for key, part, zh, en in (
        ("plan.common_percent_min", _sum(taken, common_blocks), "公共基础课学时", "common courses"),
        ("plan.elective_percent_min", _sum(taken, elective_blocks), "选修课学时", "electives"),
        ("plan.practice_percent_min", sum(item for _, item in taken.values()), "实践学时",
         "practice"),
    ):  # fmt: skip
        if key in policy.values and part * 100 < policy.integer(key) * total:
            least = policy.integer(key)
            yield _warning(
                ("courses",), "P8",
                f"{zh}占 {part * 100 // total}%({part}/{total} 学时),规定不少于 {least}%"
                f"({policy.reference(key)})。",
                f"Of all hours {part * 100 // total} % ({part} of {total}) are {en}; at least "
                f"{least} % are asked.",
            )  # fmt: skip
    key = "plan.hours_min"
    if plan.years >= _LEAST_YEARS and key in policy.values and total < policy.integer(key):
        least = policy.integer(key)
        yield _warning(
            ("courses",), "P8",
            f"总学时 {total},规定不少于 {least}({policy.reference(key)})。",
            f"The plan has {total} hours; at least {least} are asked.",
        )  # fmt: skip


def _sum(taken: dict[str, tuple[int, int]], codes: frozenset[str] | set[str]) -> int:
    return sum(hours for code, (hours, _) in taken.items() if code in codes)


def _hours(plan: Plan, policy: Policy) -> Iterator[Fault]:
    """P9: the hours of a credit."""
    low, high = policy.integer("credit.hours_min"), policy.integer("credit.hours_max")
    for at, course in enumerate(plan.courses):
        hours = course.theory_hours + course.practice_hours
        if hours and not low * course.units <= 100 * hours <= high * course.units:
            yield _warning(
                ("courses", at), "P9",
                f"{course.name} {credits_text(course.units)} 学分 {hours} 学时,"
                f"每学分应为 {low} 至 {high} 学时。",
                f"{course.course_code}: {credits_text(course.units)} credits, {hours} "
                f"hours; a credit has {low} to {high} hours.",
            )  # fmt: skip


def _warning(path: Path, code: str, zh: str, en: str) -> Fault:
    return Fault(path, code, Message(zh, en), is_warning=True)
