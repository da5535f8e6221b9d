"""The question that an allocation answers: classes of records, what blocks need, what may fill in.

Records of the same units that the same blocks take are alike: only how many go where matters. A
state is what each block still needs of courses, before any substitution; hundredths throughout.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from creditbank.domain.snapshots import Record
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.standing import Standing
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

    def spread(self, split: Split) -> list[int]:
        """The block of each record when so many are in each block."""
        return [
            block for block, count in zip(self.blocks, split, strict=True) for _ in range(count)
        ]


@dataclass(frozen=True, slots=True)
class Problem:
    """The question of one learner.

    earned: per block what courses earn in their own blocks; recognised: per block. needs: after all
    that has one place only; classes: of what has several.
    approved: per block what posted substitutions offer; awards: what automatic ones offer to the
    blocks `automatic`; base: units that count wherever they are placed; units_min: the total.
    """

    earned: Sequence[int]
    recognised: Sequence[int]
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

    def end(self, chosen: Iterable[Split]) -> State:
        """The state when all classes are placed."""
        state = self.needs
        for item, split in zip(self.classes, chosen, strict=True):
            state = self.after(state, item, split)
        return state

    def offered(self, block: int) -> int:
        """What could fill a block at most if no other wanted it."""
        awards = self.awards if block in self.automatic else 0
        return (
            self.approved[block]
            + awards
            + sum(item.units * len(item.records) for item in self.classes if block in item.blocks)
        )

    def own_blocks(self) -> State:
        """The state when every record is in its own block."""
        left = list(self.needs)
        for item in self.classes:
            own = item.blocks[0]
            left[own] = max(0, left[own] - item.units * len(item.records))
        return tuple(left)

    def is_final(self, state: State, lack: Lack, shared: Collection[int]) -> bool:
        """Whether what lacks is in blocks of which every record has its place, and no more lacks.

        shared: blocks that take courses which others take too. Then no other choice and no award
        changes anything, and no flow is needed to know it.
        """
        shortfall, missing = lack
        return shortfall == missing and not any(
            need > self.approved[block] and (block in self.automatic or block in shared)
            for block, need in enumerate(state)
            if need
        )

    def fill(self, state: State) -> tuple[State, State]:
        """What substitution fills of a state: approved ones first, then awards in plan order."""
        if not any(state):
            return state, state
        approved = tuple(map(min, state, self.approved))
        awards, left = [0] * len(state), self.awards
        for block in self.automatic:
            awards[block] = min(state[block] - approved[block], left)
            left -= awards[block]
        return approved, tuple(awards)

    def substituted(self, state: State) -> int:
        """How much substitution fills of a state; never less where more is open."""
        if not any(state):
            return 0
        used = sum(map(min, state, self.approved))
        still = sum(max(0, state[block] - self.approved[block]) for block in self.automatic)
        return used + min(still, self.awards)

    def lack(self, state: State) -> Lack:
        """What an end state lacks; nothing is (0, 0)."""
        substituted = self.substituted(state)
        missing = sum(state) - substituted
        return max(missing, self.units_min - self.base - substituted), missing


def make_problem(usable: Usable, standing: Standing, index: PlanIndex) -> Problem:
    """The question of a plain plan with every course in its own block: nothing has a choice.

    What most learners need. Where something lacks, see with_choices.
    """
    recognised = per_block(usable.recognised, index)
    return Problem(
        earned=standing.earned,
        recognised=recognised,
        needs=_open(index, standing.earned, recognised),
        classes=(),
        approved=per_block(usable.approved, index),
        automatic=index.automatic,
        awards=usable.award_units,
        base=sum(standing.earned) + sum(recognised),
        units_min=index.plan.units_min,
    )


def with_choices(problem: Problem, usable: Usable, index: PlanIndex) -> Problem:
    """The same question where courses may count in any block that takes them."""
    grouped: dict[tuple[int, tuple[int, ...]], list[Record]] = defaultdict(list)
    earned = list(problem.earned)
    for record in usable.courses:
        if record.course_code in index.sharing:
            places = index.accepting[record.course_code]
            earned[places[0]] -= record.units
            grouped[record.units, places].append(record)
    return replace(
        problem,
        needs=_open(index, earned, problem.recognised),
        classes=tuple(
            [
                RecordClass(units, places, tuple(grouped[units, places]))
                for units, places in sorted(grouped)
            ]
        ),
    )


def per_block(records: Sequence[Record], index: PlanIndex) -> State:
    """Units by block of records that name theirs."""
    if not records:
        return index.nothing
    sums = [0] * len(index.blocks)
    for record in records:
        sums[index.position[record.block_code]] += record.units
    return tuple(sums)


def _open(index: PlanIndex, earned: Sequence[int], recognised: Sequence[int]) -> State:
    """What each block needs besides."""
    return tuple(
        [
            left if (left := need - units - more) > 0 else 0
            for need, units, more in zip(index.needs, earned, recognised, strict=True)
        ]
    )
