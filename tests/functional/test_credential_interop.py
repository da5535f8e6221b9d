"""Credentials in libraries that are not ours: each kind is believed there, nothing altered is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from creditbank.credentials.data_integrity import (
    bytes_of_multibase,
    canonical,
    key_of_multikey,
    multibase,
    proof_holds,
)
from creditbank.credentials.did_web import KnownKey, method_of
from creditbank.credentials.verifying import verify_credential
from creditbank.domain.credentials import CredentialKind
from tests.factories.credentials import (
    DID,
    NOW,
    Fetched,
    altered_at,
    contexts,
    keys,
    leaves,
    private_key,
    public_key,
    signed,
    signer,
    status_list,
    step_of,
    unsigned,
)
from tests.interop.libraries import Harness

STEP = 37


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    with Harness() as running:
        yield running


def ask(harness: Harness, credential: dict[str, Any], fetched: Fetched) -> dict[str, Any]:
    return harness.ask(
        "verify", credential=credential, documents=fetched.documents, now=NOW.isoformat()
    )


@pytest.mark.parametrize("kind", CredentialKind)
def test_each_kind_is_believed_there(harness: Harness, kind: CredentialKind):
    credential = signed(kind)
    assert ask(harness, credential, Fetched.usual()) == {"verified": True, "errors": []}
    for part in credential["credentialSubject"].get("verifiableCredential", ()):
        assert ask(harness, part, Fetched.usual())["verified"]


@pytest.mark.parametrize("kind", CredentialKind)
def test_no_term_is_undefined(harness: Harness, kind: CredentialKind):
    credential = signed(kind)
    assert "expanded" in harness.ask("expand", document=credential, documents=contexts())
    credential["credentialSubject"]["unheardOf"] = "x"  # the control: safe mode is on
    assert "failed" in harness.ask("expand", document=credential, documents=contexts())


def test_a_status_list_is_a_credential_there(harness: Harness):
    listed = status_list()
    assert ask(harness, listed, Fetched.usual())["verified"]
    assert "expanded" in harness.ask("expand", document=listed)


@pytest.mark.parametrize("kind", CredentialKind)
def test_nothing_altered_is_believed_there(harness: Harness, kind: CredentialKind):
    credential = signed(kind)
    texts = [canonical(altered_at(credential, path)).decode() for path in leaves(credential)]
    whole = [canonical(credential).decode()]
    known = {"documents": Fetched.usual().documents, "now": NOW.isoformat()}
    assert harness.ask("believed", texts=texts, **known) == {"places": []}
    assert harness.ask("believed", texts=whole, step=step_of(STEP), **known) == {"places": []}
    assert harness.ask("believed", texts=whole, **known) == {"places": [0]}


@pytest.mark.parametrize("kind", CredentialKind)
def test_an_ended_one_is_refused_there(harness: Harness, kind: CredentialKind):
    assert not ask(harness, signed(kind), Fetched.usual(status=status_list(kind)))["verified"]


def test_a_wrong_or_revoked_key_is_refused_there(harness: Harness):
    kind = CredentialKind.TRANSCRIPT
    assert not ask(harness, signed(kind, signer(2)), Fetched.usual())["verified"]
    day = timedelta(days=1)
    revoked = KnownKey(public_key(1), NOW - 30 * day, revoked_at=NOW)
    assert not ask(harness, signed(kind), Fetched.usual(did=keys(revoked)))["verified"]
    rotated = keys(
        KnownKey(public_key(1), NOW - 30 * day, used_until=NOW + day),
        KnownKey(public_key(2), NOW + day),
    )
    assert ask(harness, signed(kind), Fetched.usual(did=rotated))["verified"]


@pytest.mark.parametrize("kind", CredentialKind)
def test_what_is_signed_there_is_believed_here(harness: Harness, kind: CredentialKind):
    private = private_key(1).private_bytes_raw() + public_key(1)
    key = {
        "@context": "https://w3id.org/security/multikey/v1",
        "id": method_of(DID, public_key(1)),
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": signer().verification_method.partition("#")[2],
        "secretKeyMultibase": multibase(b"\x80\x26" + private[:32]),
    }
    answer = harness.ask(
        "sign", credential=unsigned(kind), key=key, date="2026-07-01T08:00:00Z",
        documents=Fetched.usual().documents,
    )  # fmt: skip
    found = verify_credential(
        answer["signed"], did_documents=[keys()], status_lists=[status_list()], at=NOW
    )
    assert found.is_accepted
    assert answer["signed"]["proof"] == signed(kind)["proof"]  # Ed25519 leaves nothing to choose


def test_the_vectors_of_the_recommendation_hold_here(request: pytest.FixtureRequest):
    path = request.config.rootpath / "tests" / "data" / "eddsa-jcs-2022.json"
    vectors = json.loads(path.read_text("utf-8"))
    key = key_of_multikey(vectors["publicKeyMultibase"])
    assert key is not None
    for document in vectors["signed"]:
        assert proof_holds(document, key)
        signature = bytes_of_multibase(document["proof"]["proofValue"])
        assert signature is not None
        altered = document | {"proof": document["proof"] | {"proofValue": multibase(key + key)}}
        assert not proof_holds(altered, key)
