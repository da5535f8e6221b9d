"""The Merkle tree of RFC 6962 §2.1: hashes of leaves and nodes, roots, growing leaf by leaf.

Hashes are SHA-256, 32 bytes. A full subtree is named by its height and its place among those of
that height: (0, i) is leaf i, (h, k) covers the leaves from k * 2**h on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves."""

Nodes = Callable[[int, int], bytes]
"""(height, place) -> hash of that full subtree; whoever keeps a tree gives it."""

_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return _sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree, of which only the roots of the full subtrees at its right edge are kept.

    When to use: for roots of a long row of leaves in one pass. size: how many leaves it has.
    """

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []  # of the subtrees that make up the tree, the largest first

    def append(self, leaf: bytes) -> None:
        """Take the hash of the next leaf in."""
        roots, filled = self._roots, self.size
        while filled & 1:
            leaf = _sha256(b"\x01" + roots.pop() + leaf).digest()
            filled >>= 1
        roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is."""
        if not self._roots:
            return EMPTY_ROOT
        found = self._roots[-1]
        for root in reversed(self._roots[:-1]):
            found = node_hash(root, found)
        return found


def root_of_leaves(leaves: Iterable[bytes]) -> bytes:
    """The root over the hashes of all leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """MTH(D[start:end]) of RFC 6962 for a range that is a subtree of some tree; end > start."""
    count = end - start
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return nodes(height, start >> height)
    middle = start + split(count)
    return node_hash(range_root(nodes, start, middle), range_root(nodes, middle, end))


def root_at(nodes: Nodes, size: int) -> bytes:
    """The root that the tree had when it held `size` leaves."""
    return range_root(nodes, 0, size) if size else EMPTY_ROOT


def split(count: int) -> int:
    """The largest power of two below count, which is 2 or more."""
    return int(1 << ((count - 1).bit_length() - 1))
