"""Messages over the wire: an account's own, by pages, marked read, naming nobody."""

from __future__ import annotations

from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, SAME, CountyInSmall
from tests.functional.conftest import Ask

SUSPENSION = {
    "kind": "11",
    "reason": "99",
    "takes_effect_on": "2026-07-01",
    "until": "2027-01-31",
    "proofs": [{"kind": "application", "issued_on": "2026-06-30"}],
}


def messages(ask: Ask, role: Role, query: str = "") -> list[dict[str, Any]]:
    answer = ask(role, "GET", f"/messages?{query}")
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json["items"]  # type: ignore[index]
    return items


def test_an_office_is_told_of_its_turn_and_marks_it_read(ask: Ask, county: CountyInSmall) -> None:
    before = len(messages(ask, Role.ADVISOR, "state=unread&limit=200"))
    path = f"/learners/{county.learners[AGREED]}/status-changes"
    made = ask(Role.REGISTRAR, "POST", path, SUSPENSION)
    newest = messages(ask, Role.ADVISOR)[0]
    assert newest | {"message_id": 0, "created_at": ""} == {
        "message_id": 0,
        "kind": "turn",
        "office": "advisor",
        "status_change_id": made.json["status_change_id"],  # type: ignore[index]
        "change_kind": "11",
        "agreement_id": None,
        "claim_id": None,
        "grade_draft_id": None,
        "learners": 1,
        "created_at": "",
        "is_read": False,
    }
    read = {"message_id": newest["message_id"]}
    answer = ask(Role.ADVISOR, "POST", "/messages/reads", read)
    assert (answer.status_code, answer.json) == (200, {"marked": 1, "unread": before})
    assert ask(Role.ADVISOR, "POST", "/messages/reads", read).json == {
        "marked": 0,
        "unread": before,
    }
    assert messages(ask, Role.ADVISOR)[0]["is_read"] is True
    all_read = ask(Role.ADVISOR, "POST", "/messages/reads", {"up_to": newest["message_id"]})
    assert all_read.json == {"marked": before, "unread": 0}
    assert messages(ask, Role.ADVISOR, "state=unread") == []


def test_pages_follow_one_another_newest_first(ask: Ask, county: CountyInSmall) -> None:
    path = f"/learners/{county.learners[SAME]}/status-changes"
    ask(Role.REGISTRAR, "POST", path, SUSPENSION)
    whole = messages(ask, Role.ADVISOR, "limit=200")
    assert len(whole) > 1
    first = ask(Role.ADVISOR, "GET", "/messages?limit=1").json
    second = ask(Role.ADVISOR, "GET", f"/messages?limit=1&cursor={first['next_cursor']}").json  # type: ignore[index]
    found = [page["items"][0]["message_id"] for page in (first, second)]  # type: ignore[index]
    assert found == [item["message_id"] for item in whole[:2]]
    assert found[0] > found[1]


def test_what_is_no_filter_or_no_number_is_told(ask: Ask, county: CountyInSmall) -> None:
    wrong = ask(Role.ADVISOR, "GET", "/messages?state=old")
    assert (wrong.status_code, wrong.json["problems"][0]["field"]) == (422, "state")  # type: ignore[index]
    wrong = ask(Role.ADVISOR, "POST", "/messages/reads", {"message_id": "1"})
    assert (wrong.status_code, wrong.json["problems"][0]["field"]) == (422, "message_id")  # type: ignore[index]
