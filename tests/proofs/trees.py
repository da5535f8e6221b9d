"""`python -m tests.proofs.trees --wrong 20000`: right proofs accepted, wrong refused, roots equal.

Right: every inclusion and consistency proof up to a size, and random ones of larger trees. Wrong:
right ones with one thing changed. Roots: beside pymerkle, which shares nothing with ours. Prints
JSON; exit code 1 unless all is as it should be.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from pymerkle import InmemoryTree  # type: ignore[import-untyped]

from creditbank.transparency.proofs import (
    ConsistencyProof,
    InclusionProof,
    TreeHead,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from creditbank.transparency.tree import Frontier, Nodes, leaf_hash, node_hash, root_at

Inclusion = tuple[bytes, InclusionProof, TreeHead]
Consistency = tuple[ConsistencyProof, TreeHead, TreeHead]
Path = tuple[bytes, ...]
Kind = TypeVar("Kind")
Change = Callable[[random.Random, Kind], Kind]


def data_of(number: int) -> bytes:
    return b"entry %d" % number


@cache
def leaves(count: int) -> list[bytes]:
    return [leaf_hash(data_of(number)) for number in range(count)]


def nodes_over(hashes: Sequence[bytes]) -> Nodes:
    """Full subtrees of a row of leaves, each computed once."""

    @cache
    def node(height: int, place: int) -> bytes:
        if height == 0:
            return hashes[place]
        return node_hash(node(height - 1, 2 * place), node(height - 1, 2 * place + 1))

    return node


def inclusion(nodes: Nodes, index: int, size: int) -> Inclusion:
    head = TreeHead(size, root_at(nodes, size))
    return nodes(0, index), prove_inclusion(nodes, index, size), head


def consistency(nodes: Nodes, first: int, second: int) -> Consistency:
    heads = (TreeHead(size, root_at(nodes, size)) for size in (first, second))
    return prove_consistency(nodes, first, second), *heads  # type: ignore[return-value]


def _flipped(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(8 * len(content))
    changed = bytearray(content)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


def _other(chance: random.Random, number: int) -> int:
    return chance.choice([number - 1, number + 1, chance.randrange(2 * number + 3)])


def _one_hash(chance: random.Random, path: Path) -> Path:
    if not path:
        return path
    at = chance.randrange(len(path))
    return (*path[:at], _flipped(chance, path[at]), *path[at + 1 :])


def _swapped(chance: random.Random, path: Path) -> Path:
    changed = [*path]
    chance.shuffle(changed)
    return tuple(changed)


def _cut(chance: random.Random, path: Path) -> Path:
    at = chance.randrange(len(path) + 1)
    return path[:at] + path[at + 1 :]


def _longer(chance: random.Random, path: Path) -> Path:
    at = chance.randrange(len(path) + 1)
    added = chance.choice([chance.randbytes(32), *path])
    return (*path[:at], added, *path[at:])


def _bad_length(chance: random.Random, path: Path) -> Path:
    if not path:
        return path
    at = chance.randrange(len(path))
    return (*path[:at], path[at] + b"\x00", *path[at + 1 :])


PATHS = {
    "one hash": _one_hash, "order": _swapped, "truncated": _cut, "extended": _longer,
    "length of a hash": _bad_length,
}  # fmt: skip


def _changed(at: int, name: str, change: Callable[[random.Random, Any], Any]) -> Change[Any]:
    """Change one field of one part of what a verifier is given."""

    def changed(chance: random.Random, asked: Any) -> Any:
        value = change(chance, getattr(asked[at], name))
        return (*asked[:at], replace(asked[at], **{name: value}), *asked[at + 1 :])

    return changed


INCLUSION: dict[str, Change[Any]] = {
    **{name: _changed(1, "path", change) for name, change in PATHS.items()},
    "index": _changed(1, "index", _other),
    "size of the proof": _changed(1, "size", _other),
    "size of the head": _changed(2, "size", _other),
    "root": _changed(2, "root", _flipped),
    "leaf": lambda chance, asked: (_flipped(chance, asked[0]), *asked[1:]),
}
CONSISTENCY: dict[str, Change[Any]] = {
    **{name: _changed(0, "path", change) for name, change in PATHS.items()},
    "first size": _changed(0, "first", _other),
    "second size": _changed(0, "second", _other),
    "first head": _changed(1, "size", _other),
    "second head": _changed(2, "size", _other),
    "first root": _changed(1, "root", _flipped),
    "second root": _changed(2, "root", _flipped),
    "heads exchanged": lambda _, asked: (asked[0], asked[2], asked[1]),
}


def right_refused(size_max: int, larger: int, seed: int) -> tuple[int, list[str]]:
    """How many right proofs were looked at, and those that were refused."""
    chance = random.Random(seed)
    nodes = nodes_over(leaves(100_000 if larger else size_max))
    pairs = [(first, size) for size in range(size_max + 1) for first in range(size + 1)]
    for _ in range(larger):
        size = chance.randrange(size_max, 100_000)
        pairs.append((chance.randrange(size), size))
    refused, count = [], 0
    for first, size in pairs:
        count += 1
        if not verify_consistency(*consistency(nodes, first, size)):
            refused.append(f"consistency {first} {size}")
        if first < size:
            count += 1
            if not verify_inclusion(*inclusion(nodes, first, size)):
                refused.append(f"inclusion {first} {size}")
    return count, refused


def wrong_accepted(wanted: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many wrong proofs of each kind were looked at, and those that were accepted."""
    chance = random.Random(seed)
    nodes = nodes_over(leaves(5_000))
    counts: Counter[str] = Counter()
    accepted = []
    while counts.total() < wanted:
        size = chance.choice([chance.randrange(1, 40), chance.randrange(1, 5_000)])
        first = chance.randrange(size)
        works: list[tuple[str, dict[str, Change[Any]], Any, Callable[..., bool]]] = [
            ("inclusion", INCLUSION, inclusion(nodes, first, size), verify_inclusion),
            # Anything continues a tree without leaves: there the second head is not shown.
            ("consistency", CONSISTENCY, consistency(nodes, first + 1, size), verify_consistency),
        ]
        for kind, changes, made, verify in works:
            name = chance.choice([*changes])
            changed = changes[name](chance, made)
            if changed == made:
                continue
            counts[f"{kind}: {name}"] += 1
            if verify(*changed):
                accepted.append(f"{kind}: {name}, {first} of {size}, seed {seed}")
    return counts, accepted


def roots_differing(size_max: int, step: int = 1) -> list[int]:
    """The sizes at which pymerkle has another root."""
    theirs, ours = InmemoryTree(algorithm="sha256"), Frontier()
    differing = []
    for size in range(size_max + 1):
        if size:
            theirs.append_entry(data_of(size - 1))
            ours.append(leaf_hash(data_of(size - 1)))
        if (size < 130 or size % step == 0) and theirs.get_root(size) != ours.root():
            differing.append(size)
    return differing


def measure(*, wrong: int, size_max: int, larger: int, roots: int, seed: int) -> dict[str, Any]:
    """All three, and whether all is well."""
    looked_at, refused = right_refused(size_max, larger, seed)
    counts, accepted = wrong_accepted(wrong, seed)
    differing = roots_differing(roots, 97)
    return {
        "seed": seed,
        "right_proofs": looked_at,
        "right_refused": refused[:5],
        "wrong_proofs": counts.total(),
        "wrong_accepted": accepted[:5],
        "wrong_by_kind": dict(sorted(counts.items())),
        "roots_compared_up_to": roots,
        "roots_differing": differing[:5],
        "passed": not refused and not accepted and not differing,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--larger", type=int, default=5_000)
    parser.add_argument("--roots", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    figures = measure(
        wrong=asked.wrong,
        size_max=asked.size,
        larger=asked.larger,
        roots=asked.roots,
        seed=asked.seed,
    )
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if figures["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
