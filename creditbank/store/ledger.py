"""Reading and appending ledger rows. Nothing here decides; nothing here changes a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, text
from sqlmodel import col

from creditbank.domain.ledger import GENESIS_HASH, EntryKind, content_hash
from creditbank.tables.ledger import LedgerEntry

COLUMNS = tuple(column.name for column in LedgerEntry.__table__.columns)  # type: ignore[attr-defined]
_HASHED = tuple(name for name in COLUMNS if name not in {"prev_hash", "entry_hash"})
# Statements are made once: to put one together takes as long as to send it.
_APPEND = insert(LedgerEntry.__table__)  # type: ignore[attr-defined]
_HEAD = "SELECT ledger_seq, facts_seq, head_hash FROM learner_heads WHERE learner_id = :learner_id"
_READ_HEAD, _LOCK_HEAD = text(_HEAD), text(f"{_HEAD} FOR UPDATE")
_ADD_HEAD = text("""
INSERT INTO learner_heads (learner_id, ledger_seq, facts_seq, head_hash)
VALUES (:learner_id, 0, 0, :genesis) ON CONFLICT DO NOTHING
""")
_MOVE_HEAD = text("""
UPDATE learner_heads SET ledger_seq = :ledger_seq, head_hash = :head_hash
WHERE learner_id = :learner_id
""")
_ENTRIES_OF = text(
    f"SELECT {', '.join(COLUMNS)} FROM ledger_entries"  # noqa: S608 (names of columns)
    " WHERE learner_id = :learner_id ORDER BY ledger_seq"
)


class Head(NamedTuple):
    """Where a learner's books stand."""

    ledger_seq: int
    facts_seq: int
    head_hash: bytes


def entry_content(row: Mapping[str, Any]) -> dict[str, str | int | bool | None]:
    """The hashed content of a row: every column but the two hashes.

    Dates and times as ISO 8601 text, times in UTC with microseconds; detail with sorted keys.
    """
    content: dict[str, Any] = {}
    for name in _HASHED:
        value = row[name]
        if name == "detail":
            value = {key: value[key] for key in sorted(value)}
        elif name == "recorded_at":
            value = value.isoformat(timespec="microseconds")
        elif name == "earned_on":
            value = value.isoformat()
        content[name] = value
    return content


def chained(row: Mapping[str, Any], previous: bytes) -> dict[str, Any]:
    """The row with prev_hash and entry_hash; recorded_at must be in UTC."""
    return {**row, "prev_hash": previous, "entry_hash": content_hash(previous, entry_content(row))}


def lock_head(connection: Connection, learner_id: int) -> Head:
    """Lock the learner's head until the transaction ends; a learner without one gets it."""
    head = _read_head(connection, learner_id)
    if head is None:
        connection.execute(_ADD_HEAD, {"learner_id": learner_id, "genesis": GENESIS_HASH})
        head = _read_head(connection, learner_id)
    assert head is not None  # noqa: S101 (inserted or found just above)
    return head


def _read_head(connection: Connection, learner_id: int, *, lock: bool = True) -> Head | None:
    query = _LOCK_HEAD if lock else _READ_HEAD
    row = connection.execute(query, {"learner_id": learner_id}).first()
    return None if row is None else Head(*row)


def read_head(connection: Connection, learner_id: int) -> Head:
    """Where the books stand, without a lock: for reading only."""
    return _read_head(connection, learner_id, lock=False) or Head(0, 0, GENESIS_HASH)


def append(
    connection: Connection, head: Head, rows: Sequence[Mapping[str, Any]]
) -> tuple[Head, list[dict[str, Any]]]:
    """Append rows of one learner (all columns but the hashes, in order) after a locked head.

    Returns the new head and the rows as written. The ledger_seq of each row is set here.
    """
    learner_id = rows[0]["learner_id"]
    seq, previous = head.ledger_seq, head.head_hash
    ready: list[dict[str, Any]] = []
    for row in rows:
        seq += 1
        ready.append(chained({**row, "ledger_seq": seq}, previous))
        previous = ready[-1]["entry_hash"]
    connection.execute(_APPEND, ready)
    moved = {"learner_id": learner_id, "ledger_seq": seq, "head_hash": previous}
    connection.execute(_MOVE_HEAD, moved)
    return Head(seq, head.facts_seq, previous), ready


def entries_of(connection: Connection, learner_id: int) -> list[dict[str, Any]]:
    """All rows of one learner that the reach shows, in order."""
    rows = connection.execute(_ENTRIES_OF, {"learner_id": learner_id})
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def entry_of(connection: Connection, learner_id: int, ledger_seq: int) -> dict[str, Any] | None:
    """One row, if the reach shows it."""
    row = connection.execute(
        select(LedgerEntry.__table__).where(  # type: ignore[attr-defined]
            col(LedgerEntry.learner_id) == learner_id, col(LedgerEntry.ledger_seq) == ledger_seq
        )
    )
    found = row.mappings().first()
    return None if found is None else dict(found)


def shown_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of an entry wherever it is shown, "" for what it does not say.

    ledger_seq, kind, title, units (hundredths), hours, earned_on, course_code, term_code,
    exam_kind, scale, mark, raw_mark, passed, entry_hash (hexadecimal).
    """
    as_they_are = ("ledger_seq", "kind", "units", "hours", "earned_on", "passed")
    texts = ("course_code", "term_code", "exam_kind", "scale", "mark")
    return {
        **{name: row[name] for name in as_they_are},
        **{name: row[name] or "" for name in texts},
        "title": row["detail"].get("title", ""),
        "raw_mark": row["detail"].get("raw_mark", ""),
        "entry_hash": row["entry_hash"].hex(),
    }


def reversed_seqs(rows: Sequence[Mapping[str, Any]]) -> frozenset[int]:
    """The ledger_seq of entries that a reversal took back."""
    return frozenset(row["source_seq"] for row in rows if row["kind"] == EntryKind.REVERSAL)


def lock_evidence(connection: Connection, evidence_no: str) -> None:
    """Serialise postings of one evidence number until the transaction ends, whoever the learner."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(evidence_no, 1))))


def evidence_no_of(connection: Connection, learner_id: int, ledger_seq: int) -> str:
    """The evidence number of an entry; "" for none. It never changes, so no lock is needed."""
    found = connection.execute(
        select(col(LedgerEntry.evidence_no)).where(
            col(LedgerEntry.learner_id) == learner_id, col(LedgerEntry.ledger_seq) == ledger_seq
        )
    ).scalar()
    return found or ""


def evidence_holders(connection: Connection, evidence_no: str) -> list[tuple[int, int]]:
    """(learner_id, ledger_seq) of standing entries with this number, in any school."""
    rows = connection.execute(
        text("SELECT learner_id, ledger_seq FROM evidence_holders(:number)"),
        {"number": evidence_no},
    )
    return [(row.learner_id, row.ledger_seq) for row in rows]
