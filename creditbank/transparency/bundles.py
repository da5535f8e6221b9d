"""A file that proves an entry without us: entry, proof and signed checkpoint in one JSON document.

    {"format": "creditbank-inclusion/1", "entry": {...} or null, "prev_hash": hex or null,
     "entry_hash": hex, "salt": hex, "leaf_index": 7, "tree_size": 12, "path": [hex, ...],
     "checkpoint": "<signed note>"}

entry: all columns of the ledger but the hashes, as domain.ledger.content_hash takes them; null
where the holder shows the proof but not the content.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from creditbank.domain.ledger import content_hash
from creditbank.transparency.leaves import SALT_BYTES, entry_leaf
from creditbank.transparency.notes import (
    CheckpointText,
    NoteError,
    Verifier,
    open_checkpoint,
)
from creditbank.transparency.proofs import (
    PATH_MAX,
    ConsistencyProof,
    InclusionProof,
    verify_consistency,
    verify_inclusion,
)
from creditbank.transparency.tree import HASH_BYTES

FORMAT = "creditbank-inclusion/1"
BYTES_MAX = 200_000
_INDEX_MAX = 2**62


class BundleError(ValueError):
    """A bundle that can't be read, or that does not prove what it says; the message says what."""


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """What a bundle proves. entry: None where only the hash was shown."""

    entry: Mapping[str, Any] | None
    entry_hash: bytes
    leaf_index: int
    checkpoint: CheckpointText


def read_bundle(content: str) -> dict[str, Any]:
    """The document. Raises BundleError unless it is one of this format."""
    document = _read(content)
    if document.get("format") != FORMAT:
        message = f"not of the format {FORMAT}"
        raise BundleError(message)
    return document


def read_consistency(content: str) -> ConsistencyProof:
    """The proof in an answer of GET /log/consistency. Raises BundleError for anything else.

    The checkpoints in the answer are not looked at: they are compared from elsewhere.
    """
    document = _read(content)
    first, second = (_number(document, name) for name in ("first", "second"))
    return ConsistencyProof(first, second, _path(document))


def is_same_tree(
    one: CheckpointText, other: CheckpointText, proofs: Iterable[ConsistencyProof]
) -> bool | None:
    """Whether one of two checkpoints continues the other; None where no proof compares them."""
    if one.origin != other.origin:
        return False
    first, second = sorted((one.head, other.head), key=lambda head: head.size)
    if first.size == second.size:
        return first.root == second.root
    of_these = [
        proof for proof in proofs if (proof.first, proof.second) == (first.size, second.size)
    ]
    if not of_these:
        return None
    return all(verify_consistency(proof, first, second) for proof in of_these)


def _read(content: str) -> dict[str, Any]:
    if len(content) > BYTES_MAX:
        message = "too long"
        raise BundleError(message)
    try:
        document = json.loads(content, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        message = "not JSON"
        raise BundleError(message) from error
    if not isinstance(document, dict):
        message = "not a JSON object"
        raise BundleError(message)
    return document


def verify_bundle(document: Mapping[str, Any], known: Iterable[Verifier]) -> ProvenEntry:
    """What the bundle proves under keys that are known. Raises BundleError."""
    entry_hash = _hash(document, "entry_hash")
    entry = document.get("entry")
    if entry is not None:
        if not isinstance(entry, dict):
            raise BundleError(_unreadable("entry"))
        if content_hash(_hash(document, "prev_hash"), entry) != entry_hash:
            message = "entry: its hash is not entry_hash"
            raise BundleError(message)
    try:
        checkpoint = open_checkpoint(_text(document, "checkpoint"), known)
    except NoteError as error:
        message = f"checkpoint: {error}"
        raise BundleError(message) from error
    proof = InclusionProof(
        _number(document, "leaf_index"), _number(document, "tree_size"), _path(document)
    )
    leaf = entry_leaf(_hash(document, "salt", SALT_BYTES), entry_hash)
    if not verify_inclusion(leaf, proof, checkpoint.head):
        message = "path: the entry is not in the tree of this checkpoint at this place"
        raise BundleError(message)
    return ProvenEntry(entry, entry_hash, proof.index, checkpoint)


def _refuse(_text: str) -> None:
    raise ValueError


def _unreadable(name: str) -> str:
    return f"{name}: missing or not of its kind"


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise BundleError(_unreadable(name))
    return value


def _number(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _INDEX_MAX:
        raise BundleError(_unreadable(name))
    return value


def _hash(document: Mapping[str, Any], name: str, count: int = HASH_BYTES) -> bytes:
    return _bytes(_text(document, name), name, count)


def _path(document: Mapping[str, Any]) -> tuple[bytes, ...]:
    value = document.get("path")
    if not isinstance(value, list) or len(value) > PATH_MAX:
        raise BundleError(_unreadable("path"))
    if not all(isinstance(item, str) for item in value):
        raise BundleError(_unreadable("path"))
    return tuple(_bytes(item, "path", HASH_BYTES) for item in value)


def _bytes(value: str, name: str, count: int) -> bytes:
    try:
        found = bytes.fromhex(value)
    except ValueError as error:
        raise BundleError(_unreadable(name)) from error
    if len(found) != count or found.hex() != value:
        raise BundleError(_unreadable(name))
    return found
