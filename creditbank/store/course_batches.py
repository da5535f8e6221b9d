"""Many learners at once for course marks: what is known of them, and writing what was made ready.

Entries are staged in a table of this transaction alone, without a lock; the learners' heads are
locked only while one statement after the other moves them into the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from psycopg import Connection as DriverConnection
from sqlalchemy import Connection, text

from creditbank.domain.ledger import GENESIS_HASH
from creditbank.store.ledger import COLUMNS, Head

_KNOWN = text("""
SELECT DISTINCT ON (e.learner_id) e.learner_id, e.enrolment_id, e.institution_id, e.plan_id,
  e.is_open, min(e.entered_on) OVER (PARTITION BY e.learner_id) AS entered_on,
  CASE WHEN e.status = '10' THEN (SELECT max(c.takes_effect_on) FROM status_changes c
    JOIN status_change_executions x USING (status_change_id)
    WHERE c.enrolment_id = e.enrolment_id) END AS transferred_on
FROM enrolments e
WHERE e.learner_id = ANY(:learner_ids) AND e.institution_id = :institution_id
ORDER BY e.learner_id, e.is_open DESC, e.entered_on DESC, e.enrolment_id DESC
""")
_HEADS = (
    "SELECT learner_id, ledger_seq, facts_seq, head_hash FROM learner_heads"
    " WHERE learner_id = ANY(:learner_ids)"
)
_READ_HEADS, _LOCK_HEADS = text(_HEADS), text(f"{_HEADS} ORDER BY learner_id FOR UPDATE")
_ADD_HEADS = text("""
INSERT INTO learner_heads (learner_id, ledger_seq, facts_seq, head_hash)
SELECT learner_id, 0, 0, :genesis FROM unnest(cast(:learner_ids AS int[])) AS n (learner_id)
ORDER BY learner_id ON CONFLICT DO NOTHING
""")
_TAKEN = text("""
SELECT DISTINCT learner_id FROM ledger_entries
WHERE learner_id = ANY(:learner_ids) AND course_code = ANY(:codes)
""")
_ROWS = text("""
SELECT * FROM ledger_entries
WHERE learner_id = ANY(:learner_ids) AND (course_code = ANY(:codes) OR kind = 'reversal')
ORDER BY learner_id, ledger_seq
""")
_STAGE = text("CREATE TEMP TABLE staged_entries (LIKE ledger_entries) ON COMMIT DROP")
_COPY = f"COPY staged_entries ({', '.join(COLUMNS)}) FROM STDIN"
_UNSTAGE = text("DELETE FROM staged_entries WHERE learner_id = ANY(:learner_ids)")
_APPEND = text(
    f"INSERT INTO ledger_entries ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)}"  # noqa: S608 (names of columns)
    " FROM staged_entries WHERE learner_id BETWEEN :first AND :last"
)
_MOVE_HEADS = text("""
UPDATE learner_heads h SET ledger_seq = n.ledger_seq, head_hash = n.head_hash
FROM unnest(cast(:learner_ids AS int[]), cast(:seqs AS int[]), cast(:hashes AS bytea[]))
  AS n (learner_id, ledger_seq, head_hash)
WHERE h.learner_id = n.learner_id
""")
_MARK = text("""
INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
SELECT learner_id, ledger_seq, cast(:cause AS text) || ':' || ledger_seq, :now
FROM unnest(cast(:learner_ids AS int[]), cast(:seqs AS int[])) AS n (learner_id, ledger_seq)
""")
_COPY_BYTES = 256 * 1024
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class KnownLearner(NamedTuple):
    """A learner's enrolment at one school, as posting needs it (see services.books)."""

    learner_id: int
    enrolment_id: int
    institution_id: int
    plan_id: int
    is_open: bool
    entered_on: date
    transferred_on: date | None


def known_learners(
    connection: Connection, institution_id: int, learner_ids: Sequence[int]
) -> dict[int, KnownLearner]:
    """Those of these learners who are or were enrolled at a school."""
    rows = connection.execute(
        _KNOWN, {"institution_id": institution_id, "learner_ids": list(learner_ids)}
    )
    return {row[0]: KnownLearner(*row) for row in rows}


def read_heads(connection: Connection, learner_ids: Sequence[int]) -> dict[int, Head]:
    """Where each one's books stand, without a lock."""
    return _heads(connection, learner_ids, lock=False)


def lock_heads(connection: Connection, learner_ids: Sequence[int]) -> dict[int, Head]:
    """Lock the heads in the order of their ids; who had none gets one."""
    connection.execute(_ADD_HEADS, {"learner_ids": list(learner_ids), "genesis": GENESIS_HASH})
    return _heads(connection, learner_ids, lock=True)


def _heads(connection: Connection, learner_ids: Sequence[int], *, lock: bool) -> dict[int, Head]:
    rows = connection.execute(
        _LOCK_HEADS if lock else _READ_HEADS, {"learner_ids": list(learner_ids)}
    )
    found = {row[0]: Head(*row[1:]) for row in rows}
    return {
        learner_id: found.get(learner_id) or Head(0, 0, GENESIS_HASH) for learner_id in learner_ids
    }


def who_took(
    connection: Connection, learner_ids: Sequence[int], codes: Collection[str]
) -> frozenset[int]:
    """Which of these learners have an entry of any kind for one of these courses."""
    asked = {"learner_ids": list(learner_ids), "codes": sorted(codes)}
    return frozenset(connection.execute(_TAKEN, asked).scalars())


def course_rows(
    connection: Connection, learner_ids: Sequence[int], codes: Collection[str]
) -> dict[int, list[dict[str, Any]]]:
    """All that the ledger says of these courses, and every reversal, by learner and in order."""
    found: dict[int, list[dict[str, Any]]] = {learner_id: [] for learner_id in learner_ids}
    if learner_ids:
        asked = {"learner_ids": list(learner_ids), "codes": sorted(codes)}
        for row in connection.execute(_ROWS, asked).mappings():
            found[row["learner_id"]].append(dict(row))
    return found


def begin_staging(connection: Connection) -> None:
    """A table for what is to be posted; it goes with the transaction."""
    connection.execute(_STAGE)


def stage(connection: Connection, lines: Iterable[str]) -> None:
    """Put lines (see staged_text) beside the ledger."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, DriverConnection)  # noqa: S101 (the engine's only driver)
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        held: list[str] = []
        size = 0
        for line in lines:
            held.append(line)
            size += len(line)
            if size > _COPY_BYTES:
                copy.write("".join(held))
                held, size = [], 0
        copy.write("".join(held))


def staged_text(value: object) -> str:
    """A value as a line for staging has it; dates and numbers as they are written."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    written = str(value)
    return written.translate(_ESCAPES) if _SPECIAL.search(written) else written


def unstage(connection: Connection, learner_ids: Sequence[int]) -> None:
    """Take away what was staged for these learners, so that it can be made anew."""
    connection.execute(_UNSTAGE, {"learner_ids": list(learner_ids)})


def append_staged(connection: Connection, *, first: int, last: int) -> None:
    """Move what is staged for the learners from first to last into the ledger."""
    connection.execute(_APPEND, {"first": first, "last": last})


def move_heads(
    connection: Connection, heads: Mapping[int, Head], *, cause: str, now: datetime
) -> None:
    """Set heads, locked before, to where their books stand now, and mark the learners."""
    asked = {
        "learner_ids": list(heads),
        "seqs": [head.ledger_seq for head in heads.values()],
        "hashes": [head.head_hash for head in heads.values()],
    }
    connection.execute(_MOVE_HEADS, asked)
    connection.execute(_MARK, {**asked, "cause": cause, "now": now})
