"""Errors, health and the description of the API."""

from __future__ import annotations

import pytest
from openapi_spec_validator import validate

from creditbank.api.calls import ENGINE
from creditbank.api.problems import STATUS
from creditbank.db import make_engine
from creditbank.domain import errors
from creditbank.domain.permissions import Role
from tests.factories.county import OWN


def test_every_code_of_the_domain_has_a_status():
    codes = {
        kind.code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.CreditbankError)
    }
    assert codes - {"error"} == set(STATUS)


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("", "没有找到"),
        ("zh-CN,en;q=0.5", "没有找到"),
        ("en-US,zh;q=0.5", "Not found"),
        ("fr", "没有找到"),
    ],
)
def test_errors_speak_the_readers_language(ask, asked, title):
    refused = ask(Role.COUNTY, "GET", "/plans/999999", Accept_Language=asked)
    assert refused.status_code == 404
    assert refused.json["title"] == title
    assert refused.json["type"] == "urn:creditbank:problem:not_found"


def test_without_a_key_the_scheme_is_named(ask):
    refused = ask("", "GET", "/plans")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("key", ["x", "cbk_x_y", "cbk__", "cbk_0123456789abcdef_" + "0" * 48])
def test_a_wrong_key_is_refused(ask, key):
    assert ask(key, "GET", "/plans").status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"[" * 5000, b"\xff\xfe", b'{"a": 1,}'])
def test_what_is_no_json_is_refused(client, county, body):
    headers = {"Authorization": f"Bearer {county.keys[Role.REGISTRAR]}", "Idempotency-Key": "k"}
    refused = client.post(
        "/api/v1/credits", data=body, headers=headers, content_type="application/json"
    )
    assert refused.status_code == 400


def test_other_media_types_and_large_bodies_are_refused(client, county):
    headers = {"Authorization": f"Bearer {county.keys[Role.REGISTRAR]}", "Idempotency-Key": "k"}
    form = client.post("/api/v1/credits", data={"kind": "course"}, headers=headers)
    assert form.status_code == 415
    large = client.post(
        "/api/v1/credits", data=b" " * 3_000_000, headers=headers, content_type="application/json"
    )
    assert large.status_code == 413
    assert large.content_type == "application/problem+json"


def test_an_unknown_address_and_method_are_problem_documents(ask):
    assert ask(Role.COUNTY, "GET", "/nothing").content_type == "application/problem+json"
    refused = ask(Role.COUNTY, "DELETE", "/plans")
    assert refused.status_code == 405
    assert "GET" in refused.headers["Allow"]


def test_a_database_that_is_away_is_said_so(app, ask):
    kept = app.extensions[ENGINE]
    app.extensions[ENGINE] = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    try:
        answers = [ask(Role.COUNTY, "GET", "/plans"), ask("", "GET", "/ready")]
    finally:
        app.extensions[ENGINE] = kept
    for refused in answers:
        assert refused.status_code == 503
        assert refused.json["code"] == "database_away"
        assert refused.headers["Retry-After"]


def test_a_fault_of_ours_tells_nothing(ask, county, monkeypatch, capsys):
    def fail(*_, **__):
        message = county.names[OWN]
        raise RuntimeError(message)

    monkeypatch.setattr("creditbank.api.learners.learner_summary", fail)
    refused = ask(Role.REGISTRAR, "GET", f"/learners/{county.learners[OWN]}")
    assert refused.status_code == 500
    assert county.names[OWN] not in refused.get_data(as_text=True)


def test_health_needs_no_key_and_readiness_says_what_is_behind(ask):
    assert ask("", "GET", "/health").json == {"status": "ok"}
    ready = ask("", "GET", "/ready")
    assert ready.status_code == 200
    assert ready.json["status"] == "degraded"
    assert ready.json["database"] is ready.json["broker"] is True
    assert ready.json["relay_seconds"] is None


def test_the_description_is_valid_and_names_every_endpoint(ask, app):
    document = ask("", "GET", "/openapi.json").json
    validate(document)
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api_")} - {
        "/api/v1/openapi.json",
        "/api/v1/docs",
        "/api/v1/docs.css",
    }
    assert len(document["paths"]) == len(rules)


def test_the_description_can_be_read_by_people(ask):
    page = ask("", "GET", "/docs")
    assert page.status_code == 200
    assert "/api/v1/credits" in page.get_data(as_text=True)
    assert ask("", "GET", "/docs.css").content_type.startswith("text/css")


def test_every_answer_carries_the_protecting_headers(ask):
    for path in ("/health", "/plans", "/nothing", "/docs"):
        headers = ask("", "GET", path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
