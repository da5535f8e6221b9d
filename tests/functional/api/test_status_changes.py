"""A status change over the wire: applied for, answered in turn, carried out, or refused."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, LEFT, OTHER, OWN, SAME, CountyInSmall
from tests.functional.conftest import Ask

NOTE = "长期住院治疗"
SIGNED = {"kind": "application", "issued_on": "2026-06-30"}
SUSPENSION = {
    "kind": "11",
    "reason": "10",
    "takes_effect_on": "2026-07-01",
    "until": "2027-01-31",
    "note": NOTE,
    "proofs": [
        SIGNED,
        {
            "kind": "hospital",
            "issued_on": "2026-06-29",
            "document_no": "诊字9号",
            "issuer": "县人民医院",
        },
    ],
}
OFFICES = (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COUNTY)


def said(answer: TestResponse) -> Any:
    return answer.json


def applied(ask: Ask, learner_id: int, role: Role = Role.REGISTRAR, **change: Any) -> int:
    answer = ask(role, "POST", f"/learners/{learner_id}/status-changes", SUSPENSION | change)
    assert answer.status_code == 201, said(answer)
    assert said(answer)["state"] == "waiting"
    return said(answer)["status_change_id"]


def opinion(ask: Ask, number: int, role: Role, **body: Any) -> TestResponse:
    body = {"agrees": True, "document_no": "测学〔2026〕1号"} | body
    return ask(role, "POST", f"/status-changes/{number}/opinions", body)


def waiting(ask: Ask, role: Role) -> dict[int, Any]:
    items = said(ask(role, "GET", "/status-changes?limit=200"))["items"]
    return {item["status_change_id"]: item for item in items}


def test_from_application_to_execution(ask: Ask, county: CountyInSmall) -> None:
    learner_id = county.learners[AGREED]
    number = applied(ask, learner_id)
    for role in OFFICES:
        queue = waiting(ask, role)
        assert (queue[number]["due_on"], queue[number]["days_left"]) == ("2026-07-15", 10)
        others = [other for other in OFFICES if other is not role]
        assert not any(number in waiting(ask, other) for other in others)
        answer = opinion(ask, number, role)
        assert answer.status_code == 201, said(answer)
    assert said(answer)["state"] == "executed"
    found = said(ask(Role.COUNTY, "GET", f"/status-changes/{number}"))
    assert (found["state"], found["office"], found["due_on"]) == ("executed", "", None)
    assert (found["status_before"], found["status_after"]) == ("01", "02")
    assert found["decision_id"] is None
    assert [item["office"] for item in found["opinions"]] == found["offices"]
    assert [item["kind"] for item in found["proofs"]] == ["application", "hospital"]
    listed = said(ask(Role.ADVISOR, "GET", f"/learners/{learner_id}/status-changes"))
    assert [item["status_change_id"] for item in listed["status_changes"]] == [number]
    head = said(ask(Role.REGISTRAR, "GET", f"/learners/{learner_id}"))
    assert head["enrolments"][0]["status"] == "02"


def test_the_deadline_of_a_suspension_is_listed_in_time(ask: Ask, county: CountyInSmall) -> None:
    learner_id = county.learners[LEFT]
    number = applied(ask, learner_id, until="2026-07-31")
    for role in OFFICES:
        opinion(ask, number, role)
    for role in OFFICES:
        lines = said(ask(role, "GET", "/deadlines"))["items"]
        (line,) = [item for item in lines if item["learner_id"] == learner_id]
        assert (line["kind"], line["on"], line["is_over"]) == (
            "suspension_ends", "2026-07-31", False,
        )  # fmt: skip


def test_a_refusal_names_every_rule_and_what_it_rests_on(ask: Ask, county: CountyInSmall) -> None:
    path = f"/learners/{county.learners[SAME]}/status-changes"
    body = SUSPENSION | {"proofs": [], "until": "2028-07-01"}
    answer = ask(Role.REGISTRAR, "POST", path, body)
    assert answer.status_code == 422
    found = {item["code"]: item for item in said(answer)["problems"]}
    assert set(found) == {"SU1", "SU2"}
    assert all(item["reference"] and item["detail"] for item in found.values())
    english = ask(Role.REGISTRAR, "POST", path, body, Accept_Language="en")
    assert "A suspension needs documents" in english.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (SUSPENSION | {"kind": "22"}, "kind"),
        (SUSPENSION | {"kind": "wish"}, "kind"),
        (SUSPENSION | {"until": "2026-06-01"}, "until"),
        (SUSPENSION | {"by_school": 1}, "by_school"),
        (SUSPENSION | {"proofs": [SIGNED, SIGNED]}, "proofs"),
        ({"kind": "11"}, "takes_effect_on"),
        (SUSPENSION | {"class_name": "没有的班"}, "class_name"),
    ],
)
def test_what_is_wrong_names_its_field(ask: Ask, county: CountyInSmall, body, field: str) -> None:
    answer = ask(Role.REGISTRAR, "POST", f"/learners/{county.learners[SAME]}/status-changes", body)
    assert answer.status_code == 422
    assert field in {item["field"] for item in said(answer)["problems"]}


def test_the_family_applies_sees_who_has_it_and_takes_it_back(
    ask: Ask, county: CountyInSmall
) -> None:
    learner_id = county.learners[OWN]
    number = applied(ask, learner_id, Role.STUDENT)
    found = said(ask(Role.GUARDIAN, "GET", f"/status-changes/{number}"))
    assert (found["office"], found["applied_as"], found["note"]) == ("advisor", "student", NOTE)
    taken = ask(Role.GUARDIAN, "POST", f"/status-changes/{number}/withdrawals", {})
    assert (taken.status_code, said(taken)["state"]) == (201, "withdrawn")
    again = ask(Role.GUARDIAN, "POST", f"/status-changes/{number}/withdrawals", {})
    assert (again.status_code, said(again)["problems"][0]["code"]) == (422, "decided_already")


def test_the_same_key_is_answered_once(ask: Ask, county: CountyInSmall) -> None:
    number = county.changes[OTHER]
    body = {"agrees": False, "opinion": "材料不全"}
    refused = opinion(ask, number, Role.COUNTY, **body)
    assert said(refused)["problems"][0]["code"] == "not_its_turn"
    assert ask(Role.ADVISOR, "POST", f"/status-changes/{number}/opinions", body).status_code == 404
    own = county.changes[OWN]
    keys = {"Idempotency_Key": "one-opinion"}
    answers = [
        ask(Role.ADVISOR, "POST", f"/status-changes/{own}/opinions", body, **keys) for _ in "ab"
    ]
    assert [said(answer)["state"] for answer in answers] == ["refused", "refused"]


@pytest.mark.parametrize("role", [Role.TEACHER, Role.COLLEGE, Role.AUDITOR, Role.SYSADMIN])
def test_who_has_no_part_in_it_reads_nothing(ask: Ask, county: CountyInSmall, role: Role) -> None:
    number = county.changes[OWN]
    for path in (f"/status-changes/{number}", "/status-changes", "/deadlines"):
        assert ask(role, "GET", path).status_code == 403
