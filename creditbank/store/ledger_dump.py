"""The whole ledger read out fast, as one moment saw it, by several processes at once.

When to use: to check everything. When not: to answer anybody; nothing of the walls stands here, so
the login must be the owner's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, text

from creditbank.store.ledger import COLUMNS

_LONG = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL max_parallel_workers_per_gather = 0",
    "SET LOCAL work_mem = '64MB'",
)
# The span is said of the leaves as well: else each span reads all of them.
# As text: what no date of Python holds is a finding, not an error.
_AS_TEXT = frozenset({"earned_on", "detail", "batch_id", "recorded_at"})
_ENTRIES = f"""
SELECT {", ".join(f"e.{name}::text" if name in _AS_TEXT else f"e.{name}" for name in COLUMNS)},
  t.leaf_index, t.salt, t.leaf_hash
FROM ledger_entries e LEFT JOIN tree_leaves t
  ON t.learner_id = e.learner_id AND t.ledger_seq = e.ledger_seq
  AND t.learner_id >= %(start)s AND t.learner_id < %(end)s
WHERE e.learner_id >= %(start)s AND e.learner_id < %(end)s ORDER BY e.learner_id, e.ledger_seq
"""  # noqa: S608 (put together from our own constants)
_LEAVES = "SELECT leaf_index, leaf_hash FROM tree_leaves ORDER BY leaf_index"
_SPANS = text("""
SELECT learner_id FROM (
  SELECT learner_id, row_number() OVER (ORDER BY learner_id) AS n FROM learner_heads
) h WHERE n % :each = 0 ORDER BY learner_id
""")
_HEADS = text("""
SELECT coalesce(h.learner_id, m.learner_id) AS learner_id, h.ledger_seq, h.head_hash,
  m.ledger_seq AS in_tree
FROM learner_heads h FULL JOIN tree_marks m ON m.learner_id = h.learner_id
WHERE coalesce(h.learner_id, m.learner_id) >= :start
  AND coalesce(h.learner_id, m.learner_id) < :end
""")
_LEAF_COUNT = text(
    "SELECT count(*) FROM tree_leaves WHERE learner_id >= :start AND learner_id < :end"
)
_WITHOUT_ENTRY = text("""
SELECT t.leaf_index, t.learner_id, t.ledger_seq FROM tree_leaves t
WHERE t.learner_id >= :start AND t.learner_id < :end AND NOT EXISTS (SELECT FROM ledger_entries e
  WHERE e.learner_id = t.learner_id AND e.ledger_seq = t.ledger_seq)
ORDER BY t.leaf_index
""")
_NODES = text("SELECT height, node_index, node_hash FROM tree_nodes")
_LOWEST, _HIGHEST = -(2**31), 2**31
_CONTENT = len(COLUMNS) - 2
_NAMES = COLUMNS[:_CONTENT]
_ROWS = 4_000
"""How many rows are unpacked at a time: by the thousand it is done outside Python's loop."""
_SECONDS_END = 19


class Span(NamedTuple):
    """Learners from start on, those from end on left out."""

    start: int
    end: int


class DumpedEntry(NamedTuple):
    """An entry as it is stored. content: what entry_hash was made of, as domain.ledger takes it."""

    content: dict[str, Any]
    prev_hash: bytes
    entry_hash: bytes
    leaf_index: int | None
    salt: bytes
    leaf_hash: bytes


class DumpedHead(NamedTuple):
    """Where books stand; ledger_seq is None without a head, in_tree None without a mark."""

    ledger_seq: int | None
    head_hash: bytes
    in_tree: int | None


@contextmanager
def moment(engine: Engine, snapshot: str = "") -> Iterator[Connection]:
    """A reading transaction that sees one moment; snapshot: that of another one, see `exported`."""
    with engine.connect() as fresh:
        connection = fresh.execution_options(isolation_level="REPEATABLE READ")
        if snapshot:
            connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        for statement in _LONG:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("SELECT set_config('creditbank.reach', '*', true)")
        yield connection
        connection.rollback()


def exported(connection: Connection) -> str:
    """The name under which other processes see this moment, as long as this transaction lasts."""
    return str(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one())


def spans(connection: Connection, *, each: int) -> list[Span]:
    """All numbers of learners there can be, about `each` learners in one span."""
    cuts = list(connection.execute(_SPANS, {"each": each}).scalars())
    return [
        Span(start, end)
        for start, end in zip([_LOWEST, *cuts], [*cuts, _HIGHEST], strict=True)
        if start < end
    ]


def dump_entries(connection: Connection, span: Span) -> Iterator[DumpedEntry]:
    """Entries of a span by learner and number, each with its leaf."""
    for row in _rows(connection, _ENTRIES, span._asdict()):
        content: dict[str, Any] = dict(zip(_NAMES, row, strict=False))
        content["detail"] = orjson.loads(content["detail"])
        content["recorded_at"] = _iso(content["recorded_at"])
        prev_hash, entry_hash, leaf_index, salt, leaf_hash = row[_CONTENT:]
        yield DumpedEntry(content, prev_hash, entry_hash, leaf_index, salt or b"", leaf_hash or b"")


def dump_leaves(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """(leaf_index, leaf_hash) of all leaves, by place."""
    return _rows(connection, _LEAVES, {}, name="leaves")


def read_nodes(connection: Connection) -> dict[tuple[int, int], bytes]:
    """All kept subtrees by height and place."""
    return {(row[0], row[1]): bytes(row[2]) for row in connection.execute(_NODES)}


def read_heads(connection: Connection, span: Span) -> dict[int, DumpedHead]:
    """Heads and marks of a span by learner."""
    rows = connection.execute(_HEADS, span._asdict())
    return {row[0]: DumpedHead(row[1], bytes(row[2] or b""), row[3]) for row in rows}


def leaf_count(connection: Connection, span: Span) -> int:
    """How many leaves name a learner of the span."""
    return int(connection.execute(_LEAF_COUNT, span._asdict()).scalar_one())


def leaves_without_entry(connection: Connection, span: Span) -> list[tuple[int, int, int]]:
    """(leaf_index, learner_id, ledger_seq) of leaves whose entry is not there."""
    return [tuple(row) for row in connection.execute(_WITHOUT_ENTRY, span._asdict())]


def _rows(
    connection: Connection, statement: str, values: dict[str, int], *, name: str = ""
) -> Iterator[Any]:
    """Rows in the database's own binary form. name: of a cursor, for more than fits in memory."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor(name=name) if name else driver.cursor() as cursor:
        cursor.execute(statement, values, binary=True)
        while rows := cursor.fetchmany(_ROWS):
            yield from rows


def _iso(stored: str) -> str:
    """'2026-06-30 08:00:00.5+00' as datetime.isoformat writes it with microseconds."""
    if stored.endswith("+00") and stored[10] == " ":
        whole, fraction = stored[:_SECONDS_END], stored[_SECONDS_END + 1 : -3]
        return f"{whole[:10]}T{whole[11:]}.{fraction:0<6}+00:00"
    return datetime.fromisoformat(stored).isoformat(timespec="microseconds")
