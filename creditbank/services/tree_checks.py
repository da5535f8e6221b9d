"""The tree built again from its leaves, beside its kept subtrees and all that was ever signed.

Writes nothing. Leaves are compared with entries in services.ledger_checks. Checkpoints that others
hold are compared as well: who has rewritten everything here, keys and all, can't rewrite those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Connection

from creditbank.domain.damages import Damage, DamageKind
from creditbank.domain.signing_keys import KeyPurpose, SigningKey, key_id_of
from creditbank.services.checkpoints import sealed_bytes
from creditbank.store import ledger_dump as dump
from creditbank.store.checkpoints import Checkpoint, all_checkpoints
from creditbank.store.signing_keys import keys_for
from creditbank.store.tree import TILE, TILE_HEIGHT, full_root
from creditbank.transparency.notes import (
    CheckpointText,
    NoteError,
    Verifier,
    is_signed,
    open_checkpoint,
    read_checkpoint,
    read_note,
)
from creditbank.transparency.tree import Frontier

LEAVES, NODES, CHECKPOINTS, KEYS = "tree_leaves", "tree_nodes", "checkpoints", "signing_keys"


@dataclass(slots=True)
class TreeReport:
    """What was found. checkpoints, held: how many were compared."""

    leaves: int = 0
    checkpoints: int = 0
    held: int = 0
    damages: list[Damage] = field(default_factory=list)


def check_tree(
    connection: Connection,
    held: Mapping[str, str],
    known: Sequence[Verifier] = (),
    own: Mapping[str, str] = MappingProxyType({}),
) -> TreeReport:
    """Check leaves, subtrees, checkpoints and keys.

    held: checkpoints that somebody kept, by the name of their file. known: keys that whoever asks
    has from elsewhere; without them the keys of the database verify the held ones. own: what this
    installation has kept beside the database, verified by its own keys.
    """
    report = TreeReport()
    keys = {key.key_id: key for key in keys_for(connection, KeyPurpose.CHECKPOINT)}
    checkpoints = list(all_checkpoints(connection))
    claims = _held_claims(held, known, keys, report) | _held_claims(own, (), keys, report)
    sizes = {item.tree_size for item in checkpoints} | {
        claim.head.size for claim in claims.values()
    }
    roots = _roots(connection, sizes, report)
    for key in keys.values():
        if key_id_of(key.public_key) != key.key_id:
            _say(report, KEYS, f"key_id={key.key_id}", DamageKind.KEY, "public_key")
    origin = _origin(checkpoints)
    for checkpoint in checkpoints:
        report.damages += _of_checkpoint(checkpoint, keys, roots, origin)
    report.checkpoints = len(checkpoints)
    signed = max((item.tree_size for item in checkpoints), default=0)
    if signed > report.leaves:
        tail = f"leaf_index={report.leaves}..{signed - 1}"
        _say(report, LEAVES, tail, DamageKind.MISSING_TAIL)
    for name, claim in claims.items():
        _check_held(name, claim, roots, report)
    return report


def _roots(connection: Connection, sizes: set[int], report: TreeReport) -> dict[int, bytes]:
    """The roots at these sizes, as far as there are leaves; subtrees are compared on the way."""
    frontier, tiles = Frontier(), _Tiles(dump.read_nodes(connection), report)
    roots = {0: frontier.root()}
    expected = 0
    for index, hashed in dump.dump_leaves(connection):
        if index != expected:
            _say(report, LEAVES, f"leaf_index={expected}", DamageKind.GAP, "leaf_index")
            expected = index
        expected += 1
        frontier.append(hashed)
        tiles.take(hashed)
        if frontier.size in sizes:
            roots[frontier.size] = frontier.root()
    tiles.end()
    report.leaves = frontier.size
    return roots


class _Tiles:
    """Full subtrees made of the leaves as they come, compared with the kept ones."""

    def __init__(self, kept: dict[tuple[int, int], bytes], report: TreeReport) -> None:
        self._kept = kept
        self._report = report
        self._open: dict[int, list[bytes]] = {}
        self._counts: dict[int, int] = {}

    def take(self, hashed: bytes, height: int = 0) -> None:
        """The next leaf, or the next subtree of a height."""
        row = self._open.setdefault(height, [])
        row.append(hashed)
        if len(row) < TILE:
            return
        above, made = height + TILE_HEIGHT, full_root(row)
        row.clear()
        place = self._counts.get(above, 0)
        self._counts[above] = place + 1
        if self._kept.pop((above, place), None) != made:
            _say(self._report, NODES, f"height={above} node_index={place}", DamageKind.NODE)
        self.take(made, above)

    def end(self) -> None:
        """What is kept beyond that should not be there."""
        for height, place in sorted(self._kept):
            _say(self._report, NODES, f"height={height} node_index={place}", DamageKind.NODE)


def _origin(checkpoints: Sequence[Checkpoint]) -> str:
    """The log's name in its first checkpoint that can be read."""
    for checkpoint in checkpoints:
        try:
            return read_checkpoint(read_note(checkpoint.note).text).origin
        except NoteError:
            continue
    return ""


def _of_checkpoint(
    checkpoint: Checkpoint, keys: Mapping[str, SigningKey], roots: Mapping[int, bytes], origin: str
) -> Iterator[Damage]:
    where = f"tree_size={checkpoint.tree_size}"
    key = keys.get(checkpoint.key_id)
    if key is None:
        yield Damage(CHECKPOINTS, where, DamageKind.KEY, "key_id")
        return
    try:
        said = open_checkpoint(checkpoint.note, [Verifier(origin, key.public_key)])
    except NoteError:
        yield Damage(CHECKPOINTS, where, DamageKind.SIGNATURE, "note")
        return
    if said.head.size != checkpoint.tree_size:
        yield Damage(CHECKPOINTS, where, DamageKind.NOTE, "tree_size")
    if said.head.root != checkpoint.root_hash:
        yield Damage(CHECKPOINTS, where, DamageKind.NOTE, "root_hash")
    sealed = sealed_bytes(checkpoint.note, checkpoint.issued_at)
    if not is_signed(key.public_key, checkpoint.seal, sealed):
        yield Damage(CHECKPOINTS, where, DamageKind.SIGNATURE, "seal, issued_at")
    if said.head.size in roots and roots[said.head.size] != said.head.root:
        yield Damage(CHECKPOINTS, where, DamageKind.ROOT)


def _held_claims(
    held: Mapping[str, str],
    known: Sequence[Verifier],
    keys: Mapping[str, SigningKey],
    report: TreeReport,
) -> dict[str, CheckpointText]:
    """What held checkpoints say, by file; those that can't be read or verified are named."""
    claims = {}
    for name, note in held.items():
        try:
            origin = read_checkpoint(read_note(note).text).origin
            own = [Verifier(origin, key.public_key) for key in keys.values()]
            claims[name] = open_checkpoint(note, known or own)
        except NoteError:
            _say(report, CHECKPOINTS, name, DamageKind.SIGNATURE, "note")
    report.held += len(held)
    return claims


def _check_held(
    name: str, claim: CheckpointText, roots: Mapping[int, bytes], report: TreeReport
) -> None:
    size = claim.head.size
    if size > report.leaves:
        tail = f"{name}: leaf_index={report.leaves}..{size - 1}"
        _say(report, LEAVES, tail, DamageKind.HELD_TAIL)
    elif roots.get(size) != claim.head.root:
        _say(report, CHECKPOINTS, f"{name}: tree_size={size}", DamageKind.HELD)


def _say(report: TreeReport, table: str, key: str, kind: DamageKind, column: str = "") -> None:
    report.damages.append(Damage(table, key, kind, column))
