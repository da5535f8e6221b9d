"""`creditbank fsck`, `keys` and `verify` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from creditbank.cli import cli
from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.domain.signing_keys import KeyPurpose
from creditbank.queries.checkpoints import entry_bundle, log_keys
from creditbank.services.signing_keys import ensure_key
from tests.databases import Database
from tests.factories.tree_desk import NOW, SECRET, TreeDesk

COUNTY = Actor(account_id=1, role=Role.COUNTY)


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> TreeDesk:
    desk = TreeDesk(engine, owner_engine)
    for learner_id in desk.learner_ids:
        desk.post(learner_id)
    desk.settle()
    return desk


def run(database: Database, *words: str) -> Result:
    return CliRunner().invoke(
        cli,
        words,
        env={"DATABASE_OWNER_URL": database.owner_url, "CREDITBANK_SECRET_KEY": SECRET},
    )


def held(desk: TreeDesk, folder: Path) -> tuple[Path, str]:
    """A file with the newest checkpoint, and the key that it is verified by."""
    with desk.unit() as uow:
        key = log_keys(uow, COUNTY)[0].verifier
        note = uow.connection.execute(
            text("SELECT note FROM checkpoints ORDER BY tree_size DESC LIMIT 1")
        ).scalar_one()
    file = folder / "checkpoint.txt"
    file.write_text(note)
    return file, key


def test_fsck_says_what_it_looked_at_and_ends_with_1_on_a_finding(
    desk: TreeDesk, clean_database: Database, owner_engine: Engine, tmp_path: Path
):
    file, key = held(desk, tmp_path)
    result = run(clean_database, "fsck", "--checkpoint", str(file), "--key", key)
    assert (result.exit_code, "findings 0" in result.output) == (0, True), result.output
    assert "entries 4" in result.output
    assert "held 1" in result.output
    with owner_engine.begin() as owner:
        owner.execute(text("ALTER TABLE ledger_entries DISABLE TRIGGER refuse_change"))
        owner.execute(text("UPDATE ledger_entries SET hours = 99 WHERE learner_id = 1"))
    result = run(clean_database, "fsck", "--books-only", "--since", "2026-01-01")
    assert result.exit_code == 1
    assert "ledger_entries learner_id=1 ledger_seq=1" in result.output


def test_keys_are_listed_rotated_and_revoked(desk: TreeDesk, clean_database: Database):
    with desk.unit() as uow:
        ensure_key(uow, KeyPurpose.CREDENTIAL, secret_key=SECRET, now=NOW)
    first = run(clean_database, "keys", "list").output.split("\n")[0].split(" ")
    assert first[1:4] == ["checkpoint", "county", "standing"]
    rotated = run(clean_database, "keys", "rotate", "--purpose", "checkpoint")
    assert rotated.output.split(" ")[0] != first[0]
    lines = run(clean_database, "keys", "list").output
    assert f"{first[0]} checkpoint county retired" in lines
    assert run(clean_database, "keys", "revoke", first[0]).output.split(" ")[3] == "revoked"
    assert run(clean_database, "keys", "revoke", "0" * 16).exit_code == 1


def test_verify_takes_checkpoints_and_bundles(desk: TreeDesk, tmp_path: Path):
    file, key = held(desk, tmp_path)
    with desk.unit() as uow:
        bundle = entry_bundle(uow, COUNTY, desk.learner_ids[1], 1, now=NOW)
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps(bundle))
    for path in (file, proof):
        result = CliRunner().invoke(cli, ["verify", str(path), "--key", key])
        assert (result.exit_code, "xuefen.example/log" in result.output) == (0, True)
        assert CliRunner().invoke(cli, ["verify", str(path)]).exit_code == 1
    bundle["entry"]["units"] += 100
    proof.write_text(json.dumps(bundle))
    assert CliRunner().invoke(cli, ["verify", str(proof), "--key", key]).exit_code == 1
    proof.write_text("{}")
    assert CliRunner().invoke(cli, ["verify", str(proof), "--key", key]).exit_code == 2
    assert CliRunner().invoke(cli, ["verify", str(file), "--key", "x"]).exit_code == 2
