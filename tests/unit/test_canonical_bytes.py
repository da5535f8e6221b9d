"""Three encoders write one canonical JSON: what is hashed by one is derived again by any other."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import orjson
import pytest
import rfc8785
from flask import Flask

from creditbank.api.json_provider import OrjsonProvider
from creditbank.domain.ledger import GENESIS_HASH, content_hash
from creditbank.eligibility.codec import findings_hash
from creditbank.services.ledger_checks import _hash_of
from creditbank.store.plain_documents import document_hash

ODD: dict[str, Any] = {
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "quoted": 'a"b\\c/d\'e<f>&g',
    "lines": "\u2028\u2029\ufeff\u200d\u202e",
    "wide": "平阴县,学分\u3000银行",
    "beyond": "\U0001f393\U00020000𠮷",
    "combined": "e\u0301 é",
    "ﬀ": "sorted after ASCII",
    "Z": "", "a": "", "_": "", "aa": "", "A1": "", "a_b": "", "a b": "",
    "bounds": [0, -1, 10_000, 2**53 - 1, -(2**53 - 1)],
    "kinds": [True, False, None, "", [], {}],
    "detail": {"z": {"b": 1, "a": 2}, "a": [{"y": 1, "x": None}]},
}  # fmt: skip
"""Of every sign that JSON writes in a way of its own, and keys in no order."""
TURNED = dict(reversed(ODD.items()))


def test_what_is_hashed_is_the_canonical_json_of_rfc_8785():
    canonical = rfc8785.dumps(ODD)
    hashed = hashlib.sha256(GENESIS_HASH + canonical).digest()
    assert content_hash(GENESIS_HASH, TURNED) == hashed
    assert _hash_of(GENESIS_HASH, TURNED) == hashed
    plain = hashlib.sha256(canonical).hexdigest()
    assert document_hash(TURNED) == plain
    assert findings_hash(TURNED) == plain


@pytest.mark.parametrize("name", ODD)
def test_each_odd_value_alone(name: str):
    """Which one differs is seen at once."""
    one = {name: ODD[name]}
    assert orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == rfc8785.dumps(one)
    assert content_hash(b"", one) == hashlib.sha256(rfc8785.dumps(one)).digest()


def test_what_is_sent_reads_back_as_what_was_hashed():
    """A bundle goes over the wire unsorted; whoever sorts it again derives the hash."""
    provider = OrjsonProvider(Flask("wire", static_folder=None))
    wire = provider.dumps(TURNED)
    assert rfc8785.dumps(json.loads(wire)) == rfc8785.dumps(ODD)
    assert content_hash(GENESIS_HASH, json.loads(wire)) == content_hash(GENESIS_HASH, ODD)
