"""What a verdict looked at, kept under its hash, so that it can be found again years later.

Facts, plans, agreements and policies change in their own tables; a verdict names the content it
rested on. A document is kept once, however many verdicts rest on it, and never changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, text

from creditbank.domain.agreements import Agreement
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Authority, Policy, PolicyValue
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.store.documents import read_document, write_document

_BOOKS = frozenset({"records", "ledger_seq", "facts_seq"})
_KEEP = text("""
INSERT INTO pinned_documents (digest, document)
SELECT * FROM unnest(cast(:digests AS text[]), cast(:documents AS jsonb[])) ON CONFLICT DO NOTHING
""")
_READ = text("SELECT digest, document FROM pinned_documents WHERE digest IN :digests").bindparams(
    bindparam("digests", expanding=True)
)
_KEPT_MAX = 2_000
_kept: dict[int, tuple[object, Pin]] = {}


@dataclass(frozen=True, slots=True)
class Pin:
    """One document and its SHA-256 (hex) over canonical JSON."""

    digest: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pins:
    """What one verdict rested on beside the ledger. agreement: of a verdict on the advance only."""

    facts: Pin
    plan: Pin
    policy: Pin
    agreement: Pin | None

    def __iter__(self) -> Any:  # noqa: ANN401 (an iterator)
        return iter([pin for pin in (self.facts, self.plan, self.policy, self.agreement) if pin])


def pins_of(snapshot: Snapshot, plan: Plan, policy: Policy, agreement: Agreement | None) -> Pins:
    """The documents of everything that was looked at; the ledger itself needs no copy."""
    facts = write_document(snapshot, without=_BOOKS)
    facts["disputed"] = [record.ledger_seq for record in snapshot.records if record.disputed]
    return Pins(
        facts=pin_of(facts),
        plan=_once(plan, lambda: write_document(plan)),
        policy=_once(
            policy, lambda: {key: policy.values[key].value for key in sorted(policy.values)}
        ),
        agreement=None
        if agreement is None
        else _once(agreement, lambda: write_document(agreement)),
    )


def pin_of(document: dict[str, Any]) -> Pin:
    """A document with its hash."""
    return Pin(digest_of(document), document)


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 hex over the document with sorted keys."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def keep_pins(connection: Connection, pins: Iterable[Pins]) -> None:
    """Insert the documents that are not there yet."""
    found = {pin.digest: pin.document for item in pins for pin in item}
    if found:
        documents = [orjson.dumps(found[digest]).decode() for digest in sorted(found)]
        connection.execute(_KEEP, {"digests": sorted(found), "documents": documents})


def read_pins(connection: Connection, digests: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Documents by hash; what is missing, or no longer has its hash, is left out."""
    wanted = sorted(set(digests))
    if not wanted:
        return {}
    rows = connection.execute(_READ, {"digests": wanted})
    return {row.digest: row.document for row in rows if digest_of(row.document) == row.digest}


def snapshot_from(
    facts: Mapping[str, Any], records: tuple[Record, ...], *, ledger_seq: int, facts_seq: int
) -> Snapshot:
    """The snapshot of pinned facts and the records of the ledger as it stood."""
    disputed = frozenset(facts["disputed"])
    document = {name: value for name, value in facts.items() if name != "disputed"}
    read = read_document(
        Snapshot, {**document, "records": [], "ledger_seq": ledger_seq, "facts_seq": facts_seq}
    )
    return replace(
        read,
        records=tuple(
            replace(record, disputed=True) if record.ledger_seq in disputed else record
            for record in records
        ),
    )


def policy_from(values: Mapping[str, Any], version: str) -> Policy:
    """The policy of pinned values; where they came from stands in the files of its day."""
    return Policy(
        version,
        {
            key: PolicyValue(key, value, Authority.NATIONAL, date.min, "pinned")
            for key, value in values.items()
        },
    )


def _once(item: object, write: Callable[[], dict[str, Any]]) -> Pin:
    """The pin of an object that many verdicts share; kept as long as it is the same object."""
    found = _kept.get(id(item))
    if found is None or found[0] is not item:
        if len(_kept) > _KEPT_MAX:
            _kept.clear()
        found = _kept[id(item)] = (item, pin_of(write()))
    return found[1]
