"""R15: single fields altered by a superuser, one at a time; `creditbank fsck` finds each.

Also: a chain that was rewritten whole, hashes, leaves, subtrees and signatures, with the keys of
the installation. Nothing here shows that; a checkpoint that somebody else holds does.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, text

from creditbank.checking import check_books, check_verdicts
from creditbank.db import make_engine, migrate
from creditbank.embedded import OWNER, SUPERUSER, EmbeddedServers
from creditbank.services import ledger_checks
from creditbank.services.tree_checks import TreeReport
from tests.factories import tampering
from tests.factories.tree_desk import NOW, TreeDesk

TIMES, SEED = 500, 15


@contextmanager
def books(pupils: int = 8, each: int = 36) -> Iterator[tuple[TreeDesk, str, Connection]]:
    """Settled books with a full subtree, the owner's address, and a disarmed superuser."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = stack.enter_context(EmbeddedServers(Path(folder), valkey=False, fsync=False))
        urls = servers.start()
        migrate(urls.database(OWNER))
        engines = [make_engine(url) for url in (
            urls.database(), urls.database(OWNER), urls.database(SUPERUSER),
        )]  # fmt: skip
        for engine in engines:
            stack.callback(engine.dispose)
        desk = fill(TreeDesk(engines[0], engines[1], pupils=pupils), each)
        superuser = stack.enter_context(engines[2].connect())
        superuser = superuser.execution_options(isolation_level="AUTOCOMMIT")
        tampering.disarm(superuser)
        yield desk, urls.database(OWNER), superuser


def fill(desk: TreeDesk, each: int) -> TreeDesk:
    """Four rounds of postings, of which some are taken back; evaluated and signed in between."""
    for _ in range(4):
        desk.post_all(each // 4)
        desk.reverse(desk.post(desk.learner_ids[0]))
        desk.settle()
    return desk


def findings(url: str, held: dict[str, str] | None = None) -> list[str]:
    report = check_books(url, held=held)
    check_verdicts(url, report)
    return [str(damage) for damage in report.damages]


def attack(
    url: str, superuser: Connection, times: int, seed: int
) -> tuple[Counter[str], list[str]]:
    """Fields tampered with by table, and those that were not found."""
    chance = random.Random(seed)
    fields = [
        (table, name)
        for table in tampering.TABLES
        for name, _ in tampering.columns(superuser, table)
    ]
    chosen = [*fields, *chance.choices(fields, k=max(0, times - len(fields)))]
    chance.shuffle(chosen)
    counts: Counter[str] = Counter()
    missed = []
    for table, column in chosen[:times]:
        done = tampering.tamper(superuser, chance, table, column)
        counts[table] += 1
        if not findings(url):
            missed.append(str(done))
        tampering.mend(superuser, done)
    return counts, missed


def run(*, small: bool) -> dict[str, Any]:
    """500 tamperings on one set of books, which are honest before and after."""
    with books() as (desk, url, superuser):
        before = findings(url)
        counts, missed = attack(url, superuser, 30 if small else TIMES, SEED)
        after = findings(url)
        held = _held(desk)
        rewrite(desk, superuser)
        unseen, seen = findings(url), findings(url, {"held.txt": held})
    return {
        "seed": SEED,
        "tamperings": counts.total(),
        "by_table": dict(counts),
        "missed": missed,
        "honest_before": len(before),
        "honest_after": len(after),
        "rewritten_found_alone": len(unseen),
        "rewritten_found_by_held_checkpoint": seen,
        "passed": not missed and not before and not after and not unseen and len(seen) == 1,
    }


OFF: dict[str, tuple[str, str, Callable[[], AbstractContextManager[Any]]]] = {
    "entries against their hash": (
        "ledger_entries", "posted_by",
        lambda: patch.object(ledger_checks._Chain, "_check_hashes", lambda *_: None),
    ),
    "the tree": (
        "tree_nodes", "node_hash",
        lambda: patch("creditbank.checking.check_tree", lambda *_: TreeReport()),
    ),
    "seals of verdicts": (
        "verdicts", "causes",
        lambda: patch("creditbank.store.verdict_checks.broken_seals", lambda _: []),
    ),
    "heads against their verdict": (
        "verdict_heads", "evaluated_at",
        lambda: patch("creditbank.store.verdict_checks.unfit_heads", lambda _: []),
    ),
    "heads against the books": (
        "learner_heads", "facts_seq",
        lambda: patch("creditbank.store.verdict_checks.heads_behind", lambda _: []),
    ),
}  # fmt: skip


def control(*, small: bool) -> dict[str, Any]:
    """With one check off its own kind of tampering is missed; with all on it is found."""
    outcomes = {}
    chance = random.Random(SEED)
    with books(pupils=3, each=88) as (_, url, superuser):
        for name, (table, column, off) in OFF.items():
            done = tampering.tamper(superuser, chance, table, column)
            with off():
                is_missed = not findings(url)
            outcomes[name] = is_missed and bool(findings(url))
            tampering.mend(superuser, done)
    return {"missed_without": outcomes, "went_red": all(outcomes.values())}


def rewrite(desk: TreeDesk, superuser: Connection) -> None:
    """Another past: an entry with other content, and everything that follows from it made anew.

    Whoever does it has the keys: checkpoints are signed again, as if nothing had been before.
    """
    from creditbank.domain.ledger import GENESIS_HASH
    from creditbank.store.ledger import chained, entries_of

    victim = desk.learner_ids[0]
    with desk.unit() as uow:
        rows = entries_of(uow.connection, victim)
    rows[0]["posted_by"] = 99
    previous = GENESIS_HASH
    for row in rows:
        made = chained(row, previous)
        previous = made["entry_hash"]
        superuser.execute(
            text(
                "UPDATE ledger_entries SET posted_by = :by, prev_hash = :p, entry_hash = :h"
                " WHERE learner_id = :l AND ledger_seq = :s"
            ),
            {"by": row["posted_by"], "p": made["prev_hash"], "h": previous, "l": victim,
             "s": row["ledger_seq"]},
        )  # fmt: skip
    superuser.execute(
        text("UPDATE learner_heads SET head_hash = :h WHERE learner_id = :l"),
        {"h": previous, "l": victim},
    )
    for table in ("tree_leaves", "tree_nodes", "tree_marks", "checkpoints"):
        superuser.execute(text(f"DELETE FROM {table}"))
    while desk.grow():
        pass
    desk.sign(NOW)


def _held(desk: TreeDesk) -> str:
    from creditbank.store.checkpoints import latest_checkpoint

    with desk.unit() as uow:
        made = latest_checkpoint(uow.connection)
    assert made is not None
    return made.note
