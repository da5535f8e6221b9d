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


def test_two_offices_review_and_the_school_may_object(ask, county):
    learner_id = county.learners[OWN]
    body = {**AWARD, "title": "接口复核", "certificate_no": "API-1", "learner_id": learner_id}
    claim_id = ask(Role.STUDENT, "POST", "/claims", body).json["claim_id"]
    path = f"/claims/{claim_id}"
    ask(Role.STUDENT, "POST", f"{path}/files", in_base64(photo("api")))
    ask(Role.STUDENT, "POST", f"{path}/moves", {"kind": "submit"})

    queue = ask(Role.REGISTRAR, "GET", "/claims/reviews?kind=award").json
    (line,) = [item for item in queue["items"] if item["claim"]["claim_id"] == claim_id]
    assert (line["waiting_days"], line["is_bounced"]) == (0, False)
    assert queue["count"] == len(queue["items"])
    assert queue["by_state"]["waiting"] > queue["count"] - 1
    assert line["class_name"] in queue["classes"]
    beyond = ask(Role.REGISTRAR, "POST", f"{path}/reviews", {"kind": "accept", "credits": "9"})
    assert [item["code"] for item in beyond.json["problems"]] == ["units_beyond_table"]
    fewer = {"kind": "accept", "credits": "2", "reason": "团体参赛"}
    accepted = ask(Role.REGISTRAR, "POST", f"{path}/reviews", fewer)
    assert (accepted.status_code, accepted.json["stage"]) == (201, "accepted")
    again = ask(Role.REGISTRAR, "POST", f"{path}/reviews", fewer)
    assert [item["code"] for item in again.json["problems"]] == ["wrong_stage"]

    final = ask(Role.APPROVER, "GET", "/claims/confirmations").json["items"]
    assert [item["claim"]["credits"] for item in final] == ["2"]
    several = {"claim_ids": [claim_id, county.claims.waiting[OWN]]}
    refused = ask(Role.APPROVER, "POST", "/claims/confirmations", several)
    assert [item["code"] for item in refused.json["problems"]] == ["wrong_stage"]
    one = {"claim_ids": [claim_id], "document_no": "教指委〔2026〕3号"}
    confirmed = ask(Role.APPROVER, "POST", "/claims/confirmations", one, Idempotency_Key="final")
    assert confirmed.json["claim_ids"] == [claim_id]
    repeated = ask(Role.APPROVER, "POST", "/claims/confirmations", one, Idempotency_Key="final")
    assert repeated.json == confirmed.json

    hanging = ask(Role.TEACHER, "GET", "/claims/notices").json["items"]
    (notice,) = [item for item in hanging if item["claim_id"] == claim_id]
    assert notice["ends_on"] == confirmed.json["ends_on"]
    assert "*" in notice["name"]
    objecting = {"reason": "证书不是本人的"}
    assert ask(Role.TEACHER, "POST", f"{path}/objections", {}).status_code == 422
    assert ask(Role.TEACHER, "POST", f"{path}/objections", objecting).status_code == 201
    (objection,) = ask(Role.APPROVER, "GET", "/claims/objections").json["items"]
    assert (objection["claim"]["claim_id"], objection["reason"]) == (claim_id, objecting["reason"])
    ruling = {"kind": "uphold", "about": objection["about"], "reason": "已核实"}
    assert ask(Role.APPROVER, "POST", f"{path}/rulings", ruling).json["stage"] == "rejected"
    assert ask(Role.APPROVER, "GET", "/claims/objections").json["items"] == []


def test_the_final_review_sends_back_for_a_reason(ask, county):
    body = {**AWARD, "title": "退回", "certificate_no": "API-2", "learner_id": county.learners[OWN]}
    path = f"/claims/{ask(Role.STUDENT, 'POST', '/claims', body).json['claim_id']}"
    ask(Role.STUDENT, "POST", f"{path}/files", in_base64(photo("returned")))
    ask(Role.STUDENT, "POST", f"{path}/moves", {"kind": "submit"})
    ask(Role.REGISTRAR, "POST", f"{path}/reviews", {"kind": "accept"})
    unsaid = ask(Role.APPROVER, "POST", f"{path}/returns", {"kind": "return"})
    assert [item["code"] for item in unsaid.json["problems"]] == ["reason_missing"]
    said = {"kind": "return", "reason": "请补充获奖文件"}
    assert ask(Role.APPROVER, "POST", f"{path}/returns", said).json["stage"] == "returned"
    assert ask(Role.APPROVER, "POST", f"{path}/returns", {"kind": "accept"}).status_code == 422
