"""Status changes on pages: applied for by the family, answered from the queue, then told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, LEFT, NOW, OWN, SAME, CountyInSmall
from tests.functional.web.conftest import Reader, Visitor

SUSPENSION = {
    "reason": "10",
    "takes_effect_on": "2026-07-01",
    "until": "2027-01-31",
    "note": "长期住院治疗",
    "application_on": "2026-06-30",
    "hospital_on": "2026-06-29",
    "hospital_no": "诊字9号",
    "hospital_by": "县人民医院",
}
OFFICES = (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COUNTY)


def apply(reader: Reader, learner_id: int, kind: str = "11", **form: str) -> str:
    path = f"/learners/{learner_id}/status-changes/{kind}"
    return reader.post(path, SUSPENSION | form, part=True).get_data(as_text=True)


def newest(body: str) -> int:
    found = re.search(r'id="change-(\d+)"', body)
    assert found is not None
    return int(found[1])


def test_the_family_applies_the_offices_agree_and_the_page_says_suspended(
    visitor: Visitor, county: CountyInSmall
) -> None:
    learner_id = county.learners[OWN]
    body = apply(visitor(Role.STUDENT), learner_id)
    assert "已提交申请" in body
    assert "待班主任办理，至 2026年7月15日" in body
    number = newest(body)
    for role in OFFICES:
        office = visitor(role)
        queue = office.get("/status-changes").get_data(as_text=True)
        assert f'id="change-{number}"' in queue
        assert "还剩 10 个工作日" in queue
        form = {"agrees": "yes", "document_no": "测学〔2026〕1号", "from": "queue"}
        answer = office.post(f"/status-changes/{number}/opinions", form, part=True)
        said = answer.get_data(as_text=True)
        assert f'id="change-{number}"' not in said
    assert "已办结" in said
    page = visitor(Role.GUARDIAN).get(f"/learners/{learner_id}").get_data(as_text=True)
    assert "在读 → 休学" in page
    head = page[page.index('id="learner-head"') : page.index('id="watch"')]
    assert "休学" in head


def test_an_opinion_on_the_learners_page_renews_what_it_changes(
    visitor: Visitor, county: CountyInSmall
) -> None:
    learner_id = county.learners[AGREED]
    registrar = visitor(Role.REGISTRAR)
    number = newest(apply(registrar, learner_id))
    form = {"agrees": "yes", "document_no": "测学〔2026〕2号"}
    for role in OFFICES:
        answer = visitor(role).post(f"/status-changes/{number}/opinions", form, part=True)
        body = answer.get_data(as_text=True)
        assert answer.status_code == 200
    for part in ("status-changes", "learner-head", "verdicts", "transcript", "watch"):
        assert f'id="{part}"' in body
    again = visitor(Role.COUNTY).post(f"/status-changes/{number}/opinions", form, part=True)
    assert again.status_code == 422
    panel = registrar.get(f"/learners/{learner_id}/status-changes/12", part=True)
    assert 'name="health_on"' in panel.get_data(as_text=True)


def test_each_refusing_rule_is_shown_with_its_id_and_reference(
    visitor: Visitor, county: CountyInSmall
) -> None:
    reader = visitor(Role.REGISTRAR)
    body = apply(reader, county.learners[SAME], hospital_on="", until="2028-07-01")
    assert re.findall(r"<code>(\w+)</code>", body) == ["SU1", "SU2"]
    assert "教职成〔2010〕7号" in body
    assert 'value="长期住院治疗"' in body
    path = f"/learners/{county.learners[SAME]}/status-changes/11"
    whole = reader.post(path, SUSPENSION | {"hospital_on": ""}).get_data(as_text=True)
    assert "<h1>" in whole
    assert "<code>SU1</code>" in whole


@pytest.mark.parametrize(
    ("kind", "form", "fault"),
    [
        ("11", {"until": ""}, "until-fault"),
        ("11", {"until": "2026-06-01"}, "until-fault"),
        ("11", {"takes_effect_on": "2029-07-01"}, "takes_effect_on-fault"),
        ("11", {"hospital_on": "gestern"}, "hospital_on-fault"),
        ("29", {"class_name": ""}, "class_name-fault"),
        ("23", {"plan_id": ""}, "plan_id-fault"),
        ("31", {"reason": "34"}, "reason-fault"),
        ("31", {"by_school": "school", "absent_hours": "viele"}, "absent_hours-fault"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    visitor: Visitor, county: CountyInSmall, kind: str, form: dict[str, str], fault: str
) -> None:
    body = apply(visitor(Role.REGISTRAR), county.learners[SAME], kind, **form)
    assert f'id="{fault}"' in body


@pytest.mark.parametrize("kind", ["23", "29", "31", "42", "51", "12", "15", "16"])
def test_the_fields_follow_the_kind(visitor: Visitor, county: CountyInSmall, kind: str) -> None:
    path = f"/learners/{county.learners[SAME]}/status-changes/{kind}"
    body = visitor(Role.REGISTRAR).get(path, part=True).get_data(as_text=True)
    assert ('name="until"' in body, 'name="ground"' in body) == (False, kind == "23")
    assert ('name="absent_hours"' in body) is (kind == "31")
    assert ('name="sanction_no"' in body) is (kind == "42")


def test_the_family_is_offered_what_is_theirs(visitor: Visitor, county: CountyInSmall) -> None:
    body = visitor(Role.STUDENT).get(f"/learners/{county.learners[OWN]}").get_data(as_text=True)
    assert "/status-changes/42" not in body
    assert "absent_hours" not in body
    path = f"/learners/{county.learners[SAME]}"
    registrar = visitor(Role.REGISTRAR).get(path).get_data(as_text=True)
    assert "/status-changes/42" in registrar


def test_who_applied_takes_it_back(visitor: Visitor, county: CountyInSmall) -> None:
    registrar = visitor(Role.REGISTRAR)
    number = newest(apply(registrar, county.learners[LEFT]))
    again = apply(registrar, county.learners[LEFT])
    assert "已有一项异动在办理" in again
    path = f"/status-changes/{number}/withdrawals"
    assert "已撤回" in registrar.post(path, {}, part=True).get_data(as_text=True)
    twice = registrar.post(path, {}, part=True)
    assert twice.status_code == 422


def test_what_could_not_be_carried_out_on_its_day_says_so(
    visitor: Visitor, county: CountyInSmall
) -> None:
    learner_id = county.learners[LEFT]
    with time_machine.travel(NOW - timedelta(days=3), tick=True):
        form = {"takes_effect_on": "2026-06-30", "application_on": "2026-06-20"}
        body = apply(visitor(Role.REGISTRAR), learner_id, **form, hospital_on="2026-06-20")
        number = newest(body)
        for role in OFFICES:
            answer = {"agrees": "yes", "document_no": "测学〔2026〕4号"}
            visitor(role).post(f"/status-changes/{number}/opinions", answer, part=True)
        before = visitor(Role.ADVISOR).get(f"/learners/{learner_id}").get_data(as_text=True)
    assert "各部门已同意，2026年6月30日 生效" in before
    registrar = visitor(Role.REGISTRAR)
    after = registrar.get(f"/learners/{learner_id}").get_data(as_text=True)
    assert "应于 2026年6月30日 生效，但按规定未能执行" in after
    path = f"/status-changes/{number}/withdrawals"
    assert "已撤回" in registrar.post(path, {}, part=True).get_data(as_text=True)


def test_a_refusal_says_why(visitor: Visitor, county: CountyInSmall) -> None:
    advisor = visitor(Role.ADVISOR)
    path = f"/status-changes/{county.changes[OWN]}/opinions"
    for form in ({"agrees": "no"}, {"agrees": "no", "from": "queue"}):
        answer = advisor.post(path, form, part=True)
        assert answer.status_code == 422
        assert 'id="opinion-fault"' in answer.get_data(as_text=True)
    whole = advisor.post(path, {"agrees": "no", "from": "queue"}).get_data(as_text=True)
    assert "<h1>" in whole
    done = advisor.post(path, {"agrees": "no", "opinion": "材料不全", "from": "queue"}, part=True)
    assert "申请结束" in done.get_data(as_text=True)


def test_what_is_overdue_is_marked_and_what_runs_out_is_listed(
    visitor: Visitor, county: CountyInSmall
) -> None:
    learner_id = county.learners[SAME]
    registrar, advisor = visitor(Role.REGISTRAR), visitor(Role.ADVISOR)
    with time_machine.travel(NOW - timedelta(days=16), tick=True):
        form = {"takes_effect_on": "2026-06-15", "until": "2026-07-20"}
        proofs = {"application_on": "2026-06-12", "hospital_on": "2026-06-12"}
        number = newest(apply(registrar, learner_id, **form, **proofs))
    body = advisor.get("/status-changes").get_data(as_text=True)
    mine = body[body.index(f'id="change-{number}"') :]
    assert "已超期 2 个工作日" in mine
    assert "tone-bad" in mine
    for role in OFFICES:
        before = visitor(role).get("/deadlines").get_data(as_text=True)
        assert f"/learners/{learner_id}#status-changes" not in before
        answer = {"agrees": "yes", "document_no": "测学〔2026〕3号"}
        visitor(role).post(f"/status-changes/{number}/opinions", answer, part=True)
    for role in OFFICES:
        listed = visitor(role).get("/deadlines").get_data(as_text=True)
        assert "休学期满" in listed
        assert "2026年7月20日" in listed
        assert f"/learners/{learner_id}#status-changes" in listed


@pytest.mark.parametrize("role", [Role.TEACHER, Role.COLLEGE, Role.AUDITOR])
def test_who_has_no_part_in_it_sees_no_panel(
    visitor: Visitor, county: CountyInSmall, role: Role
) -> None:
    body = visitor(role).get(f"/learners/{county.learners[AGREED]}").get_data(as_text=True)
    assert "<h1>" in body
    assert 'id="status-changes"' not in body


def test_a_kind_that_there_is_not_is_not_found(visitor: Visitor, county: CountyInSmall) -> None:
    path = f"/learners/{county.learners[SAME]}/status-changes/22"
    assert visitor(Role.REGISTRAR).get(path, part=True).status_code == 404
