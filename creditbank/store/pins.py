"""Pins: what a verdict looked at, kept by content, so that the verdict can be computed again.

Plans, policies, agreements and facts change in place; a verdict names by hash what they were. Facts
hold no name and no id, so learners in the same situation share one document. What is in the
ledger is not pinned: the ledger never changes, and a verdict names how far it had read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, text

from creditbank.domain.agreements import Agreement
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.eligibility import input_hash
from creditbank.store.plain_documents import document_hash, from_document, to_document

Apart = Callable[[], AbstractContextManager[Connection]]
"""Opens a connection whose work is committed at the end of the block: UnitOfWork.apart."""
_OF_THE_ROW = ("learner_id", "enrolment_id", "institution_id", "ledger_seq", "facts_seq", "records")
_FACTS = tuple(field.name for field in fields(Snapshot) if field.name not in _OF_THE_ROW)
_DISPUTED = "disputed"

_KNOWN = text("SELECT sha256 FROM pinned_documents WHERE sha256 = ANY (:hashes)")
# In the order of hashes: two evaluations that pin the same must not wait for each other in a ring.
_PIN = text("""
INSERT INTO pinned_documents (sha256, kind, document)
SELECT sha256, kind, document FROM jsonb_to_recordset(cast(:rows AS jsonb))
  AS new (sha256 text, kind text, document jsonb)
ORDER BY sha256 ON CONFLICT (sha256) DO NOTHING
""")
_READ = text("SELECT sha256, kind, document FROM pinned_documents WHERE sha256 = ANY (:hashes)")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one evaluation looked at besides the day."""

    snapshot: Snapshot
    plan: Plan
    policy: Policy
    agreement: Agreement | None = None

    def hash(self, as_of: date) -> str:
        """The hash of all of it with the day."""
        return input_hash(self.snapshot, self.plan, self.policy, as_of, self.agreement)


@dataclass(frozen=True, slots=True)
class PinHashes:
    """The hashes that a verdict row names; agreement: "" on a graduation."""

    plan: str
    policy: str
    facts: str
    agreement: str = ""


class _Rules:
    """Hashes of plans, policies and agreements that were seen lately, by identity.

    Their stores keep them while they stay the same, and a plan has hundreds of courses.
    """

    most = 500

    def __init__(self) -> None:
        self._seen: dict[int, tuple[object, str, dict[str, Any]]] = {}

    def of(self, rule: Plan | Policy | Agreement) -> tuple[str, dict[str, Any]]:
        """The hash and the document."""
        found = self._seen.get(id(rule))
        if found is None or found[0] is not rule:
            document = to_document(rule)
            found = (rule, document_hash(document), document)
            if len(self._seen) >= self.most:
                self._seen.clear()
            self._seen[id(rule)] = found
        return found[1], found[2]


_rules = _Rules()


def facts_document(snapshot: Snapshot) -> dict[str, Any]:
    """The facts of a snapshot: all but ids and records; of records only which are in dispute.

    Whether a certificate number stands in another account depends on other learners' ledgers at
    that moment, so the entries it kept from counting are pinned as a fact of this learner.
    """
    document = {name: to_document(getattr(snapshot, name)) for name in _FACTS}
    document[_DISPUTED] = [record.ledger_seq for record in snapshot.records if record.disputed]
    return document


def snapshot_from_facts(
    document: Mapping[str, Any], ids: Mapping[str, int], records: tuple[Record, ...]
) -> Snapshot:
    """The snapshot again. ids: the row's own; records: those of the ledger, none in dispute."""
    disputed = set(document[_DISPUTED])
    facts = {name: value for name, value in document.items() if name != _DISPUTED}
    bare = from_document(Snapshot, {**facts, **ids, "records": ()})
    if disputed:
        records = tuple(
            replace(record, disputed=record.ledger_seq in disputed) for record in records
        )
    return replace(bare, records=records)


def pin(connection: Connection, apart: Apart, inputs: Iterable[Inputs]) -> list[PinHashes]:
    """Keep what these evaluations looked at, unless it is kept; the hashes in their order.

    apart: opens a transaction of its own for what is new. Whoever pins the same at this moment
    waits for that short one, not until all verdicts of a batch are written; and a pin that no
    verdict comes to name does no harm, because it stands under its content.
    """
    documents: dict[str, tuple[str, Any]] = {}

    def keep(kind: str, hashed: str, document: Any) -> str:  # noqa: ANN401
        documents[hashed] = (kind, document)
        return hashed

    hashes = []
    for item in inputs:
        facts = facts_document(item.snapshot)
        hashes.append(
            PinHashes(
                plan=keep("plan", *_rules.of(item.plan)),
                policy=keep("policy", *_rules.of(item.policy)),
                facts=keep("facts", document_hash(facts), facts),
                agreement=keep("agreement", *_rules.of(item.agreement)) if item.agreement else "",
            )
        )
    _store(connection, apart, documents)
    return hashes


def _store(connection: Connection, apart: Apart, documents: Mapping[str, tuple[str, Any]]) -> None:
    known = set(connection.execute(_KNOWN, {"hashes": sorted(documents)}).scalars())
    new = [
        {"sha256": hashed, "kind": documents[hashed][0], "document": documents[hashed][1]}
        for hashed in sorted(documents.keys() - known)
    ]
    if new:
        with apart() as own:
            own.execute(_PIN, {"rows": orjson.dumps(new).decode()})


def read_pins(connection: Connection, hashes: Iterable[str]) -> dict[str, tuple[str, Any]]:
    """(kind, document) by hash, without those that are missing or no longer match their hash."""
    wanted = sorted(set(hashes) - {""})
    rows = connection.execute(_READ, {"hashes": wanted}) if wanted else ()
    return {
        row.sha256: (row.kind, row.document)
        for row in rows
        if document_hash(row.document) == row.sha256
    }
