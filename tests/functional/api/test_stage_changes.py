"""What a college is told of the advance: the stage on its lines, and every step as a change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, text

from creditbank.api.calls import ENGINE
from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.permissions import Role
from creditbank.services.commands import ReverseEntry
from creditbank.services.reversals import reverse_entry
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.apps import make_app
from tests.factories.advance_classes import AdvanceClasses
from tests.factories.advance_desk import AGREEMENT, MARCH, AdvanceDesk
from tests.factories.signing import Signer, make_signer, sent

COHORT = f"/api/v1/college/agreements/{AGREEMENT}/cohort?changed_since="


@pytest.fixture
def desk(advance_classes: AdvanceClasses) -> AdvanceDesk:
    return advance_classes.at(pupils=2)


@pytest.fixture
def app(desk: AdvanceDesk, settings: Settings) -> Iterator[Flask]:
    made = make_app(settings)
    yield made
    made.extensions[ENGINE].dispose()


class College:
    """Its computers: what was told last, and how the first learner stands."""

    def __init__(self, app: Flask, desk: AdvanceDesk, signer: Signer) -> None:
        self.client, self.desk, self.signer = app.test_client(), desk, signer
        self.position, self.etag = 0, ""
        self.first = desk.school.pupils[0].learner_id

    def get(self, target: str, etag: str = "") -> Any:
        asked = sent(self.signer, "GET", target)
        asked["headers"] |= {"If-None-Match": etag} if etag else {}
        return self.client.open(target, **asked)

    def changed(self) -> dict[int, Any]:
        """The members that changed since the last time."""
        answer = self.get(f"{COHORT}{self.position}").json
        self.position = answer["position"]
        return {item["learner_id"]: item["member"] for item in answer["items"]}

    def step(self) -> Any:
        """The one line that changed; its status says the same, under another ETag than before.

        The ETag of what is stored, as what is computed for an answer says when.
        """
        ((learner, line),) = self.changed().items()
        assert learner == self.first
        path = f"/api/v1/college/agreements/{AGREEMENT}/learners/{learner}/status"
        answer = self.get(path, self.etag)
        assert answer.status_code == 200
        self.etag = answer.headers["ETag"]
        again = self.get(path, self.etag).status_code
        assert again == (304 if answer.json["stored"] else 200)
        told = ("stage", "attempt", "is_flagged")
        assert [answer.json[name] for name in told] == [line[name] for name in told]
        return answer.json


@pytest.fixture
def college(app: Flask, desk: AdvanceDesk, owner_engine: Engine) -> Iterator[College]:
    signer = make_signer(owner_engine, desk.actor(Role.COLLEGE), now=MARCH)
    with time_machine.travel(MARCH, tick=True):
        yield College(app, desk, signer)


def test_every_step_of_the_advance_is_a_change_with_its_stage(college: College, desk: AdvanceDesk):
    """A decision is a step, a move is, and taking one back is."""
    first = desk.ids[0]
    assert {line["stage"] for line in college.changed().values()} == {Stage.QUALIFICATION}
    desk.many(MoveKind.QUALIFY, first)
    assert college.step()["stage"] == Stage.QUALIFIED
    desk.assess(first)
    assert college.step()["stage"] == Stage.ASSESSED
    desk.many(MoveKind.ANNOUNCE, first)
    assert college.step()["stage"] == Stage.NOTICE
    number = desk.rows("SELECT max(advance_move_id) FROM advance_moves")[0][0]
    desk.take_back(number, Role.APPROVER)
    assert college.step()["stage"] == Stage.ASSESSED
    assert college.changed() == {}


def test_what_the_books_speak_against_is_flagged_in_the_same_answer(
    college: College, desk: AdvanceDesk
):
    """No worker has come since the reversal: the stage is told by the verdict of this answer."""
    desk.many(MoveKind.QUALIFY, desk.ids[0])
    desk.assess(desk.ids[0])
    college.changed()
    command = ReverseEntry(learner_id=college.first, ledger_seq=1, reason="证书撤销")
    desk.use(reverse_entry, desk.school.registrar, command)
    told = college.step()
    assert (told["stage"], told["is_flagged"], told["stored"]) == (Stage.ASSESSED, True, False)
    assert told["changed"] == [item["code"] for item in told["conditions"] if not item["met"]]
    assert told["changed"]


def test_without_the_mark_a_step_would_not_be_told(
    college: College, desk: AdvanceDesk, owner_engine: Engine
):
    """The control."""
    desk.many(MoveKind.QUALIFY, desk.ids[1])
    assert list(college.changed()) != []
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(text("ALTER TABLE advance_moves DISABLE TRIGGER mark_cohorts"))
    desk.assess(desk.ids[1])
    assert college.changed() == {}
