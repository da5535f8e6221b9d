"""学期注册 over the wire: numbers, names for the school, and what became of each line."""

from __future__ import annotations

from typing import Any

import pytest

from creditbank.domain.permissions import Role
from tests.factories.county import CountyInSmall
from tests.factories.school import CLASS_NAME
from tests.functional.conftest import Ask

PATH = "/term-registrations"
TERM = "2025-2026-1"


def body(county: CountyInSmall, *states: str, **more: Any) -> dict[str, Any]:
    pupils = county.schools[0].pupils
    lines = [
        {"enrolment_id": pupil.enrolment_id, "state": state}
        for pupil, state in zip(pupils, states, strict=False)
    ]
    return {"term": TERM, "day": "2025-09-01", "lines": lines} | more


def test_a_class_is_registered_and_read(ask: Ask, county: CountyInSmall) -> None:
    answer = ask(Role.REGISTRAR, "POST", PATH, body(county, "1", "9", "2"))
    said: Any = answer.json
    assert answer.status_code == 201, said
    assert said["recorded"] == 2
    assert [item["state"] for item in said["items"]] == ["1", "", "2"]
    (problem,) = said["items"][1]["problems"]
    assert (problem["code"], problem["field"]) == ("reason_missing", "reason")
    numbers: Any = ask(Role.ADVISOR, "GET", f"{PATH}?term={TERM}").json
    (line,) = numbers["items"]
    assert (line["class_name"], line["registered"], line["reported"]) == (CLASS_NAME, 1, 1)
    assert (line["absent"], line["away"], line["not_yet"]) == (0, 0, 5)
    asked = f"{PATH}/learners?term={TERM}&class_name={CLASS_NAME}&entry_year=2025&missing=1"
    listed: Any = ask(Role.APPROVER, "GET", asked).json
    standings = sorted(item["standing"] for item in listed["items"])
    assert standings == ["2", *["not_yet"] * 5]
    assert {item["day"] for item in listed["items"]} == {None, "2025-09-01"}


def test_the_bureau_reads_numbers_by_school_and_by_class(ask: Ask, county: CountyInSmall) -> None:
    for role in (Role.COUNTY, Role.AUDITOR):
        by_school: Any = ask(role, "GET", PATH).json
        assert [item["class_name"] for item in by_school["items"]] == ["", ""]
        asked = f"{PATH}?institution_id={county.schools[1].institution_id}"
        by_class: Any = ask(role, "GET", asked).json
        assert [item["class_name"] for item in by_class["items"]] == [CLASS_NAME]
        assert not {"name", "learner_id", "reason"} & {*by_class["items"][0]}


def test_a_school_cannot_ask_for_another(ask: Ask, county: CountyInSmall) -> None:
    asked = f"{PATH}?institution_id={county.schools[1].institution_id}"
    said: Any = ask(Role.REGISTRAR, "GET", asked).json
    (line,) = said["items"]
    assert line["institution_id"] == county.schools[0].institution_id


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"day": "2026-02-31"}, "day"),
        ({"term": "2025-2027-1"}, "term"),
        ({"term": "1999-2000-1"}, "term"),
        ({"lines": []}, "lines"),
        ({"lines": [{"enrolment_id": 1, "state": "3"}]}, "state"),
    ],
)
def test_what_is_wrong_is_named(
    ask: Ask, county: CountyInSmall, changed: dict[str, Any], field: str
) -> None:
    answer = ask(Role.REGISTRAR, "POST", PATH, body(county, "1", **changed))
    said: Any = answer.json
    assert answer.status_code == 422
    assert [item["field"] for item in said["problems"]] == [field]


def test_a_term_that_is_none_is_refused(ask: Ask) -> None:
    answer = ask(Role.REGISTRAR, "GET", f"{PATH}?term=1999-2000-1")
    assert answer.status_code == 422


def test_deadlines_name_classes_without_national_numbers(ask: Ask) -> None:
    said: Any = ask(Role.REGISTRAR, "GET", "/deadlines").json
    assert {(item["kind"], item["count"]) for item in said["intakes"]} == {
        ("record_due", 7), ("intake_cutoff", 7),
    }  # fmt: skip
    assert all(item["is_over"] for item in said["intakes"])


def test_what_was_recorded_together_is_taken_back_together(ask: Ask, county: CountyInSmall) -> None:
    number = county.schools[0].pupils[5].enrolment_id
    line = {"enrolment_id": number, "state": "9", "reason": "误填"}
    assert ask(Role.REGISTRAR, "POST", PATH, body(county, "1", lines=[line])).status_code == 201
    listed: Any = ask(Role.REGISTRAR, "GET", f"{PATH}/batches?term={TERM}").json
    latest = listed["items"][0]
    assert (latest["lines"], latest["withdrawn"]) == (1, 0)
    path = f"{PATH}/{latest['term_registration_id']}/withdrawals"
    assert ask(Role.REGISTRAR, "POST", path, {"reason": ""}).status_code == 422
    undone: Any = ask(Role.REGISTRAR, "POST", path, {"reason": "登记有误"}).json
    again: Any = ask(Role.REGISTRAR, "POST", path, {"reason": "登记有误"}).json
    assert (undone["withdrawn"], again["withdrawn"]) == (1, 0)
