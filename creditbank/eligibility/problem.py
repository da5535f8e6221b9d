"""The question that an allocation answers: classes of records, what blocks need, what may fill in.

Records of the same units that the same blocks take are alike: only how many go where matters. A
state is what each block still needs of courses, before any substitution; hundredths throughout.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from creditbank.domain.snapshots import Record
from creditbank.eligibility.plan_index import SEVERAL, PlanIndex
from creditbank.eligibility.usable import Usable

State = tuple[int, ...]
Split = tuple[int, ...]
Lack = tuple[int, int]
"""(shortfall: units that must be added for blocks and total; missing: those of the blocks alone).

Lower is better: of two allocations with the same shortfall the one whose blocks lack less.
"""


@dataclass(frozen=True, slots=True)
class RecordClass:
    """Records that are alike: the same units, the same blocks (their own first)."""

    units: int
    blocks: tuple[int, ...]
    records: tuple[Record, ...]

    def own(self) -> Split:
        """All records in their own block."""
        return (len(self.records), *(0,) * (len(self.blocks) - 1))


@dataclass(frozen=True, slots=True)
class Problem:
    """The question of one learner.

    earned, recognised: per block what has no other place; needs: what that leaves open. only: per
    course its block, or SEVERAL; classes: of those with several.
    approved: per block what posted substitutions offer; awards: what automatic ones offer to the
    blocks `automatic`; base: units that count wherever they are placed; units_min: the total.
    """

    earned: list[int]
    recognised: list[int]
    only: list[int]
    needs: State
    classes: tuple[RecordClass, ...]
    approved: State
    automatic: tuple[int, ...]
    awards: int
    base: int
    units_min: int

    def after(self, state: State, item: RecordClass, split: Split) -> State:
        """The state when this many records of a class are in each of its blocks."""
        left = list(state)
        for block, count in zip(item.blocks, split, strict=True):
            left[block] = max(0, left[block] - count * item.units)
        return tuple(left)

    def offered(self, block: int) -> int:
        """What could fill a block at most if no other wanted it."""
        awards = self.awards if block in self.automatic else 0
        return (
            self.approved[block]
            + awards
            + sum(item.units * len(item.records) for item in self.classes if block in item.blocks)
        )

    def own_blocks(self) -> tuple[list[Split], State]:
        """Every record in its own block: what most learners need."""
        left = list(self.needs)
        for item in self.classes:
            own = item.blocks[0]
            left[own] = max(0, left[own] - item.units * len(item.records))
        return [item.own() for item in self.classes], tuple(left)

    def is_final(self, state: State, lack: Lack) -> bool:
        """Whether what lacks is in blocks of which every record has its place, and no more lacks.

        Then no other choice and no award changes anything, and no flow is needed to know it.
        """
        shortfall, missing = lack
        return shortfall == missing and not any(
            need > self.approved[block]
            and (block in self.automatic or any(block in item.blocks for item in self.classes))
            for block, need in enumerate(state)
        )

    def fill(self, state: State) -> tuple[State, State]:
        """What substitution fills of a state: approved ones first, then awards in plan order."""
        approved = tuple(map(min, state, self.approved))
        awards, left = [0] * len(state), self.awards
        for block in self.automatic:
            awards[block] = min(state[block] - approved[block], left)
            left -= awards[block]
        return approved, tuple(awards)

    def substituted(self, state: State) -> int:
        """How much substitution fills of a state; never less where more is open."""
        used = sum(map(min, state, self.approved))
        still = sum(max(0, state[block] - self.approved[block]) for block in self.automatic)
        return used + min(still, self.awards)

    def lack(self, state: State) -> Lack:
        """What an end state lacks; nothing is (0, 0)."""
        substituted = self.substituted(state)
        missing = sum(state) - substituted
        return max(missing, self.units_min - self.base - substituted), missing


def make_problem(usable: Usable, index: PlanIndex) -> Problem:
    """What has one place only is summed; what has several becomes a class."""
    only = [index.only[record.course_code] for record in usable.courses]
    earned = [0] * (len(index.needs) + 1)  # one more at the end, where SEVERAL points to
    for block, record in zip(only, usable.courses, strict=True):
        earned[block] += record.units
    base, several = sum(earned), earned.pop()
    recognised, approved = [0] * len(earned), [0] * len(earned)
    for record in usable.recognised:
        recognised[index.position[record.block_code]] += record.units
        base += record.units
    for record in usable.approved:
        approved[index.position[record.block_code]] += record.units
    return Problem(
        earned=earned,
        recognised=recognised,
        only=only,
        needs=tuple(
            [
                max(0, need - units - more)
                for need, units, more in zip(index.needs, earned, recognised, strict=True)
            ]
        ),
        classes=_classes(usable, index, only) if several else (),
        approved=tuple(approved),
        automatic=index.automatic,
        awards=usable.award_units,
        base=base,
        units_min=index.plan.units_min,
    )


def _classes(usable: Usable, index: PlanIndex, only: list[int]) -> tuple[RecordClass, ...]:
    grouped: dict[tuple[int, tuple[int, ...]], list[Record]] = defaultdict(list)
    for block, record in zip(only, usable.courses, strict=True):
        if block == SEVERAL:
            grouped[record.units, index.accepting[record.course_code]].append(record)
    return tuple(
        [
            RecordClass(units, blocks, tuple(grouped[units, blocks]))
            for units, blocks in sorted(grouped)
        ]
    )
