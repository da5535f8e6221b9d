"""Recomputation: the verdicts that stand, computed again from the ledger as it is.

When to use: to show that what the workers stored is what the books say. Writes nothing. A replay
(services.replays) looks at every verdict of the past instead, under the rules of its day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text

from creditbank.eligibility import findings_hash, verdict_to_dict
from creditbank.services.evaluations import evaluate_learners
from creditbank.store.unit_of_work import UnitOfWork

Subject = tuple[int, str, int]
"""(enrolment_id, subject_kind, subject_id)."""

_HEADS = text("""
SELECT enrolment_id, subject_kind, subject_id, learner_id, as_of, findings_hash
FROM verdict_heads WHERE learner_id = ANY (:ids)
""")


@dataclass(slots=True)
class RecomputationReport:
    """What was found. differences: subjects whose stored verdict is another one, or missing."""

    same: int = 0
    differences: list[Subject] = field(default_factory=list)

    @property
    def count(self) -> int:
        """All verdicts that were looked at."""
        return self.same + len(self.differences)

    def add(self, other: RecomputationReport) -> None:
        """Take another report's findings in."""
        self.same += other.same
        self.differences += other.differences


def recompute_verdicts(
    uow: UnitOfWork, learner_ids: Sequence[int], *, as_of: date
) -> RecomputationReport:
    """Evaluate these learners, each verdict on the day it stands for. The reach: everywhere.

    as_of: the day for learners without a stored verdict; theirs are differences.
    """
    heads = _heads(uow, learner_ids)
    days: dict[date, set[int]] = defaultdict(set)
    for head in heads.values():
        days[head.as_of].add(head.learner_id)
    days[as_of] |= set(learner_ids) - {head.learner_id for head in heads.values()}
    found: set[Subject] = set()
    differing: set[Subject] = set()
    for day, ids in sorted(days.items()):
        for verdict, _inputs in evaluate_learners(uow, sorted(ids), as_of=day):
            subject = (verdict.enrolment_id, verdict.subject_kind.value, verdict.subject_id)
            head = heads.get(subject)
            if head is None:
                differing.add(subject)
            elif head.as_of == day:
                found.add(subject)
                if head.findings_hash != findings_hash(verdict_to_dict(verdict)):
                    differing.add(subject)
    differing |= heads.keys() - found  # stored, but nothing is to be said of it any more
    return RecomputationReport(same=len(found - differing), differences=sorted(differing))


def _heads(uow: UnitOfWork, learner_ids: Sequence[int]) -> dict[Subject, Any]:
    rows = uow.connection.execute(_HEADS, {"ids": list(learner_ids)})
    return {(row.enrolment_id, row.subject_kind, row.subject_id): row for row in rows}
