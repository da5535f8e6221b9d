"""What is wrong with a plan as a whole: whatever a field by itself cannot show.

A fault keeps the plan from being saved, a warning does not. Paths are those of the document, so
that whoever reads it can say line and column. Clauses are those of docs/plans.md; P8 and P9 are in
plan_hours, P11 in plan_values. Whether anybody can reach what the plan asks (P5, P6, P10) is
decided by the engine, in eligibility.reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Fault, Message, Path
from creditbank.domain.plan_hours import check_hours
from creditbank.domain.plan_values import check_semesters, check_values
from creditbank.domain.plans import ConditionKind, CourseChoice, Plan
from creditbank.domain.policies import Policy

_PERCENT_MAX = 100


def check_plan(plan: Plan, policy: Policy) -> tuple[Fault, ...]:
    """All faults and warnings. policy: plan.* and credit.hours_* for the ratios of hours."""
    found = [*_repeated(plan), *_unknown(plan), *check_values(plan)]
    if not found:  # what follows looks up what is named
        found += [*_choices(plan), *_conditions(plan), *_caps(plan), *_total(plan)]
        found += [*check_semesters(plan), *check_hours(plan, policy)]
    return tuple(found)


def _repeated(plan: Plan) -> Iterator[Fault]:
    """P1: a code stands for one thing."""
    kinds: tuple[tuple[str, Sequence[str]], ...] = (
        ("blocks", [block.code for block in plan.blocks]),
        ("courses", [course.course_code for course in plan.courses]),
        ("caps", [cap.code for cap in plan.caps]),
        ("floors", [floor.code for floor in plan.floors]),
        ("hours_floors", [floor.code for floor in plan.hours_floors]),
        ("double_counts", [rule.code for rule in plan.double_counts]),
    )
    for name, codes in kinds:
        count: Counter[str] = Counter()
        field = "course_code" if name == "courses" else "code"
        for at, code in enumerate(codes):
            count[code] += 1
            if count[code] > 1:
                yield _fault(
                    (name, at, field), "P1", f"代码 {code} 重复,请改用另一个代码。",
                    f"The code {code} is used twice; choose another one.",
                )  # fmt: skip


def _unknown(plan: Plan) -> Iterator[Fault]:
    """P2: what is named is there."""
    blocks = {block.code for block in plan.blocks}
    courses = {course.course_code for course in plan.courses}
    for path, code in _named_blocks(plan):
        if code not in blocks:
            yield _fault(
                path, "P2", f"方案中没有模块 {code},请核对。",
                f"The plan has no block {code}; check it.",
            )  # fmt: skip
    for path, code in _named_courses(plan):
        if code not in courses:
            yield _fault(
                path, "P2", f"方案中没有课程 {code},请核对。",
                f"The plan has no course {code}; check it.",
            )  # fmt: skip
    for at, rule in enumerate(plan.double_counts):
        if rule.from_block == rule.to_block:
            yield _fault(
                ("double_counts", at, "to_block"), "P2", "两个模块相同,请改为另一个模块。",
                "Both blocks are the same; name another one.",
            )  # fmt: skip


def _named_blocks(plan: Plan) -> Iterator[tuple[Path, str]]:
    for at, course in enumerate(plan.courses):
        yield ("courses", at, "block_code"), course.block_code
        yield from _items(("courses", at, "also_counts_in"), course.also_counts_in)
    for at, cap in enumerate(plan.caps):
        yield from _items(("caps", at, "block_codes"), cap.block_codes)
    for at, rule in enumerate(plan.double_counts):
        yield ("double_counts", at, "from_block"), rule.from_block
        yield ("double_counts", at, "to_block"), rule.to_block


def _named_courses(plan: Plan) -> Iterator[tuple[Path, str]]:
    for at, block in enumerate(plan.blocks):
        for number, choice in enumerate(block.choices):
            path = ("blocks", at, "choices", number, "course_codes")
            yield from _items(path, choice.course_codes)


def _choices(plan: Plan) -> Iterator[Fault]:
    """P3: of the courses of a choice so many can be passed."""
    for at, block in enumerate(plan.blocks):
        for number, choice in enumerate(block.choices):
            path = ("blocks", at, "choices", number)
            yield from _choice(path, choice)


def _choice(path: Path, choice: CourseChoice) -> Iterator[Fault]:
    listed = len(set(choice.course_codes))
    if not listed:
        yield _fault(
            (*path, "course_codes"), "P3", "没有列出可选课程,请列出或删去这一条。",
            "No course is listed; list some, or take the choice out.",
        )  # fmt: skip
    elif not 0 < choice.count <= listed:
        yield _fault(
            (*path, "count"), "P3", f"列出{listed}门课程,应填1至{listed}。",
            f"{listed} courses are listed: give 1 to {listed}.",
        )  # fmt: skip


def _conditions(plan: Plan) -> Iterator[Fault]:
    """P3: a condition says what it asks, once."""
    for at, condition in enumerate(plan.conditions):
        if condition in plan.conditions[:at]:
            yield _fault(
                ("conditions", at), "P3", "条件重复,请只保留一个。",
                "The condition is given twice; keep one.",
            )  # fmt: skip
    is_asked = ConditionKind.ACADEMIC_PASS_EXAMS in plan.conditions
    if is_asked and not plan.required_pass_exams:
        yield _fault(
            ("conditions", plan.conditions.index(ConditionKind.ACADEMIC_PASS_EXAMS)), "P3",
            "要求合格性考试,但没有列出科目;请填写 required_pass_exams。",
            "Pass examinations are asked, but no subject is named; give required_pass_exams.",
        )  # fmt: skip
    if plan.required_pass_exams and not is_asked:
        yield _fault(
            ("required_pass_exams",), "P3",
            "列出了合格性考试科目,但毕业条件中没有 academic_pass_exams,这些科目不起作用。",
            "Subjects are named, but academic_pass_exams is no condition: they have no effect.",
            is_warning=True,
        )  # fmt: skip


def _caps(plan: Plan) -> Iterator[Fault]:
    """P4: a cap is either credits or a share; a maximum is not below its minimum."""
    for at, cap in enumerate(plan.caps):
        if (cap.units is None) == (cap.percent is None):
            yield _fault(
                ("caps", at), "P4", "credits 与 percent 须填一个且只填一个。",
                "Give either credits or percent.",
            )  # fmt: skip
        elif cap.percent is not None and not 0 <= cap.percent <= _PERCENT_MAX:
            yield _fault(
                ("caps", at, "percent"), "P4", "百分数应为0到100。", "A share is 0 to 100."
            )
    for at, block in enumerate(plan.blocks):
        if block.units_max is not None and block.units_max < block.units_min:
            yield _fault(
                ("blocks", at, "credits_max"), "P4",
                f"最多 {credits_text(block.units_max)} 少于至少 {credits_text(block.units_min)}。",
                f"The maximum {credits_text(block.units_max)} is below the minimum "
                f"{credits_text(block.units_min)}.",
            )  # fmt: skip


def _total(plan: Plan) -> Iterator[Fault]:
    """P7: the blocks and the total agree."""
    asked = sum(block.units_min for block in plan.blocks)
    shared = sum(rule.units_max for rule in plan.double_counts)
    path: Path = ("credits_min",)
    total = credits_text(plan.units_min)
    if asked - shared > plan.units_min:
        yield _fault(
            path, "P7",
            f"各模块合计 {credits_text(asked)} 学分,多于毕业总学分 {total}。",
            f"The blocks ask {credits_text(asked)} credits, more than the total of {total}.",
        )  # fmt: skip
    elif asked < plan.units_min:
        yield _fault(
            path, "P7",
            f"各模块合计 {credits_text(asked)} 学分,少于毕业总学分 {total};"
            "其余学分可在任一模块修得。",
            f"The blocks ask {credits_text(asked)} of {total} credits; "
            "the rest may be earned in any block.",
            is_warning=True,
        )  # fmt: skip


def _items(path: Path, codes: Iterable[str]) -> list[tuple[Path, str]]:
    return [((*path, at), code) for at, code in enumerate(codes)]


def _fault(path: Path, code: str, zh: str, en: str, *, is_warning: bool = False) -> Fault:
    return Fault(path, code, Message(zh, en), is_warning)
