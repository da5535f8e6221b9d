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
    log_id_of,
    origin_of,
)
from creditbank.store.signed_heads import SignedHeads
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.transparency.leaves import SALT_BYTES, entry_leaf
from creditbank.transparency.notes import (
    CheckpointText,
    NoteError,
    Verifier,
    read_checkpoint,
    read_note,
    signed_note,
)
from creditbank.transparency.proofs import TreeHead
from creditbank.transparency.tree import root_at

BATCH = 2_000
"""Entries that one transaction puts into the tree."""
_SEALED = "creditbank/checkpoint/1"


class ForkedTreeError(Exception):
    """The tree does not continue what was signed last: nothing is signed. The text says what."""


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
    uow: UnitOfWork,
    *,
    origin: str,
    secret_key: str,
    now: datetime,
    heads: SignedHeads | None = None,
) -> Checkpoint | None:
    """Sign the tree as it is, if it has grown since the last checkpoint; that of an empty one too.

    origin: the log's name in its very first checkpoint, "" for one made of the key; ever after it
    is the name that it had first. heads: what was signed, beside the database; the new checkpoint
    is kept there before anybody can see it. Raises sealing.SealBrokenError, and ForkedTreeError
    where the tree is not that of the last kept checkpoint, grown.
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
    nodes = tree.KeptNodes(uow.connection)
    log_id = log_id_of(uow.connection) or key.key_id
    if heads is not None:
        _refuse_another_tree(heads.last(log_id), nodes, size)
    root = root_at(nodes, size)
    checkpoint = _signed(uow, key, name, TreeHead(size, root), secret_key, now)
    add_checkpoint(uow.connection, checkpoint)
    if heads is not None:
        heads.keep(log_id, checkpoint.note)
    return checkpoint


def _refuse_another_tree(kept: str | None, nodes: tree.KeptNodes, size: int) -> None:
    """Whether a tree of this size continues the checkpoint that was kept; ForkedTreeError if not.

    Its own leaves are asked, so no proof is needed: the root at the kept size is that root or not.
    """
    if kept is None:
        return
    try:
        head = read_checkpoint(read_note(kept).text).head
    except NoteError as error:
        message = f"the checkpoint that was kept cannot be read: {error}"
        raise ForkedTreeError(message) from error
    if size < head.size:
        message = f"{head.size} leaves were signed, there are {size}"
        raise ForkedTreeError(message)
    if root_at(nodes, head.size) != head.root:
        message = f"the first {head.size} leaves are not those that were signed"
        raise ForkedTreeError(message)


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
