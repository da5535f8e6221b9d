"""转段 over the wire: from the qualification to the admission, and what each side reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from creditbank.api.calls import ENGINE
from creditbank.domain.permissions import Role
from creditbank.embedded import ServerUrls
from creditbank.services.accounts import create_api_key
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.apps import make_app
from tests.databases import Database, clone_template
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    AGREEMENT,
    JULY,
    MARCH,
    AdvanceDesk,
    make_advance_desk,
)
from tests.factories.signing import Signer, make_signer, sent

DOCUMENT = {"agreement_id": AGREEMENT, "document_no": "测转1号"}


@pytest.fixture(scope="module")
def desk(
    servers: ServerUrls, database: Database, engine: Engine, owner_engine: Engine
) -> AdvanceDesk:
    engine.dispose()
    owner_engine.dispose()
    clone_template(servers, database.name)
    return make_advance_desk(owner_engine, engine, pupils=2)


@pytest.fixture(scope="module")
def app(desk: AdvanceDesk, settings: Settings) -> Iterator[Flask]:
    made = make_app(settings)
    yield made
    made.extensions[ENGINE].dispose()


class Wire:
    """Calls of each role with its own key, on a day."""

    def __init__(self, client: FlaskClient, desk: AdvanceDesk) -> None:
        self.client, self.desk = client, desk
        self.keys: dict[Role, str] = {}
        self.signers: list[Signer] = []
        self.count = 0

    def follows(self, before: Wire) -> None:
        """Go on with the keys of another day."""
        self.keys, self.signers, self.count = before.keys, before.signers, before.count + 100

    def key(self, role: Role) -> str:
        if role not in self.keys:
            with UnitOfWork(self.desk.owner, EVERYWHERE) as uow:
                self.keys[role] = create_api_key(
                    uow, f"u{self.desk.actor(role).account_id}", label="t", days=900, now=MARCH
                )
        return self.keys[role]

    def call(self, role: Role, method: str, path: str, body: Any = None) -> TestResponse:
        self.count += 1
        target = f"/api/v1{path}"
        given = {"Idempotency-Key": f"w{self.count}"} if method == "POST" else {}
        if role is Role.COLLEGE:
            signed = sent(self.signer(), method, target, body)
            return self.client.open(target, **{**signed, "headers": signed["headers"] | given})
        given["Authorization"] = f"Bearer {self.key(role)}"
        return self.client.open(target, method=method, json=body, headers=given)

    def signer(self) -> Signer:
        if not self.signers:
            college = self.desk.actor(Role.COLLEGE)
            self.signers.append(make_signer(self.desk.owner, college, now=MARCH, days=900))
        return self.signers[0]

    def made(self, role: Role, path: str, **body: Any) -> list[str]:
        answer = self.call(role, "POST", f"/advances/{path}", body)
        said: Any = answer.json
        assert answer.status_code == 201, said
        return [item["stage"] for item in said["items"]]

    def read(self, role: Role, path: str) -> Any:
        answer = self.call(role, "GET", path)
        assert answer.status_code == 200, answer.json
        return answer.json


def _is_read_by_everybody(wire: Wire, desk: AdvanceDesk) -> None:
    first = desk.ids[0]
    for role in (Role.REGISTRAR, Role.COLLEGE, Role.COUNTY):
        cohort = wire.read(role, f"/agreements/{AGREEMENT}/advances?stage=advanced")
        (line,) = cohort["items"]
        assert (line["enrolment_id"], line["standing"]["has_admission_numbers"]) == (
            first, True,
        )  # fmt: skip
        assert {item["stage"]: item["learners"] for item in cohort["counts"]} == {
            "advanced": 1, "not_passed": 1,
        }  # fmt: skip
        assert cohort["due"]["step"] == "admission"
    forms = wire.read(Role.REGISTRAR, f"/agreements/{AGREEMENT}/advance-forms")
    found = next(form for form in forms["items"] if form["line"]["enrolment_id"] == first)
    assert [item["kind"] for item in found["opinions"]][-2:] == ["admit", "return_admission"]
    assert {item["part"]: item["points"] for item in found["scores"]}["skill_test"] == "81.25"
    learner_id = desk.school.pupils[0].learner_id
    (own,) = wire.read(Role.STUDENT, f"/learners/{learner_id}/advances")["items"]
    assert own["line"]["standing"]["stage"] == "advanced"
    assert own["history"][-1]["recognised_credits"] == "40"
    messages = wire.read(Role.STUDENT, "/messages")["items"]
    assert {(item["kind"], item["change_kind"]) for item in messages} == {("advance", None)}
    other = desk.school.pupils[1].learner_id
    assert wire.call(Role.STUDENT, "GET", f"/learners/{other}/advances").status_code == 404
    assert wire.call(Role.STUDENT, "GET", f"/agreements/{AGREEMENT}/advances").status_code == 403


def test_a_class_is_taken_from_the_qualification_to_the_admission(
    app: Flask, desk: AdvanceDesk
) -> None:
    first, second = desk.ids
    both = {**DOCUMENT, "enrolment_ids": [first, second]}
    of_class = {"agreement_id": AGREEMENT}
    results = [
        {"dimension": name, "passed": True, "remark": "良好"}
        for name in ("conduct", "study", "practice", "contests", "health", "talent")
    ]
    sheets = [{"enrolment_id": number, "passed": True, "results": results} for number in desk.ids]
    with time_machine.travel(MARCH, tick=True), app.test_client() as client:
        wire = Wire(client, desk)
        assert wire.made(Role.APPROVER, "qualifications", **both) == ["qualified"] * 2
        short: Any = wire.call(
            Role.REGISTRAR, "POST", "/advances/assessments",
            {**DOCUMENT, "lines": [{**sheets[0], "results": results[:5]}]},
        )  # fmt: skip
        assert short.status_code == 422
        (problem,) = short.json["problems"]
        assert (problem["code"], problem["row"]) == ("dimension_missing", 1)
        wire.made(Role.REGISTRAR, "assessments", **DOCUMENT, lines=sheets)
        wire.made(Role.REGISTRAR, "exam-registrations", **DOCUMENT, enrolment_ids=[second])
        assert wire.made(Role.APPROVER, "notices", **both) == ["notice"] * 2
        early: Any = wire.call(Role.APPROVER, "POST", "/advances/filings", both)
        assert [item["code"] for item in early.json["problems"]] == ["notice_runs"] * 2
        before = wire
    with time_machine.travel(AFTER_NOTICE, tick=True), app.test_client() as client:
        wire = Wire(client, desk)
        wire.follows(before)
        before = wire
        assert wire.made(Role.APPROVER, "filings", **both) == ["filed"] * 2
        parts = ("knowledge_test", "skill_test", "quality")
        lines = [
            {
                "enrolment_id": number,
                "scores": [{"part": part, "points": points} for part in parts],
            }
            for number, points in ((first, "81.25"), (second, "59"))
        ]
        assert wire.made(Role.COLLEGE, "scores", **of_class, lines=lines) == ["tested"] * 2
        ranking = wire.read(Role.COLLEGE, f"/agreements/{AGREEMENT}/advance-ranking")
        assert [(item["total"], item["rank"]) for item in ranking["items"]] == [
            ("81.25", 1), ("59", None),
        ]  # fmt: skip
        stages = wire.made(Role.COLLEGE, "proposals", **DOCUMENT)
        assert stages == ["proposed", "not_passed"]
    with time_machine.travel(JULY, tick=True), app.test_client() as client:
        wire = Wire(client, desk)
        wire.follows(before)
        before = wire
        decided = [{"enrolment_id": first, "admitted": True}]
        wire.made(Role.COLLEGE, "admission-decisions", **DOCUMENT, lines=decided)
        returned = [{"enrolment_id": first, "admission_no": "L1", "recognised_credits": "40"}]
        wire.made(Role.COLLEGE, "admissions", **of_class, lines=returned)
        _is_read_by_everybody(wire, desk)
