"""Signing keys as rows: entered, ended by a further row, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, text

from creditbank.domain.signing_keys import KeyEnding, KeyPurpose, SigningKey
from creditbank.tables.signing_keys import SigningKeyEnding, SigningKeyRow

_KEYS = """
SELECT k.key_id, k.purpose, k.institution_id, k.public_key, k.created_at,
  min(e.ended_at) FILTER (WHERE e.ending = 'retired') AS retired_at,
  min(e.ended_at) FILTER (WHERE e.ending = 'revoked') AS revoked_at
FROM signing_keys k LEFT JOIN signing_key_endings e USING (key_id)
WHERE {}
GROUP BY k.key_id ORDER BY k.created_at, k.key_id
"""
_OWN = text(
    _KEYS.format("k.purpose = :purpose AND k.institution_id IS NOT DISTINCT FROM :institution_id")
)
_OF_PURPOSE = text(_KEYS.format("k.purpose = :purpose"))
_ONE = text(_KEYS.format("k.key_id = :key_id"))
_SEALED = text("SELECT sealed_key FROM signing_keys WHERE key_id = :key_id")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 11))")


def lock_keys(connection: Connection, purpose: KeyPurpose, institution_id: int | None) -> None:
    """One maker of keys of a purpose and owner at a time, until the transaction ends."""
    connection.execute(_LOCK, {"owner": f"{purpose}|{institution_id}"})


def keys_of(
    connection: Connection, purpose: KeyPurpose, institution_id: int | None
) -> list[SigningKey]:
    """All keys of one purpose and owner, ended ones too, the oldest first."""
    asked = {"purpose": purpose.value, "institution_id": institution_id}
    return [_key(row) for row in connection.execute(_OWN, asked).mappings()]


def keys_for(connection: Connection, purpose: KeyPurpose) -> list[SigningKey]:
    """All keys of one purpose, whoever's, ended ones too, the oldest first."""
    rows = connection.execute(_OF_PURPOSE, {"purpose": purpose.value}).mappings()
    return [_key(row) for row in rows]


def find_key(connection: Connection, key_id: str) -> SigningKey | None:
    """One key by its id."""
    row = connection.execute(_ONE, {"key_id": key_id}).mappings().first()
    return None if row is None else _key(row)


def sealed_key(connection: Connection, key_id: str) -> bytes:
    """The private half as it is kept."""
    return bytes(connection.execute(_SEALED, {"key_id": key_id}).scalar_one())


def add_key(connection: Connection, key: SigningKey, sealed: bytes) -> None:
    """A new key."""
    connection.execute(
        insert(SigningKeyRow).values(
            key_id=key.key_id,
            purpose=key.purpose.value,
            institution_id=key.institution_id,
            public_key=key.public_key,
            sealed_key=sealed,
            created_at=key.created_at,
        )
    )


def end_key(connection: Connection, key_id: str, ending: KeyEnding, *, now: datetime) -> None:
    """Retire or revoke a key, once each."""
    connection.execute(
        insert(SigningKeyEnding).values(key_id=key_id, ending=ending.value, ended_at=now)
    )


def _key(row: object) -> SigningKey:
    values = dict(row)  # type: ignore[call-overload]
    values["purpose"] = KeyPurpose(values["purpose"])
    values["public_key"] = bytes(values["public_key"])
    return SigningKey(**values)
