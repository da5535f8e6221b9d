"""The recognition table over the API: of any day, each line's versions, and lines put in force."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from creditbank.domain.permissions import Role
from tests.factories.county import NOW
from tests.functional.authorization_of_rules import LINE

TODAY = NOW.date().isoformat()
WHOLE = {
    "ratio_percent": 100, "credits_max": None, "needs_test": False, "target_nature": None,
    "valid_until": None,
}  # fmt: skip


def table(ask, query: str = "") -> dict[str, Any]:
    answer = ask(Role.STUDENT, "GET", f"/recognition-rules{query}")
    assert answer.status_code == 200, answer.json
    return {item["code"]: item for item in answer.json["items"]}


def put(ask, *lines: dict[str, Any], **headers: str):
    return ask(Role.COUNTY, "POST", "/recognition-rules", {"lines": list(lines)}, **headers)


def test_everybody_signed_in_reads_the_map_that_ships(ask) -> None:
    found = table(ask)
    assert len(found) == 24
    assert found["ZZ-01"] == {
        **WHOLE,
        "code": "ZZ-01",
        "into": "vocational_school",
        "relation": "same",
        "sources": ["语文"],
        "targets": ["语文"],
        "credits_max": "11",
        "document_no": found["ZZ-01"]["document_no"],
        "valid_from": "2026-01-01",
    }
    assert "学生互转实施办法" in found["ZZ-01"]["document_no"]
    major = found["GZ-11"]
    assert (major["relation"], major["sources"], major["target_nature"], major["credits_max"]) == (
        "elective", [], "3", "14",
    )  # fmt: skip
    assert table(ask, "?as_of=2025-12-31") == {}


def test_a_line_is_in_force_from_its_day_on_and_replaces_the_one_before(ask) -> None:
    later = LINE | {"code": "ZZ-05", "ratio_percent": 75, "credits_max": "2.5", "needs_test": True}
    answer = put(ask, later)
    assert (answer.status_code, answer.json) == (201, {"changed": ["ZZ-05"], "unchanged": 0})
    assert table(ask)["ZZ-05"]["relation"] == "same"
    assert table(ask, "?as_of=2030-08-31")["ZZ-05"]["relation"] == "same"
    assert table(ask, "?as_of=2030-09-01")["ZZ-05"] == {**WHOLE, **later}
    assert "2030-09-01" in ask(Role.STUDENT, "GET", "/recognition-rules").json["to_come"]
    versions = ask(Role.GUARDIAN, "GET", "/recognition-rules/ZZ-05").json["versions"]
    assert [(item["valid_from"], item["is_in_force"]) for item in versions] == [
        ("2030-09-01", False), ("2026-01-01", True),
    ]  # fmt: skip
    assert versions[1]["decided_at"] is None
    assert versions[0]["decided_at"].startswith(TODAY)
    assert "decided_by" not in versions[0]


def test_the_whole_table_sent_back_changes_only_what_is_other(ask) -> None:
    lines = list(table(ask).values())
    again = put(ask, *lines)
    assert (again.status_code, again.json) == (201, {"changed": [], "unchanged": len(lines)})
    ended = {**lines[0], "valid_from": TODAY, "valid_until": "2029-12-31", "document_no": "测6号"}
    assert put(ask, ended, *lines[1:]).json == {
        "changed": [ended["code"]], "unchanged": len(lines) - 1,
    }  # fmt: skip
    assert table(ask)[ended["code"]] == ended
    assert ended["code"] not in table(ask, "?as_of=2030-01-01")


def test_a_second_click_answers_the_same(ask) -> None:
    key = str(uuid4())
    line = LINE | {"code": "ZZ-60"}
    first, second = put(ask, line, Idempotency_Key=key), put(ask, line, Idempotency_Key=key)
    assert first.json == second.json == {"changed": ["ZZ-60"], "unchanged": 0}
    versions = ask(Role.STUDENT, "GET", "/recognition-rules/ZZ-60").json["versions"]
    assert len(versions) == 1


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"valid_from": "2026-01-01"}, "valid_from", "day_past"),
        ({"into": "general_high_school", "code": "ZZ-01"}, "into", "direction_fixed"),
        ({"code": "ZZ-71"}, "code", "code_twice"),
        ({"relation": "same", "ratio_percent": 50}, "ratio_percent", "field_invalid"),
        ({"into": "college"}, "into", "field_invalid"),
        ({"sources": ["语文,数学"]}, "sources", "field_invalid"),
    ],
)
def test_one_wrong_line_and_none_is_put_in_force(ask, changed, field: str, code: str) -> None:
    before = table(ask, "?as_of=2031-01-01")
    answer = put(ask, LINE | {"code": "ZZ-71"}, LINE | {"code": "ZZ-72"} | changed)
    assert answer.status_code == 422
    (problem,) = answer.json["problems"]
    assert (problem["code"], problem["field"], problem["row"]) == (code, field, 2)
    assert table(ask, "?as_of=2031-01-01") == before


def test_only_the_county_decides_and_an_unknown_line_is_not_found(ask) -> None:
    for role in Role:
        if role not in {Role.COUNTY, Role.ANONYMOUS}:
            assert ask(role, "POST", "/recognition-rules", {"lines": [LINE]}).status_code == 403
    assert ask(Role.COUNTY, "GET", "/recognition-rules/XX-99").status_code == 404
    assert ask(Role.COUNTY, "GET", "/recognition-rules?as_of=2026-13-01").status_code == 422
