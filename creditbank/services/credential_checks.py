"""Issued credentials and status lists as anybody may hold them, beside their rows. Writes nothing.

Each text is still what was signed, by the key that the row names, of the school that the row names;
the columns say what the text says; the entries that it names stand in the ledger as it names them;
and the list that speaks has a bit for each ending and for nothing else.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from creditbank.credentials.data_integrity import (
    DocumentFaultError,
    canonical,
    moment_text,
    proof_holds,
    read_document,
)
from creditbank.credentials.did_web import did_of_school, method_of
from creditbank.credentials.documents import TYPES
from creditbank.credentials.status_list import decode, entry
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.damages import Damage, DamageKind
from creditbank.services.status_lists import list_url
from creditbank.store import record_dump as dump

CREDENTIALS, LISTS = "issued_credentials", "status_lists"
_SIGNED_WITHIN = timedelta(minutes=10)
"""The worker signs a list within a minute or two of an ending."""


def check_credentials(connection: Connection, ids: Sequence[int]) -> list[Damage]:
    """These credentials, as one moment saw them."""
    rows = dump.credentials(connection, ids)
    hashes = dump.entry_hashes(connection, sorted({row.learner_id for row in rows}))
    return [damage for row in rows for damage in _of_credential(row, hashes)]


def check_status_lists(
    connection: Connection, ids: Sequence[int], *, now: datetime
) -> list[Damage]:
    """These lists; of those that speak, each bit as well."""
    ended = dump.ended_places(connection)
    return [
        damage
        for row in dump.status_lists(connection, ids)
        for damage in _of_list(row, ended, now - _SIGNED_WITHIN)
    ]


def _of_credential(row: Any, hashes: Mapping[tuple[int, int], str]) -> Iterator[Damage]:  # noqa: ANN401 (a row)
    key = f"issued_credential_id={row.issued_credential_id}"
    document = yield from _signed(row, CREDENTIALS, key)
    if document is None:
        return
    differs = [name for name, is_so in _differing(row, document) if is_so]
    if differs:
        yield Damage(CREDENTIALS, key, DamageKind.DOCUMENT, ", ".join(differs))
    named = [(item["ledgerSeq"], item["entryHash"]) for item in _records(document)]
    is_known = all(hashes.get((row.learner_id, seq)) == hashed for seq, hashed in named)
    stand = all((row.learner_id, seq) in hashes for seq in row.entry_seqs)
    if not is_known or not stand or not {seq for seq, _ in named} <= set(row.entry_seqs):
        yield Damage(CREDENTIALS, key, DamageKind.NAMED_ENTRY)


def _differing(row: Any, document: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:  # noqa: ANN401 (as above)
    """Each column that the text repeats, and whether it says something else."""
    kind, subject = CredentialKind(row.kind), document["credentialSubject"]
    place = entry(list_url(row.site, row.institution_id, row.list_no), row.list_index)
    until = None if row.valid_until is None else moment_text(row.valid_until)
    parts = subject.get("verifiableCredential", [])
    yield "kind", document["type"] != ["VerifiableCredential", TYPES[kind]]
    yield "site, token", document["id"] != f"{row.site}/verify/{row.token}"
    yield "institution_id", document["issuer"]["id"] != did_of_school(row.site, row.institution_id)
    yield "list_no, list_index", document["credentialStatus"] != place
    yield "ledger_seq", document["evidence"][0]["ledgerSeq"] != row.ledger_seq
    yield "outcome", subject.get("outcome", "") != row.outcome
    yield "stage", (subject.get("stage", ""), subject.get("attempt", 1)) != (row.stage, row.attempt)
    yield "issued_at", document["validFrom"] != moment_text(row.issued_at)
    yield "valid_until", document.get("validUntil") != until
    yield "part_ids", [canonical(part).decode() for part in parts] != row.parts


def _records(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = document["credentialSubject"].get("records", [])
    return found


def _of_list(
    row: Any,  # noqa: ANN401 (as above)
    ended: Mapping[tuple[int, str, int], Mapping[int, datetime]],
    due: datetime,
) -> Iterator[Damage]:
    """due: what has ended by then must be in the list that speaks."""
    key = f"status_list_id={row.status_list_id}"
    document = yield from _signed(row, LISTS, key)
    if document is None:
        return
    until, signed = moment_text(row.valid_until), moment_text(row.signed_at)
    differs = {
        "list_no": document["id"] != list_url(row.site, row.institution_id, row.list_no),
        "valid_until": document["validUntil"] != until,
        "signed_at": document["validFrom"] != signed,
    }
    bits = decode(document["credentialSubject"].get("encodedList")) or b""
    places = {
        8 * at + bit
        for at, byte in enumerate(bits)
        if byte
        for bit in range(8)
        if byte & 0x80 >> bit
    }
    differs["endings"] = len(places) != row.endings
    wrong = [name for name, is_so in differs.items() if is_so]
    if wrong:
        yield Damage(LISTS, key, DamageKind.DOCUMENT, ", ".join(wrong))
    since = ended.get((row.institution_id, row.site, row.list_no), {})
    missing = {at for at, moment in since.items() if moment < due} - places
    if row.speaks and (places - since.keys() or missing):
        yield Damage(LISTS, key, DamageKind.STATUS)


def _signed(
    row: Any,  # noqa: ANN401 (as above)
    table: str,
    key: str,
) -> Generator[Damage, None, Mapping[str, Any] | None]:
    """The document, if the key that the row names has signed just these bytes for this school."""
    if row.public_key is None or row.key_school != row.institution_id:
        yield Damage(table, key, DamageKind.KEY, "key_id")
        return None
    public_key = bytes(row.public_key)
    document: dict[str, Any] = {}
    try:
        document = read_document(row.document)
        is_canonical = canonical(document).decode() == row.document
    except DocumentFaultError:
        is_canonical = False
    method = method_of(did_of_school(row.site, row.institution_id), public_key)
    if (
        not is_canonical
        or not proof_holds(document, public_key)
        or document["proof"].get("verificationMethod") != method
    ):
        yield Damage(table, key, DamageKind.SIGNATURE, "document")
        return None
    return document
