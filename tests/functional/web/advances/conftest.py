"""Somebody at the pages of the advance, on a day, and a class at a stage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from flask import Flask

from creditbank.api.calls import ENGINE
from creditbank.domain.advances import Stage
from creditbank.domain.permissions import Role
from creditbank.services.accounts import open_session
from creditbank.settings import Settings
from creditbank.store.unit_of_work import UnitOfWork
from tests.apps import make_app
from tests.factories.advance_classes import AdvanceClasses, ClassAt
from tests.factories.advance_desk import MARCH, AdvanceDesk
from tests.functional.web.conftest import SESSION, Reader

Come = Callable[..., Reader]
_TAGS = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def app(advance_classes: AdvanceClasses, settings: Settings) -> Iterator[Flask]:
    """The application on this worker's database."""
    assert advance_classes.at().ids
    made = make_app(settings)
    yield made
    made.extensions[ENGINE].dispose()


@pytest.fixture
def class_at(advance_classes: AdvanceClasses, app: Flask) -> ClassAt:
    """`class_at(Stage.FILED)`: five learners who are filed."""

    def at(stage: Stage) -> AdvanceDesk:
        app.extensions[ENGINE].dispose()
        return advance_classes.at(stage)

    return at


@pytest.fixture
def desk(class_at: ClassAt) -> AdvanceDesk:
    """Five learners who are qualified."""
    return class_at(Stage.QUALIFICATION)


@pytest.fixture
def come(app: Flask) -> Iterator[Come]:
    """`come(desk, Role.APPROVER, at=JULY)`: somebody signed in, on a day."""
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
