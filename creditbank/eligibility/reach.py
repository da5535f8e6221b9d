"""P5, P6, P7, P10 of docs/plans.md: whether anybody can fulfil a plan; decided by the engine.

The proof of a no is the engine's own: a smallest set of blocks that cannot be filled together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from creditbank.domain.credits import credits_text
from creditbank.domain.errors import Fault, Message, Path
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.eligibility.best import best
from creditbank.eligibility.ideal import TooManyRulesError, ideal_standing, in_favour
from creditbank.eligibility.model import Model, make_model
from creditbank.eligibility.plan_index import index_once
from creditbank.eligibility.program import least_missing
from creditbank.eligibility.proof import can_be_filled, smallest_cut
from creditbank.eligibility.selection import selects
from creditbank.eligibility.solver import ProgramError
from creditbank.eligibility.standing import Standing

_CAP = "innovation.category_cap."


def check_reach(plan: Plan, policy: Policy) -> tuple[Fault, ...]:
    """What nobody can reach under a plan whose names and values are in order.

    policy: the caps on awards that are in force on the day of the check.
    """
    index = index_once(in_favour(plan))
    capped = {key.removeprefix(_CAP) for key in policy.values if key.startswith(_CAP)}
    try:
        standing = ideal_standing(index, capped)
        model = make_model(standing, index, policy)
        return (*_credits(plan, model), *_hours(index.plan, standing))
    except (TooManyRulesError, ProgramError):
        return (_NOT_PROVEN,)


def _credits(plan: Plan, model: Model) -> Iterator[Fault]:
    if not best(model)[1].lack.shortfall:
        return
    blocks = tuple(_blocks(plan, model))
    # A total that lacks what the blocks lack would be the same fault said twice.
    total = () if blocks else tuple(_total(plan, model))
    yield from (*blocks, *_floors(plan, model), *total) or (_ALL_AT_ONCE,)


def _blocks(plan: Plan, model: Model) -> Iterator[Fault]:
    """P5: each block by itself; P10: then those that can only not be filled together."""
    fillable = []
    for at, block in enumerate(plan.blocks):
        lacks = least_missing(model, (at,))
        if not lacks:
            fillable.append(at)
            continue
        most = credits_text(block.units_min - lacks)
        yield Fault(
            ("blocks", at, "credits_min"),
            "P5",
            Message(
                f"模块 {block.code} 要求 {credits_text(block.units_min)} 学分,"
                f"可计入的最多只有 {most} 学分,无人能修满;请增加课程、放宽封顶或降低要求。",
                f"Block {block.code} asks {credits_text(block.units_min)} credits, but only {most} "
                "can count there; add courses, raise the caps or ask less.",
            ),
        )
    cut = smallest_cut(fillable, partial(can_be_filled, model))
    if cut:
        yield _together(plan, cut, least_missing(model, cut))


def _together(plan: Plan, cut: tuple[int, ...], lacks: int) -> Fault:
    codes = [plan.blocks[at].code for at in cut]
    asked = credits_text(sum(plan.blocks[at].units_min for at in cut))
    return Fault(
        ("blocks", cut[0], "credits_min"),
        "P10",
        Message(
            f"模块 {'、'.join(codes)} 各自可以修满,但不能同时修满:合计要求 {asked} 学分,"
            f"至少还差 {credits_text(lacks)} 学分;请增加课程、放宽封顶或降低要求。",
            f"Blocks {', '.join(codes)} can each be filled, but not together: they ask {asked} "
            f"credits and lack at least {credits_text(lacks)}; add courses, raise the caps or ask "
            "less.",
        ),
    )


def _floors(plan: Plan, model: Model) -> Iterator[Fault]:
    """P6: each floor by itself."""
    for at, floor in enumerate(plan.floors):
        # A floor that lacks more than all else together: least shortfall is most of its kind.
        beyond = tuple(_beyond(model) if at == number else 0 for number in range(len(plan.floors)))
        most = best(replace(model, floors=beyond))[1].floors[at]
        if most < floor.units_min:
            yield _floor(
                ("floors", at, "credits_min"),
                credits_text(floor.units_min),
                credits_text(most),
                ("学分", "credits"),
            )


def _total(plan: Plan, model: Model) -> Iterator[Fault]:
    """P7: the total by itself."""
    alone = replace(model, floors=(0,) * len(model.floors), units_min=_beyond(model))
    counted = best(alone)[1].counted
    if counted < model.units_min:
        total, most = credits_text(plan.units_min), credits_text(counted)
        yield Fault(
            ("credits_min",),
            "P7",
            Message(
                f"全部课程和可替代学分最多计 {most} 学分,不到毕业总学分 {total};"
                "请增加课程或降低要求。",
                f"All there is counts {most} credits at most, less than the total of {total}; add "
                "courses or ask less.",
            ),
        )


def _beyond(model: Model) -> int:
    offered = sum(sort.total for sort in model.sorts)
    return offered + sum(model.needs) + sum(model.floors) + model.units_min


def _hours(plan: Plan, standing: Standing) -> Iterator[Fault]:
    """P6 for floors of hours: all courses passed."""
    for at, floor in enumerate(plan.hours_floors):
        hours = sum(
            record.practice_hours if floor.practice_only else record.hours
            for record in standing.courses
            if selects(floor.selector, record)
        )
        if hours < floor.hours_min:
            path = ("hours_floors", at, "hours_min")
            yield _floor(path, str(floor.hours_min), str(hours), ("学时", "hours"))


def _floor(path: Path, asked: str, most: str, unit: tuple[str, str]) -> Fault:
    zh, en = unit
    return Fault(
        path,
        "P6",
        Message(
            f"要求 {asked} {zh},最多只能修得 {most} {zh};请增加课程或降低要求。",
            f"It asks {asked} {en}; only {most} can be earned; add courses or ask less.",
        ),
    )


_ALL_AT_ONCE = Fault(
    ("credits_min",),
    "P10",
    Message(
        "各模块、最低学分和总学分分别可以达到,但不能同时达到;请增加课程、放宽封顶或降低要求。",
        "Blocks, floors and total can each be reached, but not all at once; add courses, raise the "
        "caps or ask less.",
    ),
)
_NOT_PROVEN = Fault(
    ("blocks",),
    "P10",
    Message(
        "规则过于复杂,未能核对是否有人能够达到全部要求;请人工核对。",
        "The rules are too many to prove that anybody can reach all of them; check by hand.",
    ),
    is_warning=True,
)
