"""Sessions live on the server, their cookies say nothing, and nobody can hand one to another."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask, request
from sqlalchemy import Engine, text

from creditbank.api.calls import ENGINE
from creditbank.app import create_app
from creditbank.domain.permissions import Role
from creditbank.services import accounts
from creditbank.services.accounts import IDLE_MAX
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import NOW, OWN
from tests.functional.web.conftest import SESSION, Reader, Visitor

PASSWORD = "ein-langes-kennwort"


@pytest.fixture
def with_password(owner_engine: Engine, county) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(
            text("UPDATE accounts SET password_hash = :hash WHERE username = 'teacher'"),
            {"hash": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)},
        )


def sign_in(reader: Reader, next_page: str = ""):
    form = {"username": "teacher", "password": PASSWORD, "next": next_page}
    return reader.post("/sign-in", form)


def cookie(response, name: str) -> str:
    found = [item for item in response.headers.getlist("Set-Cookie") if item.startswith(name)]
    return found[0] if found else ""


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get(visitor, with_password):
    found = cookie(sign_in(visitor(Role.ANONYMOUS)), f"{SESSION}=")
    assert "HttpOnly" in found
    assert "SameSite=Lax" in found
    assert "Path=/" in found


def test_behind_https_cookies_are_secure_and_bound_to_the_host(
    settings: Settings, county, with_password
):
    values = settings.as_environment() | {
        "CREDITBANK_SECURE_COOKIES": "1",
        "CREDITBANK_SECRET_KEY": "x" * 32,
    }
    app = create_app(Settings.from_environment(values))
    client = app.test_client()
    with time_machine.travel(NOW, tick=True):
        visit = client.get("/sign-in", base_url="https://creditbank.example")
        found = cookie(visit, "__Host-")
        assert "Secure" in found
        assert "HttpOnly" in found
        assert "Domain" not in found
        assert "max-age" in visit.headers["Strict-Transport-Security"]
    app.extensions[ENGINE].dispose()


@pytest.mark.parametrize(
    ("proxies", "address"), [("0", "10.0.0.1"), ("1", "203.0.113.9"), ("2", "198.51.100.4")]
)
def test_a_proxys_word_on_the_address_is_taken_only_where_it_is_trusted(
    settings: Settings, county, proxies: str, address: str
):
    values = settings.as_environment() | {"CREDITBANK_TRUSTED_PROXIES": proxies}
    app = create_app(Settings.from_environment(values))
    headers = {"X-Forwarded-For": "192.0.2.66, 198.51.100.4, 203.0.113.9"}
    with app.test_client() as client:
        client.get("/sign-in", headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.1"})
        assert request.remote_addr == address
    app.extensions[ENGINE].dispose()


def test_each_sign_in_has_a_token_of_its_own(visitor: Visitor, with_password):
    reader = visitor(Role.ANONYMOUS)
    reader.client.set_cookie(SESSION, "chosen-by-somebody-else")
    first = cookie(sign_in(reader), f"{SESSION}=")
    second = cookie(sign_in(visitor(Role.ANONYMOUS)), f"{SESSION}=")
    assert "chosen" not in first
    assert first != second


def test_the_token_is_kept_as_its_hash_only(visitor, with_password, owner_engine: Engine):
    token = cookie(sign_in(visitor(Role.ANONYMOUS)), f"{SESSION}=").partition(";")[0]
    token = token.partition("=")[2]
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        rows = uow.connection.execute(text("SELECT token_hash FROM account_sessions")).scalars()
        assert all(token not in row for row in rows)


def test_signing_out_ends_the_session_on_the_server(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    token = reader.client.get_cookie(SESSION)
    assert token is not None
    reader.post("/sign-out", {})
    reader.client.set_cookie(SESSION, token.value)
    assert reader.get("/learners").status_code == 302


def test_an_idle_session_ends_and_asking_for_news_does_not_keep_it(visitor: Visitor, app: Flask):
    reader = visitor(Role.TEACHER)
    page = f"/learners/{reader.county.learners[OWN]}"
    half = IDLE_MAX * 0.6
    with time_machine.travel(NOW + half, tick=False):
        assert reader.get(f"{page}/news?seen=x&round=1", part=True).status_code == 200
    with time_machine.travel(NOW + 2 * half, tick=False):
        assert reader.get(page).status_code == 302


def test_a_page_that_is_read_keeps_the_session(visitor: Visitor):
    reader = visitor(Role.TEACHER)
    for step in range(1, 4):
        with time_machine.travel(NOW + step * timedelta(minutes=20), tick=False):
            assert reader.get("/learners").status_code == 200


def test_too_many_wrong_passwords_are_told_when_to_come_back(visitor: Visitor, monkeypatch):
    monkeypatch.setattr(accounts, "STRANGER_TRIES_MAX", 3)
    reader = visitor(Role.ANONYMOUS)
    reader.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    form = {"username": "nobody-at-all", "password": "x"}
    answers = [reader.post("/sign-in", form) for _ in range(4)]
    assert {answer.status_code for answer in answers[:-1]} == {403}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:x"],
)
def test_signing_in_never_leads_elsewhere(visitor: Visitor, with_password, address: str):
    assert sign_in(visitor(Role.ANONYMOUS), address).headers["Location"] == "/"


def test_a_closed_account_is_signed_out_at_once(visitor: Visitor, owner_engine: Engine):
    reader = visitor(Role.AUDITOR)
    assert reader.get("/indicators").status_code == 200
    statement = text("UPDATE accounts SET is_active = :active WHERE username = 'auditor'")
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(statement, {"active": False})
    assert reader.get("/indicators").status_code == 302
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(statement, {"active": True})
