"""Paired schools, public notices and the numbers of transfers over the API."""

from __future__ import annotations

from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import NOW, CountyInSmall
from tests.functional.conftest import Ask

TODAY = NOW.date().isoformat()


def test_the_pairs_of_a_day_and_the_schools_that_may_be_named(
    ask: Ask, county: CountyInSmall
) -> None:
    answer = ask(Role.STUDENT, "GET", "/paired-schools")
    assert answer.status_code == 200
    found: Any = answer.json
    assert (found["as_of"], found["items"], found["to_come"]) == (TODAY, [], [])
    assert {item["institution_id"] for item in found["schools"]} == {
        school.institution_id for school in county.schools
    }
    assert ask(Role.STUDENT, "GET", "/paired-schools?as_of=x").status_code == 422


def test_two_vocational_schools_are_no_pair(ask: Ask, county: CountyInSmall) -> None:
    first, second = county.schools
    body = {
        "vocational_id": first.institution_id,
        "general_id": second.institution_id,
        "valid_from": TODAY,
        "document_no": "测结3号",
    }
    answer = ask(Role.COUNTY, "POST", "/paired-schools", body)
    assert answer.status_code == 422
    refused: Any = answer.json
    assert [item["field"] for item in refused["problems"]] == ["general_id"]


def test_notices_need_no_key(ask: Ask) -> None:
    answer = ask(Role.ANONYMOUS, "GET", "/notices")
    assert (answer.status_code, answer.json) == (200, {"items": [], "next_cursor": ""})
    assert ask(Role.ANONYMOUS, "GET", "/notices?cursor=x").status_code == 422


def test_the_numbers_of_a_school_year(ask: Ask) -> None:
    found: Any = ask(Role.AUDITOR, "GET", "/transfer-numbers").json
    assert (found["school_year"], found["years"]) == (2025, [2025])
    assert [item["moved_out"] for item in found["schools"]] == [0, 0]
    assert found["recognised"][0] == {
        "into": "vocational_school",
        "transfers": 0,
        "presented_credits": "0",
        "recognised_credits": "0",
        "courses": {"same": 0, "similar": 0, "elective": 0},
    }
    assert {item["into"] for item in found["windows"]} <= {"general_high_school"}
    assert ask(Role.COUNTY, "GET", "/transfer-numbers?school_year=1").status_code == 422
