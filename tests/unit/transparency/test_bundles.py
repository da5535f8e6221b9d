"""A bundle proves an entry offline, and no changed one does."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from creditbank.domain.ledger import content_hash
from creditbank.transparency.bundles import BundleError, read_bundle, verify_bundle
from creditbank.transparency.leaves import entry_leaf
from creditbank.transparency.notes import CheckpointText, Verifier, signed_note
from creditbank.transparency.proofs import TreeHead, prove_inclusion
from creditbank.transparency.tree import leaf_hash, root_at
from tests.proofs.trees import nodes_over

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "xuefen.example/log"
KNOWN = [Verifier(NAME, KEY.public_key().public_bytes_raw())]


@pytest.fixture
def bundle() -> dict[str, Any]:
    entry = {"learner_id": 7, "ledger_seq": 1, "units": 200, "detail": {"title": "语文"}}
    hashed = content_hash(bytes(32), entry)  # type: ignore[arg-type]
    salt = bytes(range(16))
    leaves = [leaf_hash(b"%d" % number) for number in range(6)]
    leaves[4] = entry_leaf(salt, hashed)
    nodes = nodes_over(leaves)
    text = str(CheckpointText(NAME, TreeHead(6, root_at(nodes, 6))))
    return {
        "format": "creditbank-inclusion/1", "entry": entry, "prev_hash": bytes(32).hex(),
        "entry_hash": hashed.hex(), "salt": salt.hex(), "leaf_index": 4, "tree_size": 6,
        "path": [item.hex() for item in prove_inclusion(nodes, 4, 6).path],
        "checkpoint": str(signed_note(text, KNOWN[0], KEY.sign(text.encode()))),
    }  # fmt: skip


def test_a_right_bundle(bundle: dict[str, Any]):
    proven = verify_bundle(read_bundle(json.dumps(bundle)), KNOWN)
    assert (proven.leaf_index, proven.checkpoint.head.size) == (4, 6)
    bundle["entry"] = None
    assert verify_bundle(bundle, KNOWN).entry is None


@pytest.mark.parametrize("field", ["units", "detail", "learner_id"])
def test_an_altered_entry(bundle: dict[str, Any], field: str):
    bundle["entry"][field] = 201
    with pytest.raises(BundleError, match="entry: its hash"):
        verify_bundle(bundle, KNOWN)


@pytest.mark.parametrize("field", ["prev_hash", "entry_hash", "salt", "leaf_index", "tree_size",
                                   "path", "checkpoint"])  # fmt: skip
def test_every_field_is_needed_and_bound(bundle: dict[str, Any], field: str):
    spoilt: list[Any] = [None, [], {}, "", "zz", -1, True, 5, 2**70, 1.5]
    for spoiled in spoilt:
        changed = copy.deepcopy(bundle)
        changed[field] = spoiled
        with pytest.raises(BundleError):
            verify_bundle(changed, KNOWN)
    del bundle[field]
    with pytest.raises(BundleError):
        verify_bundle(bundle, KNOWN)


def test_another_key_is_refused(bundle: dict[str, Any]):
    with pytest.raises(BundleError, match="no known key"):
        verify_bundle(bundle, [Verifier(NAME, bytes(32))])


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "other"}', "[" * 100_000, "x" * 300_000, '{"a": 1.5}']
)
def test_what_is_no_bundle(content: str):
    with pytest.raises(BundleError):
        read_bundle(content)
