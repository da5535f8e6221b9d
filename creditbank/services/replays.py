"""Replay: a stored verdict is found again from the ledger as it stood, and from its pins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Any

from creditbank.domain.agreements import Agreement
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.verdicts import SubjectKind, Verdict
from creditbank.eligibility import (
    ENGINE_VERSION,
    evaluate_articulation,
    evaluate_graduation,
    findings_hash,
    verdict_to_dict,
)
from creditbank.store.documents import read_document
from creditbank.store.pins import policy_from, read_pins, snapshot_from
from creditbank.store.replays import StoredVerdict, next_learners, stored_verdicts
from creditbank.store.snapshots import read_entries, standing_records
from creditbank.store.unit_of_work import UnitOfWork

BATCH = 200
_Documents = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One stored verdict after its replay. fault: "" where the same was found again.

    Otherwise "unpinned" (older than pinning), "pin" (a document is missing or altered), "stored"
    (the row's findings no longer have its hash), "engine" (another engine made it and this one
    finds otherwise) or "differs".
    """

    verdict_id: int
    learner_id: int
    fault: str


def replay_all(uow: UnitOfWork, *, limit: int | None = None) -> Iterator[Replayed]:
    """Every stored verdict, or the first `limit`, by learner. Needs the owner's login."""
    after, left = 0, limit
    while learner_ids := next_learners(uow.connection, after=after, limit=BATCH):
        for item in replay_learners(uow, learner_ids):
            if left is not None:
                if not left:
                    return
                left -= 1
            yield item
        after = learner_ids[-1]


def replay_learners(uow: UnitOfWork, learner_ids: Sequence[int]) -> Iterator[Replayed]:
    """All verdicts of these learners, oldest first."""
    rows = stored_verdicts(uow.connection, learner_ids)
    entries = read_entries(uow.connection, learner_ids)
    documents = read_pins(uow.connection, (digest for row in rows for digest in _digests(row)))
    for row in rows:
        fault = _fault(row, entries.get(row.learner_id, []), documents)
        yield Replayed(row.verdict_id, row.learner_id, fault)


def _digests(row: StoredVerdict) -> list[str]:
    found = (row.facts_hash, row.plan_hash, row.policy_hash, row.agreement_hash)
    return [digest for digest in found if digest]


def _fault(row: StoredVerdict, entries: Sequence[Sequence[Any]], documents: _Documents) -> str:
    if row.facts_hash is None:
        return "unpinned"
    if any(digest not in documents for digest in _digests(row)):
        return "pin"
    if findings_hash(row.findings) != row.findings_hash:
        return "stored"
    found = findings_hash(verdict_to_dict(_verdict(row, entries, documents)))
    if found == row.findings_hash:
        return ""
    return "differs" if row.engine_version == ENGINE_VERSION else "engine"


def _verdict(
    row: StoredVerdict, entries: Sequence[Sequence[Any]], documents: _Documents
) -> Verdict:
    facts = documents[str(row.facts_hash)]
    known = list(takewhile(lambda entry: entry[0] <= row.ledger_seq, entries))
    snapshot = snapshot_from(
        facts,
        standing_records(known, facts["institution_id"]),
        ledger_seq=row.ledger_seq,
        facts_seq=row.facts_seq,
    )
    plan = _plan(_Pinned(str(row.plan_hash), documents))
    policy = _policy(_Pinned(str(row.policy_hash), documents), row.policy_version)
    if row.subject_kind == SubjectKind.GRADUATION:
        return evaluate_graduation(snapshot, plan, policy, row.as_of)
    agreement = _agreement(_Pinned(str(row.agreement_hash), documents))
    return evaluate_articulation(snapshot, agreement, plan, policy, row.as_of)


class _Pinned:
    """A document that is known by its hash: parsed once, however many verdicts rest on it."""

    def __init__(self, digest: str, documents: _Documents) -> None:
        self.digest = digest
        self.document = documents[digest]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pinned) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@cache
def _plan(pinned: _Pinned) -> Plan:
    return read_document(Plan, pinned.document)


@cache
def _agreement(pinned: _Pinned) -> Agreement:
    return read_document(Agreement, pinned.document)


@cache
def _policy(pinned: _Pinned, version: str) -> Policy:
    return policy_from(pinned.document, version)
