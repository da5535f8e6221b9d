"""Who holds a certificate number: a posting by one learner is a fact about all who hold it.

A number that stands in two accounts is in dispute, so what one learner gains or loses changes what
counts for the others. Their books move in the same transaction: no reader is served a verdict from
before, and no evaluation that began before may replace one that began after.

Locks are taken in one order everywhere: numbers as text, then learners' heads by id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from creditbank.domain.causes import CauseKind
from creditbank.store.ledger import evidence_holders, lock_evidence
from creditbank.store.reviews import move_facts


def lock_numbers(connection: Connection, numbers: Iterable[str]) -> frozenset[int]:
    """Lock these certificate numbers; the learners who hold one of them, in any school.

    Who holds a number cannot change until the transaction ends. "" stands for no number.
    """
    wanted = sorted(set(numbers) - {""})
    for number in wanted:
        lock_evidence(connection, number)
    return frozenset(
        learner_id for number in wanted for learner_id, _ in evidence_holders(connection, number)
    )


def move_holders(connection: Connection, learner_ids: Iterable[int], *, now: datetime) -> None:
    """Move the books of learners whose certificate another account gained or lost.

    Their heads are locked already, in order, with those of the learners who are posted for.
    """
    for learner_id in sorted(learner_ids):
        move_facts(connection, learner_id, cause=CauseKind.EVIDENCE.value, now=now)
