"""The application over a county in small, which each test finds as it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from creditbank.api.calls import ENGINE
from creditbank.domain.permissions import Role
from creditbank.settings import Settings
from tests.apps import make_app
from tests.factories.county import NOW, CountyInSmall
from tests.factories.signing import content

Ask = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    """The application on this worker's database."""
    made = make_app(settings)
    yield made
    made.extensions[ENGINE].dispose()


@pytest.fixture
def county(app: Flask, county: CountyInSmall) -> CountyInSmall:
    """The county; the application opens the database anew."""
    app.extensions[ENGINE].dispose()
    return county


@pytest.fixture
def client(app: Flask, county: CountyInSmall) -> Iterator[FlaskClient]:
    """A plain HTTP client; the clock stands on the county's day."""
    with time_machine.travel(NOW, tick=True), app.test_client() as found:
        yield found


@pytest.fixture
def ask(client: FlaskClient, county: CountyInSmall) -> Ask:
    """`ask(Role.REGISTRAR, "GET", "/plans")`; a POST gets a new Idempotency-Key unless told."""

    def send(
        role: Role | str, method: str, path: str, body: Any = None, **headers: str
    ) -> TestResponse:
        key = county.keys.get(role) if isinstance(role, Role) else role
        sent = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        sent |= {"Authorization": f"Bearer {key}"} if key else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if role is Role.COLLEGE:
            data = content(body)
            sent |= county.signer.headers(method, f"/api/v1{path}", data)
            return client.open(
                f"/api/v1{path}", method=method, data=data, headers=sent,
                content_type=None if body is None else "application/json",
            )  # fmt: skip
        return client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    return send
