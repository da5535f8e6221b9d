"""Accounts, sessions, API keys and counted tries to sign in, as rows. Nothing here decides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, text


class AccountRow(NamedTuple):
    """An active account with whom it may see as its own and the agreements valid on a day."""

    role: str
    institution_id: int | None
    display_name: str
    section: str
    learner_ids: list[int] | None
    agreement_ids: list[int] | None
    school_ids: list[int] | None


_ACCOUNT = text("""
SELECT a.role, a.institution_id, a.display_name, a.section,
  (SELECT array_agg(learner_id) FROM account_learners l WHERE l.account_id = a.account_id)
    AS learner_ids,
  (SELECT array_agg(agreement_id) FROM agreements_on(:as_of) g
    WHERE a.role = 'college' AND g.college_id = a.institution_id
      AND :as_of BETWEEN g.valid_from AND g.valid_to) AS agreement_ids,
  (SELECT array_agg(DISTINCT school_id) FROM agreements_on(:as_of) g
    WHERE a.role = 'college' AND g.college_id = a.institution_id
      AND :as_of BETWEEN g.valid_from AND g.valid_to) AS school_ids
FROM accounts a WHERE a.account_id = :id AND a.is_active
""")
_API_KEY = text("""
SELECT secret_hash, account_id FROM api_keys WHERE key_id = :key AND expires_at > :now
""")


def account(connection: Connection, account_id: int, *, as_of: date) -> AccountRow | None:
    """One active account."""
    row = connection.execute(_ACCOUNT, {"id": account_id, "as_of": as_of}).first()
    return None if row is None else AccountRow(*row)


def account_by_name(connection: Connection, username: str) -> tuple[int, str] | None:
    """(account_id, password_hash) of an active account."""
    row = connection.execute(
        text("SELECT account_id, password_hash FROM accounts WHERE username = :n AND is_active"),
        {"n": username},
    ).first()
    return None if row is None else (row.account_id, row.password_hash)


def schools_of(connection: Connection, learner_ids: Iterable[int]) -> frozenset[int]:
    """The institutions where these learners are or were enrolled, as far as the reach shows."""
    found = connection.execute(
        text("SELECT DISTINCT institution_id FROM enrolments WHERE learner_id = ANY (:ids)"),
        {"ids": sorted(learner_ids)},
    )
    return frozenset(found.scalars())


def lock_subject(connection: Connection, subject_hash: str) -> None:
    """Serialise the tries of one subject until the transaction ends."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 3))"),
        {"subject": subject_hash},
    )


def tries(connection: Connection, subject_hash: str, *, since: datetime) -> list[datetime]:
    """When this subject was counted since a moment, oldest first."""
    found = connection.execute(
        text(
            "SELECT attempted_at FROM sign_in_attempts"
            " WHERE subject_hash = :subject AND attempted_at > :since ORDER BY attempted_at"
        ),
        {"subject": subject_hash, "since": since},
    )
    return list(found.scalars())


def latest_try(connection: Connection, subject_hash: str, *, since: datetime) -> datetime | None:
    """When this subject was last counted since a moment."""
    found = tries(connection, subject_hash, since=since)
    return found[-1] if found else None


def count_tries(
    connection: Connection, subject_hashes: Sequence[str], *, now: datetime
) -> list[int]:
    """Count one for each subject; the keys under which it can be forgotten."""
    found = connection.execute(
        text(
            "INSERT INTO sign_in_attempts (subject_hash, attempted_at)"
            " SELECT subject, :now FROM unnest(cast(:subjects AS text[])) AS subject"
            " RETURNING sign_in_attempt_id"
        ),
        {"subjects": list(subject_hashes), "now": now},
    )
    return list(found.scalars())


def forget_tries(connection: Connection, keys: Sequence[int]) -> None:
    """Take counted ones back: the password was right."""
    connection.execute(
        text("DELETE FROM sign_in_attempts WHERE sign_in_attempt_id = ANY (:keys)"),
        {"keys": list(keys)},
    )


def forget_tries_before(connection: Connection, subject_hash: str, *, moment: datetime) -> None:
    """Forget what this subject was counted up to a moment, where that is of no more use."""
    connection.execute(
        text(
            "DELETE FROM sign_in_attempts WHERE subject_hash = :subject AND attempted_at <= :moment"
        ),
        {"subject": subject_hash, "moment": moment},
    )


def insert_session(
    connection: Connection,
    token_hash: str,
    account_id: int | None,
    content: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """A new session."""
    connection.execute(
        text(
            "INSERT INTO account_sessions (token_hash, account_id, content, created_at, seen_at)"
            " VALUES (:token, :account, cast(:content AS jsonb), :now, :now)"
        ),
        {"token": token_hash, "account": account_id, "content": json.dumps(content), "now": now},
    )


def session(
    connection: Connection, token_hash: str, *, seen_since: datetime
) -> tuple[int | None, dict[str, Any], datetime] | None:
    """(account_id, content, seen_at) of a session that was alive since a moment."""
    row = connection.execute(
        text(
            "SELECT account_id, content, seen_at FROM account_sessions"
            " WHERE token_hash = :token AND seen_at > :since"
        ),
        {"token": token_hash, "since": seen_since},
    ).first()
    return None if row is None else (row.account_id, row.content, row.seen_at)


def update_session(
    connection: Connection, token_hash: str, content: Mapping[str, Any] | None, *, now: datetime
) -> None:
    """Keep the session alive, and its content; None leaves that as it is."""
    connection.execute(
        text(
            "UPDATE account_sessions SET content = coalesce(cast(:content AS jsonb), content),"
            " seen_at = :now WHERE token_hash = :token"
        ),
        {
            "token": token_hash,
            "content": None if content is None else json.dumps(content),
            "now": now,
        },
    )


def delete_session(connection: Connection, token_hash: str) -> None:
    """End a session at once."""
    connection.execute(
        text("DELETE FROM account_sessions WHERE token_hash = :token"), {"token": token_hash}
    )


def delete_idle_sessions(connection: Connection, *, seen_before: datetime) -> None:
    """Forget sessions that nobody can use any more."""
    connection.execute(
        text("DELETE FROM account_sessions WHERE seen_at < :before"), {"before": seen_before}
    )


def insert_api_key(
    connection: Connection,
    key_id: str,
    secret_hash: str,
    account_id: int,
    label: str,
    expires_at: datetime,
) -> None:
    """A new key."""
    connection.execute(
        text(
            "INSERT INTO api_keys (key_id, secret_hash, account_id, label, expires_at)"
            " VALUES (:key, :secret, :account, :label, :expires)"
        ),
        {
            "key": key_id,
            "secret": secret_hash,
            "account": account_id,
            "label": label,
            "expires": expires_at,
        },
    )


def api_key(connection: Connection, key_id: str, *, now: datetime) -> tuple[str, int] | None:
    """(secret_hash, account_id) of a key that has not expired."""
    row = connection.execute(_API_KEY, {"key": key_id, "now": now}).first()
    return None if row is None else (row.secret_hash, row.account_id)


def email_of(connection: Connection, account_id: int) -> str:
    """The mail address of an account, "" for none."""
    found: str | None = connection.execute(
        text("SELECT email FROM accounts WHERE account_id = :id"), {"id": account_id}
    ).scalar()
    return found or ""


def keep_email(connection: Connection, account_id: int, email: str) -> None:
    """Another mail address, or none for ""."""
    connection.execute(
        text("UPDATE accounts SET email = nullif(:email, '') WHERE account_id = :id"),
        {"id": account_id, "email": email},
    )
