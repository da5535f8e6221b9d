"""Credentials by the API and the public addresses: signed, fetched, checked, taken back."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from creditbank.credentials.contexts import extension_url
from creditbank.credentials.verifying import verify_credential
from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, NOW, OTHER, OWN, CountyInSmall
from tests.factories.signing import sent
from tests.functional.conftest import Ask

HERE = "http://localhost"


def fetched(client: FlaskClient, address: str) -> Any:
    response = client.get(address.removeprefix(HERE))
    assert response.status_code == 200, address
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(response.data)


def checked(client: FlaskClient, document: dict[str, Any]) -> bool:
    """As anybody does, by the addresses that stand in it."""
    did = document["issuer"]["id"]
    path = did.removeprefix("did:web:localhost:").replace(":", "/")
    return verify_credential(
        document,
        did_documents=[fetched(client, f"/{path}/did.json")],
        status_lists=[fetched(client, document["credentialStatus"]["statusListCredential"])],
        at=NOW,
    ).is_accepted


def lines_of(response: TestResponse) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(response.data)["credentials"]
    return found


def sign(ask: Ask, role: Role, learner_id: int, **body: Any) -> dict[str, Any]:
    response = ask(role, "POST", f"/learners/{learner_id}/credentials", body)
    assert response.status_code == 201, response.json
    line: dict[str, Any] = lines_of(response)[0]
    return line


def test_from_signing_to_taking_back(ask: Ask, client: FlaskClient, county: CountyInSmall):
    line = sign(ask, Role.REGISTRAR, county.learners[OWN], kind="achievement", ledger_seq=2)
    number, token = line["issued_credential_id"], line["token"]
    assert line["state"] == "valid"
    signed = ask(Role.STUDENT, "GET", f"/credentials/{number}/document")
    assert signed.content_type == "application/vc"
    document = json.loads(signed.data)
    assert document["id"] == f"{HERE}/verify/{token}"
    assert checked(client, document)
    assert fetched(client, extension_url(""))["@context"]["ledgerSeq"]
    paper = ask(Role.STUDENT, "GET", f"/credentials/{number}/paper")
    assert paper.data.startswith(b"%PDF")
    page = client.get(f"/verify/{token}").get_data(as_text=True)
    assert "学习成果证书" in page
    assert "有效" in page
    assert county.names[OWN] not in page
    gone = ask(Role.REGISTRAR, "POST", f"/credentials/{number}/revocations", {"reason": "核对"})
    assert lines_of(gone)[0]["state"] == "revoked"
    assert not checked(client, document)
    page = client.get(f"/verify/{token}").get_data(as_text=True)
    assert "作废" in page


def test_a_reversed_entry_shows_at_once_on_the_public_page(
    ask: Ask, client: FlaskClient, county: CountyInSmall
):
    learner_id = county.learners[AGREED]
    line = sign(ask, Role.COLLEGE, learner_id, kind="transcript")
    reversal = {"learner_id": learner_id, "ledger_seq": 2, "reason": "登记有误"}
    assert ask(Role.REGISTRAR, "POST", "/reversals", reversal).status_code == 201
    page = client.get(f"/verify/{line['token']}").get_data(as_text=True)
    assert "已更正" in page
    lines = lines_of(ask(Role.COLLEGE, "GET", f"/learners/{learner_id}/credentials"))
    assert [item["state"] for item in lines] == ["corrected"]


def test_a_college_gets_what_it_may_and_nobody_elses(
    ask: Ask, client: FlaskClient, county: CountyInSmall
):
    learner_id = county.learners[AGREED]
    line = sign(ask, Role.COLLEGE, learner_id, kind="articulation_status")
    assert line["kind"] == "articulation_status"
    number = sign(ask, Role.REGISTRAR, learner_id, kind="credit_statement")["issued_credential_id"]
    assert ask(Role.COLLEGE, "GET", f"/credentials/{number}/document").status_code == 404
    refused = ask(
        Role.COLLEGE, "POST", f"/learners/{learner_id}/credentials", {"kind": "credit_statement"}
    )
    assert refused.status_code == 422
    target = f"/api/v1/credentials/{line['issued_credential_id']}/document"
    assert client.open(target, **sent(county.other_signer, "GET", target)).status_code == 404


def test_an_access_by_staff_is_noted(ask: Ask, county: CountyInSmall, owner_engine: Any):
    from sqlalchemy import text

    number = county.credentials[OTHER]
    assert ask(Role.COUNTY, "GET", f"/credentials/{number}/document").status_code == 200
    with owner_engine.connect() as connection:
        rows = connection.execute(
            text("SELECT learner_ids FROM access_log WHERE action = 'see_credentials'")
        ).all()
    assert rows[-1].learner_ids == [county.schools[1].pupils[0].learner_id]


def test_the_installation_names_its_schools_and_its_page_holds_them(
    client: FlaskClient, county: CountyInSmall
):
    school = county.schools[0].institution_id
    found = fetched(client, "/.well-known/did.json")
    assert found["id"] == "did:web:localhost"
    assert f"{HERE}/schools/{school}/did.json" in {
        item["serviceEndpoint"] for item in found["service"]
    }
    page = client.get("/verify/offline")
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    text = page.get_data(as_text=True)
    assert f"did:web:localhost:schools:{school}" in text
    assert "BitstringStatusListCredential" in text
    assert "://cdn" not in text
    for address in ("/schools/999/did.json", f"/schools/{school}/status-lists/99"):
        assert client.get(address).status_code == 404
