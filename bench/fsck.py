"""`creditbank fsck` over a million entries: chains, heads, sums, leaves, subtrees, checkpoints.

The entries are made here, chained as postings chain them, put into the tree by the sequencer and
signed. The seconds hold everything from the command's start on two processes but the verdicts;
beside them stands the processor time of all processes, the database's too, which says something on
a machine that others use as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import psycopg
from sqlalchemy import text

from bench.throwaway import servers
from creditbank.checking import check_books
from creditbank.db import make_engine
from creditbank.domain.ledger import GENESIS_HASH
from creditbank.embedded import OWNER
from creditbank.services.checkpoints import grow_tree, issue_checkpoint
from creditbank.store.ledger import COLUMNS, entry_content
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

ENTRIES, LEARNERS, BAR_S = 1_000_000, 12_500, 60.0
_NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)
_STEP = 250
"""Learners that one transaction enters."""
_SECRET = "a secret key of a bench"  # noqa: S105
_LEARNER = text("""
INSERT INTO learners (learner_id, account_no, name, sort_key, initials, sex)
SELECT n, 'B' || n, '测试生', 'ce', 'CSS', '1' FROM generate_series(1, :count) n
""")
_COPY = f"COPY ledger_entries ({', '.join(COLUMNS)}) FROM STDIN"
_HEADS = "COPY learner_heads (learner_id, ledger_seq, facts_seq, head_hash) FROM STDIN"


def measure(*, small: bool = False) -> dict[str, Any]:
    """Seconds for a million entries (ten thousand when small), and findings, which must be none."""
    learners = LEARNERS // 100 if small else LEARNERS
    each = ENTRIES // LEARNERS
    with servers() as urls:
        url = urls.database(OWNER)
        started = time.perf_counter()
        _fill(url, learners, each)
        filled = time.perf_counter() - started
        started = time.perf_counter()
        checkpoints = _grow(urls.database())
        grown = time.perf_counter() - started
        started, before = time.perf_counter(), _used(url)
        report = check_books(url, workers=1 if small else 2)
        taken, after = time.perf_counter() - started, _used(url)
    here, database = (end - start for start, end in zip(before, after, strict=True))
    entries = report.ledger.entries
    return {
        "entries": entries,
        "leaves": report.tree.leaves,
        "checkpoints": checkpoints,
        "fill_s": round(filled, 1),
        "sequenced_per_s": round(report.tree.leaves / grown),
        "fsck_s": round(taken, 1),
        "processor_s": round(here + database, 1),
        "processor_s_of_database": round(database, 1),
        "processor_us_per_entry": round(1e6 * (here + database) / entries, 1),
        "load": round(os.getloadavg()[0], 1),
        "entries_per_s": round(entries / taken),
        "findings": len(report.damages),
        "within_bar": taken <= BAR_S and not report.damages,
    }


def _used(url: str) -> tuple[float, float]:
    """Processor time of this process and of those it has ended, and of the database's."""
    own, ended = (resource.getrusage(which) for which in (
        resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN,
    ))  # fmt: skip
    with psycopg.connect(_plain(url)) as connection:
        server = int(_stat(connection.info.backend_pid)[1])
    database = sum(map(int, _stat(server)[11:15]))  # with those of its children that have ended
    for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
        with contextlib.suppress(OSError):
            database += sum(map(int, _stat(int(child))[11:13]))
    here = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    return here, database / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """What proc(5) says of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


def _fill(url: str, learners: int, each: int) -> None:
    engine = make_engine(url, pool_size=1)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(_LEARNER, {"count": learners})
    engine.dispose()
    with ThreadPoolExecutor(2) as pool:  # most of it is the database's work
        spans = [(at, min(at + _STEP, learners + 1)) for at in range(1, learners + 1, _STEP)]
        list(pool.map(_fill_span, [url] * len(spans), spans, [each] * len(spans)))


def _fill_span(url: str, span: tuple[int, int], each: int) -> None:
    patterns = [_pattern(seq) for seq in range(1, each + 1)]
    heads = []
    with psycopg.connect(_plain(url)) as connection, connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            for learner_id in range(*span):
                lines, head_hash = _chain(learner_id, patterns)
                copy.write(lines)
                heads.append((learner_id, each, 0, head_hash))
        with cursor.copy(_HEADS) as copy:
            for head in heads:
                copy.write_row(head)


class _Pattern(NamedTuple):
    """An entry of anybody's: what is hashed and what is copied, both but for `_OPEN`."""

    hashed: bytes
    copied: bytes


_OPEN = {"institution_id": 111_111_111, "learner_id": 222_222_222}
"""Stand for what differs from one learner to the next."""


def _pattern(seq: int) -> _Pattern:
    """Course entries, awards and reversals, as wide as real ones."""
    is_award = seq % 4 == 0
    content = {
        **_OPEN, "ledger_seq": seq,
        "kind": "innovation" if is_award else "course", "units": 100 * (1 + seq % 5),
        "hours": 18 * (seq % 5), "earned_on": date(2025, 9, 1) + timedelta(days=seq),
        "course_code": None if is_award else f"GG{seq:02}", "term_code": "2025-2026-1",
        "exam_kind": None if is_award else "01", "scale": None if is_award else "percent",
        "mark": None if is_award else str(60 + seq % 40), "passed": None if is_award else True,
        "grade_point": None if is_award else 350, "block_code": None, "source_seq": None,
        "evidence_key": f"bench|{seq}|2025-2026-1|01", "evidence_no": None,
        "detail": {"title": "思想政治与职业道德", "title_en": "Ethics", "level": "43"},
        "policy_version": "0123456789abcdef", "posted_by": 5, "batch_id": None,
        "recorded_at": _NOW + timedelta(seconds=seq, microseconds=123_456),
    }  # fmt: skip
    hashed = orjson.dumps(entry_content(content), option=orjson.OPT_SORT_KEYS)
    row = {**content, "detail": orjson.dumps(content["detail"]).decode()}
    copied = "\t".join(_copied(row[name]) for name in COLUMNS[:-2]) + "\t"
    assert COLUMNS[-2:] == ("prev_hash", "entry_hash")  # noqa: S101 (where the hashes go)
    return _Pattern(_with_places(hashed), _with_places(copied.encode()))


def _copied(value: object) -> str:
    return "\\N" if value is None else str(value)


def _with_places(text: bytes) -> bytes:
    escaped = text.replace(b"%", b"%%")
    for name, number in _OPEN.items():
        escaped = escaped.replace(b"%d" % number, b"%%(%s)d" % name.encode())
    return escaped


def _chain(learner_id: int, patterns: Sequence[_Pattern]) -> tuple[bytes, bytes]:
    """A learner's entries as COPY takes them, and the hash of the last."""
    own = {b"institution_id": 1 + learner_id % 8, b"learner_id": learner_id}
    previous, lines = GENESIS_HASH, []
    for pattern in patterns:
        made = hashlib.sha256(previous + pattern.hashed % own).digest()
        hashes = f"\\\\x{previous.hex()}\t\\\\x{made.hex()}\n".encode()
        lines.append(pattern.copied % own + hashes)
        previous = made
    return b"".join(lines), previous


def _grow(url: str) -> int:
    """All entries into the tree, with a checkpoint now and then; how many there are."""
    engine = make_engine(url, pool_size=1)
    number, added = 0, 1
    while added:
        with UnitOfWork(engine, EVERYWHERE) as uow:
            added = grow_tree(uow)
            issue_checkpoint(
                uow, origin="bench.example/log", secret_key=_SECRET,
                now=_NOW + timedelta(seconds=number),
            )  # fmt: skip
        number += 1
    engine.dispose()
    return number - 1
