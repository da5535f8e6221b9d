"""Keys that sign: for what, whose, and until when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PUBLIC_KEY_BYTES = 32
_ID_BYTES = 8


class KeyPurpose(StrEnum):
    """What a key signs; a signature for one purpose is never asked of a key for another."""

    CHECKPOINT = "checkpoint"
    CREDENTIAL = "credential"

    # That of text, which it equals; an enumeration's own is a function in Python.
    __hash__ = str.__hash__


class KeyEnding(StrEnum):
    """How a key ended. What a retired key signed stays good, what a revoked one signed does not."""

    RETIRED = "retired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key without its private half.

    key_id: made of the public key, see key_id_of. institution_id: None for the county's
    installation. public_key: 32 bytes, RFC 8032. retired_at, revoked_at: None while that has not
    happened.
    """

    key_id: str
    purpose: KeyPurpose
    institution_id: int | None
    public_key: bytes
    created_at: datetime
    retired_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def is_standing(self) -> bool:
        """Whether it still signs."""
        return self.retired_at is None and self.revoked_at is None


@dataclass(frozen=True, slots=True)
class Signature:
    """64 bytes of Ed25519 (RFC 8032), and the key that made them."""

    key: SigningKey
    signature: bytes


def key_id_of(public_key: bytes) -> str:
    """16 hexadecimal digits: the beginning of the SHA-256 of the public key."""
    return hashlib.sha256(public_key).digest()[:_ID_BYTES].hex()
