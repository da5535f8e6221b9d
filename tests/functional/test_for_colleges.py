"""docs/for-colleges.md is enough: its examples run as they stand there, against a live server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine
from standardwebhooks.webhooks import WebhookVerificationError
from werkzeug.serving import make_server

from creditbank.cli import cli
from creditbank.domain.awards import InnovationCategory
from creditbank.domain.webhooks import payload, secret_text, signatures
from creditbank.services.commands import PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.store.unit_of_work import UnitOfWork
from schemas.advances import AdmissionsSchema
from tests.factories.county import AGREED, CountyInSmall
from tests.factories.signing import Signer, make_signer
from tests.factories.tree_desk import plant_tree
from tests.processes import ROOT

PAGE = (ROOT / "docs/for-colleges.md").read_text()
TITLED = re.compile(r'^```\w+ title="([\w.]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)
EXAMPLES = dict(TITLED.findall(PAGE + (ROOT / "docs/credentials.md").read_text()))


def example(name: str) -> Any:
    """A Python example of the page as a module."""
    made = types.ModuleType(name)
    exec(compile(EXAMPLES[name], name, "exec"), made.__dict__)  # noqa: S102 (what readers run)
    return made


@pytest.fixture(scope="module")
def site(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def signer(county: CountyInSmall, owner_engine: Engine) -> Signer:
    """A key of today: the examples sign by the clock of this machine."""
    return make_signer(owner_engine, county.college, now=datetime.now(UTC))


@pytest.fixture
def environment(site: str, signer: Signer) -> dict[str, str]:
    return {**os.environ, "SITE": site, "KEY_ID": signer.key_id, "SECRET": signer.secret}


def test_the_python_client_reads_the_cohort_and_each_status(tmp_path, environment, county):
    (tmp_path / "client.py").write_text(EXAMPLES["client.py"])
    run = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "client.py")],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    ((learner, outcome, ledger_seq, input_hash),) = [
        line.split() for line in run.stdout.splitlines()
    ]
    assert (int(learner), ledger_seq, len(input_hash)) == (county.learners[AGREED], "2", 64)
    assert outcome in {"on_track", "behind", "not_qualified"}


def test_the_shell_example_is_answered(tmp_path, environment, county):
    run = shell(tmp_path, environment | {"LEARNER": str(county.learners[AGREED])}, "client.sh")
    assert run.returncode == 0, run.stderr
    assert run.stdout.count('"agreement_id"') == 2
    assert "whsec_" in run.stdout
    signed = re.findall(r'"issued_credential_id": ?(\d+)', run.stdout)
    assert (len(signed), len(set(signed))) == (2, 1), run.stdout


def test_the_example_of_the_page_on_credentials_fetches_a_signed_status(
    tmp_path, environment, county
):
    known = environment | {"LEARNER": str(county.learners[AGREED])}
    function, _, _ = EXAMPLES["client.sh"].partition("\n\n")
    run = shell(tmp_path, known, "credentials.sh", before=function)
    assert run.returncode == 0, run.stderr
    document = json.loads((tmp_path / "status.json").read_text())
    assert "ArticulationStatusCredential" in document["type"]


def shell(
    folder: Path, environment: dict[str, str], name: str, *, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run an example in a folder of its own, as who has installed us. before: what it needs."""
    (folder / name).write_text(f"{before}\n{EXAMPLES[name]}")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-eu", name], cwd=folder, env=environment | {"PATH": programs},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_transcript_is_signed_once_for_a_key_and_is_what_we_verify(
    tmp_path, site, county, signer
):
    client = example("client.py").College(site, signer.key_id, signer.secret)
    learner = county.learners[AGREED]
    first = client.transcript(learner, "the first")
    assert client.transcript(learner, "the first") == first
    with pytest.raises(HTTPError, match="422"):
        client.call(
            "POST", f"/api/v1/learners/{learner}/credentials", {"kind": "credit_statement"},
            "the first",
        )  # fmt: skip
    file = tmp_path / "transcript.json"
    file.write_bytes(first)
    found = CliRunner().invoke(cli, ["verify", str(file), "--json"])
    assert found.exit_code == 3  # without did.json and the status list not all can be checked
    assert json.loads(found.output)["verdict"] != "refused"


def test_what_is_returned_of_an_admission_is_taken(county):
    body = json.loads(EXAMPLES["admissions.json"])
    (line,) = AdmissionsSchema().load(body)["lines"]
    assert line["recognised_units"] == 4_000


def test_a_checkpoint_is_kept_and_the_next_one_continues_it(
    tmp_path, environment, county, engine, owner_engine
):
    def grow(title: str) -> None:
        command = PostInnovationCredit(
            learner_id=county.learners[AGREED], category=InnovationCategory.VOLUNTEERING,
            title=title, quantity=20, earned_on=date(2026, 6, 1),
        )  # fmt: skip
        registrar = county.schools[0].registrar
        with UnitOfWork(engine, "1") as uow:
            post_credit(uow, registrar, command, idempotency_key=title, now=datetime.now(UTC))
        plant_tree(owner_engine, now=datetime.now(UTC))

    (key,) = json.loads(
        urlopen(f"{environment['SITE']}/api/v1/log/keys", timeout=30).read()  # noqa: S310 (ours)
    )["keys"]
    known = environment | {"LOG_KEY": key["verifier"]}
    first = shell(tmp_path, known, "checkpoint.sh")
    assert first.returncode == 0, first.stderr
    held = (tmp_path / "held.txt").read_text()
    grow("one more")
    second = shell(tmp_path, known, "checkpoint.sh")
    assert (second.returncode, "同一棵树" in second.stderr) == (0, True), second.stderr
    newest = (tmp_path / "held.txt").read_text()
    assert int(newest.splitlines()[1]) > int(held.splitlines()[1])
    swapped = newest.splitlines()
    swapped[1] = held.splitlines()[1]
    (tmp_path / "held.txt").write_text("\n".join(swapped) + "\n")
    wrong = shell(tmp_path, known, "checkpoint.sh")
    assert wrong.returncode != 0
    assert (tmp_path / "held.txt").read_text().splitlines() == swapped


def test_the_receiver_of_the_page_takes_what_is_signed_and_nothing_else():
    receive, raw = example("receiver.py").receive, b"s" * 32
    now = datetime.now(UTC)
    body = payload("status.changed", now, {"agreement_id": 1, "learner_id": 2, "position": 3})
    timestamp = int(now.timestamp())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures([raw], "msg_1", timestamp, body),
    }
    found = receive(secret_text(raw), headers, body.decode())
    assert found == ("msg_1", "status.changed", {"agreement_id": 1, "learner_id": 2, "position": 3})
    with pytest.raises(WebhookVerificationError):
        receive(secret_text(raw), headers, body.decode() + " ")


def test_every_scope_and_path_of_the_page_is_in_the_description(site, app):
    described = app.test_client().get("/api/v1/openapi.json").json
    for path in re.findall(r"`GET (/api/v1/[^`?]*)[`?]", PAGE):
        known = {re.sub(r"\{\w+\}", "{id}", item) for item in described["paths"]}
        assert path in known
    scheme = described["components"]["securitySchemes"]["signature"]
    assert "CB1-HMAC-SHA256" in scheme["description"]
    for scope in re.findall(r"^\| `(\w+:\w+)`", PAGE, re.MULTILINE):
        assert scope in scheme["description"]


def test_the_client_ends_equal_to_the_database_after_live_posting(site, county, signer, engine):
    """In small; `python -m tests.chaos college` follows a cohort of 500 for a minute."""
    college = example("client.py").College(site, signer.key_id, signer.secret)
    agreement, learner = county.agreements[AGREED], county.learners[AGREED]
    college.follow(agreement)
    posted: list[int] = []

    def post() -> None:
        for number in range(12):
            with UnitOfWork(engine, "1") as uow:
                command = PostInnovationCredit(
                    learner_id=learner, category=InnovationCategory.VOLUNTEERING,
                    title=f"follow {number}", quantity=20, earned_on=date(2026, 6, 1),
                )  # fmt: skip
                made = post_credit(
                    uow, county.schools[0].registrar, command,
                    idempotency_key=f"follow-{number}", now=datetime.now(UTC),
                )  # fmt: skip
            posted.append(made.ledger_seq)

    posting = threading.Thread(target=post)
    posting.start()
    while posting.is_alive():
        college.follow(agreement)
        assert college.members[learner]["is_fresh"]
    college.follow(agreement)
    assert college.members[learner]["ledger_seq"] == posted[-1]
    assert college.status(agreement, learner)["ledger_seq"] == posted[-1]
