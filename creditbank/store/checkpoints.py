"""Checkpoints as rows: the signed heads of the tree, inserted and never changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from creditbank.domain.signing_keys import KeyPurpose, SigningKey
from creditbank.store.signing_keys import keys_for
from creditbank.tables.checkpoints import CheckpointRow
from creditbank.transparency.notes import Verifier, read_checkpoint, read_note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One signed head. root_hash: 32 bytes; note: the whole signed note.

    seal: 64 bytes, the key's signature over note and issued_at (services.checkpoints.sealed_bytes).
    """

    tree_size: int
    root_hash: bytes
    note: str
    key_id: str
    seal: bytes
    issued_at: datetime


_COLUMNS = "SELECT tree_size, root_hash, note, key_id, seal, issued_at FROM checkpoints "
_LATEST = text(_COLUMNS + "ORDER BY tree_size DESC LIMIT 1")
_LIST = text(
    _COLUMNS + "WHERE cast(:before AS bigint) IS NULL OR tree_size < :before"
    " ORDER BY tree_size DESC LIMIT :limit"
)
_AT = text(_COLUMNS + "WHERE tree_size = :size")
_NEXT = text(_COLUMNS + "WHERE tree_size > :size ORDER BY tree_size LIMIT 1")
_FIRST_KEY = text("SELECT key_id FROM checkpoints ORDER BY tree_size LIMIT 1")
_ALL = text(_COLUMNS + "ORDER BY tree_size")


def latest_checkpoint(connection: Connection) -> Checkpoint | None:
    """The newest signed head; None before the first."""
    return _one(connection.execute(_LATEST).mappings().first())


def checkpoint_at(connection: Connection, tree_size: int) -> Checkpoint | None:
    """That of one size, if that size was signed."""
    return _one(connection.execute(_AT, {"size": tree_size}).mappings().first())


def checkpoint_after(connection: Connection, tree_size: int) -> Checkpoint | None:
    """The first that holds the leaf of this index."""
    return _one(connection.execute(_NEXT, {"size": tree_size}).mappings().first())


def list_checkpoints(connection: Connection, *, before: int | None, limit: int) -> list[Checkpoint]:
    """The newest first; before: only smaller trees than this."""
    rows = connection.execute(_LIST, {"before": before, "limit": limit}).mappings()
    return [made for row in rows if (made := _one(row)) is not None]


def all_checkpoints(connection: Connection) -> Iterator[Checkpoint]:
    """All, the smallest tree first."""
    for row in connection.execute(_ALL).mappings():
        found = _one(row)
        if found is not None:
            yield found


def log_id_of(connection: Connection) -> str | None:
    """The key of the first checkpoint: it tells one log from every other; None before that."""
    found: str | None = connection.execute(_FIRST_KEY).scalar()
    return found


def origin_of(checkpoint: Checkpoint) -> str:
    """The log's name."""
    return read_checkpoint(read_note(checkpoint.note).text).origin


def verifiers(connection: Connection, origin: str) -> list[tuple[SigningKey, Verifier]]:
    """The keys that have signed or sign checkpoints of this log, revoked ones too."""
    keys = keys_for(connection, KeyPurpose.CHECKPOINT)
    return [(key, Verifier(origin, key.public_key)) for key in keys]


def add_checkpoint(connection: Connection, checkpoint: Checkpoint) -> None:
    """A new signed head."""
    connection.execute(insert(CheckpointRow).values(**asdict(checkpoint)))


def _one(row: Any) -> Checkpoint | None:  # noqa: ANN401 (a row)
    if row is None:
        return None
    return Checkpoint(**{**row, "root_hash": bytes(row["root_hash"]), "seal": bytes(row["seal"])})
