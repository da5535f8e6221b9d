"""Every address × role × relation to a learner answers as authorization.py has it written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from creditbank.api.calls import ENGINE
from creditbank.domain import access
from creditbank.domain.access import DECLARED
from creditbank.domain.college_keys import SCOPE_OF, WITHOUT_SCOPE
from creditbank.domain.permissions import PERMISSIONS, Action, FieldMask, Grant, Role, Scope
from creditbank.services.accounts import open_session
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import NOW, OTHER, OWN, SAME, CountyInSmall
from tests.factories.signing import sent
from tests.functional.authorization import ENDPOINTS
from tests.functional.reaches import SEE, Asked, Endpoint

SESSION_COOKIE = "creditbank"
_TOKEN = re.compile(r'name="csrf_token"\s+(?:type="hidden"\s+)?value="([^"]+)"')
_HEADERS_TOKEN = re.compile(r'"X-CSRFToken": "([^"]+)"')


def addresses(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def undeclared(app: Flask) -> set[str]:
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not isinstance(getattr(app.view_functions[rule.endpoint], DECLARED, None), Action)
    }


class Visitor:
    """One role, at the API with its key and on the pages with its session."""

    def __init__(self, client: FlaskClient, county: CountyInSmall, role: Role) -> None:
        self.client, self.county, self.role = client, county, role
        if role is not Role.ANONYMOUS:
            with UnitOfWork(client.application.extensions[ENGINE], "") as uow:
                token = open_session(uow, county.account_ids[role], {}, now=NOW).token
            client.set_cookie(SESSION_COOKIE, token)
        page = client.get("/", follow_redirects=True).get_data(as_text=True)
        found = _HEADERS_TOKEN.search(page) or _TOKEN.search(page)
        self.csrf = found[1] if found else ""

    def send(self, method: str, asked: Asked) -> TestResponse:
        if asked.path.startswith("/api/"):
            key = self.county.keys.get(self.role)
            headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
            if self.role is Role.COLLEGE:
                made = sent(self.county.signer, method, asked.path, asked.body)
                return self.client.open(asked.path, **made | {"headers": headers | made["headers"]})
            headers |= {"Authorization": f"Bearer {key}"} if key else {}
            return self.client.open(asked.path, method=method, json=asked.body, headers=headers)
        # As htmx asks: a form that is opened by itself would redirect to its page first.
        headers = {"X-CSRFToken": self.csrf, "HX-Request": "true"}
        form = None if asked.body is None else {"idempotency_key": str(uuid4()), **asked.body}
        return self.client.open(asked.path, method=method, data=form, headers=headers)


def outcome(response: TestResponse) -> str:
    """reached, refused (403), hidden (404) or sign in."""
    if response.status_code >= 500:
        return f"failed with {response.status_code}"
    to_form = response.headers.get("Location", "").partition("?")[0] == "/sign-in"
    if response.status_code == 401 or to_form:
        return "sign in"
    body: Any = response.json if response.is_json else {}
    if response.status_code == 422 and {item["code"] for item in body.get("problems", ())} == {
        "not_found"
    }:
        return "hidden"  # a batch answers row by row
    return {403: "refused", 404: "hidden"}.get(response.status_code, "reached")


def names(response: TestResponse, learner_id: int) -> bool:
    text = response.get_data(as_text=True)
    return bool(re.search(rf'(/learners/|"learner_id": ?){learner_id}\b', text))


def found_by(visiting: Visitor, asked: Asked) -> list[Any]:
    answer: Any = visiting.send("POST", asked).json
    items: list[Any] = answer["items"]
    return items


def expected(endpoint: Endpoint, role: Role, relation: str) -> str:
    if role not in endpoint.reach:
        return "sign in" if role is Role.ANONYMOUS else "refused"
    return "reached" if endpoint.finds or relation in endpoint.reach[role] else "hidden"


@contextmanager
def visitor(app: Flask, county: CountyInSmall, role: Role) -> Iterator[Visitor]:
    with time_machine.travel(NOW, tick=True), app.test_client() as client:
        yield Visitor(client, county, role)


@pytest.mark.parametrize("role", Role)
def test_every_address_answers_a_role_as_written(app, county, role):
    unexpected = []
    with visitor(app, county, role) as visiting:
        for (method, name), endpoint in ENDPOINTS.items():
            if name in {"web.sign_out", "web.sign_in"}:
                continue
            for relation in endpoint.relations:
                asked = endpoint.ask(county, relation)
                response = visiting.send(method, asked)
                found, wanted = outcome(response), expected(endpoint, role, relation)
                if found != wanted:
                    unexpected.append(f"{method} {asked.path} ({relation}): {found}, not {wanted}")
                elif endpoint.finds and found == "reached":
                    shown = names(response, county.learners[relation])
                    if shown is not (relation in endpoint.reach[role]):
                        unexpected.append(f"{method} {asked.path} ({relation}): shown {shown}")
    assert not unexpected, "\n".join(unexpected)


@pytest.mark.parametrize("role", Role)
def test_signing_in_and_out_is_open_to_everybody(app, county, role):
    with visitor(app, county, role) as visiting:
        wrong = visiting.send("POST", Asked("/sign-in", {"username": "nobody", "password": "x"}))
        assert wrong.status_code in {302, 403}
        assert visiting.send("POST", Asked("/sign-out", {})).status_code in {302, 303}
        assert outcome(visiting.send("GET", Asked("/"))) == "sign in"


def test_every_address_is_in_the_table_and_declares_its_action(app):
    assert addresses(app) == set(ENDPOINTS)
    assert undeclared(app) == set()


def without_scope(app: Flask) -> set[Action]:
    """What the API offers to colleges, and no key of theirs could ask for."""
    declared = {
        getattr(app.view_functions[rule.endpoint], DECLARED, None)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    return {
        action
        for action in Action
        if action in declared
        and (action, Role.COLLEGE) in PERMISSIONS
        and (action, Role.ANONYMOUS) not in PERMISSIONS
    } - set(SCOPE_OF).union(WITHOUT_SCOPE)


def test_whatever_the_api_offers_to_colleges_has_a_scope(app, monkeypatch):
    assert without_scope(app) == set()
    monkeypatch.delitem(SCOPE_OF, Action.PROVE_ENTRY)
    assert without_scope(app) == {Action.PROVE_ENTRY}


def test_an_address_that_is_forgotten_is_found(app):
    planted = Flask("planted", static_folder=None)
    planted.add_url_rule("/forgotten", "forgotten", lambda: "")
    assert undeclared(planted) == {"forgotten"}
    assert ("GET", "forgotten") in addresses(planted) - set(ENDPOINTS)


def test_a_view_of_the_api_without_an_action_answers_nobody(app, county, monkeypatch):
    view = app.view_functions["api_plans.get_plans"]
    monkeypatch.delattr(view, DECLARED)
    with visitor(app, county, Role.COUNTY) as visiting:
        assert visiting.send("GET", Asked("/api/v1/plans")).status_code == 500


def _open_first_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = {
        (action, role): Grant(Scope.COUNTY, FieldMask.RECORD) for action in Action for role in Role
    }
    monkeypatch.setattr(access, "PERMISSIONS", everything)
    monkeypatch.setattr(access, "_reaches", lambda *_: True)


LEARNER_PAGES = [(key, endpoint) for key, endpoint in ENDPOINTS.items() if endpoint.reach is SEE]


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.TEACHER, Role.COLLEGE, Role.STUDENT])
def test_the_second_wall_holds_alone(app, county, monkeypatch, role):
    with visitor(app, county, role) as visiting:
        _open_first_wall(monkeypatch)
        for (method, _), endpoint in LEARNER_PAGES:
            assert outcome(visiting.send(method, endpoint.ask(county, OTHER))) == "hidden"
        search = ENDPOINTS["POST", "api_learners.search_learners"]
        assert found_by(visiting, search.ask(county, OTHER)) == []
        if role is Role.COLLEGE:  # of its schools it sees whoever is shared with it
            assert found_by(visiting, search.ask(county, SAME)) == []
            assert found_by(visiting, search.ask(county, "agreed")) != []
        elif role is not Role.STUDENT:
            assert found_by(visiting, search.ask(county, SAME)) != []


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.TEACHER, Role.COLLEGE, Role.STUDENT])
def test_the_first_wall_holds_alone(app, county, monkeypatch, role):
    monkeypatch.setattr("creditbank.services.accounts.reach_of", lambda *_, **__: EVERYWHERE)
    with visitor(app, county, role) as visiting:
        for (method, _), endpoint in LEARNER_PAGES:
            assert outcome(visiting.send(method, endpoint.ask(county, OTHER))) == "hidden"
        if role in {Role.REGISTRAR, Role.TEACHER}:
            search = ENDPOINTS["POST", "api_learners.search_learners"]
            assert found_by(visiting, search.ask(county, OTHER)) == []


def test_without_both_walls_the_other_school_would_be_seen(app, county, monkeypatch):
    monkeypatch.setattr("creditbank.services.accounts.reach_of", lambda *_, **__: EVERYWHERE)
    with visitor(app, county, Role.TEACHER) as visiting:
        _open_first_wall(monkeypatch)
        for (method, _), endpoint in LEARNER_PAGES:
            assert outcome(visiting.send(method, endpoint.ask(county, OTHER))) == "reached"


def test_a_consent_that_ends_ends_at_once(app, county, owner_engine: Engine):
    """The college saw the learner until the membership ended."""
    with visitor(app, county, Role.COLLEGE) as visiting:
        see = ENDPOINTS["GET", "api_transcripts.get_transcript"]
        assert outcome(visiting.send("GET", see.ask(county, "agreed"))) == "reached"
        with UnitOfWork(owner_engine, EVERYWHERE) as uow:
            uow.connection.exec_driver_sql(
                "UPDATE agreement_members SET left_on = '2026-06-30'"
                f" WHERE agreement_id = {county.agreements['agreed']}"
            )
        assert outcome(visiting.send("GET", see.ask(county, "agreed"))) == "hidden"
        assert outcome(visiting.send("GET", see.ask(county, OWN))) == "hidden"
