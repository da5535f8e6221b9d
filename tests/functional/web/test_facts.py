"""Recording facts from a learner's page: beside the form what is wrong, around it what changed."""

from __future__ import annotations

from creditbank.domain.permissions import Role
from tests.factories.county import OWN
from tests.functional.web.conftest import Visitor


def path(reader, kind: str) -> str:
    return f"/learners/{reader.county.learners[OWN]}/facts/{kind}"


def test_a_fact_brings_the_verdicts_with_it(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    form = {"term": "2025-2026-1", "result": "passed", "grade": "优秀"}
    body = reader.post(path(reader, "conduct"), form, part=True).get_data(as_text=True)
    assert "结论已更新" in body
    assert 'id="verdicts"' in body
    assert "优秀" in body


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    form = {"organisation": "机床厂", "started_on": "2026-01-05", "result": "passed"}
    answer = reader.post(path(reader, "internship"), form, part=True)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="ended_on-fault"' in body
    assert 'value="机床厂"' in body
    whole = reader.post(path(reader, "internship"), form).get_data(as_text=True)
    assert "<h1>" in whole
    assert 'id="ended_on-fault"' in whole


def test_a_wrong_attestation_is_corrected_by_choosing_it(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    form = {"attestation": "medical_check", "result": "passed", "attested_on": "2026-05-01"}
    body = reader.post(path(reader, "attestation"), form, part=True).get_data(as_text=True)
    choice = body.partition('name="replaces_id"')[2].partition("</select>")[0]
    wrong = choice.rpartition('<option value="')[2].partition('"')[0]
    corrected = form | {"result": "failed", "replaces_id": wrong}
    body = reader.post(path(reader, "attestation"), corrected, part=True).get_data(as_text=True)
    assert "以后来的登记为准" in body


def test_a_kind_that_there_is_not_is_not_found(visitor: Visitor):
    reader = visitor(Role.REGISTRAR)
    assert reader.get(path(reader, "mood"), part=True).status_code == 404
