"""The tree over the ledger as others see it: checkpoints, keys, proofs. Hashes, and no person.

A proof with its entry is for whoever may see the entry; see transparency.bundles for its form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.domain.signing_keys import SigningKey
from creditbank.store import tree
from creditbank.store.access_log import record_access
from creditbank.store.checkpoints import (
    Checkpoint,
    checkpoint_at,
    latest_checkpoint,
    list_checkpoints,
    origin_of,
    verifiers,
)
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import entry_content, entry_of
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.transparency import bundles
from creditbank.transparency.proofs import prove_consistency, prove_inclusion

_NONE_YET = Message(
    "还没有检查点,请稍候几秒再试。", "There is no checkpoint yet; try again in a few seconds."
)
_NOT_IN_TREE = Message(
    "该记录尚未进入检查点,请稍候几秒再试。",
    "No checkpoint covers this entry yet; try again in a few seconds.",
)
_NO_LEAF = Message("检查点所含的树中没有这片叶。", "The tree of the checkpoint has no such leaf.")
_TOO_LARGE = Message(
    "大于最新检查点的树,请给出不大于它的数。",
    "This is beyond the tree of the latest checkpoint; give a number that is not.",
)
_DISORDER = Message("不应大于 second。", "This may not be larger than second.")


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key that signs or signed checkpoints. verifier: as C2SP's signed notes name it."""

    key: SigningKey
    verifier: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A leaf's proof in the tree of a size. checkpoint: the signed note of that size, or None."""

    leaf_hash: bytes
    leaf_index: int
    tree_size: int
    path: Sequence[bytes]
    checkpoint: str | None


@dataclass(frozen=True, slots=True)
class Consistency:
    """The proof between two sizes, and the signed notes of both, where one was signed."""

    first: int
    second: int
    path: Sequence[bytes]
    first_checkpoint: str | None
    second_checkpoint: str | None


def newest_checkpoint(uow: UnitOfWork, actor: Actor) -> Checkpoint:
    """The newest. Raises NotFoundError before the first."""
    decide(actor, Action.SEE_LOG)
    found = latest_checkpoint(uow.connection)
    if found is None:
        raise NotFoundError(_NONE_YET)
    return found


def earlier_checkpoints(
    uow: UnitOfWork, actor: Actor, *, before: int | None, limit: int
) -> list[Checkpoint]:
    """The newest first; before: only smaller trees."""
    decide(actor, Action.SEE_LOG)
    return list_checkpoints(uow.connection, before=before, limit=limit)


def log_keys(uow: UnitOfWork, actor: Actor) -> list[LogKey]:
    """All keys, the oldest first. Raises NotFoundError before the first checkpoint."""
    origin = origin_of(newest_checkpoint(uow, actor))
    return [LogKey(key, str(verifier)) for key, verifier in verifiers(uow.connection, origin)]


def leaf_inclusion(
    uow: UnitOfWork,
    actor: Actor,
    *,
    leaf_hash: bytes | None,
    leaf_index: int | None,
    tree_size: int | None,
) -> Inclusion:
    """The proof for a leaf by its hash or its place. tree_size: None for the latest checkpoint.

    Raises NotFoundError where that tree does not have it, InvalidInputError for a size beyond.
    """
    latest = newest_checkpoint(uow, actor)
    size = _size_up_to(latest, tree_size, "tree_size")
    if leaf_hash is not None:
        leaf = tree.leaf_by_hash(uow.connection, leaf_hash)
        leaf_index = None if leaf is None else leaf.leaf_index
    if leaf_index is None or leaf_index >= size:
        raise NotFoundError(_NO_LEAF)
    nodes = tree.KeptNodes(uow.connection)
    proof = prove_inclusion(nodes, leaf_index, size)
    return Inclusion(nodes(0, leaf_index), leaf_index, size, proof.path, _note_at(uow, size))


def consistency(uow: UnitOfWork, actor: Actor, *, first: int, second: int | None) -> Consistency:
    """The proof between two sizes; second: None for the latest checkpoint.

    Raises InvalidInputError for sizes out of order or beyond.
    """
    latest = newest_checkpoint(uow, actor)
    until = _size_up_to(latest, second, "second")
    if first > until:
        raise refused(Problem("out_of_order", _DISORDER, "first"))
    proof = prove_consistency(tree.KeptNodes(uow.connection), first, until)
    return Consistency(first, until, proof.path, _note_at(uow, first), _note_at(uow, until))


def entry_bundle(
    uow: UnitOfWork, actor: Actor, learner_id: int, ledger_seq: int, *, now: datetime
) -> dict[str, Any]:
    """An entry with all that proves it, as transparency.bundles reads it.

    Raises NotFoundError: no such entry for this actor, or not below a checkpoint yet.
    """
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.PROVE_ENTRY, key)
    row = entry_of(uow.connection, learner_id, ledger_seq)
    if row is None:
        raise NotFoundError
    record_access(uow.connection, actor, Action.PROVE_ENTRY, grant.mask, [learner_id], now)
    checkpoint = latest_checkpoint(uow.connection)
    leaf = tree.leaf_of(uow.connection, learner_id, ledger_seq)
    if checkpoint is None or leaf is None or leaf.leaf_index >= checkpoint.tree_size:
        raise NotFoundError(_NOT_IN_TREE)
    nodes = tree.KeptNodes(uow.connection)
    proof = prove_inclusion(nodes, leaf.leaf_index, checkpoint.tree_size)
    return {
        "format": bundles.FORMAT,
        "entry": entry_content(row),
        "prev_hash": bytes(row["prev_hash"]).hex(),
        "entry_hash": bytes(row["entry_hash"]).hex(),
        "salt": leaf.salt.hex(),
        "leaf_index": leaf.leaf_index,
        "tree_size": checkpoint.tree_size,
        "path": [item.hex() for item in proof.path],
        "checkpoint": checkpoint.note,
    }


def _size_up_to(latest: Checkpoint, asked: int | None, name: str) -> int:
    """Only what was signed is shown: leaves beyond it may be there already."""
    if asked is None:
        return latest.tree_size
    if asked > latest.tree_size:
        raise refused(Problem("beyond_the_tree", _TOO_LARGE, name))
    return asked


def _note_at(uow: UnitOfWork, size: int) -> str | None:
    found = checkpoint_at(uow.connection, size)
    return None if found is None else found.note
