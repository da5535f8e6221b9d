"""Posting through the API."""

from __future__ import annotations

import pytest

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, OTHER, OWN, SAME

COURSE = {"kind": "course", "course_code": "GG02", "term": "2025-2026-1", "earned_on": "2026-01-20"}


def course(learner_id: int, **changes):
    return COURSE | {"learner_id": learner_id, "mark": "85"} | changes


def faults(response):
    return {(item["row"], item["field"]) for item in response.json["problems"]}


def test_a_course_credit_is_posted_and_stands_in_the_transcript(ask, county):
    learner = county.learners[OWN]
    posted = ask(Role.REGISTRAR, "POST", "/credits", course(learner))
    assert posted.status_code == 201
    assert posted.json["credits"] == "11"
    assert posted.json["passed"] is True
    transcript = ask(Role.REGISTRAR, "GET", f"/learners/{learner}/transcript").json
    entries = {
        entry["ledger_seq"]: entry for term in transcript["terms"] for entry in term["entries"]
    }
    assert entries[posted.json["ledger_seq"]]["entry_hash"] == posted.json["entry_hash"]
    assert transcript["ledger_seq"] == posted.json["ledger_seq"]


def test_competition_and_innovation_credits_are_posted(ask, county):
    learner = county.learners[OWN]
    competition = {
        "kind": "competition",
        "learner_id": learner,
        "event": "2026年省职业院校技能大赛",
        "level": "23",
        "rank": "3",
        "earned_on": "2026-05-10",
    }
    innovation = {
        "kind": "innovation",
        "learner_id": learner,
        "category": "social_practice",
        "title": "暑期社会实践",
        "quantity": 5,
        "earned_on": "2026-06-01",
    }
    assert ask(Role.REGISTRAR, "POST", "/credits", competition).json["credits"] == "3"
    assert ask(Role.REGISTRAR, "POST", "/credits", innovation).json["credits"] == "1"


def test_the_same_key_gets_the_first_answer_and_other_content_is_refused(ask, county):
    body = course(county.learners[OWN], course_code="GG03")
    first = ask(Role.REGISTRAR, "POST", "/credits", body, Idempotency_Key="once")
    again = ask(Role.REGISTRAR, "POST", "/credits", body, Idempotency_Key="once")
    other = ask(Role.REGISTRAR, "POST", "/credits", body | {"mark": "90"}, Idempotency_Key="once")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json == again.json
    assert other.json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("key", ["", "x" * 101, "键"])
def test_a_write_without_a_usable_key_is_refused(ask, county, key):
    body = course(county.learners[OWN], course_code="GG04")
    refused = ask(Role.REGISTRAR, "POST", "/credits", body, Idempotency_Key=key)
    assert refused.status_code == 400
    assert refused.json["code"] == "idempotency_key_missing"


def test_the_same_evidence_under_another_key_is_a_conflict(ask, county):
    refused = ask(
        Role.REGISTRAR, "POST", "/credits", course(county.learners[OWN], course_code="GG01")
    )
    assert refused.status_code == 409
    assert refused.json["code"] == "already_booked"
    assert refused.json["problems"][0]["field"] == "course_code"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learner_id", "1"),
        ("learner_id", 1.0),
        ("learner_id", True),
        ("learner_id", 0),
        ("learner_id", 2**31),
        ("mark", 85),
        ("mark", "一二三四五六七八九十一"),
        ("course_code", ""),
        ("course_code", " "),
        ("course_code", "GG\x0002"),
        ("term", "2025-2027-1"),
        ("term", "2025-2026-4"),
        ("exam_kind", "05"),
        ("earned_on", "2026-1-20"),
        ("earned_on", "20260120"),
        ("earned_on", None),
        ("units", "2"),
    ],
)
def test_what_breaks_the_contract_is_refused_by_field(ask, county, field, value):
    refused = ask(Role.REGISTRAR, "POST", "/credits", course(county.learners[OWN]) | {field: value})
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
    assert faults(refused) == {(None, field)}


def test_a_batch_is_posted_all_or_nothing_and_names_its_rows(ask, county):
    learners = county.learners
    rows = [
        course(learners[SAME], course_code="GG05"),
        course(learners[SAME], course_code="GG99"),
        course(learners[AGREED], course_code="GG05", mark="101"),
        course(learners[OTHER], course_code="GG05"),
    ]
    refused = ask(Role.REGISTRAR, "POST", "/credits/batch", {"rows": rows})
    assert refused.status_code == 422
    assert faults(refused) == {(2, "course_code"), (3, "mark"), (4, "learner_id")}
    posted = ask(Role.REGISTRAR, "POST", "/credits/batch", {"rows": rows[:1]})
    assert posted.status_code == 201
    assert [entry["credits"] for entry in posted.json["entries"]] == ["4"]


def test_a_batch_that_breaks_the_contract_names_its_rows(ask, county):
    rows = [course(county.learners[SAME]), {"kind": "gift"}, 7, course(1, term="x")]
    refused = ask(Role.REGISTRAR, "POST", "/credits/batch", {"rows": rows})
    assert faults(refused) == {(2, "kind"), (3, ""), (4, "term")}


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_between_one_and_a_thousand_rows(ask, county, count):
    rows = [course(county.learners[SAME])] * count
    refused = ask(Role.REGISTRAR, "POST", "/credits/batch", {"rows": rows})
    assert faults(refused) == {(None, "rows")}


def test_an_entry_is_reversed_once(ask, county):
    learner = county.learners[SAME]
    posted = ask(Role.REGISTRAR, "POST", "/credits", course(learner, course_code="GG06")).json
    body = {"learner_id": learner, "ledger_seq": posted["ledger_seq"], "reason": "录错学生"}
    reversed_ = ask(Role.REGISTRAR, "POST", "/reversals", body)
    assert reversed_.status_code == 201
    assert reversed_.json["credits"] == "-6"
    assert ask(Role.REGISTRAR, "POST", "/reversals", body).status_code == 422


def test_a_block_that_takes_no_approved_substitution_refuses_it(ask, county):
    body = {
        "learner_id": county.learners[OWN],
        "source_seq": 2,
        "block_code": "RX",
        "credits": "0.5",
        "document_no": "教务〔2026〕7号",
    }
    refused = ask(Role.APPROVER, "POST", "/substitutions", body)
    assert faults(refused) == {(None, "block_code")}
    for wrong in (0.5, "0", "0.001", "-1"):
        refused = ask(Role.APPROVER, "POST", "/substitutions", body | {"credits": wrong})
        assert faults(refused) == {(None, "credits")}
