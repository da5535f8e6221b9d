"""An exception over the wire: entered, approved by a second person, told with the verdict."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, OTHER, OWN, CountyInSmall
from tests.functional.conftest import Ask

REASON = "因病长期住院"
LOWER = {
    "kind": "lower",
    "subject": "",
    "credits": "50",
    "reason": REASON,
    "document_no": "测教〔2026〕7号",
    "decided_on": "2026-06-15",
}


def entered(ask: Ask, learner_id: int, **change: Any) -> int:
    answer = ask(Role.REGISTRAR, "POST", f"/learners/{learner_id}/exceptions", LOWER | change)
    assert answer.status_code == 201, said(answer)
    assert said(answer)["state"] == "waiting"
    return said(answer)["plan_exception_id"]


def verdict(ask: Ask, learner_id: int) -> dict[str, Any]:
    answer = ask(Role.APPROVER, "GET", f"/learners/{learner_id}/verdicts")
    return said(answer)["verdicts"][0]


def said(answer: TestResponse) -> Any:
    return answer.json


def waiting(ask: Ask) -> set[int]:
    answer = ask(Role.APPROVER, "GET", "/exceptions")
    return {item["plan_exception_id"] for item in said(answer)["items"]}


def test_an_approved_exception_is_told_with_the_verdict(ask: Ask, county: CountyInSmall) -> None:
    learner_id = county.learners[OWN]
    number = entered(ask, learner_id)
    assert verdict(ask, learner_id)["exceptions"] == []
    assert {number, county.exceptions[OWN]} <= waiting(ask)
    ruled = ask(Role.APPROVER, "POST", f"/exceptions/{number}/rulings", {"ruling": "approved"})
    assert (ruled.status_code, said(ruled)["state"]) == (201, "standing")
    assert number not in waiting(ask)
    found = verdict(ask, learner_id)
    (told,) = found["exceptions"]
    assert told == {
        "kind": "lower",
        "subject": "",
        "block_code": "",
        "ledger_seq": None,
        "credits": "50",
        "document_no": "测教〔2026〕7号",
        "decided_on": "2026-06-15",
    }
    assert (
        "按个人例外决定(测教〔2026〕7号,2026-06-15):总学分的要求降为 50 学分。"
        in found["sentences"]["zh"]
    )
    assert REASON not in str(found)
    history = said(ask(Role.APPROVER, "GET", f"/learners/{learner_id}/exceptions"))["exceptions"]
    assert [(item["state"], item["credits"]) for item in history] == [("standing", "50")]


@pytest.mark.parametrize(
    ("role", "relation", "reads"),
    [
        (Role.STUDENT, OWN, True),
        (Role.GUARDIAN, OWN, True),
        (Role.REGISTRAR, AGREED, True),
        (Role.APPROVER, AGREED, True),
        (Role.TEACHER, AGREED, False),
        (Role.COLLEGE, AGREED, False),
        (Role.COUNTY, AGREED, True),
        (Role.AUDITOR, AGREED, False),
    ],
)
def test_why_is_read_by_whom_it_concerns(
    ask: Ask, county: CountyInSmall, role: Role, relation: str, *, reads: bool
) -> None:
    learner_id = county.learners[relation]
    number = entered(ask, learner_id, subject="GG", decided_on=DAYS[role])
    refusal = {"ruling": "refused", "reason": "病历不全"}
    ask(Role.APPROVER, "POST", f"/exceptions/{number}/rulings", refusal)
    answer = ask(role, "GET", f"/learners/{learner_id}/exceptions")
    line = next(item for item in said(answer)["exceptions"] if item["plan_exception_id"] == number)
    assert (line["state"], line["document_no"]) == ("refused", LOWER["document_no"])
    assert (line["reason"], line["ruling_reason"]) == ((REASON, "病历不全") if reads else ("", ""))


DAYS = {role: f"2026-05-{day:02d}" for day, role in enumerate(Role, start=1)}


def test_the_queue_is_that_of_the_own_school(ask: Ask, county: CountyInSmall) -> None:
    first = said(ask(Role.REGISTRAR, "GET", "/exceptions?limit=1"))
    assert len(first["items"]) == 1
    assert county.exceptions[OTHER] not in waiting(ask)
    assert county.exceptions[OWN] in waiting(ask)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (LOWER | {"subject": "QQ"}, "subject", "unknown_subject"),
        (LOWER | {"credits": "90"}, "units", "not_lower"),
        (LOWER | {"decided_on": "2030-01-01"}, "decided_on", "in_future"),
        (LOWER | {"kind": "wish"}, "kind", None),
        ({"kind": "waive", "subject": "RX"}, "reason", None),
    ],
)
def test_a_refusal_names_the_field(ask: Ask, county: CountyInSmall, body, field, code) -> None:
    path = f"/learners/{county.learners[OWN]}/exceptions"
    answer = ask(Role.REGISTRAR, "POST", path, body)
    assert answer.status_code == 422
    (fault,) = [item for item in said(answer)["problems"] if item["field"] == field]
    assert code is None or fault["code"] == code
    assert fault["detail"]
