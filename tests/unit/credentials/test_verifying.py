"""A credential is accepted when every check has passed, and every check can fail."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from creditbank.credentials import status_list as bits
from creditbank.credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_V3, extension_url
from creditbank.credentials.data_integrity import (
    DocumentFaultError,
    Signer,
    add_proof,
    bytes_of_multibase,
    canonical,
    hash_data,
    key_of_multikey,
    moment_of,
    multibase,
    proof_holds,
    read_document,
)
from creditbank.credentials.did_web import KnownKey, did_of_school, document_url
from creditbank.credentials.verifying import (
    CheckName,
    CheckResult,
    Verification,
    verify_credential,
)
from creditbank.domain.credentials import LIST_LENGTH, CredentialKind
from tests.factories.credentials import (
    DID,
    NOW,
    SITE,
    altered_at,
    altered_bytes,
    keys,
    leaves,
    public_key,
    signed,
    signer,
    status_list,
    step_of,
    unsigned,
)

DAY = timedelta(days=1)
VECTORS = Path(__file__).parents[2] / "data" / "eddsa-jcs-2022.json"
PLAIN = CredentialKind.TRANSCRIPT


def verify(
    document: dict[str, Any], *, known: Any = None, listed: Any = None, at: Any = NOW
) -> Verification:
    return verify_credential(
        document,
        did_documents=[keys()] if known is None else known,
        status_lists=[status_list()] if listed is None else listed,
        at=at,
    )


def failed(found: Verification) -> set[CheckName]:
    return {check.name for check in found.checks if check.result is CheckResult.FAILED}


def test_the_vectors_of_the_recommendation_are_met_byte_for_byte():
    vectors = json.loads(VECTORS.read_text("utf-8"))
    key = key_of_multikey(vectors["publicKeyMultibase"])
    secret = bytes_of_multibase(vectors["secretKeyMultibase"])
    assert key is not None
    assert secret is not None
    first = vectors["signed"][0]
    proof = first["proof"]
    plain = {name: value for name, value in first.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    assert canonical(plain).decode() == vectors["canonDoc"]
    assert canonical(options).decode() == vectors["proofCanon"]
    assert hash_data(plain, options).hex() == vectors["combinedHash"]
    assert vectors["combinedHash"] == vectors["proofHash"] + vectors["docHash"]
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(secret[2:])
    created = moment_of(proof["created"])
    assert created is not None
    for document in vectors["signed"][:2]:
        method = document["proof"]["verificationMethod"]
        made = add_proof(plain, Signer(method, private.sign), created=created)
        assert made == document
    assert all(proof_holds(document, key) for document in vectors["signed"])


@pytest.mark.parametrize("kind", CredentialKind)
def test_each_kind_is_accepted_and_nothing_altered_is(kind: CredentialKind):
    credential = signed(kind)
    found = verify(credential)
    assert found.is_accepted
    assert found.kind is kind
    is_dear = kind is CredentialKind.LEARNER_RECORD
    for path in [*leaves(credential)][:: step_of(11) if is_dear else 1]:
        assert not verify(altered_at(credential, path)).is_accepted, path
    for data in altered_bytes(canonical(credential), step_of(499 if is_dear else 41)):
        try:
            document = read_document(data)
        except DocumentFaultError:
            continue
        assert not verify(document).is_accepted, data


def test_a_name_more_or_less_is_seen():
    credential = signed(PLAIN)
    for name in [*credential]:
        less = {key: value for key, value in credential.items() if key != name}
        assert not verify(less).is_accepted, name
    assert failed(verify(credential | {"note": "x"})) == {CheckName.PROOF}


@pytest.mark.parametrize(
    ("context", "why"),
    [
        ([CREDENTIALS_V2], "ours is missing"),
        ([CREDENTIALS_V2, extension_url(SITE), "https://evil.example/v1"], "one more"),
        ([extension_url(SITE), CREDENTIALS_V2], "another order"),
        ([CREDENTIALS_V2, CREDENTIALS_V2, extension_url(SITE)], "the first twice"),
        ([CREDENTIALS_V2, OPEN_BADGES_V3], "of badges alone"),
    ],
)
def test_a_context_that_could_change_the_meaning_is_no_form_of_ours(context: Any, why: str):
    document = add_proof(unsigned(PLAIN) | {"@context": context}, signer(), created=NOW)
    assert failed(verify(document)) == {CheckName.FORM}, why


def test_keys():
    credential = signed(PLAIN)
    foreign = verify(signed(PLAIN, signer(2)))
    assert failed(foreign) == {CheckName.KEY, CheckName.PROOF}
    other_school = did_of_school(SITE, 13)
    lent = verify(signed(PLAIN, signer(1, other_school)), known=[keys(), keys(did=other_school)])
    assert CheckName.KEY in failed(lent)
    revoked = keys(KnownKey(public_key(1), NOW - DAY, revoked_at=NOW + DAY))
    assert CheckName.KEY in failed(verify(credential, known=[revoked]))
    retired = keys(KnownKey(public_key(1), NOW - DAY, used_until=NOW), KnownKey(public_key(2), NOW))
    assert verify(credential, known=[retired]).is_accepted
    early = keys(KnownKey(public_key(1), NOW + DAY))
    late = keys(KnownKey(public_key(1), NOW - 2 * DAY, used_until=NOW - DAY))
    for known in (early, late):
        assert CheckName.KEY in failed(verify(credential, known=[known]))


def test_what_was_not_given_is_said_and_not_accepted():
    without_keys = verify(signed(PLAIN), known=[])
    without_list = verify(signed(PLAIN), listed=[])
    for found in (without_keys, without_list):
        assert not found.is_accepted
        assert not found.is_refused
    assert [check.result for check in without_list.checks][-1] is CheckResult.UNCHECKED
    record = verify(signed(CredentialKind.LEARNER_RECORD), listed=[])
    assert not record.is_accepted
    assert not record.is_refused


def test_dates():
    status = signed(CredentialKind.ARTICULATION_STATUS)
    assert failed(verify(status, at=NOW - DAY)) >= {CheckName.DATES}
    assert verify(status, at=NOW + 29 * DAY).is_accepted
    assert failed(verify(status, at=NOW + 31 * DAY)) == {CheckName.DATES}
    assert verify(signed(PLAIN), at=NOW + 3000 * DAY).is_accepted


def test_the_list():
    credential = signed(PLAIN)
    assert failed(verify(credential, listed=[status_list(PLAIN)])) == {CheckName.STATUS}
    others = status_list(CredentialKind.ACHIEVEMENT)
    assert verify(credential, listed=[others]).is_accepted
    bad = [
        status_list(signed_by=signer(2)),
        status_list(days=-1),
        status_list(issuer=did_of_school(SITE, 13)),
        altered_at(status_list(PLAIN), ("credentialSubject", "encodedList")),
        status_list(credentialSubject={"type": "BitstringStatusList", "encodedList": "uH4sI"}),
    ]
    for listed in bad:
        assert failed(verify(credential, listed=[listed])) == {CheckName.STATUS}
    record = verify(signed(CredentialKind.LEARNER_RECORD), listed=[others])
    assert failed(record) == {CheckName.PARTS}


def test_a_record_holds_one_learner_only():
    record = unsigned(CredentialKind.LEARNER_RECORD)
    other = unsigned(PLAIN)
    other["credentialSubject"]["id"] = "urn:uuid:another"
    record["credentialSubject"]["verifiableCredential"][0] = add_proof(other, signer(), created=NOW)
    assert failed(verify(add_proof(record, signer(), created=NOW))) == {CheckName.PARTS}


def test_bits_are_packed_from_the_left_and_bombs_are_not_unpacked():
    ended = (0, 9, LIST_LENGTH - 1)
    packed = bits.encode(ended)
    unpacked = bits.decode(packed)
    assert unpacked is not None
    assert len(unpacked) * 8 == LIST_LENGTH
    assert (unpacked[0], unpacked[1], unpacked[-1]) == (0x80, 0x40, 0x01)
    assert packed == bits.encode(ended)
    assert bits.decode(bits.encode((), 8 * (1 << 24) + 8)) is None
    assert bits.decode(bits.encode((), 8)) is None
    assert bits.decode(packed[1:]) is None
    assert bits.decode(7) is None


@pytest.mark.parametrize(
    "text",
    ['{"a":1,"a":2}', '{"a":1.0}', '{"a":1e3}', '{"a":NaN}', '["a"]', '{"a":"\\ud800"}', "{", "",
     '{"a":' * 5000 + "1" + "}" * 5000, '{"a":9007199254740993}'],
)  # fmt: skip
def test_what_two_readers_could_read_apart_is_no_document(text: str):
    with pytest.raises(DocumentFaultError):
        read_document(text.encode())


def test_addresses():
    assert DID == "did:web:xuefen.example:schools:12"
    assert document_url(DID) == "https://xuefen.example/schools/12/did.json"
    assert did_of_school("http://127.0.0.1:8000", 3) == "did:web:127.0.0.1%3A8000:schools:3"
    assert document_url("did:web:x.example") == "https://x.example/.well-known/did.json"
    assert document_url("did:key:z6Mk") is None


def test_only_whole_texts_are_multibase():
    assert bytes_of_multibase(multibase(b"\x00\x01")) == b"\x00\x01"
    for text in ("", "y11", "z0", "zé"):
        assert bytes_of_multibase(text) is None
