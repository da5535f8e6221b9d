"""Replay: stored verdicts computed again from the ledger and the pins, and held beside the rows.

When to use: to show that what was decided then is still what the books say it was. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from creditbank.domain.verdicts import SubjectKind, Verdict
from creditbank.eligibility import (
    ENGINE_VERSION,
    evaluate_articulation,
    evaluate_graduation,
    findings_hash,
    verdict_to_dict,
)
from creditbank.store.pins import Inputs
from creditbank.store.replays import StoredVerdict, read_stored_verdicts
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Difference:
    """A verdict that does not come out as it was stored. what: the parts that differ.

    findings_hash, findings, outcome, input: the row's against the computed. pins: one is missing
    or altered. error: it cannot be computed; the kind of error is named, never its text.
    """

    verdict_id: int
    what: tuple[str, ...]


@dataclass(slots=True)
class ReplayReport:
    """What a replay found. unpinned: rows from before pins; other_engine: another version's."""

    same: int = 0
    unpinned: int = 0
    other_engine: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def count(self) -> int:
        """All verdicts that were looked at."""
        return self.same + self.unpinned + self.other_engine + len(self.differences)

    def add(self, other: ReplayReport) -> None:
        """Take another report's findings in."""
        self.same += other.same
        self.unpinned += other.unpinned
        self.other_engine += other.other_engine
        self.differences += other.differences


def replay_verdicts(uow: UnitOfWork, ids: Sequence[int]) -> ReplayReport:
    """Compute these verdicts again. The reach must be everywhere."""
    report = ReplayReport()
    for stored in read_stored_verdicts(uow.connection, ids):
        if not stored.is_pinned:
            report.unpinned += 1
        elif stored.row.engine_version != ENGINE_VERSION:
            # Another engine may rightly say something else; its own release replays its verdicts.
            report.other_engine += 1
        elif what := _differs(stored):
            report.differences.append(Difference(stored.row.verdict_id, what))
        else:
            report.same += 1
    return report


def _differs(stored: StoredVerdict) -> tuple[str, ...]:
    row = stored.row
    if stored.inputs is None:
        return ("pins",)
    try:
        verdict = _evaluate(row, stored.inputs)
    except Exception as error:  # noqa: BLE001 (whatever a spoiled row raises, the others go on)
        return (f"error {type(error).__name__}",)
    hashed = findings_hash(verdict_to_dict(verdict))
    compared = {
        "findings_hash": row.findings_hash == hashed,
        "findings": findings_hash(row.findings) == hashed,
        "outcome": (row.outcome, row.shortfall_units) == (verdict.outcome, verdict.shortfall_units),
        "policy_version": row.policy_version == verdict.policy_version,
        "plan_id": row.plan_id == verdict.plan_id,
        "input": row.input_hash == stored.inputs.hash(row.as_of),
    }
    return tuple(name for name, is_same in compared.items() if not is_same)


def _evaluate(row: Any, inputs: Inputs) -> Verdict:  # noqa: ANN401 (a row)
    snapshot, plan, policy, agreement = (
        inputs.snapshot, inputs.plan, inputs.policy, inputs.agreement,
    )  # fmt: skip
    if row.subject_kind == SubjectKind.GRADUATION:
        return evaluate_graduation(snapshot, plan, policy, row.as_of)
    if agreement is None:
        raise LookupError
    return evaluate_articulation(snapshot, agreement, plan, policy, row.as_of)
