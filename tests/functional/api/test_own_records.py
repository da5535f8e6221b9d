"""What a family does with its own record over the wire: links to papers, and who looked."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from creditbank.domain.permissions import Role
from tests.factories.county import OTHER, OWN, CountyInSmall
from tests.functional.conftest import Ask


def test_a_link_is_made_opened_listed_and_withdrawn(
    ask: Ask, client: FlaskClient, county: CountyInSmall
) -> None:
    path = f"/learners/{county.learners[OWN]}/paper-shares"
    body = {"issued_paper_id": county.papers[OWN], "days": 7}
    made: Any = ask(Role.STUDENT, "POST", path, body, Idempotency_Key="link").json
    address = made["link"].removeprefix("http://localhost")
    assert address.startswith("/shared/")
    again: Any = ask(Role.STUDENT, "POST", path, body, Idempotency_Key="link").json
    assert again == made | {"link": ""}
    assert client.get(address).status_code == 200
    listed: Any = ask(Role.GUARDIAN, "GET", path).json
    (line,) = listed["items"]
    assert (line["kind"], line["state"]) == ("status_certificate", "open")
    assert (line["looks"], line["files"], line["shows_numbers"]) == (1, 0, False)
    closing = f"/paper-shares/{made['paper_share_id']}/withdrawals"
    for _ in range(2):
        assert ask(Role.STUDENT, "POST", closing, {}).status_code == 201
    assert client.get(address).status_code == 404
    closed: Any = ask(Role.STUDENT, "GET", path).json
    assert [item["state"] for item in closed["items"]] == ["withdrawn"]


def test_a_link_for_too_long_or_to_anothers_paper_is_refused(
    ask: Ask, county: CountyInSmall
) -> None:
    path = f"/learners/{county.learners[OWN]}/paper-shares"
    long: Any = ask(
        Role.STUDENT, "POST", path, {"issued_paper_id": county.papers[OWN], "days": 366}
    )
    assert [item["field"] for item in long.json["problems"]] == ["days"]
    for body in ({"issued_paper_id": county.papers[OTHER]}, {}):
        assert ask(Role.STUDENT, "POST", path, body | {"days": 7}).status_code == 404


def test_who_looked_is_told_day_by_day(ask: Ask, county: CountyInSmall) -> None:
    learner = f"/learners/{county.learners[OWN]}"
    for role in (Role.TEACHER, Role.TEACHER, Role.REGISTRAR, Role.STUDENT):
        assert ask(role, "GET", f"{learner}/transcript").status_code == 200
    page: Any = ask(Role.GUARDIAN, "GET", f"{learner}/looks?limit=1").json
    assert [(look["role"], look["times"]) for look in page["items"]] == [("registrar", 1)]
    rest: Any = ask(Role.STUDENT, "GET", f"{learner}/looks?cursor={page['next_cursor']}").json
    (look,) = [item for item in rest["items"] if item["role"] == "teacher"]
    assert (look["times"], look["action"]) == (2, "see_transcript")
    assert (look["in_list"], look["by_computer"]) == (False, False)
    assert look["name"]


def test_layouts_are_listed_and_read(ask: Ask, county: CountyInSmall) -> None:
    listed: Any = ask(Role.REGISTRAR, "GET", "/paper-layouts").json
    (kind,) = [item for item in listed["kinds"] if item["versions"]]
    (version,) = kind["versions"]
    assert (version["version"], version["paper_layout_id"]) == (1, county.layouts[OWN])
    assert "source" not in version
    read: Any = ask(Role.REGISTRAR, "GET", f"/paper-layouts/{county.layouts[OWN]}").json
    assert read["kind"] == kind["kind"]
    assert "#" in read["source"]
