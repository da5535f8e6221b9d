"""A part of what `python -m tests.proofs.trees` does, the laws of the tree, what must go red."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.transparency import proofs
from creditbank.transparency.proofs import verify_consistency, verify_inclusion
from creditbank.transparency.tree import EMPTY_ROOT, leaf_hash, root_at, root_of_leaves
from tests.proofs.trees import (
    CONSISTENCY,
    INCLUSION,
    consistency,
    inclusion,
    measure,
    nodes_over,
    wrong_accepted,
)


def test_a_few_thousand_proofs():
    found = measure(wrong=3_000, size_max=40, larger=0, roots=400, seed=7)
    assert found["passed"], found
    assert len(found["wrong_by_kind"]) == len(INCLUSION) + len(CONSISTENCY)


def test_a_verifier_that_looks_at_no_root_is_seen():
    with patch("tests.proofs.trees.verify_inclusion", lambda *_: True):
        assert wrong_accepted(200, 3)[1]


def test_a_verifier_that_takes_any_size_is_seen():
    """Without the comparison of sizes a proof of another tree passes."""
    real = proofs.verify_inclusion

    def careless(leaf, proof, head):
        return real(leaf, proof, proofs.TreeHead(proof.size, head.root))

    with patch("tests.proofs.trees.verify_inclusion", careless):
        assert any("size" in item for item in wrong_accepted(3_000, 3)[1])


def test_published_vectors():
    """Of the reference implementation of RFC 6962 (certificate-transparency-go, merkletree)."""
    entries = [
        b"", b"\x00", b"\x10", bytes.fromhex("2021"), bytes.fromhex("3031"),
        bytes.fromhex("40414243"), bytes.fromhex("5051525354555657"),
        bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
    ]  # fmt: skip
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    for size, root in roots.items():
        assert root_of_leaves(leaf_hash(entry) for entry in entries[:size]).hex() == root
    assert root_of_leaves(()) == EMPTY_ROOT


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=3), min_size=1, max_size=70), st.data())
def test_the_laws(entries: list[bytes], data: st.DataObject):
    nodes = nodes_over([leaf_hash(entry) for entry in entries])
    size = data.draw(st.integers(1, len(entries)))
    index = data.draw(st.integers(0, size - 1))
    assert root_at(nodes, size) == root_of_leaves(nodes(0, at) for at in range(size))
    leaf, proof, head = inclusion(nodes, index, size)
    assert verify_inclusion(leaf, proof, head)
    other = leaf_hash(b"an entry that is not there")
    assert not verify_inclusion(other, proof, head)
    assert verify_consistency(*consistency(nodes, index, size))
    changed = [leaf_hash(entry) for entry in entries]
    changed[index] = other
    rewritten = nodes_over(changed)
    _, first, _ = consistency(nodes, index + 1, size)
    proof_there, _, second = consistency(rewritten, index + 1, size)
    assert not verify_consistency(proof_there, first, second)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 2)])
def test_no_proof_of_what_is_not_there(index: int, size: int):
    with pytest.raises(ValueError, match="no leaf"):
        proofs.prove_inclusion(nodes_over([leaf_hash(b"")] * 4), index, size)
