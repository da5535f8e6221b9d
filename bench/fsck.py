"""`creditbank fsck` over a million entries: chains, heads, sums, leaves, subtrees, checkpoints.

The entries are made here, chained as postings chain them, put into the tree by the sequencer and
signed. The seconds hold everything from the command's start on two processes but the verdicts.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import orjson
import psycopg
from sqlalchemy import text

from bench.throwaway import servers
from creditbank.checking import check_books
from creditbank.db import make_engine
from creditbank.domain.ledger import GENESIS_HASH
from creditbank.embedded import OWNER
from creditbank.services.checkpoints import grow_tree, issue_checkpoint
from creditbank.store.ledger import COLUMNS, chained
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork

ENTRIES, LEARNERS, BAR_S = 1_000_000, 12_500, 60.0
_NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)
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
        started, used = time.perf_counter(), _used()
        report = check_books(url, workers=2)
        taken, used = time.perf_counter() - started, _used() - used
    return {
        "entries": report.ledger.entries,
        "leaves": report.tree.leaves,
        "checkpoints": checkpoints,
        "fill_s": round(filled, 1),
        "sequenced_per_s": round(report.tree.leaves / grown),
        "fsck_s": round(taken, 1),
        "processor_s_without_database": round(used, 1),
        "load": round(os.getloadavg()[0], 1),
        "entries_per_s": round(report.ledger.entries / taken),
        "findings": len(report.damages),
        "within_bar": taken <= BAR_S and not report.damages,
    }


def _used() -> float:
    """Processor time of this process and of those that have ended."""
    own, ended = (resource.getrusage(which) for which in (
        resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN,
    ))  # fmt: skip
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def _fill(url: str, learners: int, each: int) -> None:
    engine = make_engine(url, pool_size=1)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(_LEARNER, {"count": learners})
    engine.dispose()
    step = max(1, learners // 50)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        spans = [(at, min(at + step, learners + 1)) for at in range(1, learners + 1, step)]
        list(pool.map(_fill_span, [url] * len(spans), spans, [each] * len(spans)))


def _fill_span(url: str, span: tuple[int, int], each: int) -> None:
    plain = url.replace("postgresql+psycopg:", "postgresql:", 1)
    heads = []
    with psycopg.connect(plain) as connection, connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            for learner_id in range(*span):
                row = {}
                for row in _chain(learner_id, each):
                    copy.write_row([row[name] for name in COLUMNS])
                heads.append((learner_id, each, 0, row["entry_hash"]))
        with cursor.copy(_HEADS) as copy:
            for head in heads:
                copy.write_row(head)


def _chain(learner_id: int, each: int) -> Iterator[dict[str, Any]]:
    """Course entries, awards and reversals, as wide as real ones."""
    previous = GENESIS_HASH
    for seq in range(1, each + 1):
        is_award = seq % 4 == 0
        content = {
            "institution_id": 1 + learner_id % 8, "learner_id": learner_id, "ledger_seq": seq,
            "kind": "innovation" if is_award else "course", "units": 100 * (1 + seq % 5),
            "hours": 18 * (seq % 5), "earned_on": date(2025, 9, 1) + timedelta(days=seq),
            "course_code": None if is_award else f"GG{seq:02}", "term_code": "2025-2026-1",
            "exam_kind": None if is_award else "01", "scale": None if is_award else "percent",
            "mark": None if is_award else str(60 + seq % 40), "passed": None if is_award else True,
            "grade_point": None if is_award else 350, "block_code": None, "source_seq": None,
            "evidence_key": f"bench|{seq}|2025-2026-1|01", "evidence_no": None,
            "detail": {"title": "思想政治与职业道德", "title_en": "Ethics", "level": "43"},
            "policy_version": "0123456789abcdef", "posted_by": 5, "batch_id": None,
            "recorded_at": _NOW + timedelta(seconds=seq, microseconds=learner_id),
        }  # fmt: skip
        made = chained(content, previous)
        previous = made["entry_hash"]
        yield {**made, "detail": orjson.dumps(made["detail"]).decode()}


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
