"""`creditbank fsck`, `keys` and `verify` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from creditbank.cli import cli
from creditbank.credentials.data_integrity import add_proof, canonical
from creditbank.domain.access import Actor
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.permissions import Role
from creditbank.domain.signing_keys import KeyPurpose
from creditbank.queries import checkpoints as queries
from creditbank.queries.checkpoints import entry_bundle, log_keys
from creditbank.services.signing_keys import ensure_key, sign_with
from creditbank.store.checkpoints import list_checkpoints
from creditbank.store.signing_keys import keys_for
from creditbank.transparency.notes import CheckpointText, Note, Verifier, signed_note
from creditbank.transparency.proofs import TreeHead
from tests.databases import Database
from tests.factories.credentials import NOW as SIGNED_AT
from tests.factories.credentials import keys, signer, status_list, unsigned
from tests.factories.tree_desk import NOW, ORIGIN, SECRET, TreeDesk

COUNTY = Actor(account_id=1, role=Role.COUNTY)


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> TreeDesk:
    desk = TreeDesk(engine, owner_engine)
    desk.sign()
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


def other_tree(desk: TreeDesk) -> Note:
    """What somebody with the key signs of a tree of the same size that is not this one."""
    said = str(CheckpointText(ORIGIN, TreeHead(4, bytes(32))))
    with desk.unit() as uow:
        (key,) = keys_for(uow.connection, KeyPurpose.CHECKPOINT)
        signature = sign_with(uow, key, said.encode(), secret_key=SECRET)
    return signed_note(said, Verifier(ORIGIN, key.public_key), signature)


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
    # Beside a checkpoint that the reader holds: the same, a smaller one with its proof, another.
    with desk.unit() as uow:
        small = queries.consistency(uow, COUNTY, first=0, second=None)
        heads = [item.note for item in list_checkpoints(uow.connection, before=None, limit=9)]
    empty, other, grown = tmp_path / "empty.txt", tmp_path / "other.txt", tmp_path / "grown.json"
    empty.write_text(heads[-1])
    other.write_text(str(other_tree(desk)))
    grown.write_text(json.dumps({
        "first": small.first, "second": small.second, "path": [item.hex() for item in small.path],
    }))  # fmt: skip
    made = unsigned(CredentialKind.TRANSCRIPT)
    made["evidence"][0]["checkpoint"] = file.read_text()
    credential, did, listed = (tmp_path / name for name in ("x.json", "did.json", "list.json"))
    credential.write_bytes(canonical(add_proof(made, signer(), created=SIGNED_AT)))
    did.write_bytes(canonical(keys()))
    listed.write_bytes(canonical(status_list()))
    known = ["--did", str(did), "--status", str(listed)]
    for path in (file, proof, credential):
        for words, code in (
            ((file,), 0), ((empty,), 3), ((empty, "--consistency", grown), 0), ((other,), 1),
        ):  # fmt: skip
            asked = ["verify", path, "--key", key, *known, "--checkpoint", *words]
            assert CliRunner().invoke(cli, [*map(str, asked)]).exit_code == code, words
    bundle["entry"]["units"] += 100
    proof.write_text(json.dumps(bundle))
    assert CliRunner().invoke(cli, ["verify", str(proof), "--key", key]).exit_code == 1
    proof.write_text("{}")
    assert CliRunner().invoke(cli, ["verify", str(proof), "--key", key]).exit_code == 2
    assert CliRunner().invoke(cli, ["verify", str(file), "--key", "x"]).exit_code == 2
