"""What a change of rules does to a verdict: who gains, who loses, and in which block. Pure.

A learner gains who comes nearer: from a refusal to an acceptance, else by a smaller shortfall, else
by less missing in the blocks, else by fewer conditions unmet; and loses the other way round.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from creditbank.domain.policies import PolicyScalar
from creditbank.domain.verdicts import Outcome, SubjectKind, Verdict

_RANKS: Mapping[Outcome, int] = {
    Outcome.CLOSED: 0,
    Outcome.ENDED: 0,
    Outcome.COMPLETION_DUE: 1,
    Outcome.NOT_YET: 2,
    Outcome.BEHIND: 2,
    Outcome.NOT_QUALIFIED: 2,
    Outcome.NEEDS_REVIEW: 3,
    Outcome.ON_TRACK: 4,
    Outcome.QUALIFIED: 4,
    Outcome.ELIGIBLE_EARLY: 4,
    Outcome.ELIGIBLE: 4,
}
"""From far to near; outcomes of one rank are told apart by what is missing."""
_GOOD = 4


class Effect(StrEnum):
    """What a change does to one verdict, or to one learner."""

    GAINS = "gains"
    LOSES = "loses"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class BlockLack:
    """One block and what is missing in it, in hundredths."""

    code: str
    name: str
    name_en: str
    missing: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a learner stands on one subject: all of a verdict that a change is judged by."""

    outcome: Outcome
    shortfall_units: int
    blocks: tuple[BlockLack, ...] = ()
    unmet: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the learner may graduate or advance, or is on the way to it."""
        return _RANKS[self.outcome] == _GOOD

    @property
    def nearness(self) -> tuple[int, int, int, int]:
        """The higher, the nearer."""
        missing = sum(block.missing for block in self.blocks)
        return _RANKS[self.outcome], -self.shortfall_units, -missing, -len(self.unmet)


def position_of(verdict: Verdict) -> Position:
    """Where a verdict says that its learner stands."""
    return Position(
        outcome=verdict.outcome,
        shortfall_units=verdict.shortfall_units,
        blocks=tuple(
            BlockLack(block.code, block.name, block.name_en, block.missing)
            for block in verdict.blocks
        ),
        unmet=tuple(item.code for item in verdict.conditions if not item.met),
    )


def effect_of(before: Position, after: Position) -> Effect:
    """What leads from one position to the other."""
    if before.nearness == after.nearness:
        return Effect.SAME
    return Effect.GAINS if after.nearness > before.nearness else Effect.LOSES


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One policy value as it is and as it is drafted; before: None where there is none yet."""

    key: str
    before: PolicyScalar | None
    after: PolicyScalar


@dataclass(frozen=True, slots=True)
class Affected:
    """One verdict that a change would change. subject_id: the agreement; 0 for graduation."""

    learner_id: int
    enrolment_id: int
    institution_id: int
    major_code: str
    entry_year: int
    subject_kind: SubjectKind
    subject_id: int
    before: Position
    after: Position

    @property
    def effect(self) -> Effect:
        """Never SAME."""
        return effect_of(self.before, self.after)

    @property
    def crosses(self) -> bool:
        """Whether it decides between may and may not."""
        return self.before.is_good is not self.after.is_good

    @property
    def shortfall_change(self) -> int:
        """Hundredths that more (or, negative, less) would have to be added."""
        return self.after.shortfall_units - self.before.shortfall_units

    @property
    def missing_changes(self) -> dict[BlockLack, int]:
        """By block (its missing set to 0) how much more or less is missing, where it differs."""
        found: dict[BlockLack, int] = defaultdict(int)
        for sign, position in ((-1, self.before), (1, self.after)):
            for block in position.blocks:
                if block.missing:
                    at = BlockLack(block.code, block.name, block.name_en, 0)
                    found[at] += sign * block.missing
        return {block: change for block, change in found.items() if change}

    @property
    def weight(self) -> tuple[bool, int, int]:
        """What is more comes first in a list."""
        missing = sum(map(abs, self.missing_changes.values()))
        return self.crosses, abs(self.shortfall_change), missing


Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Split:
    """How many learners gain and how many lose."""

    gains: int
    loses: int


@dataclass(frozen=True)
class Simulation:
    """What a change would do on one day, to the open enrolments of a school or of the county.

    enrolments: all that were asked about; evaluated: those of them that had to be evaluated, the
    others cannot be touched by the change. affected: what more or less first. own_rules: schools
    whose own value stands above the county's, so that nothing changes there.
    """

    as_of: date
    changes: tuple[RuleChange, ...]
    enrolments: int
    evaluated: int
    affected: tuple[Affected, ...]
    own_rules: tuple[int, ...] = field(default=())

    @cached_property
    def effects(self) -> dict[int, Effect]:
        """By enrolment: one that loses on one subject loses, whatever it gains on another."""
        found: dict[int, Effect] = {}
        for item in self.affected:
            if found.get(item.enrolment_id) is not Effect.LOSES:
                found[item.enrolment_id] = item.effect
        return found

    def count(self, effect: Effect) -> int:
        """How many enrolments gain, lose, or stay as they are."""
        if effect is Effect.SAME:
            return self.enrolments - len(self.effects)
        return sum(1 for found in self.effects.values() if found is effect)

    def crossing(self, kind: SubjectKind, effect: Effect) -> int:
        """How many come to be accepted (GAINS) on a subject, or cease to be (LOSES)."""
        return sum(
            1
            for item in self.affected
            if item.crosses and item.subject_kind is kind and item.effect is effect
        )

    def by(self, group: Callable[[Affected], Group]) -> dict[Group, Split]:
        """Enrolments that gain and lose, by school, by major, or by whatever is asked."""
        seen: dict[Group, dict[int, Effect]] = defaultdict(dict)
        for item in self.affected:
            seen[group(item)][item.enrolment_id] = self.effects[item.enrolment_id]
        return {name: _split(found.values()) for name, found in seen.items()}

    def by_block(self) -> dict[BlockLack, Split]:
        """Enrolments that lack less, and more, in each block of a plan."""
        gains: Counter[BlockLack] = Counter()
        loses: Counter[BlockLack] = Counter()
        for item in self.affected:
            for block, change in item.missing_changes.items():
                (loses if change > 0 else gains)[block] += 1
        return {block: Split(gains[block], loses[block]) for block in gains.keys() | loses.keys()}


def _split(effects: Iterable[Effect]) -> Split:
    counts = Counter(effects)
    return Split(counts[Effect.GAINS], counts[Effect.LOSES])


def in_order(affected: Iterable[Affected]) -> tuple[Affected, ...]:
    """What changes most first; the same order whatever order they come in."""
    return tuple(
        sorted(
            affected,
            key=lambda item: (
                *(-int(part) for part in item.weight),
                item.institution_id,
                item.enrolment_id,
                item.subject_kind,
                item.subject_id,
            ),
        )
    )
