"""Answers to writes, kept for ever under (account, key)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from creditbank.domain.errors import IdempotencyKeyMissingError, IdempotencyKeyReusedError, Message
from creditbank.tables.idempotency import IdempotencyKey

KEY_MAX = 100
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 2))")
_EARLIER = text("""
SELECT request_hash, response FROM idempotency_keys WHERE account_id = :account_id AND key = :key
""")
_KEEP = insert(IdempotencyKey.__table__)  # type: ignore[attr-defined]


def part_key(key: str, *parts: object) -> str:
    """The key of one part of what is asked under a key; "" for one that is missing or too long."""
    if not 0 < len(key) <= KEY_MAX:
        return ""
    return hashlib.sha256("|".join(map(str, (key, *parts))).encode()).hexdigest()


def request_hash(*commands: Any) -> str:  # noqa: ANN401 (any command dataclass)
    """SHA-256 hex over what was asked, whatever the order of its fields."""
    content = [[type(command).__name__, asdict(command)] for command in commands]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def earlier_answer(
    connection: Connection, account_id: int, key: str, hashed: str
) -> dict[str, Any] | None:
    """What this key was answered before, or None for a new key, which is now locked.

    A second request with the key waits here until the first one ends, and then gets its answer.
    Raises IdempotencyKeyMissingError, or IdempotencyKeyReusedError when the content differs.
    """
    if not key or len(key) > KEY_MAX:
        raise IdempotencyKeyMissingError(
            Message(
                "请求缺少 Idempotency-Key(1-100个字符),请为每次提交生成一个新的键。",
                "Idempotency-Key is missing or too long (1-100): send a new one with each post.",
            )
        )
    connection.execute(_LOCK, {"subject": f"{account_id}|{key}"})
    row = connection.execute(_EARLIER, {"account_id": account_id, "key": key}).first()
    if row is None:
        return None
    if row.request_hash != hashed:
        raise IdempotencyKeyReusedError(
            Message(
                "这个 Idempotency-Key 已用于另一内容,没有入账;请换一个新的键。",
                "This Idempotency-Key was used for other content: nothing posted; use a new key.",
            )
        )
    response: dict[str, Any] = row.response
    return response


def keep_answer(
    connection: Connection,
    account_id: int,
    key: str,
    hashed: str,
    response: dict[str, Any],
    now: datetime,
) -> None:
    """Keep the answer with the work it answers, in the same transaction."""
    kept = {"account_id": account_id, "key": key, "request_hash": hashed, "response": response}
    connection.execute(_KEEP, {**kept, "created_at": now})
