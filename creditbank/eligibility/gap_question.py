"""The question of the gap: offers beside the records of a learner, alike ones together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from creditbank.domain.policies import Policy
from creditbank.eligibility.model import Model, make_model
from creditbank.eligibility.offers import Offer
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.selection import selects
from creditbank.eligibility.standing import Standing


@dataclass(frozen=True, slots=True)
class Kind:
    """Offers that do the same at the same cost, the earliest first.

    sort: the index of their sort in the model, -1 where their credits count nowhere. hours: per
    floor of hours what each of them adds; chosen: per choice of courses whether it is one of them.
    """

    offers: tuple[Offer, ...]
    sort: int
    hours: tuple[int, ...]
    chosen: tuple[bool, ...]
    family: str
    is_must: bool


@dataclass(frozen=True, slots=True)
class Question:
    """model: of all records and all offers. hours, choices: what is still open of each."""

    model: Model
    kinds: tuple[Kind, ...]
    hours: tuple[int, ...]
    choices: tuple[int, ...]


class _Effect(NamedTuple):
    """What makes offers alike."""

    sort: int
    hours: tuple[int, ...]
    chosen: tuple[bool, ...]
    cost: int
    family: str
    is_must: bool


def make_question(
    catalogue: Iterable[Offer],
    standing: Standing,
    index: PlanIndex,
    policy: Policy,
    must: Collection[str],
) -> Question:
    """catalogue: numbered offers, whose records stand among the standing ones."""
    catalogue = tuple(catalogue)
    plan = index.plan
    # Each offer needs a sort of its own, so nothing is settled beforehand.
    model = make_model(standing.unsettled(), index, policy)
    sorts = {
        record.ledger_seq: number
        for number, sort in enumerate(model.sorts)
        for record in sort.records
    }
    choices = [choice for block in plan.blocks for choice in block.choices]
    grouped: dict[_Effect, list[Offer]] = defaultdict(list)
    for offer in catalogue:
        record = offer.record
        effect = _Effect(
            sort=sorts.get(record.ledger_seq, -1),
            hours=tuple(
                (record.practice_hours if floor.practice_only else record.hours)
                if record.course_code and selects(floor.selector, record)
                else 0
                for floor in plan.hours_floors
            ),
            chosen=tuple(record.plan_code in choice.course_codes for choice in choices),
            cost=offer.hours,
            family=offer.family,
            is_must=offer.code in must,
        )
        if effect.sort >= 0 or any(effect.hours) or any(effect.chosen) or effect.is_must:
            grouped[effect].append(offer)
    offered = {offer.record.ledger_seq for offer in catalogue}
    courses = [record for record in standing.courses if record.ledger_seq not in offered]
    passed = {record.plan_code for record in (*courses, *standing.recognised)}
    return Question(
        model=model,
        kinds=tuple(
            Kind(tuple(alike), effect.sort, effect.hours, effect.chosen, effect.family,
                 effect.is_must)
            for effect, alike in grouped.items()
        ),
        hours=tuple(
            floor.hours_min
            - sum(
                record.practice_hours if floor.practice_only else record.hours
                for record in courses
                if selects(floor.selector, record)
            )
            for floor in plan.hours_floors
        ),
        choices=tuple(
            choice.count - sum(code in passed for code in choice.course_codes)
            for choice in choices
        ),
    )  # fmt: skip
