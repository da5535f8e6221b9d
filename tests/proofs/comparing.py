"""One case: what the engine says, what the oracle says, and whether the checker agrees."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.proofs.by_files import file_differences
from tests.proofs.cases import Case, make_case
from tests.proofs.checker import faults_of
from tests.proofs.judging import judge
from tests.proofs.oracle import Question, outcome

FILES_EVERY = 10


@dataclass(slots=True)
class Tally:
    """Counts over cases.

    by_files: those also written to files and read again. border: within half a credit of enough,
    on either side.
    """

    learners: int = 0
    by_files: int = 0
    witnesses: int = 0
    proofs: int = 0
    border: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.learners += other.learners
        self.by_files += other.by_files
        self.witnesses += other.witnesses
        self.proofs += other.proofs
        self.border += other.border
        self.outcomes.update(other.outcomes)
        for name, count in other.features.items():
            self.features[name] += count
        self.differences += other.differences


def compare_range(start: int, end: int) -> Tally:
    """The cases of these seeds."""
    tally = Tally()
    for seed in range(start, end):
        case = make_case(seed)
        verdict = judge(case)
        tally.learners += 1
        tally.witnesses += 1
        tally.proofs += bool(verdict["proof"])
        tally.border += verdict["shortfall_units"] <= 50
        tally.outcomes[verdict["outcome"]] += 1
        for name, count in case.features.items():
            tally.features[name] += count > 0
        found = differences(case, verdict)
        if seed % FILES_EVERY == 0:
            tally.by_files += 1
            found += file_differences(case, verdict)
        tally.differences += [f"seed {seed}: {fault}" for fault in found]
    return tally


def differences(case: Case, verdict: dict[str, Any]) -> list[str]:
    """Where the oracle or the checker disagree with a verdict."""
    short, missing = Question(case).solve()
    found = faults_of(case, verdict)
    if verdict["shortfall_units"] != short:
        found.append(f"shortfall {verdict['shortfall_units']}, the oracle says {short}")
    elif sum(block["missing"] for block in verdict["blocks"]) != missing:
        found.append(f"the oracle leaves only {missing} missing")
    said = outcome(case, short)
    if verdict["outcome"] != said:
        found.append(f"{verdict['outcome']}, the oracle says {said}")
    return found
