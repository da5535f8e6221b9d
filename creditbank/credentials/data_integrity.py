"""Data Integrity proofs by the cryptosuite eddsa-jcs-2022: made and checked. Pure.

Source: W3C Data Integrity EdDSA Cryptosuites v1.0, section 3.3. What is signed is the SHA-256 of
the canonical proof options followed by that of the canonical document, both by RFC 8785 (JCS).
A document is JSON as json.loads gives it, without floats.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import base58
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Document = Mapping[str, Any]
SUITE = "eddsa-jcs-2022"
PROOF_TYPE = "DataIntegrityProof"
_ED25519_PUBLIC = b"\xed\x01"
"""The multicodec prefix of an Ed25519 public key."""
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
_BASE58_BTC = "z"


class DocumentFaultError(ValueError):
    """What was given is no document that could be signed or checked; never holds its content."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the address under which the public key is found, and what makes 64 bytes."""

    verification_method: str
    sign: Callable[[bytes], bytes]


def read_document(data: bytes | str) -> dict[str, Any]:
    """The JSON object of a file; DocumentFaultError for anything that two readers could read apart.

    So doubled names, floats, NaN, broken UTF-8 and half surrogates are refused.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        found = json.loads(
            text,
            object_pairs_hook=_once_each,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
        canonical(found)
    except (ValueError, RecursionError) as error:
        message = "this is not a JSON document without doubled names and floats"
        raise DocumentFaultError(message) from error
    if not isinstance(found, dict):
        message = "this is not a JSON object"
        raise DocumentFaultError(message)
    return found


def canonical(document: object) -> bytes:
    """The one written form by RFC 8785. DocumentFaultError where there is none."""
    try:
        return rfc8785.dumps(document)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        message = "this has no canonical form"
        raise DocumentFaultError(message) from error


def add_proof(document: Document, signer: Signer, *, created: datetime) -> dict[str, Any]:
    """The document with its proof. created: in UTC, written to the second."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    proof: dict[str, Any] = {
        "type": PROOF_TYPE,
        "cryptosuite": SUITE,
        "created": moment_text(created),
        "verificationMethod": signer.verification_method,
        "proofPurpose": "assertionMethod",
    }
    if "@context" in unsecured:
        proof["@context"] = unsecured["@context"]
    signature = signer.sign(hash_data(unsecured, proof))
    proof["proofValue"] = multibase(signature)
    return {**unsecured, "proof": proof}


def hash_data(unsecured: Document, options: Document) -> bytes:
    """The 64 bytes that are signed: hash of the proof's options, then that of the document."""
    return b"".join(hashlib.sha256(canonical(dict(part))).digest() for part in (options, unsecured))


def proof_holds(document: Document, public_key: bytes) -> bool:
    """Whether the one proof of a document was made by this key (32 bytes) over just this content.

    False for anything that is no such proof, whatever it is.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict) or not _is_ours(proof):
        return False
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if "@context" in options and options["@context"] != unsecured.get("@context"):
        # The recommendation takes a proof over the first of the contexts; nothing of ours needs it.
        return False
    signature = bytes_of_multibase(proof["proofValue"])
    if signature is None or len(signature) != _SIGNATURE_BYTES:
        return False
    try:
        signed = hash_data(unsecured, options)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_ours(proof: Document) -> bool:
    return (
        proof.get("type") == PROOF_TYPE
        and proof.get("cryptosuite") == SUITE
        and proof.get("proofPurpose") == "assertionMethod"
        and isinstance(proof.get("proofValue"), str)
    )


def multibase(data: bytes) -> str:
    """base58-btc under its letter z."""
    return _BASE58_BTC + base58.b58encode(data).decode("ascii")


def bytes_of_multibase(text: str) -> bytes | None:
    """What a base58-btc multibase text holds; None for any other text."""
    if not text.startswith(_BASE58_BTC) or not text.isascii():
        return None
    try:
        found: bytes = base58.b58decode(text[1:].encode("ascii"))
    except ValueError:
        return None
    return found if multibase(found) == text else None


def multikey(public_key: bytes) -> str:
    """An Ed25519 public key as publicKeyMultibase, z6Mk and so on."""
    return multibase(_ED25519_PUBLIC + public_key)


def key_of_multikey(text: str) -> bytes | None:
    """The 32 bytes of an Ed25519 public key; None for any other."""
    found = bytes_of_multibase(text)
    is_key = found is not None and found[:2] == _ED25519_PUBLIC and len(found) == _KEY_BYTES + 2
    return found[2:] if found is not None and is_key else None


def moment_text(moment: datetime) -> str:
    """A moment as the recommendations want it: 2026-07-01T08:00:00Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def moment_of(text: object) -> datetime | None:
    """A moment of a document, with its zone; None for what is none."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name stands twice"
        raise ValueError(message)
    return found


def _no_float(text: str) -> Any:  # noqa: ANN401 (it never returns)
    message = f"a number that is no integer, of {len(text)} characters"
    raise ValueError(message)
