"""Gaps and suppositions through the API."""

from __future__ import annotations

import pytest

from creditbank.domain.permissions import Role
from tests.factories.county import OWN

COURSE = {"kind": "course", "course_code": "GG02"}
PRIZE = {"kind": "competition", "level": "23", "rank": "2"}


def test_the_gap_is_answered_with_what_fills_it_and_what_no_credit_replaces(ask, county):
    answer = ask(Role.STUDENT, "GET", f"/learners/{county.learners[OWN]}/gap")
    assert answer.status_code == 200
    (gap,) = answer.json["gaps"]
    assert gap["is_closed"] is False
    assert {item["code"] for item in gap["conditions"]} >= {"conduct", "internship"}
    assert gap["sentences"]["zh"]
    assert gap["sentences"]["en"]


def test_a_supposition_answers_both_verdicts_and_says_that_nothing_is_kept(ask, county):
    path = f"/learners/{county.learners[OWN]}/what-if"
    answer = ask(Role.STUDENT, "POST", path, {"records": [COURSE, PRIZE]}).json
    graduation = answer["compared"][0]
    assert answer["is_stored"] is False
    before, after = (graduation[side]["counted_credits"] for side in ("before", "after"))
    assert float(after) > float(before)
    assert [item["is_supposed"] for item in answer["changes"]][-2:] == [True, True]
    verdicts = ask(Role.STUDENT, "GET", f"/learners/{county.learners[OWN]}/verdicts").json
    assert verdicts["verdicts"][0]["counted_credits"] == before


@pytest.mark.parametrize(
    "body",
    [
        {"records": [COURSE] * 51},
        {"records": [{"kind": "substitution"}]},
        {"records": [{**COURSE, "learner_id": 1}]},
        {"records": [{**COURSE, "course_code": "NONE"}]},
        {"without": [{"ledger_seq": 0}]},
        {"plan_id": 2_000_000_000},
        {"as_of": "2020-01-01"},
        {"as_of": "tomorrow"},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_supposed_is_refused_with_a_reason(ask, county, body):
    answer = ask(Role.STUDENT, "POST", f"/learners/{county.learners[OWN]}/what-if", body)
    assert answer.status_code == 422
    assert answer.json["problems"]


def test_an_entry_that_is_not_there_is_not_found(ask, county):
    path = f"/learners/{county.learners[OWN]}/what-if"
    assert ask(Role.REGISTRAR, "POST", path, {"without": [{"ledger_seq": 99}]}).status_code == 404


def test_a_supposition_needs_no_key_to_be_repeated(ask, county):
    path = f"/learners/{county.learners[OWN]}/what-if"
    answers = [
        ask(Role.STUDENT, "POST", path, {"records": [PRIZE]}, Idempotency_Key="same").json
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
