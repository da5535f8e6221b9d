"""Keys that sign: made, rotated, revoked, used. Private halves are never handed out.

Who calls is a process of the county's own: a worker, or an administrator at the command line. The
installation's secret key, under which private halves are sealed, is an argument.
"""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from creditbank.domain.errors import NotFoundError
from creditbank.domain.signing_keys import (
    KeyEnding,
    KeyPurpose,
    Signature,
    SigningKey,
    key_id_of,
)
from creditbank.sealing import seal, unseal
from creditbank.store import signing_keys as rows
from creditbank.store.unit_of_work import UnitOfWork


def ensure_key(
    uow: UnitOfWork,
    purpose: KeyPurpose,
    institution_id: int | None = None,
    *,
    secret_key: str,
    now: datetime,
) -> SigningKey:
    """The key that signs for this purpose and owner; made when there is none. The reach: all."""
    found = standing_key(uow, purpose, institution_id)
    if found is not None:
        return found
    rows.lock_keys(uow.connection, purpose, institution_id)
    found = standing_key(uow, purpose, institution_id)  # somebody else's, while this one waited
    return found or _make(uow, purpose, institution_id, secret_key, now)


def rotate_key(
    uow: UnitOfWork,
    purpose: KeyPurpose,
    institution_id: int | None = None,
    *,
    secret_key: str,
    now: datetime,
) -> SigningKey:
    """A new key in place of those that stand, which are retired: what they signed stays good."""
    rows.lock_keys(uow.connection, purpose, institution_id)
    for key in rows.keys_of(uow.connection, purpose, institution_id):
        if key.is_standing:
            rows.end_key(uow.connection, key.key_id, KeyEnding.RETIRED, now=now)
    return _make(uow, purpose, institution_id, secret_key, now)


def revoke_key(uow: UnitOfWork, key_id: str, *, now: datetime) -> SigningKey:
    """Take a key's signatures back: its private half may be known to others.

    Revoking it again changes nothing. Raises NotFoundError.
    """
    found = rows.find_key(uow.connection, key_id)
    if found is None:
        raise NotFoundError
    rows.lock_keys(uow.connection, found.purpose, found.institution_id)
    current = rows.find_key(uow.connection, key_id)
    if current is not None and current.revoked_at is None:
        rows.end_key(uow.connection, key_id, KeyEnding.REVOKED, now=now)
    return rows.find_key(uow.connection, key_id) or found


def standing_key(
    uow: UnitOfWork, purpose: KeyPurpose, institution_id: int | None = None
) -> SigningKey | None:
    """The key that signs now, the newest that has not ended."""
    found = rows.keys_of(uow.connection, purpose, institution_id)
    return next((key for key in reversed(found) if key.is_standing), None)


def sign(
    uow: UnitOfWork,
    purpose: KeyPurpose,
    institution_id: int | None,
    message: bytes,
    *,
    secret_key: str,
) -> Signature:
    """Sign with the key that stands.

    Raises NotFoundError where there is none (see ensure_key), and sealing.SealBrokenError where the
    secret key is not the one that the key was sealed under.
    """
    key = standing_key(uow, purpose, institution_id)
    if key is None:
        raise NotFoundError
    return Signature(key, sign_with(uow, key, message, secret_key=secret_key))


def sign_with(uow: UnitOfWork, key: SigningKey, message: bytes, *, secret_key: str) -> bytes:
    """64 bytes of Ed25519. Raises as `sign`."""
    private = unseal(secret_key, rows.sealed_key(uow.connection, key.key_id), purpose=_seal_of(key))
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def _make(
    uow: UnitOfWork,
    purpose: KeyPurpose,
    institution_id: int | None,
    secret_key: str,
    now: datetime,
) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = SigningKey(key_id_of(public), purpose, institution_id, public, now)
    sealed = seal(secret_key, private.private_bytes_raw(), purpose=_seal_of(key))
    rows.add_key(uow.connection, key, sealed)
    return key


def _seal_of(key: SigningKey) -> str:
    """A sealed key can't be put in the place of another, nor used for another purpose."""
    return f"signing_key/{key.purpose}/{key.institution_id}/{key.key_id}"
