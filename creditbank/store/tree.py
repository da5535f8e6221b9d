"""The tree over the ledger as rows: which entries are not in it yet, its leaves and full subtrees.

Leaves are added by one process at a time (`lead`). New is what a learner's head has and the tree's
mark for that learner has not: a head moves in the transaction of its entries and is locked by it,
so whatever number of it is seen, all entries up to it are seen, in whichever order postings commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from creditbank.transparency.tree import node_hash

TILE_HEIGHT = 8
"""Of every eighth height the full subtrees are kept: 256 below each."""
TILE = 1 << TILE_HEIGHT
_LEADER = 370_126


class NewEntry(NamedTuple):
    """An entry that is not in the tree."""

    learner_id: int
    ledger_seq: int
    entry_hash: bytes


class Leaf(NamedTuple):
    """An entry's place in the tree."""

    leaf_index: int
    salt: bytes
    leaf_hash: bytes


_LEAD = text("SELECT pg_try_advisory_xact_lock(:number)")
_NEW = text("""
WITH behind AS MATERIALIZED (
  SELECT h.learner_id, coalesce(m.ledger_seq, 0) AS done
  FROM learner_heads h LEFT JOIN tree_marks m ON m.learner_id = h.learner_id
  WHERE h.ledger_seq > coalesce(m.ledger_seq, 0) LIMIT :limit
)
SELECT e.learner_id, e.ledger_seq, e.entry_hash
FROM behind b CROSS JOIN LATERAL (
  SELECT l.learner_id, l.ledger_seq, l.entry_hash FROM ledger_entries l
  WHERE l.learner_id = b.learner_id AND l.ledger_seq > b.done
  ORDER BY l.ledger_seq LIMIT :limit
) e LIMIT :limit
""")
_SIZE = text("SELECT coalesce(max(leaf_index) + 1, 0) FROM tree_leaves")
_ADD = text("""
INSERT INTO tree_leaves (leaf_index, learner_id, ledger_seq, salt, leaf_hash)
SELECT :start + o - 1, l, s, t, h FROM unnest(cast(:learners AS int[]), cast(:seqs AS int[]),
  cast(:salts AS bytea[]), cast(:hashes AS bytea[])) WITH ORDINALITY AS n (l, s, t, h, o)
""")
_MARK = text("""
INSERT INTO tree_marks AS m (learner_id, ledger_seq)
SELECT l, max(s) FROM unnest(cast(:learners AS int[]), cast(:seqs AS int[])) AS n (l, s) GROUP BY l
ON CONFLICT (learner_id) DO UPDATE SET ledger_seq = excluded.ledger_seq
""")
_LEAVES = text("""
SELECT leaf_hash FROM tree_leaves WHERE leaf_index >= :start AND leaf_index < :end
ORDER BY leaf_index
""")
_NODES = text("""
SELECT node_hash FROM tree_nodes WHERE height = :height AND node_index >= :start
  AND node_index < :end ORDER BY node_index
""")
_ADD_NODES = text("""
INSERT INTO tree_nodes (height, node_index, node_hash)
SELECT :height, :start + o - 1, h
FROM unnest(cast(:hashes AS bytea[])) WITH ORDINALITY AS n (h, o)
""")
_LEAF_OF = text("""
SELECT leaf_index, salt, leaf_hash FROM tree_leaves
WHERE learner_id = :learner_id AND ledger_seq = :ledger_seq
""")
_LEAF_BY = text("SELECT leaf_index, salt, leaf_hash FROM tree_leaves WHERE leaf_hash = :hashed")


class KeptNodes:
    """The full subtrees of the kept tree, for transparency.tree and .proofs; read as needed.

    A proof reads a handful of tiles of 256 hashes, however large the tree.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, height: int, place: int) -> bytes:
        """The hash of a subtree. Raises LookupError where the tree does not have it in full."""
        kept = height - height % TILE_HEIGHT
        if height == kept:
            tile = self._tile(height, place // TILE)
            if place % TILE >= len(tile):
                message = f"no full subtree {place} of height {height}"
                raise LookupError(message)
            return tile[place % TILE]
        return node_hash(self(height - 1, 2 * place), self(height - 1, 2 * place + 1))

    def _tile(self, height: int, number: int) -> list[bytes]:
        if (height, number) not in self._tiles:
            start = number * TILE
            found = read_hashes(self._connection, height, start, start + TILE)
            self._tiles[height, number] = found
        return self._tiles[height, number]


def lead(connection: Connection) -> bool:
    """Whether this transaction may add leaves; False while another one does."""
    return bool(connection.execute(_LEAD, {"number": _LEADER}).scalar_one())


def new_entries(connection: Connection, *, limit: int) -> list[NewEntry]:
    """Entries that are not in the tree, each learner's in order. The reach: everywhere.

    Not sorted by the database, which so reads no more of them than are wanted: a learner's come in
    order, and only the last learner's may be cut off.
    """
    rows = connection.execute(_NEW, {"limit": limit})
    return sorted(NewEntry(row[0], row[1], bytes(row[2])) for row in rows)


def tree_size(connection: Connection) -> int:
    """How many leaves there are."""
    return int(connection.execute(_SIZE).scalar_one())


def add_leaves(
    connection: Connection,
    start: int,
    entries: Sequence[NewEntry],
    salts: Sequence[bytes],
    hashes: Sequence[bytes],
) -> None:
    """Put entries at the places from `start` on, and complete the subtrees that they fill."""
    places = {
        "learners": [entry.learner_id for entry in entries],
        "seqs": [entry.ledger_seq for entry in entries],
    }
    added = {"start": start, "salts": [*salts], "hashes": [*hashes]}
    connection.execute(_ADD, {**places, **added})
    connection.execute(_MARK, places)
    _complete(connection, start, start + len(entries))


def read_hashes(connection: Connection, height: int, start: int, end: int) -> list[bytes]:
    """Hashes of leaves (height 0) or of kept subtrees, by place."""
    asked = {"height": height, "start": start, "end": end}
    return [bytes(row[0]) for row in connection.execute(_NODES if height else _LEAVES, asked)]


def leaf_of(connection: Connection, learner_id: int, ledger_seq: int) -> Leaf | None:
    """Where an entry stands; None while it is not in the tree."""
    row = connection.execute(_LEAF_OF, {"learner_id": learner_id, "ledger_seq": ledger_seq}).first()
    return None if row is None else Leaf(row[0], bytes(row[1]), bytes(row[2]))


def leaf_by_hash(connection: Connection, hashed: bytes) -> Leaf | None:
    """The leaf with this hash."""
    row = connection.execute(_LEAF_BY, {"hashed": hashed}).first()
    return None if row is None else Leaf(row[0], bytes(row[1]), bytes(row[2]))


def _complete(connection: Connection, before: int, after: int) -> None:
    height = 0
    while before // TILE < after // TILE:
        before, after = before // TILE, after // TILE
        below = read_hashes(connection, height, before * TILE, after * TILE)
        height += TILE_HEIGHT
        hashes = [full_root(below[at : at + TILE]) for at in range(0, len(below), TILE)]
        connection.execute(_ADD_NODES, {"height": height, "start": before, "hashes": hashes})


def full_root(hashes: Sequence[bytes]) -> bytes:
    """The root over the 256 hashes of a tile."""
    level = [*hashes]
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]
