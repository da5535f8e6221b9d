"""Errors as pages: the right status, both languages, and nothing of what happened inside."""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from creditbank.api.calls import ENGINE
from creditbank.db import make_engine
from creditbank.domain.permissions import Role
from tests.functional.web.conftest import Visitor


class _LockError(Exception):
    sqlstate = "55P03"


@pytest.fixture
def without_database(app: Flask) -> Iterator[None]:
    kept = app.extensions[ENGINE]
    app.extensions[ENGINE] = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    yield
    app.extensions[ENGINE] = kept


def test_a_database_that_is_away_is_said_so_in_both_languages(visitor: Visitor, without_database):
    answer = visitor(Role.ANONYMOUS).get("/notices")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "数据库暂时没有应答" in page
    assert "The database did not answer" in page


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("李某某"), 500),
        (OperationalError("SELECT 李某某", {}, _LockError()), 409),
    ],
)
def test_a_fault_tells_nothing_of_what_it_happened_to(
    visitor: Visitor, app: Flask, monkeypatch, error: Exception, status: int
):
    @wraps(app.view_functions["web.notices"])
    def fail() -> str:
        raise error

    monkeypatch.setitem(app.view_functions, "web.notices", fail)
    answer = visitor(Role.ANONYMOUS).get("/notices")
    assert answer.status_code == status
    assert "李某某" not in answer.get_data(as_text=True)


def test_what_is_not_there_says_why_that_may_be(visitor: Visitor):
    answer = visitor(Role.STUDENT).get("/learners/99999999")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert "没有找到，或您无权查看" not in page
    assert "内容可能已经移走" in page


def test_more_than_the_largest_request_is_said_to_be_too_large(visitor: Visitor, app: Flask):
    reader = visitor(Role.ANONYMOUS)
    sent = {"csrf_token": "?", "number": "1" * (app.config["MAX_CONTENT_LENGTH"] + 1)}
    answer = reader.client.post("/verify", data=sent)
    assert answer.status_code == 413
    assert "过大" in answer.get_data(as_text=True)
