"""A browser's view of the application without a browser: cookies, forms, answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from creditbank.api.calls import ENGINE
from creditbank.domain.permissions import Role
from creditbank.services.accounts import open_session
from creditbank.store.unit_of_work import UnitOfWork
from tests.factories.advance_desk import MARCH, AdvanceDesk
from tests.factories.county import NOW, CountyInSmall

SESSION = "creditbank"
_TAGS = re.compile(r"<[^>]+>")
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a browser. county: who is in it."""

    client: FlaskClient
    county: CountyInSmall

    def get(self, address: str, *, part: bool = False) -> TestResponse:
        """Ask for a page, or as htmx for a part of one."""
        return self.client.get(address, headers={"HX-Request": "true"} if part else {})

    def post(self, address: str, form: Mapping[str, Any], *, part: bool = False) -> TestResponse:
        """Send a form with the token that pages hold."""
        page = self.client.get("/sign-in", follow_redirects=True).get_data(as_text=True)
        found = _TOKEN.search(page)
        assert found is not None
        headers = {"HX-Request": "true"} if part else {}
        return self.client.post(address, data={"csrf_token": found[1], **form}, headers=headers)


Visitor = Callable[[Role], Reader]


@pytest.fixture
def visitor(app: Flask, county: CountyInSmall) -> Iterator[Visitor]:
    """`visitor(Role.REGISTRAR)`: somebody signed in, on the county's day."""

    def come(role: Role) -> Reader:
        client = app.test_client()
        if role is not Role.ANONYMOUS:
            with UnitOfWork(app.extensions[ENGINE], "") as uow:
                token = open_session(uow, county.account_ids[role], {}, now=NOW).token
            client.set_cookie(SESSION, token)
        return Reader(client, county)

    with time_machine.travel(NOW, tick=True):
        yield come


Come = Callable[..., Reader]


@pytest.fixture
def come(app: Flask) -> Iterator[Come]:
    """`come(desk, Role.APPROVER, at=JULY)`: somebody of a class of the advance, on a day."""
    with time_machine.travel(MARCH, tick=True) as clock:

        def visit(
            desk: AdvanceDesk, role: Role, at: datetime = MARCH, language: str = "zh"
        ) -> Reader:
            clock.move_to(at)
            client = app.test_client()
            with UnitOfWork(app.extensions[ENGINE], "") as uow:
                token = open_session(uow, desk.actor(role).account_id, {}, now=at).token
            client.set_cookie(SESSION, token)
            client.set_cookie("language", language)
            return Reader(client, None)  # type: ignore[arg-type]

        yield visit


def said(answer: object) -> str:
    """The words of a page, without its marks."""
    body = answer.get_data(as_text=True)  # type: ignore[attr-defined]
    return " ".join(_TAGS.sub(" ", body).split())
