"""A browser's view of the application without a browser: cookies, forms, answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
from tests.factories.county import NOW, CountyInSmall

SESSION = "creditbank"
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


Visitor = Callable[..., Reader]


@pytest.fixture
def visitor(app: Flask, county: CountyInSmall) -> Iterator[Visitor]:
    """`visitor(Role.REGISTRAR)`: somebody signed in, on the county's day.

    account_id: another account than the county's own one of the role.
    """

    def come(role: Role, *, account_id: int | None = None) -> Reader:
        client = app.test_client()
        if role is not Role.ANONYMOUS:
            with UnitOfWork(app.extensions[ENGINE], "") as uow:
                number = account_id or county.account_ids[role]
                token = open_session(uow, number, {}, now=NOW).token
            client.set_cookie(SESSION, token)
        return Reader(client, county)

    with time_machine.travel(NOW, tick=True):
        yield come
