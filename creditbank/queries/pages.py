"""Pages of a list: a limit and an opaque cursor, so that no list is without an end."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from creditbank.domain.errors import InvalidInputError, Message

LIMIT_MAX = 200
LIMIT_USUAL = 50

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, and the cursor of the next ones; "" after the last."""

    items: tuple[Item, ...]
    next_cursor: str = ""


def clamp(limit: int) -> int:
    """A limit between 1 and LIMIT_MAX."""
    return max(1, min(limit, LIMIT_MAX))


def page_of(
    items: Sequence[Item], limit: int, key: Callable[[Item], Sequence[str | int]]
) -> Page[Item]:
    """A page of what was read with limit + 1."""
    if len(items) <= limit:
        return Page(tuple(items))
    return Page(tuple(items[:limit]), encode_cursor(key(items[limit - 1])))


def encode_cursor(values: Sequence[str | int]) -> str:
    """The place after which the next page starts: keys only, since cursors stand in addresses."""
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kinds: Sequence[type]) -> list[str | int] | None:
    """The place a cursor names, None for the start. Raises InvalidInputError for a foreign one."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, UnicodeError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != len(kinds)
        or any(type(value) is not kind for value, kind in zip(values, kinds, strict=True))
        or any(isinstance(value, int) and not -(2**31) < value < 2**31 for value in values)
        or any(isinstance(value, str) and "\x00" in value for value in values)
    ):
        raise InvalidInputError(
            Message("翻页标记无效,请从第一页重新开始。", "The cursor is not ours; start again.")
        )
    return values
