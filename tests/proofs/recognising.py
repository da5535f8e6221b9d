"""`python -m tests.proofs.recognising --transfers 2000`: the recogniser against its oracle.

Every proposal must come to the oracle's shortfall (never worse), units, relations and number of
sources, and be a decision that the table allows. Prints JSON; exit code 1 on any difference, and
when something occurred in no transfer.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from creditbank.domain.recognition_rules import Relation
from creditbank.eligibility.recogniser import alternatives, propose
from creditbank.eligibility.recognition import Proposal, Reason, Transfer
from creditbank.eligibility.recognition_decision import decided_of, judge
from tests.proofs.recognition_oracle import Recognition
from tests.proofs.transfers import TransferCase, make_transfer

SIZE = 50
ALTERNATIVES_EVERY = 3


@dataclass(slots=True)
class Tally:
    """Counts over transfers. closer: those whose gap is smaller for what is recognised."""

    transfers: int = 0
    closer: int = 0
    alternatives: int = 0
    features: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.transfers += other.transfers
        self.closer += other.closer
        self.alternatives += other.alternatives
        for name, count in other.features.items():
            self.features[name] += count
        self.differences += other.differences


def compare_transfers(start: int, end: int) -> Tally:
    """The transfers of these seeds."""
    tally = Tally()
    for seed in range(start, end):
        transfer = make_transfer(seed)
        proposal = propose(transfer.transfer)
        tally.transfers += 1
        tally.closer += proposal.shortfall < proposal.shortfall_without
        for name, count in transfer.features.items():
            tally.features[name] += count > 0
        for item in proposal.items:
            tally.features[f"gives {item.relation.value}"] += 1
        for left in proposal.not_recognised:
            tally.features[f"left {left.reason.value}"] += 1
        found = differences(transfer, proposal)
        if seed % ALTERNATIVES_EVERY == 1:
            others = alternatives(transfer.transfer)
            tally.alternatives += len(others)
            found += _of_alternatives(transfer.transfer, [proposal, *others])
        tally.differences += [f"seed {seed}: {fault}" for fault in found]
    return tally


def differences(transfer: TransferCase, proposal: Proposal) -> list[str]:
    """Where the oracle or the table disagree; asked again without presolve as in comparing."""
    says = _figures(proposal)
    for presolve in (True, False):
        try:
            best = Recognition(transfer, presolve=presolve).best()
        except AssertionError:
            best = ()
        if best == says:
            return _of_decision(transfer.transfer, proposal)
    return [f"the recogniser {says}, the oracle {best}"]


def _figures(proposal: Proposal) -> tuple[int, ...]:
    units: Counter[Relation] = Counter()
    for item in proposal.items:
        units[item.relation] += item.units
    used = sum(len(item.sources) for item in proposal.items)
    same, similar = units[Relation.SAME], units[Relation.SIMILAR]
    return proposal.shortfall, units.total(), same, similar, used


def _of_decision(transfer: Transfer, proposal: Proposal) -> list[str]:
    judged = judge(transfer, decided_of(proposal.items))
    return [] if judged == proposal else ["the same decision is judged otherwise"]


def _of_alternatives(transfer: Transfer, proposals: list[Proposal]) -> list[str]:
    """Each in its place, allowed, and no part of a better one."""
    ranks = [(item.shortfall, -item.units) for item in proposals]
    found = ["alternatives are not in order"] if ranks != sorted(ranks) else []
    given = [_given(item) for item in proposals]
    for at, one in enumerate(given):
        found += [
            f"alternative {at} gives nothing more than {better}"
            for better, more in enumerate(given[:at])
            if all(units <= more[name] for name, units in one.items())
        ]
    for item in proposals[1:]:
        found += _of_decision(transfer, item)
    return found


def _given(proposal: Proposal) -> Counter[str]:
    units: Counter[str] = Counter()
    for item in proposal.items:
        for given in item.gives:
            units[given.course_code or f"block {given.block_code}"] += given.units
    return units


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    started = time.perf_counter()
    last = given.seed + given.transfers
    starts = range(given.seed, last, SIZE)
    total = Tally()
    with ProcessPoolExecutor(given.workers) as pool:
        for tally in pool.map(compare_transfers, starts, [min(at + SIZE, last) for at in starts]):
            total.add(tally)
            print(f"\r{total.transfers}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    asked = {f"left {reason.value}" for reason in Reason} | set(total.features)
    asked |= {f"gives {relation.value}" for relation in Relation if relation is not Relation.NONE}
    never = sorted(name for name in asked if not total.features[name])
    print(
        json.dumps(
            {
                "transfers": total.transfers,
                "differences": len(total.differences),
                "first_differences": total.differences[:10],
                "gap_smaller": total.closer,
                "alternatives_checked": total.alternatives,
                "never_occurred": never,
                "transfers_with": dict(sorted(total.features.items())),
                "seconds": round(time.perf_counter() - started, 1),
            },
            ensure_ascii=False,
        )
    )
    return 1 if total.differences or never else 0


if __name__ == "__main__":
    sys.exit(main())
