"""Proofs on the tree: that a leaf is in it (inclusion), that it only grew (consistency).

RFC 6962 §2.1.1 and §2.1.2; verified as in RFC 9162 §2.1.3.2 and §2.1.4.2. A proof is only worth
something against heads that are known to be those of the tree: a root *with* its size, from a
signed checkpoint. So both are given together, and a proof for another size is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creditbank.transparency.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    Nodes,
    node_hash,
    range_root,
    split,
)

PATH_MAX = 64
"""No tree is higher."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A tree of `size` leaves and its root, as a checkpoint says."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That a leaf stands at `index` of a tree of `size` leaves. path: from the leaf upwards."""

    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the first `first` leaves of a tree of `second` leaves are all of an earlier one."""

    first: int
    second: int
    path: tuple[bytes, ...]


def prove_inclusion(nodes: Nodes, index: int, size: int) -> InclusionProof:
    """The proof for a leaf. Raises ValueError unless 0 <= index < size."""
    if not 0 <= index < size:
        message = f"no leaf {index} in a tree of {size}"
        raise ValueError(message)
    return InclusionProof(index, size, tuple(_inclusion_path(nodes, index, 0, size)))


def prove_consistency(nodes: Nodes, first: int, second: int) -> ConsistencyProof:
    """The proof for two sizes. Raises ValueError unless 0 <= first <= second."""
    if not 0 <= first <= second:
        message = f"no tree of {first} leaves before one of {second}"
        raise ValueError(message)
    if first in {0, second}:
        return ConsistencyProof(first, second, ())
    path = _consistency_path(nodes, first, 0, second, is_whole=True)
    return ConsistencyProof(first, second, tuple(path))


def verify_inclusion(leaf: bytes, proof: InclusionProof, head: TreeHead) -> bool:
    """Whether the leaf with this hash stands where the proof says, in the tree of this head."""
    index, size = proof.index, proof.size
    if size != head.size or not 0 <= index < size or not _is_path(proof.path):
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof.path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == head.root


def verify_consistency(proof: ConsistencyProof, first: TreeHead, second: TreeHead) -> bool:
    """Whether the tree of the second head continues that of the first."""
    sizes = (proof.first, proof.second) == (first.size, second.size)
    if not sizes or not 0 <= first.size <= second.size or not _is_path(proof.path):
        return False
    if first.size == 0:
        return not proof.path and first.root == EMPTY_ROOT
    if first.size == second.size:
        return not proof.path and first.root == second.root
    return _continues(proof, first, second)


def _continues(proof: ConsistencyProof, first: TreeHead, second: TreeHead) -> bool:
    path = list(proof.path)
    if first.size & (first.size - 1) == 0:  # a full tree: its own root begins the path
        path.insert(0, first.root)
    if not path:
        return False
    place, last = first.size - 1, second.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first.root and new == second.root


def _inclusion_path(nodes: Nodes, index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return [*_inclusion_path(nodes, index, start, middle), range_root(nodes, middle, end)]
    return [*_inclusion_path(nodes, index, middle, end), range_root(nodes, start, middle)]


def _consistency_path(
    nodes: Nodes, first: int, start: int, end: int, *, is_whole: bool
) -> list[bytes]:
    """SUBPROOF of RFC 6962; is_whole: the verifier knows the root of what is left."""
    if first == end:
        return [] if is_whole else [range_root(nodes, start, end)]
    middle = start + split(end - start)
    if first <= middle:
        path = _consistency_path(nodes, first, start, middle, is_whole=is_whole)
        return [*path, range_root(nodes, middle, end)]
    path = _consistency_path(nodes, first, middle, end, is_whole=False)
    return [*path, range_root(nodes, start, middle)]


def _is_path(path: Sequence[bytes]) -> bool:
    return len(path) <= PATH_MAX and all(len(item) == HASH_BYTES for item in path)
