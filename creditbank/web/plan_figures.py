"""A plan as a picture: credits by block in one bar, with its legend and the hours beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from creditbank.domain.credits import credits_text
from creditbank.domain.plan_hours import ELECTIVE, hours_by_block
from creditbank.domain.plans import Plan
from creditbank.web.figures import Segment, percent_text, rounded_percent, segments
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named

FILLS = 10
"""Colours of blocks; more blocks begin again with the first."""


@dataclass(frozen=True, slots=True)
class BlockKey:
    """One block of the legend."""

    fill: str
    code: str
    name: str
    units: str
    percent: str
    courses: int
    offered: str
    hours: int


@dataclass(frozen=True, slots=True)
class BlockPicture:
    """The bar and its legend. label: all of it in words, for who can't see it."""

    segments: tuple[Segment, ...]
    keys: tuple[BlockKey, ...]
    label: str
    total: str
    hours: int
    practice: str
    elective: str


def block_picture(plan: Plan, whole: int = 0) -> BlockPicture:
    """The picture of a plan. whole: what the full width stands for, the plan's total if 0."""
    asked = sum(block.units_min for block in plan.blocks)
    whole = whole or max(plan.units_min, asked)
    fills = [f"block-{at % FILLS}" for at in range(len(plan.blocks))]
    offered: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for course in plan.courses:
        offered[course.block_code] += course.units
        counts[course.block_code] += 1
    taken = hours_by_block(plan)
    keys = tuple(
        BlockKey(
            fill=fill,
            code=block.code,
            name=named(block.name, block.name_en),
            units=credits_text(block.units_min),
            percent=rounded_percent(block.units_min, max(plan.units_min, asked)),
            courses=counts[block.code],
            offered=credits_text(offered[block.code]),
            hours=taken[block.code][0],
        )
        for block, fill in zip(plan.blocks, fills, strict=True)
    )
    parts = [(block.units_min, fill) for block, fill in zip(plan.blocks, fills, strict=True)]
    rest = plan.units_min - asked
    if rest > 0:
        parts.append((rest, "neutral"))
    hours = sum(item for item, _ in taken.values())
    elective = sum(taken[block.code][0] for block in plan.blocks if block.nature in ELECTIVE)
    said = _("、").join(f"{key.name} {key.units}" for key in keys)
    return BlockPicture(
        segments=segments(parts, whole),
        keys=keys,
        label=_("总学分 %(total)s：%(parts)s", total=credits_text(plan.units_min), parts=said),
        total=credits_text(plan.units_min),
        hours=hours,
        practice=percent_text(sum(item for _, item in taken.values()), hours) if hours else "",
        elective=percent_text(elective, hours) if hours else "",
    )
