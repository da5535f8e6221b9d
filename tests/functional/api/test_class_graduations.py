"""A class graduates over the wire: what became of each, in the reader's language."""

from __future__ import annotations

from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import LEFT, OTHER, OWN, CountyInSmall
from tests.functional.conftest import Ask

PATH = "/class-graduations"


def body(*learner_ids: int) -> dict[str, Any]:
    return {
        "learner_ids": [*learner_ids],
        "takes_effect_on": "2026-07-01",
        "document_no": "测毕1号",
    }


def test_each_is_answered_for(ask: Ask, county: CountyInSmall) -> None:
    learner_ids = [county.learners[relation] for relation in (LEFT, OWN)]
    answer = ask(Role.APPROVER, "POST", PATH, body(*learner_ids))
    said: Any = answer.json
    assert answer.status_code == 201, said
    assert said["executed"] == 0
    assert [item["learner_id"] for item in said["items"]] == learner_ids
    for item in said["items"]:
        assert (item["state"], item["status_change_id"]) == ("", None)
        (problem,) = item["problems"]
        assert problem["code"] == "not_eligible"
        assert "结论" in problem["detail"]


def test_another_schools_learner_hides_the_whole_call(ask: Ask, county: CountyInSmall) -> None:
    learner_ids = [county.learners[relation] for relation in (OWN, OTHER)]
    assert ask(Role.APPROVER, "POST", PATH, body(*learner_ids)).status_code == 404


def test_nobody_and_too_many_are_refused(ask: Ask) -> None:
    for count in (0, 101):
        answer = ask(Role.APPROVER, "POST", PATH, body(*range(1, count + 1)))
        said: Any = answer.json
        assert answer.status_code == 422
        assert said["problems"][0]["field"] == "learner_ids"
