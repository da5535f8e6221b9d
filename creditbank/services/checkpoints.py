"""The tree over the ledger: grown behind the postings, signed as checkpoints, shown by proofs.

Nothing here runs in a posting, and nobody is told from here (see webhook_events). `grow_tree` and
`issue_checkpoint` are called by one process in turns (workers.tree); a second one that calls them
at the same time does nothing.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from creditbank.domain.signing_keys import KeyPurpose, SigningKey
from creditbank.services.signing_keys import ensure_key, sign_with
from creditbank.store import tree
from creditbank.store.checkpoints import (
    Checkpoint,
    add_checkpoint,
    latest_checkpoint,
    origin_of,
)
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.transparency.leaves import SALT_BYTES, entry_leaf
from creditbank.transparency.notes import CheckpointText, Verifier, signed_note
from creditbank.transparency.proofs import TreeHead
from creditbank.transparency.tree import root_at

BATCH = 2_000
"""Entries that one transaction puts into the tree."""
_SEALED = "creditbank/checkpoint/1"


def grow_tree(uow: UnitOfWork, *, limit: int = BATCH) -> int:
    """Put entries that are not in the tree at its end; how many. The reach: everywhere."""
    if not tree.lead(uow.connection):
        return 0
    entries = tree.new_entries(uow.connection, limit=limit)
    if entries:
        salts = [secrets.token_bytes(SALT_BYTES) for _ in entries]
        hashes = [
            entry_leaf(salt, entry.entry_hash) for salt, entry in zip(salts, entries, strict=True)
        ]
        tree.add_leaves(uow.connection, tree.tree_size(uow.connection), entries, salts, hashes)
    return len(entries)


def issue_checkpoint(
    uow: UnitOfWork, *, origin: str, secret_key: str, now: datetime
) -> Checkpoint | None:
    """Sign the tree as it is, if it has grown since the last checkpoint; that of an empty one too.

    origin: the log's name in its very first checkpoint, "" for one made of the key; ever after it
    is the name that it had first. Raises sealing.SealBrokenError.
    """
    if not tree.lead(uow.connection):
        return None
    latest = latest_checkpoint(uow.connection)
    size = tree.tree_size(uow.connection)
    if latest is not None and size <= latest.tree_size:
        return None
    key = ensure_key(uow, KeyPurpose.CHECKPOINT, secret_key=secret_key, now=now)
    name = origin or f"creditbank/{key.key_id}"
    if latest is not None:
        name = origin_of(latest)
    root = root_at(tree.KeptNodes(uow.connection), size)
    checkpoint = _signed(uow, key, name, TreeHead(size, root), secret_key, now)
    add_checkpoint(uow.connection, checkpoint)
    return checkpoint


def sealed_bytes(note: str, issued_at: datetime) -> bytes:
    """What a checkpoint's seal signs: note and moment. It can't be taken for a checkpoint."""
    return f"{_SEALED}\n{issued_at.isoformat(timespec='microseconds')}\n{note}".encode()


def _signed(
    uow: UnitOfWork, key: SigningKey, origin: str, head: TreeHead, secret_key: str, now: datetime
) -> Checkpoint:
    said = str(CheckpointText(origin, head))
    signature = sign_with(uow, key, said.encode(), secret_key=secret_key)
    note = str(signed_note(said, Verifier(origin, key.public_key), signature))
    return Checkpoint(
        tree_size=head.size,
        root_hash=head.root,
        note=note,
        key_id=key.key_id,
        seal=sign_with(uow, key, sealed_bytes(note, now), secret_key=secret_key),
        issued_at=now,
    )
