"""A verdict's witness and proof, checked by the rules of docs/decisions/0006 alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

from creditbank.domain.plans import Way
from tests.proofs.cases import Case
from tests.proofs.oracle import Question, matches

COUNTING = {"counted": Way.EARN, "substituted": Way.FILL}


def faults_of(case: Case, verdict: dict[str, Any], *, presolve: bool = False) -> list[str]:
    """What is wrong with a verdict (as verdict_to_dict writes it); nothing where all is right."""
    question = Question(case, presolve=presolve)
    witness = _Witness(question, verdict)
    return witness.faults() + _proof_faults(question, verdict, witness.missing)


class _Witness:
    """What the placements say, added up."""

    def __init__(self, question: Question, verdict: dict[str, Any]) -> None:
        self.question, self.verdict = question, verdict
        self.by_seq = {record.ledger_seq: record for record in question.offers}
        self.counts = [
            (seq, question.blocks.get(block, -1), units, COUNTING[use])
            for seq, block, units, use in verdict["placements"]
            if use in COUNTING and units
        ]
        size = len(question.plan.blocks)
        self.earned, self.filled = [0] * size, [0] * size
        for _, block, units, way in self.counts:
            (self.earned if way is Way.EARN else self.filled)[block] += units
        self.shared = [block["shared"] for block in verdict["blocks"]]
        self.missing = [
            max(0, block.units_min - self.earned[at] - self.filled[at] - self.shared[at])
            for at, block in enumerate(question.plan.blocks)
        ]

    def faults(self) -> list[str]:
        illegal = self._places() or self._units()
        return illegal or self._rules() + self._doubles() + self._figures()

    def _places(self) -> list[str]:
        return [
            f"entry {seq} may not count in block {block} by {way.value}"
            for seq, block, _, way in self.counts
            if seq not in self.by_seq or (block, way) not in self.question.places(self.by_seq[seq])
        ]

    def _units(self) -> list[str]:
        found, used, where = [], Counter[int](), Counter[int]()
        for seq, _, units, _ in self.counts:
            used[seq] += units
            where[seq] += 1
        for seq, units in used.items():
            record = self.by_seq[seq]
            if units > self.question.offers[record] or min(u for s, _, u, _ in self.counts) <= 0:
                found.append(f"entry {seq} counts {units}")
            if where[seq] > 1 and record.kind not in self.question.plan.divisible:
                found.append(f"entry {seq} is whole and counts in {where[seq]} places")
        return found

    def _rules(self) -> list[str]:
        found = []
        for limit, blocks, fills_only, records in self.question.caps():
            spoken = {record.ledger_seq for record in records}
            used = sum(
                units
                for seq, block, units, way in self.counts
                if seq in spoken and block in blocks and not (fills_only and way is Way.EARN)
            )
            if used > limit:
                found.append(f"a cap of {limit} holds {used}")
        for at, block in enumerate(self.question.plan.blocks):
            if block.units_max is not None and self.earned[at] > block.units_max:
                found.append(f"{block.code} earns more than its maximum")
            into = self.filled[at] + self.shared[at]
            if into > max(0, block.units_min - self.earned[at]):
                found.append(f"{block.code} is filled beyond what is open")
        return found

    def _doubles(self) -> list[str]:
        """What is shared into a block comes from rules that lead there."""
        most = [0] * len(self.shared)
        for rule in self.question.plan.double_counts:
            source = self.question.blocks[rule.from_block]
            there = sum(
                units
                for seq, block, units, _ in self.counts
                if block == source and matches(rule.selector, self.by_seq[seq])
            )
            most[self.question.blocks[rule.to_block]] += min(rule.units_max, there)
        return [
            f"block {at} shares {has}"
            for at, has in enumerate(self.shared)
            if not 0 <= has <= most[at]
        ]

    def _figures(self) -> list[str]:
        """The findings say what the placements add up to."""
        plan, verdict, found = self.question.plan, self.verdict, []
        counted = sum(self.earned) + sum(self.filled)
        lacks = [
            floor.units_min
            - sum(u for s, _, u, _ in self.counts if matches(floor.selector, self.by_seq[s]))
            for floor in plan.floors
        ]
        short = max(sum(self.missing), plan.units_min - counted, *lacks, 0)
        if (counted, short) != (verdict["counted_units"], verdict["shortfall_units"]):
            found.append(f"counted {counted}, shortfall {short}")
        if verdict["required_units"] != plan.units_min:
            found.append("another total is required")
        for at, (block, said) in enumerate(zip(plan.blocks, verdict["blocks"], strict=True)):
            figures = (block.units_min, self.earned[at], self.filled[at], self.missing[at])
            earned = said["earned"] + said["recognised"]
            if figures != (said["required"], earned, said["substituted"], said["missing"]):
                found.append(f"the figures of {block.code} are not {figures}")
        return found


def _proof_faults(question: Question, verdict: dict[str, Any], missing: list[int]) -> list[str]:
    """The blocks named cannot be filled together, and can as soon as one of them is left out."""
    cut = [question.blocks.get(code, -1) for code in verdict["proof"]]
    lacks = question.lacks
    if not cut:
        stuck = sum(missing) and lacks(list(range(len(missing))))
        return ["blocks that cannot be filled together are not named"] if stuck else []
    if not lacks(cut):
        return ["the blocks named can be filled together"]
    further = [at for at in cut if len(cut) > 1 and lacks([b for b in cut if b != at])]
    return [f"the proof does not need block {at}" for at in further]
