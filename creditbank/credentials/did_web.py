"""did:web: the address of a school's keys, and the document that stands there. Pure.

Source: the did:web method specification; keys as Multikey of W3C Controlled Identifiers v1.0. A
retired key stays in the document, so that what it signed stays verifiable, with the time in which
it signed; a revoked one says so and no longer asserts anything, whenever a proof says it was made:
who has stolen a key can write any date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from creditbank.credentials.contexts import extension_url
from creditbank.credentials.data_integrity import (
    Document,
    key_of_multikey,
    moment_of,
    moment_text,
    multikey,
)

DID_CONTEXT = "https://www.w3.org/ns/did/v1"
MULTIKEY_CONTEXT = "https://w3id.org/security/multikey/v1"
_PREFIX = "did:web:"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key (32 bytes) and when it signed. used_until: None while it does."""

    public_key: bytes
    used_from: datetime
    used_until: datetime | None = None
    revoked_at: datetime | None = None


def did_of_school(site: str, institution_id: int) -> str:
    """The identifier of a school at an installation. site: its address, such as https://x.example."""
    return f"{did_of_site(site)}:schools:{institution_id}"


def did_of_site(site: str) -> str:
    """The identifier of an installation itself."""
    parts = urlsplit(site)
    path = [part for part in parts.path.split("/") if part]
    return _PREFIX + ":".join([quote(parts.netloc, safe=""), *path])


def document_url(did: str) -> str | None:
    """Where the document of a did:web stands; None for another identifier."""
    if not did.startswith(_PREFIX):
        return None
    host, *path = did.removeprefix(_PREFIX).split(":")
    below = "/".join(path) if path else ".well-known"
    return f"https://{unquote(host)}/{below}/did.json"


def method_of(did: str, public_key: bytes) -> str:
    """The address of one key of an identifier."""
    return f"{did}#{multikey(public_key)}"


def did_document(did: str, keys: Sequence[KnownKey], *, site: str, name: str) -> dict[str, Any]:
    """The document of a school. name: the school's; keys in the order of their making."""
    return {
        "@context": [DID_CONTEXT, MULTIKEY_CONTEXT, extension_url(site)],
        "id": did,
        "name": name,
        "verificationMethod": [_method(did, key) for key in keys],
        "assertionMethod": [method_of(did, key.public_key) for key in keys if not key.revoked_at],
    }


def _method(did: str, key: KnownKey) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": method_of(did, key.public_key),
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multikey(key.public_key),
        "usedFrom": moment_text(key.used_from),
    }
    if key.used_until is not None:
        said["usedUntil"] = moment_text(key.used_until)
    if key.revoked_at is not None:
        said["revoked"] = moment_text(key.revoked_at)
    return said


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key as a document names it. asserts: it may speak for the identifier."""

    public_key: bytes
    asserts: bool
    is_revoked: bool
    used_from: datetime | None
    used_until: datetime | None

    def was_in_use(self, moment: datetime) -> bool:
        """Whether it signed at that time, as far as the document says."""
        is_early = self.used_from is not None and moment < self.used_from
        is_late = self.used_until is not None and moment > self.used_until
        return not is_early and not is_late


def find_key(document: Document, verification_method: object) -> FoundKey | None:
    """The key of a proof in a DID document; None where it is not that document's own."""
    did = document.get("id")
    methods = document.get("verificationMethod")
    if not isinstance(did, str) or not isinstance(methods, list):
        return None
    for method in methods:
        if not isinstance(method, dict) or method.get("id") != verification_method:
            continue
        public_key = key_of_multikey(str(method.get("publicKeyMultibase")))
        if method.get("controller") != did or public_key is None:
            return None
        asserts = document.get("assertionMethod")
        return FoundKey(
            public_key=public_key,
            asserts=isinstance(asserts, list) and verification_method in asserts,
            is_revoked="revoked" in method,
            used_from=moment_of(method.get("usedFrom")),
            used_until=moment_of(method.get("usedUntil")),
        )
    return None
