"""Secrets that must be kept readable are kept sealed: AES-256-GCM under the installation's own key.

For what has to be used again (a key for signing, a secret shared with a college). What is only
compared is kept as a hash instead.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES, _NONCE_BYTES = 32, 12


class SealBrokenError(ValueError):
    """What was sealed was altered, or sealed under another secret key or for another purpose."""


def seal(secret_key: str, plain: bytes, *, purpose: str) -> bytes:
    """The bytes sealed for one purpose, such as "webhook/17"; each time others."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(secret_key).encrypt(nonce, plain, purpose.encode())


def unseal(secret_key: str, sealed: bytes, *, purpose: str) -> bytes:
    """What was sealed for this purpose. Raises SealBrokenError."""
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return _cipher(secret_key).decrypt(nonce, content, purpose.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError(purpose) from error


def _cipher(secret_key: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"creditbank/sealing")
    return AESGCM(derived.derive(secret_key.encode()))
