"""What is wrong with a plan as a whole: whatever a field by itself cannot show.

A fault keeps the plan from being saved, a warning does not. Paths are those of the document, so
that whoever reads it can say line and column. Clauses P1 to P9 are those of docs/plans.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from creditbank.domain.courses import CourseNature
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Fault, Message, Path
from creditbank.domain.plans import Block, Cap, Plan, PlanCourse, Share, Substitution, Way
from creditbank.domain.policies import Policy

_ELECTIVE = frozenset(
    {
        CourseNature.RESTRICTED_ELECTIVE,
        CourseNature.FREE_ELECTIVE,
        CourseNature.DOUBLE_ELECTIVE,
        CourseNature.GENERAL_ELECTIVE,
    }
)
_PERCENT_MAX = 100


def check_plan(plan: Plan, policy: Policy) -> tuple[Fault, ...]:
    """All faults and warnings. policy: plan.* and credit.hours_* for the ratios of hours."""
    found = [
        *_repeated(plan),
        *_unknown(plan),
    ]
    if not found:  # what follows looks up what is named
        found += [*_choices(plan), *_caps(plan), *_reachable(plan), *_floors(plan), *_total(plan)]
        found += [*_ratios(plan, policy), *_hours(plan, policy)]
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
            if not 0 < choice.count <= len(set(choice.course_codes)):
                listed = len(set(choice.course_codes))
                yield _fault(
                    ("blocks", at, "choices", number, "count"), "P3",
                    f"列出{listed}门课程,应填1至{listed}。",
                    f"{listed} courses are listed: give 1 to {listed}.",
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


def _reachable(plan: Plan) -> Iterator[Fault]:
    """P5: each block can be filled by somebody."""
    for at, block in enumerate(plan.blocks):
        most = _most(plan, block)
        if most is not None and most < block.units_min:
            yield _fault(
                ("blocks", at, "credits_min"), "P5",
                f"模块 {block.code} 要求 {credits_text(block.units_min)} 学分,"
                f"可计入的最多只有 {credits_text(most)} 学分,无人能修满;请增加课程或降低要求。",
                f"Block {block.code} asks {credits_text(block.units_min)} credits, but only "
                f"{credits_text(most)} can count there; add courses or ask less.",
            )  # fmt: skip


def _most(plan: Plan, block: Block) -> int | None:
    """The most that can count in a block, in hundredths; None where nothing limits it."""
    courses = sum(course.units for course in plan.courses if block.code in _blocks_of(course))
    further: list[int | None] = []
    if block.substitution is not Substitution.NONE:
        further.append(None)
    for acceptance in block.accepts:
        limits = [
            _limit(plan, cap)
            for cap in plan.caps
            if cap.selector == acceptance.selector
            and (not cap.block_codes or block.code in cap.block_codes)
        ]
        further.append(min(limits, default=None))
    further += [rule.units_max for rule in plan.double_counts if rule.to_block == block.code]
    if any(limit is None for limit in further):
        return None
    return courses + sum(limit for limit in further if limit is not None)


def _limit(plan: Plan, cap: Cap) -> int:
    """What a cap allows, in hundredths."""
    if cap.units is not None:
        return cap.units
    asked = plan.units_min
    if cap.percent_of is Share.BLOCKS:
        asked = sum(block.units_min for block in plan.blocks if block.code in cap.block_codes)
    return asked * (cap.percent or 0) // _PERCENT_MAX


def _blocks_of(course: PlanCourse) -> tuple[str, ...]:
    return course.block_code, *course.also_counts_in


def _floors(plan: Plan) -> Iterator[Fault]:
    """P6: a floor asks no more than the courses it names can give, nor than the plan holds."""
    units = {course.course_code: course.units for course in plan.courses}
    for at, floor in enumerate(plan.floors):
        named = floor.selector.course_codes
        most = sum(units.get(code, 0) for code in named) if named else _most_in_all(plan)
        if most is not None and most < floor.units_min:
            yield _fault(
                ("floors", at, "credits_min"), "P6",
                f"要求 {credits_text(floor.units_min)} 学分,最多只能修得 {credits_text(most)}。",
                f"It asks {credits_text(floor.units_min)} credits; only {credits_text(most)} can "
                "be earned.",
            )  # fmt: skip


def _most_in_all(plan: Plan) -> int | None:
    open_ended = any(
        block.substitution is not Substitution.NONE or block.accepts for block in plan.blocks
    )
    return None if open_ended else sum(course.units for course in plan.courses)


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
        most = _most_countable(plan)
        if most is not None and most < plan.units_min:
            yield _fault(
                path, "P7",
                f"全部课程最多计 {credits_text(most)} 学分,不到毕业总学分 {total}。",
                f"All courses together count {credits_text(most)} credits, less than the total of "
                f"{total}.",
            )  # fmt: skip
        else:
            yield _fault(
                path, "P7",
                f"各模块合计 {credits_text(asked)} 学分,少于毕业总学分 {total};"
                "其余学分可在任一模块修得。",
                f"The blocks ask {credits_text(asked)} of {total} credits; "
                "the rest may be earned in any block.",
                is_warning=True,
            )  # fmt: skip


def _most_countable(plan: Plan) -> int | None:
    """The most that can count in all; None where something may be earned beyond the courses."""
    if any(item.way is Way.EARN for block in plan.blocks for item in block.accepts):
        return None
    courses = sum(course.units for course in plan.courses)
    fillable = sum(
        block.units_min
        for block in plan.blocks
        if block.substitution is not Substitution.NONE or block.accepts
    )
    return courses + fillable


def _ratios(plan: Plan, policy: Policy) -> Iterator[Fault]:
    """P8: the ratios of hours; they warn."""
    natures = {block.code: block.nature for block in plan.blocks}
    hours = {course: course.theory_hours + course.practice_hours for course in plan.courses}
    total = sum(hours.values())
    if not total:
        return
    elective = sum(
        item for course, item in hours.items() if natures[course.block_code] in _ELECTIVE
    )
    practice = sum(course.practice_hours for course in plan.courses)
    common_blocks = policy.text("plan.common_blocks").split()
    common = sum(item for course, item in hours.items() if course.block_code in common_blocks)
    if not common_blocks or not set(common_blocks) & natures.keys():
        return  # the ratios are those of vocational plans
    for key, part, zh, en in (
        ("plan.common_percent_min", common, "公共基础课学时", "hours of common courses"),
        ("plan.elective_percent_min", elective, "选修课学时", "elective hours"),
        ("plan.practice_percent_min", practice, "实践学时", "practice hours"),
    ):
        if key in policy.values and part * _PERCENT_MAX < policy.integer(key) * total:
            least = policy.integer(key)
            yield _fault(
                ("courses",), "P8",
                f"{zh}占 {part * _PERCENT_MAX // total}%,规定不少于 {least}%"
                f"({policy.reference(key)})。",
                f"Of all hours {part * _PERCENT_MAX // total} % are {en}; at least {least} % are "
                "asked.",
                is_warning=True,
            )  # fmt: skip


def _hours(plan: Plan, policy: Policy) -> Iterator[Fault]:
    """P9: the hours of a credit; they warn."""
    low, high = policy.integer("credit.hours_min"), policy.integer("credit.hours_max")
    for at, course in enumerate(plan.courses):
        hours = course.theory_hours + course.practice_hours
        if hours and not low * course.units <= 100 * hours <= high * course.units:
            yield _fault(
                ("courses", at), "P9",
                f"{course.name} {credits_text(course.units)} 学分 {hours} 学时,"
                f"每学分应为 {low} 至 {high} 学时。",
                f"{course.course_code}: {credits_text(course.units)} credits, {hours} "
                f"hours; a credit has {low} to {high} hours.",
                is_warning=True,
            )  # fmt: skip


def _items(path: Path, codes: Iterable[str]) -> list[tuple[Path, str]]:
    return [((*path, at), code) for at, code in enumerate(codes)]


def _fault(path: Path, code: str, zh: str, en: str, *, is_warning: bool = False) -> Fault:
    return Fault(path, code, Message(zh, en), is_warning)
