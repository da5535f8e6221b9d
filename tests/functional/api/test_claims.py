"""Claims by the API: begun, proved, handed in and read, by the family alone."""

from __future__ import annotations

import base64

from creditbank.domain.permissions import Role
from tests.factories.claim_desk import photo
from tests.factories.county import OWN

AWARD = {
    "kind": "award",
    "title": "2026年山东省职业院校技能大赛",
    "level": "23",
    "rank": "3",
    "certificate_no": "sd 2026-77",
    "earned_on": "2026-06-01",
}


def in_base64(content: bytes) -> dict[str, str]:
    return {"content": base64.b64encode(content).decode()}


def test_a_claim_is_begun_proved_and_handed_in(ask, county):
    learner_id = county.learners[OWN]
    made = ask(Role.STUDENT, "POST", "/claims", {**AWARD, "learner_id": learner_id})
    assert (made.status_code, made.json["stage"]) == (201, "draft")
    path = f"/claims/{made.json['claim_id']}"
    assert ask(Role.REGISTRAR, "GET", path).status_code == 404
    refused = ask(Role.STUDENT, "POST", f"{path}/moves", {"kind": "submit"})
    assert refused.status_code == 422
    assert [item["code"] for item in refused.json["problems"]] == ["evidence_missing"]
    added = ask(Role.STUDENT, "POST", f"{path}/files", in_base64(photo()))
    assert added.status_code == 201
    handed_in = ask(Role.GUARDIAN, "POST", f"{path}/moves", {"kind": "submit"})
    assert (handed_in.status_code, handed_in.json["stage"]) == (201, "submitted")
    seen = ask(Role.REGISTRAR, "GET", path).json
    assert (seen["credits"], seen["content"]["certificate_no"]) == ("3", "sd 2026-77")
    assert [move["kind"] for move in seen["moves"]] == ["submit"]
    (file,) = seen["files"]
    page = ask(Role.REGISTRAR, "GET", f"{path}/files/{file['claim_file_id']}/1")
    assert (page.content_type, page.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    listed = ask(Role.COUNTY, "GET", f"/learners/{learner_id}/claims").json["items"]
    assert [item["stage"] for item in listed] == ["submitted"]
    again = ask(Role.STUDENT, "POST", f"{path}/statements", AWARD)
    assert [item["code"] for item in again.json["problems"]] == ["in_review"]


def test_a_file_that_is_none_is_refused_with_what_to_do(ask, county):
    body = {**AWARD, "certificate_no": "", "learner_id": county.learners[OWN]}
    path = f"/claims/{ask(Role.STUDENT, 'POST', '/claims', body).json['claim_id']}/files"
    refused = ask(Role.STUDENT, "POST", path, in_base64(b"<html>no picture</html>"))
    assert refused.status_code == 422
    assert refused.json["problems"][0]["code"] == "file_type_unknown"
    assert ask(Role.STUDENT, "POST", path, {"content": "not base64!"}).status_code == 422
    assert ask(Role.STUDENT, "POST", path, {"content": "A" * 7_400_000}).status_code == 413


def test_the_same_key_begins_one_claim(ask, county):
    body = {**AWARD, "title": "另一个竞赛", "learner_id": county.learners[OWN]}
    made = [
        ask(Role.STUDENT, "POST", "/claims", body, Idempotency_Key="claim-once").json["claim_id"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
