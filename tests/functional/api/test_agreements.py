"""Agreements over the API: signed by a label, read with all versions, amended; the year's days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, NOW
from tests.functional.authorization_of_agreements import DAYS, LINE, SIGNED, TERMS

TODAY = NOW.date()
SCORES = [
    {"kind": "course_average", "full_marks": 10_000, "weight": 50},
    {"kind": "skill_test", "full_marks": 10_000, "weight": 50, "pass_mark": 6_000},
]


@pytest.fixture
def signed(county, owner_engine) -> dict:
    """What the bureau signs for the first school and its college; the major is in the catalogue."""
    with owner_engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO majors (code, catalogue_year, name, name_en, level)"
            " VALUES ('460103', 2021, '数控技术', '', 'higher_voc') ON CONFLICT DO NOTHING"
        )
        college = connection.exec_driver_sql(
            "SELECT college_id FROM articulation_agreements WHERE agreement_id = "
            f"{county.agreements[AGREED]}"
        ).scalar_one()
    return SIGNED | {
        "school_id": county.schools[0].institution_id,
        "college_id": college,
        "terms": TERMS | {"scores": SCORES, "valid_from": "2030-09-01"},
    }


def problems(answer) -> dict[str, str]:
    assert answer.status_code == 422, answer.json
    return {item["code"]: item["field"] for item in answer.json["problems"]}


def test_an_agreement_is_signed_by_its_label_and_read_with_its_versions(ask, signed) -> None:
    made = ask(Role.COUNTY, "POST", "/agreements", signed)
    assert made.status_code == 201, made.json
    path = f"/agreements/{made.json['agreement_id']}"
    found = ask(Role.COUNTY, "GET", path).json
    assert found["agreement"]["staged_mode"] == "中高职3+2"
    assert (found["agreement"]["pre_years_tenths"], found["finishing_year"]) == (30, 2033)
    (version,) = found["versions"]
    assert version["terms"]["scores"][1]["pass_mark"] == 6_000
    assert found["calendar"][0]["step"] == "process_uploaded"
    amended = {
        "of_version_no": 1,
        "in_force_from": "2030-09-01",
        "reason": "院校来函",
        "terms": signed["terms"] | {"quota": 45},
    }
    kept = ask(Role.COUNTY, "POST", f"{path}/terms", amended)
    assert (kept.status_code, kept.json["version_no"]) == (201, 2)
    numbers = [one["terms"]["version_no"] for one in ask(Role.COUNTY, "GET", path).json["versions"]]
    assert numbers == [2, 1]
    assert problems(ask(Role.COUNTY, "POST", f"{path}/terms", amended)) == {
        "version_behind": "of_version_no"
    }
    assert problems(ask(Role.COUNTY, "POST", "/agreements", signed)) == {
        "already_agreed": "pre_major_code"
    }


def test_an_unknown_label_is_refused_by_name(ask, signed) -> None:
    for label, code in (("中高职4+1", "staged_mode"), ("五年一贯制", "not_staged")):
        answer = ask(Role.COUNTY, "POST", "/agreements", signed | {"staged_mode": label})
        assert problems(answer) == {code: "staged_mode"}
    left_out = {name: value for name, value in signed.items() if name != "staged_mode"}
    answer = ask(Role.COUNTY, "POST", "/agreements", left_out)
    assert problems(answer) == {"stages_missing": "staged_mode"}


def test_what_was_signed_before_versions_is_version_nought(ask, county) -> None:
    path = f"/agreements/{county.agreements[AGREED]}"
    for role in (Role.TEACHER, Role.COLLEGE, Role.AUDITOR):
        found = ask(role, "GET", path).json
        (version,) = found["versions"]
        assert version["is_in_force"] is True
        assert version["decided_at"] is None
        assert (version["terms"]["version_no"], version["terms"]["scores"]) == (0, [])


def test_the_list_of_agreements_says_the_label(ask) -> None:
    items = ask(Role.COLLEGE, "GET", "/agreements").json["items"]
    assert {item["staged_mode"] for item in items} == {"中高职3+2"}


def test_the_county_announces_days_over_the_usual_ones(ask) -> None:
    path = "/advance-calendars/2031?post_level=bachelor"
    usual = ask(Role.COLLEGE, "GET", path).json["items"]
    assert not any(item["is_announced"] for item in usual)
    assert [item["step"] for item in usual] == [
        "courses_drawn", "process_uploaded", "filed", "tests", "marking", "scores_sent",
        "culture_exam", "pass_line", "admission",
    ]  # fmt: skip
    assert ask(Role.COUNTY, "POST", "/advance-calendars/2031", DAYS).json == {"announced": 1}
    longer = {"step": "tests", "starts_on": "2031-01-10", "ends_on": "2031-01-15"}
    again = DAYS | {"days": [longer]}
    assert ask(Role.COUNTY, "POST", "/advance-calendars/2031", again).status_code == 201
    tests = next(
        item for item in ask(Role.COLLEGE, "GET", path).json["items"] if item["step"] == "tests"
    )
    assert (tests["starts_on"], tests["ends_on"], tests["is_announced"]) == (
        "2031-01-10", "2031-01-15", True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ({"starts_on": "2031-01-10", "ends_on": "2031-01-09"}, "days"),
        ({"starts_on": "2028-01-10", "ends_on": "2031-01-12"}, "days"),
        ({"starts_on": "2030-01-10", "ends_on": "2030-02-09"}, "order"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_step(ask, days, code) -> None:
    sent = DAYS | {"days": [{"step": "tests"} | days]}
    found = problems(ask(Role.COUNTY, "POST", "/advance-calendars/2031", sent))
    assert code in found


def test_a_step_that_is_over_stays_as_it_was(ask) -> None:
    year = TODAY.year
    later = (TODAY + timedelta(days=3)).isoformat()
    sent = DAYS | {"days": [{"step": "filed", "starts_on": later, "ends_on": later}]}
    found = problems(ask(Role.COUNTY, "POST", f"/advance-calendars/{year}", sent))
    assert found["step_over"] == "days.filed"


def test_the_county_announces_the_line_that_an_agreement_goes_by(ask, signed) -> None:
    by_line = {"kind": "culture_exam", "full_marks": 32_000, "weight": 100}
    terms = signed["terms"] | {"scores": [by_line | {"by_announced_line": True}]}
    made = ask(Role.COUNTY, "POST", "/agreements", signed | {"terms": terms, "entry_year": 2031})
    assert made.status_code == 201, made.json
    found = ask(Role.COUNTY, "GET", f"/agreements/{made.json['agreement_id']}").json
    (part,) = found["versions"][0]["terms"]["scores"]
    assert (part["by_announced_line"], part["pass_mark"]) == (True, 0)
    path = "/advance-calendars/2025?post_level=bachelor"
    assert ask(Role.COLLEGE, "GET", path).json["pass_lines"] == []
    answer = ask(Role.COUNTY, "POST", "/advance-calendars/2025/pass-lines", LINE)
    assert (answer.status_code, answer.json) == (201, {"points": 18_000})
    (line,) = ask(Role.COLLEGE, "GET", path).json["pass_lines"]
    assert line == {name: value for name, value in LINE.items() if name != "post_level"}
    too_high = LINE | {"points": 32_001, "reason": "更正"}
    answer = ask(Role.COUNTY, "POST", "/advance-calendars/2025/pass-lines", too_high)
    assert problems(answer) == {"points": "points"}
