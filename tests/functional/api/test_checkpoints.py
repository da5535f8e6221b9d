"""A stranger follows the log by the API alone; an entry is proved offline by its holder."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from creditbank.domain.permissions import Role
from creditbank.transparency.bundles import verify_bundle
from creditbank.transparency.notes import open_checkpoint, read_verifier
from creditbank.transparency.proofs import (
    ConsistencyProof,
    InclusionProof,
    verify_consistency,
    verify_inclusion,
)
from tests.factories.county import OWN, SAME, CountyInSmall
from tests.factories.tree_desk import NOW, ORIGIN, TreeDesk, plant_tree
from tests.functional.conftest import Ask

STRANGER = Role.ANONYMOUS


def told(ask: Ask, path: str) -> Any:
    return ask(STRANGER, "GET", f"/log/{path}").json


@pytest.fixture
def known(ask: Ask) -> list:
    keys = told(ask, "keys")["keys"]
    return [read_verifier(key["verifier"]) for key in keys]


def test_the_newest_checkpoint_is_a_signed_note(ask: Ask, known: list):
    answer = ask(STRANGER, "GET", "/log/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    said = open_checkpoint(answer.get_data(as_text=True), known)
    assert said.origin == ORIGIN
    assert said.head.size == 20
    again = ask(STRANGER, "GET", "/log/checkpoint", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304


def test_a_stranger_verifies_every_leaf(ask: Ask, known: list):
    head = open_checkpoint(ask(STRANGER, "GET", "/log/checkpoint").text, known).head
    for index in range(0, head.size, 5):
        found = told(ask, f"inclusion?leaf_index={index}")
        assert set(found) == {"leaf_hash", "leaf_index", "tree_size", "path", "checkpoint"}
        proof = InclusionProof(index, found["tree_size"], tuple(map(bytes.fromhex, found["path"])))
        leaf = bytes.fromhex(found["leaf_hash"])
        assert verify_inclusion(leaf, proof, head)
        by_hash = told(ask, f"inclusion?leaf_hash={found['leaf_hash']}&tree_size=20")
        assert by_hash == found


def test_the_tree_is_followed_as_it_grows(
    ask: Ask, county: CountyInSmall, engine: Engine, owner_engine: Engine, known: list
):
    before = ask(STRANGER, "GET", "/log/checkpoint").text
    desk = TreeDesk.__new__(TreeDesk)
    desk.engine, desk.registrar = engine, county.schools[0].registrar
    desk.post(county.learners[SAME])
    waiting = ask(Role.REGISTRAR, "GET", f"/learners/{county.learners[SAME]}/entries/3/proof")
    assert waiting.status_code == 404
    plant_tree(owner_engine, now=NOW)
    after = ask(STRANGER, "GET", "/log/checkpoint").text
    first, second = (open_checkpoint(note, known).head for note in (before, after))
    assert second.size == first.size + 1
    found = told(ask, f"consistency?first={first.size}")
    path = tuple(map(bytes.fromhex, found["path"]))
    assert verify_consistency(ConsistencyProof(first.size, second.size, path), first, second)
    assert (found["first_checkpoint"], found["second_checkpoint"]) == (before, after)
    listed = told(ask, "checkpoints?limit=1")["checkpoints"]
    assert [item["tree_size"] for item in listed] == [second.size]
    listed = told(ask, f"checkpoints?before={second.size}")["checkpoints"]
    assert [item["note"] for item in listed] == [before]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("inclusion", 422),
        ("inclusion?leaf_index=0&leaf_hash=" + "0" * 64, 422),
        ("inclusion?leaf_hash=" + "0" * 64, 404),
        ("inclusion?leaf_hash=" + "A" * 64, 422),
        ("inclusion?leaf_index=9999", 404),
        ("inclusion?leaf_index=2&tree_size=2", 404),
        ("inclusion?leaf_index=0&tree_size=9999", 422),
        ("consistency?first=3&second=2", 422),
        ("consistency?first=3&second=9999", 422),
        ("consistency", 422),
        ("checkpoints?limit=1000", 422),
    ],
)
def test_what_is_not_there(ask: Ask, asked: str, status: int):
    assert ask(STRANGER, "GET", f"/log/{asked}").status_code == status


def test_a_student_proves_an_entry_offline(ask: Ask, county: CountyInSmall, known: list):
    answer = ask(Role.STUDENT, "GET", f"/learners/{county.learners[OWN]}/entries/1/proof")
    proven = verify_bundle(json.loads(answer.get_data(as_text=True)), known)
    assert proven.entry is not None
    assert proven.entry["learner_id"] == county.learners[OWN]
    assert proven.entry["mark"]


def test_nothing_of_the_log_names_anybody(ask: Ask, county: CountyInSmall):
    for path in ("checkpoint", "checkpoints", "keys", "inclusion?leaf_index=0",
                 "consistency?first=1"):  # fmt: skip
        text = ask(STRANGER, "GET", f"/log/{path}").text
        assert "learner" not in text
        assert not any(name in text for name in county.names.values())


def test_who_asks_too_often_waits(app: Flask, ask: Ask, monkeypatch: pytest.MonkeyPatch):
    """Also who asks for what is not there; somebody else is answered meanwhile."""
    monkeypatch.setattr("creditbank.services.log_readers.CALLS_MAX", 3)

    def call(address: str, path: str) -> Any:
        return app.test_client().get(
            f"/api/v1/log/{path}", environ_overrides={"REMOTE_ADDR": address}
        )

    asked = [
        call("192.0.2.7", path) for path in ("keys", "inclusion?leaf_index=9999", "checkpoint")
    ]
    assert [answer.status_code for answer in asked] == [200, 404, 200]
    refused = call("192.0.2.7", "consistency?first=1")
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_calls")
    assert 0 < int(refused.headers["Retry-After"]) <= 601
    assert call("192.0.2.8", "consistency?first=1").status_code == 200
