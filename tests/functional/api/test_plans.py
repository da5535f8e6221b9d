"""Plans through the API: check, save, compare, put in force, migrate."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from creditbank.domain.permissions import Role
from tests.factories.county import NOW
from tests.factories.plan_documents import block, course, plan, text_of


def text(**changes: Any) -> str:
    """A plan that can be fulfilled, of code API."""
    return text_of(plan(code="API") | changes)


@pytest.fixture
def saved(app, county):
    """Two versions of one plan."""
    with time_machine.travel(NOW, tick=True), app.test_client() as client:
        found = []
        for number, name in enumerate(("第一版", "第二版")):
            answer = client.post(
                "/api/v1/plans",
                json={"text": text(name=name)},
                headers={
                    "Authorization": f"Bearer {county.keys[Role.REGISTRAR]}",
                    "Idempotency-Key": f"saved-{number}",
                },
            )
            assert answer.status_code == 201, answer.json
            found.append(answer.json)
    return found


def test_a_check_names_clause_line_column_and_field_in_both_languages(ask):
    written = text(credits_min="9")
    found = ask(Role.REGISTRAR, "POST", "/plans/check", {"text": written}).json
    assert found["is_usable"] is False
    first = found["findings"][0]
    assert (first["clause"], first["field"], first["column"]) == ("P7", "credits_min", 1)
    assert written.splitlines()[first["line"] - 1].startswith("credits_min")
    assert "毕业总学分" in first["message"]["zh"]
    assert "total" in first["message"]["en"]


def test_a_check_of_a_good_plan_only_warns(ask):
    found = ask(Role.REGISTRAR, "POST", "/plans/check", {"text": text()}).json
    assert found["is_usable"] is True
    assert {item["clause"] for item in found["findings"]} == {"P12"}


def test_a_save_with_faults_is_refused_by_their_places(ask):
    written = text(courses=[course("A1", "A", "6", also_counts_in=["B"])])
    answer = ask(Role.REGISTRAR, "POST", "/plans", {"text": written}, Accept_Language="en")
    assert answer.status_code == 422
    (fault,) = answer.json["problems"]
    assert (fault["code"], fault["field"]) == ("P10", "blocks.0.credits_min")
    assert fault["row"] > 1
    assert fault["column"] > 1
    assert "not together" in fault["detail"]


def test_a_saved_version_comes_back_as_text_and_can_be_changed(ask, saved):
    second = saved[1]
    found = ask(Role.TEACHER, "GET", f"/plans/{second['plan_id']}/document").json
    assert found["revision"] == second["revision"]
    body = {
        "text": found["text"].replace("第二版", "第二版(修订)"),
        "plan_id": second["plan_id"],
        "revision": found["revision"],
    }
    again = ask(Role.REGISTRAR, "POST", "/plans", body).json
    assert (again["plan_id"], again["version"]) == (second["plan_id"], second["version"])
    assert again["revision"] != second["revision"]
    stale = ask(Role.REGISTRAR, "POST", "/plans", body | {"text": found["text"]})
    assert stale.json["problems"][0]["code"] == "changed_meanwhile"


def test_two_versions_are_compared_field_by_field(ask, saved):
    more = text(
        name="第三版",
        credits_min="12",
        blocks=[block("A", "6"), block("B", "6", nature="3")],
        courses=[course("A1", "A", "6"), *(course(f"B{at}", "B", "2") for at in (1, 2, 4))],
        conditions=["conduct"],
    )
    third = ask(Role.REGISTRAR, "POST", "/plans", {"text": more}).json
    path = f"/plans/{third['plan_id']}/differences?from={saved[0]['plan_id']}"
    found = ask(Role.STUDENT, "GET", path).json["differences"]
    said = {
        (item["part"], item["kind"], item["code"]): {
            field["field"]: (field["before"], field["after"]) for field in item["fields"]
        }
        for item in found
    }
    assert said["plan", "changed", "API"] == {
        "name": ("第一版", "第三版"),
        "credits_min": ("10", "12"),
    }
    assert said["block", "changed", "B"] == {"credits_min": ("4", "6")}
    assert said["course", "removed", "B3"]["credits"] == ("2", None)
    assert said["course", "added", "B4"]["credits"] == (None, "2")
    assert said["condition", "added", "conduct"] == {}
    assert len(said) == 5
    nowhere = f"/plans/{third['plan_id']}/differences?from=2000000000"
    assert ask(Role.STUDENT, "GET", nowhere).status_code == 404


def test_a_version_is_put_in_force_and_a_cohort_without_learners_is_not_migrated(ask, saved):
    first = saved[0]
    body = {"entry_year": 2027, "document_no": "测教1号", "revision": first["revision"]}
    placed = ask(Role.APPROVER, "POST", f"/plans/{first['plan_id']}/assignments", body)
    assert placed.status_code == 201
    assert placed.json == {
        "plan_id": first["plan_id"], "entry_year": 2027, "from_plan_id": None,
        "learner_count": 0, "kept_count": 0,
    }  # fmt: skip
    moved = ask(Role.REGISTRAR, "POST", f"/plans/{first['plan_id']}/migrations",
                body | {"entry_year": 2028, "reason": "调整"})  # fmt: skip
    assert moved.json["problems"][0]["code"] == "nobody_to_move"


def test_the_key_of_an_assignment_answers_once(ask, saved):
    first = saved[0]
    body = {"entry_year": 2030, "document_no": "测教1号", "revision": first["revision"]}
    path = f"/plans/{first['plan_id']}/assignments"
    one = ask(Role.APPROVER, "POST", path, body, Idempotency_Key="assigned-once")
    two = ask(Role.APPROVER, "POST", path, body, Idempotency_Key="assigned-once")
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json == two.json


def test_another_registrar_reads_a_plan_and_cannot_write_it(ask, county, saved):
    key = county.other_keys[Role.REGISTRAR]
    path = f"/plans/{saved[1]['plan_id']}/document"
    found = ask(key, "GET", path).json
    body = {"text": text(name="x"), "plan_id": found["plan_id"], "revision": found["revision"]}
    assert ask(key, "POST", "/plans", body).status_code == 404


@pytest.mark.parametrize("body", [{}, {"text": 1}, {"text": ""}, {"text": "x", "more": 1}])
def test_a_body_is_strict(ask, body):
    assert ask(Role.REGISTRAR, "POST", "/plans/check", body).status_code == 422


@pytest.mark.parametrize(
    "written", ["\x00", 'a: "\\ud800"', 'a: "\\0"', "a: 1\na: 2", "[", "- - -"]
)
def test_whatever_is_no_plan_is_a_finding(ask, written):
    found = ask(Role.REGISTRAR, "POST", "/plans/check", {"text": written})
    assert found.status_code == 200, found.json
    assert found.json["is_usable"] is False
    assert found.json["findings"][0]["line"] >= 1
