"""A college's keys, their secrets and spent nonces as rows. Nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from creditbank.tables.college_keys import CollegeKey, CollegeKeyRevocation, CollegeKeySecret


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key as it stands. version, rotated_at: of its secret; previous_until: of the one before.

    agreement_ids: those it is held to, None for all of the college.
    """

    key_id: str
    college_id: int
    account_id: int
    label: str
    scopes: tuple[str, ...]
    agreement_ids: tuple[int, ...] | None
    expires_at: datetime
    created_at: datetime
    version: int
    rotated_at: datetime
    previous_until: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret of a key, and the purpose that it is sealed for."""

    key_id: str
    version: int
    sealed: bytes

    @property
    def purpose(self) -> str:
        """What it is unsealed for."""
        return purpose_of(self.key_id, self.version)


_KEYS = """
SELECT k.key_id, k.college_id, k.account_id, k.label, k.scopes, k.agreement_ids, k.expires_at,
  k.created_at, s.version, s.created_at AS rotated_at, s.previous_until, r.revoked_at
FROM college_keys k JOIN LATERAL (SELECT * FROM college_key_secrets x
    WHERE x.key_id = k.key_id ORDER BY x.version DESC LIMIT 1) s ON true
  LEFT JOIN college_key_revocations r ON r.key_id = k.key_id
"""
_KEY = text(f"{_KEYS} WHERE k.key_id = :key_id")
_OF_COLLEGE = text(f"{_KEYS} WHERE k.college_id = :college ORDER BY k.created_at DESC, k.key_id")
_SECRETS = text("""
SELECT key_id, version, sealed FROM (
  SELECT *, min(previous_until) OVER (
      ORDER BY version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS until
  FROM college_key_secrets
  WHERE key_id = :key_id) s
WHERE until IS NULL OR until > :now ORDER BY version DESC
""")
_ACCOUNT = text("""
SELECT account_id FROM accounts
WHERE role = 'college' AND institution_id = :college AND is_active ORDER BY account_id LIMIT 1
""")
_COLLEGES = text("""
SELECT institution_id, name, name_en FROM institutions i
WHERE EXISTS (SELECT FROM articulation_agreements a WHERE a.college_id = i.institution_id)
ORDER BY institution_id
""")


def purpose_of(key_id: str, version: int) -> str:
    """What a secret is sealed for."""
    return f"college-key/{key_id}/{version}"


def key_row(connection: Connection, key_id: str) -> KeyRow | None:
    """One key, whatever has become of it."""
    row = connection.execute(_KEY, {"key_id": key_id}).first()
    return None if row is None else _row(row)


def keys_of(connection: Connection, college_id: int) -> list[KeyRow]:
    """All keys of a college, the newest first."""
    return [_row(row) for row in connection.execute(_OF_COLLEGE, {"college": college_id})]


def _row(row: Any) -> KeyRow:  # noqa: ANN401 (a row)
    values = {**row._mapping}  # noqa: SLF001 (as SQLAlchemy has it)
    scopes, held_to = values.pop("scopes"), values.pop("agreement_ids")
    return KeyRow(
        **values, scopes=tuple(scopes), agreement_ids=None if held_to is None else tuple(held_to)
    )


def live_secrets(connection: Connection, key_id: str, *, now: datetime) -> list[SealedSecret]:
    """The secret of a key, and those before it whose overlap has not ended; the newest first."""
    rows = connection.execute(_SECRETS, {"key_id": key_id, "now": now})
    return [SealedSecret(*row) for row in rows]


def add_key(
    connection: Connection,
    key: KeyRow,
    *,
    created_by: int,
) -> None:
    """A new key; its secret follows."""
    connection.execute(
        insert(CollegeKey).values(
            key_id=key.key_id,
            college_id=key.college_id,
            account_id=key.account_id,
            label=key.label,
            scopes=list(key.scopes),
            agreement_ids=None if key.agreement_ids is None else list(key.agreement_ids),
            expires_at=key.expires_at,
            created_by=created_by,
            created_at=key.created_at,
        )
    )


def add_secret(
    connection: Connection, key: KeyRow, sealed: bytes, *, by: int, now: datetime
) -> None:
    """The secret of a key's version; the one before it is taken until key.previous_until."""
    connection.execute(
        insert(CollegeKeySecret).values(
            key_id=key.key_id,
            version=key.version,
            college_id=key.college_id,
            sealed=sealed,
            previous_until=key.previous_until,
            created_by=by,
            created_at=now,
        )
    )


def lock_key(connection: Connection, key_id: str) -> None:
    """One rotation or revocation of a key after the other."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 5))"), {"key": key_id}
    )


def add_revocation(
    connection: Connection, key_id: str, college_id: int, *, by: int, now: datetime
) -> None:
    """The end of a key."""
    connection.execute(
        insert(CollegeKeyRevocation).values(
            key_id=key_id, college_id=college_id, revoked_by=by, revoked_at=now
        )
    )


def spend_nonce(connection: Connection, key_id: str, nonce: str, *, now: datetime) -> bool:
    """Whether the nonce is new. A second call with it waits for the first to end, and is none."""
    query = text(
        "INSERT INTO college_nonces (key_id, nonce, used_at) VALUES (:key_id, :nonce, :now)"
        " ON CONFLICT DO NOTHING"
    )
    asked = {"key_id": key_id, "nonce": nonce, "now": now}
    return connection.execute(query, asked).rowcount == 1


def forget_nonces(connection: Connection, *, used_before: datetime) -> int:
    """Sweep nonces whose calls are too old to be taken again; how many."""
    query = text("DELETE FROM college_nonces WHERE used_at < :before")
    return connection.execute(query, {"before": used_before}).rowcount


def acting_account(connection: Connection, college_id: int) -> int | None:
    """The account of a college that a key made by the county speaks for."""
    found = connection.execute(_ACCOUNT, {"college": college_id}).scalar()
    return None if found is None else int(found)


def colleges(connection: Connection) -> list[tuple[int, str, str]]:
    """Colleges with agreements: number, name, English name."""
    return [(row[0], row[1], row[2]) for row in connection.execute(_COLLEGES)]
