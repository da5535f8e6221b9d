"""The tree grows behind postings: no entry missed, none twice, in whatever order they commit."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.checking import check_books
from creditbank.domain.damages import DamageKind
from creditbank.domain.signing_keys import KeyPurpose
from creditbank.sealing import SealBrokenError
from creditbank.services.checkpoints import ForkedTreeError, issue_checkpoint
from creditbank.services.signing_keys import rotate_key
from creditbank.settings import Settings
from creditbank.store import tree
from creditbank.store.checkpoints import log_id_of, verifiers
from creditbank.store.evaluations import beat
from creditbank.store.signed_heads import SignedHeads
from creditbank.store.unit_of_work import UnitOfWork, reach_of
from creditbank.transparency.notes import CheckpointText, open_checkpoint
from creditbank.transparency.proofs import (
    TreeHead,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from creditbank.transparency.tree import root_at, root_of_leaves
from tests.databases import Database
from tests.factories.tampering import tamper_by
from tests.factories.tree_desk import NOW, ORIGIN, SECRET, TreeDesk


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> TreeDesk:
    return TreeDesk(engine, owner_engine)


def test_what_commits_late_is_found_late(desk: TreeDesk):
    first, second = desk.learner_ids[:2]
    with UnitOfWork(desk.engine, reach_of(desk.registrar)) as slow:
        desk.post(first, slow)
        desk.post(second)
        assert desk.grow() == 1
        assert desk.leaves() == [(0, second, 1)]
    assert desk.grow() == 1
    assert desk.leaves() == [(0, second, 1), (1, first, 1)]
    assert desk.grow() == 0


def test_nothing_missed_or_doubled_while_many_post_and_two_sequence(desk: TreeDesk):
    stopping = threading.Event()

    def post(number: int) -> None:
        chance = random.Random(number)
        for _ in range(12):
            with UnitOfWork(desk.engine, reach_of(desk.registrar)) as uow:
                desk.post(chance.choice(desk.learner_ids), uow)
                time.sleep(chance.random() / 50)  # commits cross each other

    def sequence() -> None:
        while not stopping.is_set():
            desk.grow(limit=3)

    with ThreadPoolExecutor(6) as pool:
        sequencers = [pool.submit(sequence) for _ in range(2)]
        for posting in [pool.submit(post, number) for number in range(4)]:
            posting.result()
        stopping.set()
        for item in sequencers:
            item.result()
    while desk.grow():
        pass
    leaves = desk.leaves()
    assert [leaf[0] for leaf in leaves] == list(range(48))
    assert sorted(leaf[1:] for leaf in leaves) == desk.entries()
    for learner_id in desk.learner_ids:
        seqs = [seq for _, of, seq in leaves if of == learner_id]
        assert seqs == sorted(seqs)


def test_a_second_sequencer_does_nothing_meanwhile(desk: TreeDesk):
    desk.post(desk.learner_ids[0])
    with desk.unit() as uow:
        assert tree.lead(uow.connection)
        assert desk.grow() == 0
        assert desk.sign() is None
    assert desk.grow() == 1


def test_a_restored_database_signs_no_second_tree(
    desk: TreeDesk, clean_database: Database, tmp_path: Path
):
    """Of a backup, the leaves after it are gone; what follows would be another tree."""
    heads = SignedHeads(tmp_path)
    first, last = desk.learner_ids[0], desk.learner_ids[-1]
    desk.post(first)
    desk.grow()
    desk.sign(heads=heads)
    log_id = first_key(desk)
    before = heads.last(log_id)
    desk.post(first)
    desk.grow()
    signed = desk.sign(heads=heads)
    assert signed is not None
    assert heads.last(log_id) == signed.note != before
    assert check_books(clean_database.owner_url, heads=heads).damages == []
    tamper_by(
        clean_database,
        "DELETE FROM tree_leaves WHERE leaf_index = 1",
        "DELETE FROM checkpoints WHERE tree_size = 2",
        "DELETE FROM ledger_entries WHERE ledger_seq = 2",
        "UPDATE tree_marks SET ledger_seq = 1",
        "UPDATE learner_heads h SET ledger_seq = 1, head_hash = e.entry_hash"
        " FROM ledger_entries e WHERE e.learner_id = h.learner_id",
    )
    report = check_books(clean_database.owner_url, heads=heads)
    assert [damage.kind for damage in report.damages] == [DamageKind.HELD_TAIL]
    assert report.damages[0].key == f"signed-heads/{log_id}.txt: leaf_index=1..1"
    assert check_books(clean_database.owner_url).damages == []  # the control: nothing else knows
    for learner_id in (last, last):
        desk.post(learner_id)
        desk.grow()
        with pytest.raises(ForkedTreeError, match="are not those that were signed"):
            desk.sign(heads=heads)
    assert heads.last(log_id) == signed.note
    (damage,) = check_books(clean_database.owner_url, heads=heads).damages
    assert damage.kind is DamageKind.HELD
    heads.file(log_id).write_text("x")
    with pytest.raises(ForkedTreeError, match="cannot be read"):
        desk.sign(heads=heads)
    heads.file(log_id).unlink()  # whoever decides to begin anew
    assert desk.sign(heads=heads) is not None


@pytest.fixture
def run_a_round(database: Database, settings: Settings, monkeypatch) -> Iterator[Callable]:
    """The worker's own round over this database."""
    from workers.database import engine
    from workers.tree import run_round

    monkeypatch.setenv("DATABASE_URL", database.app_url)
    engine.cache_clear()
    told = replace(settings, secret_key=SECRET)
    yield lambda: run_round(threading.Event(), told, everything=False)
    engine().dispose()
    engine.cache_clear()


def test_verdicts_go_before_the_tree(desk: TreeDesk, owner_engine, run_a_round):
    desk.post(desk.learner_ids[0])
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE pending_evaluations SET marked_at = now() - interval '1h'"))
    with desk.unit() as uow:
        beat(uow.connection, "worker", now=datetime.now(UTC))
    growing = threading.Thread(target=run_a_round)
    growing.start()
    time.sleep(0.4)
    assert not desk.leaves(), "a worker is at marks of long ago"
    with owner_engine.begin() as connection:
        connection.execute(text("DELETE FROM pending_evaluations"))
    growing.join()
    assert len(desk.leaves()) == 1


def test_the_loop_says_so_and_goes_on(desk: TreeDesk, settings: Settings, run_a_round, capsys):
    run_a_round()
    log_id = first_key(desk)
    heads = SignedHeads(settings.var)
    assert heads.last(log_id)
    heads.keep(log_id, f"{CheckpointText(ORIGIN, TreeHead(9, bytes(32)))}\n— x AAAAAAA=\n")
    desk.post(desk.learner_ids[0])
    run_a_round()
    logged = capsys.readouterr().out
    assert "checkpoint_refused" in logged
    assert "9 leaves were signed, there are 1" in logged
    assert len(desk.leaves()) == 1


def first_key(desk: TreeDesk) -> str:
    with desk.unit() as uow:
        found = log_id_of(uow.connection)
    assert found is not None
    return found


def test_checkpoints_are_signed_when_the_tree_grew(desk: TreeDesk):
    empty = desk.sign()
    assert desk.sign() is None
    for learner_id in desk.learner_ids:
        desk.post(learner_id)
    desk.grow()
    first = desk.sign(NOW + timedelta(seconds=5))
    assert empty is not None
    assert first is not None
    assert (empty.tree_size, first.tree_size) == (0, 4)
    with desk.unit() as uow:
        rotate_key(uow, KeyPurpose.CHECKPOINT, secret_key=SECRET, now=NOW)
    desk.post(desk.learner_ids[0])
    desk.grow()
    second = desk.sign(NOW + timedelta(seconds=10))
    assert second is not None
    assert second.key_id != first.key_id
    with desk.unit() as uow:
        known = [verifier for _, verifier in verifiers(uow.connection, ORIGIN)]
        heads = [open_checkpoint(item.note, known).head for item in (empty, first, second)]
        nodes = tree.KeptNodes(uow.connection)
        for earlier, later in pairwise(heads):
            grown = prove_consistency(nodes, earlier.size, later.size)
            assert verify_consistency(grown, earlier, later)
        leaf = tree.leaf_of(uow.connection, desk.learner_ids[1], 1)
        assert leaf is not None
        proof = prove_inclusion(nodes, leaf.leaf_index, heads[2].size)
        assert verify_inclusion(leaf.leaf_hash, proof, heads[2])


def test_another_secret_key_signs_nothing_and_the_log_keeps_its_name(desk: TreeDesk):
    desk.sign()
    desk.post(desk.learner_ids[0])
    desk.grow()
    with pytest.raises(SealBrokenError), desk.unit() as uow:
        issue_checkpoint(uow, origin=ORIGIN, secret_key="another", now=NOW)
    with desk.unit() as uow:
        made = issue_checkpoint(uow, origin="moved.example/log", secret_key=SECRET, now=NOW)
    assert made is not None
    assert made.note.startswith(f"{ORIGIN}\n1\n")


def test_full_subtrees_are_kept_and_used(
    desk: TreeDesk, owner_engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    """With tiles of 4 in place of 256, so that several heights come up."""
    monkeypatch.setattr(tree, "TILE_HEIGHT", 2)
    monkeypatch.setattr(tree, "TILE", 4)
    with owner_engine.begin() as owner:
        owner.execute(text("ALTER TABLE tree_nodes DROP CONSTRAINT ck_tree_nodes_height"))
    hashes = [bytes([number]) * 32 for number in range(70)]
    with desk.unit() as uow:
        start = 0
        for count in (1, 2, 3, 10, 5, 30, 19):
            entries = [tree.NewEntry(1, start + at + 1, b"") for at in range(count)]
            added = hashes[start : start + count]
            tree.add_leaves(uow.connection, start, entries, [bytes(16)] * count, added)
            start += count
        heights = uow.connection.execute(text("SELECT DISTINCT height FROM tree_nodes ORDER BY 1"))
        assert heights.scalars().all() == [2, 4, 6]
        nodes = tree.KeptNodes(uow.connection)
        for size in range(71):
            assert root_at(nodes, size) == root_of_leaves(hashes[:size])


@pytest.mark.parametrize("table", ["checkpoints", "tree_leaves", "tree_nodes", "verdict_seals"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_tree_is_never_changed(desk: TreeDesk, owner_engine: Engine, table: str, verb: str):
    desk.post(desk.learner_ids[0])
    desk.settle()
    with owner_engine.begin() as owner:
        owner.execute(text("INSERT INTO tree_nodes VALUES (8, 0, sha256(''))"))
    with pytest.raises(DBAPIError, match="inserts only"), owner_engine.begin() as owner:
        owner.execute(text(verb.format(table)))
    with pytest.raises(DBAPIError, match="permission denied"), desk.unit() as uow:
        uow.connection.execute(text(verb.format(table)))
