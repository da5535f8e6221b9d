"""What a superuser can do to rows that nobody may change: one field of one row, any value."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from creditbank.db import make_engine
from tests.databases import Database

TABLES = (
    "ledger_entries", "learner_heads", "tree_leaves", "tree_nodes", "tree_marks", "checkpoints",
    "verdicts", "verdict_heads", "verdict_seals",
)  # fmt: skip
_CLOCK_ALONE = ("verdict_heads", "evaluated_at")
"""Nothing rests on the time of day of it: it is moved by whole days."""
_COLUMNS = text("""
SELECT column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = :table ORDER BY ordinal_position
""")
_CHECKS = text("""
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype = 'c' AND conrelid::regclass::text = ANY (:tables)
""")


@dataclass(frozen=True, slots=True)
class Tampering:
    """One field of one row. place: where the row lies now."""

    table: str
    column: str
    place: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.table}.{self.column}: {self.before!r} -> {self.after!r}"


def disarm(connection: Connection, tables: Sequence[str] = TABLES) -> None:
    """No trigger fires, no check and no key is asked: as superuser, for good."""
    connection.execute(text("SET session_replication_role = replica"))
    for table in tables:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    for table, name in connection.execute(_CHECKS, {"tables": [*tables]}).all():
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


def tamper_by(database: Database, *statements: str) -> None:
    """Whatever a superuser with all triggers and checks off may do."""
    superuser = make_engine(database.superuser_url)
    with superuser.begin() as connection:
        disarm(connection)
        for statement in statements:
            connection.execute(text(statement))
    superuser.dispose()


def columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    """(name, type) of a table."""
    return [tuple(row) for row in connection.execute(_COLUMNS, {"table": table})]


def tamper(connection: Connection, chance: random.Random, table: str, column: str) -> Tampering:
    """Change this column in some row. Raises LookupError where no row takes it.

    connection: in autocommit, as a refused value must not end anything else.
    """
    kind = dict(columns(connection, table))[column]
    for _ in range(50):
        count = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        row = connection.execute(
            text(f"SELECT ctid::text, {column} FROM {table} ORDER BY 1 OFFSET :o LIMIT 1"),
            {"o": chance.randrange(count)},
        ).one()
        after = _other(chance, kind, row[1], by_days=(table, column) == _CLOCK_ALONE)
        if after == row[1]:
            continue
        try:
            place = _write(connection, table, column, row[0], after)
        except DBAPIError:  # a number that is another row's, or one too large
            continue
        return Tampering(table, column, place, row[1], after)
    raise LookupError(table, column)


def mend(connection: Connection, tampering: Tampering) -> None:
    """Put the field back."""
    _write(connection, tampering.table, tampering.column, tampering.place, tampering.before)


def _write(connection: Connection, table: str, column: str, place: str, value: Any) -> str:
    written = Jsonb(value) if isinstance(value, dict) else value
    done = connection.execute(
        text(f"UPDATE {table} SET {column} = :v WHERE ctid = cast(:p AS tid) RETURNING ctid::text"),
        {"v": written, "p": place},
    )
    return str(done.scalar_one())


def _other(chance: random.Random, kind: str, value: Any, *, by_days: bool) -> Any:
    if value is None:
        value = _SOME[kind]
    if kind == "timestamp with time zone" and by_days:
        return value + timedelta(days=chance.choice([-1, 1]) * chance.randrange(1, 400))
    return _CHANGES[kind](chance, value)


def _text(chance: random.Random, value: str) -> str:
    at = chance.randrange(len(value) + 1)
    if at == len(value) or chance.random() < 0.2:
        return value[:-1]
    return value[:at] + chance.choice("0a优 ") + value[at + 1 :]


def _bytes(chance: random.Random, value: bytes) -> bytes:
    at = chance.randrange(8 * len(value))
    changed = bytearray(value)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


def _json(chance: random.Random, value: dict[str, Any]) -> dict[str, Any]:
    changed = orjson.loads(orjson.dumps(value))
    name = chance.choice([*changed, "added"])
    if name == "added" or chance.random() < 0.3:
        changed[name] = chance.randrange(1_000)
    elif isinstance(changed[name], str):
        changed[name] += "x"
    else:
        del changed[name]
    return changed


def _whole(chance: random.Random, value: int) -> int:
    return value + chance.choice([-1, 1, chance.randrange(-1_000, 1_000)])


_SOME: dict[str, Any] = {
    "character varying": "x", "text": "x", "integer": 7, "bigint": 7, "smallint": 8,
    "boolean": False,
}  # fmt: skip
_CHANGES: dict[str, Callable[[random.Random, Any], Any]] = {
    "character varying": _text,
    "text": _text,
    "integer": _whole,
    "bigint": _whole,
    "smallint": _whole,
    "boolean": lambda _, value: not value,
    "bytea": _bytes,
    "jsonb": _json,
    "date": lambda chance, value: value + timedelta(days=chance.choice([-1, 1, 30, -365])),
    "timestamp with time zone": lambda chance, value: (
        value + timedelta(microseconds=chance.choice([1, -1, 1_000_000, 86_400_000_000]))
    ),
    "ARRAY": lambda chance, value: [*value, "x"] if chance.random() < 0.5 else value[:-1],
}
