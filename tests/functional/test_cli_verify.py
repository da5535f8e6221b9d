"""`creditbank verify`: a credential is checked from files alone, in the reader's language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from creditbank.cli import cli
from creditbank.credentials.data_integrity import canonical
from creditbank.domain.credentials import CredentialKind
from tests.factories.credentials import altered_at, keys, signed, status_list

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "credentials"
KIND = CredentialKind.TRANSCRIPT


def write(folder: Path, name: str, document: Any) -> str:
    file = folder / name
    file.write_bytes(canonical(document))
    return str(file)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["verify", *words])


@pytest.fixture
def known(tmp_path: Path) -> list[str]:
    return [
        "--did", write(tmp_path, "did.json", keys()),
        "--status", write(tmp_path, "list.json", status_list()),
    ]  # fmt: skip


def test_a_good_one_is_accepted_in_both_languages(tmp_path: Path, known: list[str]):
    file = write(tmp_path, "x.json", signed(KIND))
    chinese, english = run(file, *known), run(file, *known, "--lang", "en")
    assert (chinese.exit_code, english.exit_code) == (0, 0)
    assert "核对通过" in chinese.output
    assert "Accepted." in english.output
    assert chinese.output.count("[通过]") == 5


def test_an_altered_one_is_refused(tmp_path: Path, known: list[str]):
    altered = altered_at(signed(KIND), ("credentialSubject", "records", 0, "mark"))
    found = run(write(tmp_path, "x.json", altered), *known, "--json")
    assert found.exit_code == 1
    said = json.loads(found.output)
    assert said["verdict"] == "refused"
    results = {check["name"]: check["result"] for check in said["checks"]}
    assert results == {
        "form": "passed", "key": "passed", "proof": "failed", "dates": "passed",
        "status": "passed",
    }  # fmt: skip


def test_what_could_not_be_checked_is_said_and_where_keys_are(tmp_path: Path):
    found = run(write(tmp_path, "x.json", signed(KIND)), "--lang", "en")
    assert found.exit_code == 3
    assert "https://xuefen.example/schools/12/did.json" in found.output
    assert "Not everything was checked" in found.output


@pytest.mark.parametrize("text", ["{", '{"a":1,"a":2}', "[]", "\ufeff{}"])
def test_what_cannot_be_read_is_said_so(tmp_path: Path, text: str):
    file = tmp_path / "x.json"
    file.write_text(text, "utf-8")
    assert run(str(file)).exit_code == 2
    whole = json.dumps(signed(KIND), ensure_ascii=False)
    file.write_text(whole.replace('"name"', '"name": "王大明", "name"', 1), "utf-8")
    found = run(str(file))
    assert found.exit_code == 2
    assert "x.json" in found.output


def test_an_ended_one_is_refused(tmp_path: Path):
    found = run(
        write(tmp_path, "x.json", signed(KIND)),
        "--did", write(tmp_path, "did.json", keys()),
        "--status", write(tmp_path, "list.json", status_list(KIND)),
    )  # fmt: skip
    assert found.exit_code == 1
    assert "已被更正或作废" in found.output


def examples() -> dict[str, Any]:
    """What the files of docs/examples/credentials hold, by name."""
    return {
        **{f"{kind.value}.json": signed(kind) for kind in CredentialKind},
        "did.json": keys(),
        "status-list.json": status_list(),
    }


@pytest.mark.parametrize("name", examples())
def test_the_examples_of_the_documents_are_what_we_sign(name: str):
    """They are written anew by `python -m tests.functional.test_cli_verify`."""
    assert (EXAMPLES / name).read_bytes() == canonical(examples()[name])


@pytest.mark.parametrize("kind", [kind.value for kind in CredentialKind])
def test_the_examples_are_accepted(kind: str):
    found = run(
        str(EXAMPLES / f"{kind}.json"), "--did", str(EXAMPLES / "did.json"),
        "--status", str(EXAMPLES / "status-list.json"), "--json",
    )  # fmt: skip
    results = {check["name"]: check["result"] for check in json.loads(found.output)["checks"]}
    # The machine's clock decides about dates; whatever it says, the rest is right.
    assert {name for name, result in results.items() if result != "passed"} <= {"dates", "parts"}


if __name__ == "__main__":
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    for example, content in examples().items():
        (EXAMPLES / example).write_bytes(canonical(content))
