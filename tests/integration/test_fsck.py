"""`creditbank fsck`: nothing on honest books; what is altered, cut off or rewritten is named."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from creditbank.checking import check_books, check_verdicts
from creditbank.domain.damages import DamageKind
from creditbank.store.checkpoints import Checkpoint
from tests.databases import Database
from tests.factories.tampering import tamper_by as tamper
from tests.factories.tree_desk import TreeDesk


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> TreeDesk:
    desk = TreeDesk(engine, owner_engine)
    for learner_id in desk.learner_ids * 3:
        posted = desk.post(learner_id)
    desk.reverse(posted)
    desk.settle()
    return desk


def found(database: Database, held: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    """(table, kind, field) of all findings."""
    report = check_books(database.owner_url, held=held)
    check_verdicts(database.owner_url, report)
    assert report.ledger.entries or report.damages
    return [(damage.table, damage.kind.value, damage.field) for damage in report.damages]


def test_honest_books_have_no_findings(desk: TreeDesk, clean_database: Database):
    desk.post(desk.learner_ids[0])  # not in the tree yet, and a mark waits
    report = check_books(clean_database.owner_url, workers=2)
    check_verdicts(clean_database.owner_url, report, workers=2)
    assert report.damages == []
    assert (report.ledger.entries, report.ledger.waiting) == (14, 1)
    assert (report.tree.leaves, report.tree.checkpoints) == (13, 1)
    assert report.replayed == 4
    assert report.recomputed == 3


def test_an_altered_entry(desk: TreeDesk, clean_database: Database):
    tamper(clean_database, "UPDATE ledger_entries SET units = 250 WHERE ledger_seq = 3")
    assert found(clean_database).count(("ledger_entries", "content", "")) == 4


def test_the_missing_tail_is_named(desk: TreeDesk, clean_database: Database):
    """B1: what a restore to an earlier moment has lost, by the checkpoint that somebody holds."""
    held = checkpoint_of(desk)
    tamper(
        clean_database,
        "DELETE FROM ledger_entries WHERE ledger_seq = 3",
        "DELETE FROM tree_leaves WHERE leaf_index >= 8",
    )
    assert {("tree_leaves", "missing_tail", ""), ("ledger_entries", "missing_tail", "")} <= set(
        found(clean_database, {"held": held.note})
    )
    report = check_books(clean_database.owner_url, held={"kept.txt": held.note})
    assert "tree_leaves kept.txt: leaf_index=8..12" in "\n".join(map(str, report.damages))


def test_a_tail_cut_off_without_a_trace_is_named_by_a_held_checkpoint(
    desk: TreeDesk, clean_database: Database
):
    before = checkpoint_of(desk)
    learner_id = desk.learner_ids[0]
    tip = "SELECT head_hash FROM learner_heads WHERE learner_id = :id"
    with desk.unit() as uow:
        old_hash = uow.connection.execute(text(tip), {"id": learner_id}).scalar_one()
    desk.post(learner_id)
    after = desk.settle()
    assert after is not None
    tamper(
        clean_database,
        f"DELETE FROM ledger_entries WHERE learner_id = {learner_id} AND ledger_seq = 4",
        f"UPDATE learner_heads SET ledger_seq = 3, head_hash = '\\x{bytes(old_hash).hex()}'"
        f" WHERE learner_id = {learner_id}",
        "DELETE FROM tree_leaves WHERE leaf_index >= 13",
        f"UPDATE tree_marks SET ledger_seq = 3 WHERE learner_id = {learner_id}",
        f"DELETE FROM checkpoints WHERE tree_size > {before.tree_size}",
    )
    report = check_books(clean_database.owner_url)
    assert report.damages == []
    report = check_books(clean_database.owner_url, held={"kept.txt": after.note})
    assert [str(item.kind) for item in report.damages] == [DamageKind.HELD_TAIL]
    assert "leaf_index=13..13" in report.damages[0].key


def checkpoint_of(desk: TreeDesk) -> Checkpoint:
    from creditbank.store.checkpoints import latest_checkpoint

    with desk.unit() as uow:
        made = latest_checkpoint(uow.connection)
    assert made is not None
    return made
