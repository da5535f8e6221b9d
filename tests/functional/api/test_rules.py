"""Rules over the API: what is in force, what a change would do, and putting one in force."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.county import OWN, SAME, CountyInSmall

CAP = "substitution.cap_units"
VALUE = {"key": CAP, "value": "0.5"}


def drafted(*values: dict[str, str], **more: object) -> dict[str, object]:
    return {"kind": "values", "values": list(values), **more}


def test_values_in_force_are_told_with_what_they_rest_on(ask) -> None:
    answer = ask(Role.COUNTY, "GET", "/policy-values")
    assert answer.status_code == 200
    lines = {item["key"]: item for item in answer.json["items"]}
    assert answer.json["institution_id"] is None
    assert lines[CAP]["in_force"]["value"] == "8"
    assert lines[CAP]["in_force"]["authority"] == "county"
    assert "平政字" in lines[CAP]["in_force"]["reference"]
    assert lines["substitution.share_percent"]["in_force"]["value"] == "50"
    assert lines["duration.suspension_counts"]["in_force"]["value"] == "false"
    assert lines["innovation.category_cap.enterprise"]["in_force"] is None
    of_school = ask(Role.TEACHER, "GET", "/policy-values").json
    assert of_school["institution_id"] == 1


def test_another_schools_rules_are_not_told(ask) -> None:
    other = ask(Role.TEACHER, "GET", "/policy-values?institution_id=2")
    assert (other.status_code, other.json["problems"][0]["code"]) == (422, "not_found")
    assert ask(Role.TEACHER, "GET", "/policy-values?institution_id=1").status_code == 200
    assert ask(Role.COUNTY, "GET", "/policy-values?institution_id=2").status_code == 200
    assert ask(Role.COUNTY, "GET", "/policy-values/no.such.key").status_code == 404


def test_a_simulation_names_whom_it_touches_and_is_noted(
    ask, county: CountyInSmall, owner_engine: Engine
) -> None:
    before = noted(owner_engine)
    answer = ask(Role.COUNTY, "POST", "/simulations", drafted(VALUE))
    assert answer.status_code == 200, answer.json
    body = answer.json
    assert body["changes"] == [{"key": CAP, "before": "8", "after": "0.5", "applies": "verdicts"}]
    assert body["gains"] + body["loses"] + body["unchanged"] == body["enrolments"] == 13
    assert body["item_count"] == len(body["items"])
    losing = {line["enrolment_id"] for line in body["items"] if line["effect"] == "loses"}
    assert body["loses"] == len(losing) > 3
    item = next(line for line in body["items"] if line["learner_id"] == county.learners[OWN])
    assert item["name"] == county.names[OWN]
    assert item["effect"] == "loses"
    assert item["blocks"] == [{"code": "RX", "name": "任选课", "missing_credits": "0.5"}]
    assert [block["code"] for block in body["blocks"]] == ["RX"]
    assert sum(school["loses"] for school in body["schools"]) == body["loses"]
    after = noted(owner_engine)
    assert len(after) == len(before) + 1
    assert sorted({line["learner_id"] for line in body["items"]}) == after[-1]


def noted(engine: Engine) -> list[list[int]]:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        rows = uow.connection.execute(
            text(
                "SELECT learner_ids FROM access_log WHERE action = 'simulate_rules'"
                " ORDER BY access_log_id"
            )
        )
        return list(rows.scalars())


def test_the_list_is_asked_in_parts_and_names_no_more(ask, owner_engine: Engine) -> None:
    whole = ask(Role.COUNTY, "POST", "/simulations", drafted(VALUE)).json["items"]
    parts = [
        ask(Role.COUNTY, "POST", "/simulations", drafted(VALUE, limit=2, offset=at)).json["items"]
        for at in (0, 2)
    ]
    assert parts[0] + parts[1] == whole[:4]
    before = len(noted(owner_engine))
    none = ask(Role.COUNTY, "POST", "/simulations", drafted(VALUE, limit=0)).json
    assert (none["items"], none["item_count"]) == ([], len(whole))
    assert len(noted(owner_engine)) == before


def test_a_school_simulates_for_itself(ask, county: CountyInSmall) -> None:
    body = ask(Role.REGISTRAR, "POST", "/simulations", drafted(VALUE)).json
    assert {line["institution_id"] for line in body["items"]} == {1}
    assert county.learners[SAME] in {line["learner_id"] for line in body["items"]}
    other = ask(Role.REGISTRAR, "POST", "/simulations", drafted(VALUE, institution_id=2))
    assert other.status_code == 422
    assert other.json["problems"][0]["code"] == "not_found"


def test_another_plan_is_tried_by_its_document(ask) -> None:
    plan = (
        "format: creditbank-plan/1\ncode: SK\nname: 短\nmajor_code: '660103'\n"
        "catalogue_year: 2021\nyears: 3\ncredits_min: 8\nblocks:\n"
        "- {code: GG, name: 必修, name_en: Required, nature: '1', credits_min: 8}\n"
        "courses:\n"
        "- {course_code: GG01, name: 思想政治, block_code: GG, credits: 8, theory_hours: 144,"
        " practice_hours: 0, semester_no: 1, is_required: true}\n"
        "conditions: []\n"
    )
    asked = {
        "kind": "plan", "institution_id": 1, "entry_year": 2025, "plan_code": "SK",
        "document": plan,
    }  # fmt: skip
    body = ask(Role.APPROVER, "POST", "/simulations", asked).json
    assert body["gains"] == 7
    assert body["changes"] == []
    first = body["items"][0]
    assert float(first["before"]["shortfall_credits"]) > float(first["after"]["shortfall_credits"])
    wrong = ask(Role.APPROVER, "POST", "/simulations", asked | {"document": "blocks: ["})
    assert wrong.status_code == 422
    assert wrong.json["problems"][0]["field"] == "document"


WRONG = {
    "unknown key": drafted({"key": "substitution.cap", "value": "1"}),
    "not a number": drafted({"key": CAP, "value": "viel"}),
    "negative": drafted({"key": CAP, "value": "-1"}),
    "too many decimals": drafted({"key": CAP, "value": "1.234"}),
    "a number in JSON": drafted({"key": CAP, "value": 1}),  # type: ignore[dict-item]
    "nothing": drafted(),
    "no kind": {"values": [VALUE]},
    "null document": {
        "kind": "plan", "institution_id": 1, "entry_year": 2025, "plan_code": "SK",
        "document": None,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_refused_by_field(ask, name: str) -> None:
    answer = ask(Role.COUNTY, "POST", "/simulations", WRONG[name])
    assert answer.status_code == 422
    assert answer.json["problems"]


def test_a_value_is_put_in_force_by_date(ask) -> None:
    later = VALUE | {"effective_from": "2030-09-01", "reference": "平教字〔2026〕5号"}
    key = str(uuid4())
    made = ask(Role.COUNTY, "POST", "/policy-values", later, Idempotency_Key=key)
    assert made.status_code == 201, made.json
    assert made.json["value"] == "0.5"
    assert made.json["marked"] == 0
    again = ask(Role.COUNTY, "POST", "/policy-values", later, Idempotency_Key=key)
    assert again.json["policy_change_id"] == made.json["policy_change_id"]
    lines = {item["key"]: item for item in ask(Role.COUNTY, "GET", "/policy-values").json["items"]}
    assert lines[CAP]["in_force"]["value"] == "8"
    assert lines[CAP]["to_come"]["effective_from"] == "2030-09-01"
    history = ask(Role.COUNTY, "GET", f"/policy-values/{CAP}").json["records"]
    assert [(record["value"], record["state"]) for record in history] == [
        ("0.5", "to_come"), ("8", "in_force"),
    ]  # fmt: skip
    assert history[0]["reference"] == "平教字〔2026〕5号"
    assert history[0]["decided_by"] == "county"
    assert ask(Role.COUNTY, "POST", "/policy-values", later | {"reference": ""}).status_code == 422


def test_a_schools_value_is_its_own(ask) -> None:
    now = VALUE | {"effective_from": "2026-07-01", "reference": "校字〔2026〕5号", "value": "7"}
    made = ask(Role.APPROVER, "POST", "/policy-values", now)
    assert made.status_code == 201
    assert made.json["institution_id"] == 1
    values = {
        role: next(
            item["in_force"]["value"]
            for item in ask(role, "GET", "/policy-values").json["items"]
            if item["key"] == CAP
        )
        for role in (Role.APPROVER, Role.COUNTY)
    }
    assert values == {Role.APPROVER: "7", Role.COUNTY: "8"}
    body = ask(Role.COUNTY, "POST", "/simulations", drafted(VALUE)).json
    assert body["own_rules"] == [1]
    assert {line["institution_id"] for line in body["items"]} == {2}
