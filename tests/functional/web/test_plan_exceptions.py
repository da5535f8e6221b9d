"""Exceptions on the learner's page: entered by one, approved by another, told to the learner."""

from __future__ import annotations

import re

import pytest

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, OWN, SAME, CountyInSmall
from tests.functional.web.conftest import Reader, Visitor

LOWER = {
    "subject": "*",
    "units": "50",
    "reason": "因病长期住院",
    "document_no": "测教〔2026〕7号",
    "decided_on": "2026-06-15",
}


def enter(reader: Reader, learner_id: int, kind: str = "lower", **form: str) -> str:
    path = f"/learners/{learner_id}/exceptions/{kind}"
    return reader.post(path, LOWER | form, part=True).get_data(as_text=True)


def newest(body: str) -> int:
    found = re.search(r'id="exception-(\d+)"', body)
    assert found is not None
    return int(found[1])


def test_entered_by_one_and_approved_by_another(visitor: Visitor, county: CountyInSmall) -> None:
    learner_id = county.learners[OWN]
    body = enter(visitor(Role.REGISTRAR), learner_id)
    assert "已录入，待批准" in body
    assert "总学分的要求降为 50 学分" in body
    number = newest(body)
    approver = visitor(Role.APPROVER)
    assert "测教〔2026〕7号" in approver.get("/exceptions").get_data(as_text=True)
    page = approver.get(f"/learners/{learner_id}").get_data(as_text=True)
    assert f"/exceptions/{number}/rulings" in page
    form = {"ruling": "approved"}
    body = approver.post(f"/exceptions/{number}/rulings", form, part=True).get_data(as_text=True)
    assert "已批准，结论已更新" in body
    assert 'id="verdicts"' in body
    assert "按个人例外决定" in body
    again = approver.post(f"/exceptions/{number}/rulings", form, part=True)
    assert again.status_code == 422
    assert "已经批准或退回" in again.get_data(as_text=True)
    student = visitor(Role.STUDENT).get(f"/learners/{learner_id}").get_data(as_text=True)
    assert "测教〔2026〕7号" in student
    assert "因病长期住院" not in student


def test_who_may_not_enter_or_rule_sees_no_panel(visitor: Visitor, county: CountyInSmall) -> None:
    learner_id = county.learners[AGREED]
    assert 'id="exceptions"' in enter(visitor(Role.REGISTRAR), learner_id)
    for role in (Role.TEACHER, Role.COLLEGE, Role.COUNTY, Role.AUDITOR):
        body = visitor(role).get(f"/learners/{learner_id}").get_data(as_text=True)
        assert 'id="exceptions"' not in body
        assert "因病长期住院" not in body
    registrar = visitor(Role.REGISTRAR).get(f"/learners/{learner_id}").get_data(as_text=True)
    assert "/rulings" not in registrar


@pytest.mark.parametrize(
    ("kind", "form", "fault"),
    [
        ("waive", {"subject": "QQ"}, "subject-fault"),
        ("lower", {"units": "90"}, "units-fault"),
        ("insert", {"subject": "GG02", "block_code": "GG", "units": ""}, "block_code-fault"),
        ("force", {"ledger_seq": "77", "block_code": "GG"}, "ledger_seq-fault"),
        ("block", {"ledger_seq": "", "block_code": ""}, "ledger_seq-fault"),
        ("lower", {"document_no": ""}, "document_no-fault"),
        ("lower", {"decided_on": "2031-01-01"}, "decided_on-fault"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    visitor: Visitor, county: CountyInSmall, kind: str, form: dict[str, str], fault: str
) -> None:
    reader = visitor(Role.REGISTRAR)
    body = enter(reader, county.learners[SAME], kind, **form)
    assert f'id="{fault}"' in body
    assert 'value="因病长期住院"' in body
    path = f"/learners/{county.learners[SAME]}/exceptions/{kind}"
    whole = reader.post(path, LOWER | form).get_data(as_text=True)
    assert "<h1>" in whole
    assert f'id="{fault}"' in whole


def test_a_refusal_says_why_and_a_withdrawal_by_which_document(
    visitor: Visitor, county: CountyInSmall
) -> None:
    learner_id = county.learners[SAME]
    number = newest(enter(visitor(Role.REGISTRAR), learner_id, "block", ledger_seq="1",
                          block_code=""))  # fmt: skip
    approver = visitor(Role.APPROVER)
    path = f"/exceptions/{number}/rulings"
    refused = approver.post(path, {"ruling": "refused", "reason": ""}, part=True)
    assert 'id="reason-fault"' in refused.get_data(as_text=True)
    assert "<h1>" in approver.post(path, {"ruling": "refused"}).get_data(as_text=True)
    approver.post(path, {"ruling": "approved"}, part=True)
    wrong = approver.post(path, {"ruling": "withdrawn", "reason": "有误"}, part=True)
    assert 'id="document_no-fault"' in wrong.get_data(as_text=True)
    form = {"ruling": "withdrawn", "reason": "有误", "document_no": "测撤1号"}
    assert "已撤销" in approver.post(path, form, part=True).get_data(as_text=True)


def test_a_kind_that_there_is_not_is_not_found(visitor: Visitor, county: CountyInSmall) -> None:
    path = f"/learners/{county.learners[OWN]}/exceptions/wish"
    assert visitor(Role.REGISTRAR).get(path, part=True).status_code == 404
    kept = visitor(Role.REGISTRAR).get(path.replace("wish", "force"), part=True)
    assert 'name="ledger_seq"' in kept.get_data(as_text=True)
