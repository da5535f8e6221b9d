"""Who may see advances and make which step of them; see authorization.py.

The learner of the student is in no agreement: what is one's own is in api/test_advances.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import ABSENT, AGREED, LEFT, OTHER, OWN, SAME, CountyInSmall
from tests.functional.reaches import (
    COHORT,
    COHORTS,
    LEARNERS,
    SEE,
    Asked,
    Endpoint,
    Reach,
    learner,
)

MEMBERS = frozenset({AGREED, LEFT, SAME})
"""Of the first school who is, or was, in an agreement that is asked for."""
EVERY_MEMBER = MEMBERS | {OTHER}
COLLEGE: Reach = {Role.COLLEGE: frozenset({AGREED})}
"""Who has left the class is no longer the college's, and an agreement that ended shows nobody."""
FAMILY: Reach = {Role.STUDENT: frozenset(), Role.GUARDIAN: frozenset()}
REGISTRAR: Reach = {Role.REGISTRAR: MEMBERS}
APPROVER: Reach = {Role.APPROVER: MEMBERS}
DOCUMENT = {"document_no": "测1号"}


def _place(county: CountyInSmall, relation: str) -> tuple[int, int]:
    """An agreement and an enrolment: of a member where the relation has one."""
    first, second = county.schools
    agreements = {SAME: LEFT, OWN: AGREED, LEFT: AGREED}
    agreement_id = county.agreements[agreements.get(relation, relation)]
    if relation == OTHER:
        return agreement_id, second.pupils[1].enrolment_id
    found = {pupil.learner_id: pupil.enrolment_id for pupil in first.pupils}
    return agreement_id, found.get(county.learners[relation], 2_000_000_000)


def _many(path: str, **more: Any) -> Callable[[CountyInSmall, str], Asked]:
    def ask(county: CountyInSmall, relation: str) -> Asked:
        agreement_id, enrolment_id = _place(county, relation)
        body = {"agreement_id": agreement_id, "enrolment_ids": [enrolment_id], **DOCUMENT}
        return Asked(f"/api/v1/advances/{path}", body | more)

    return ask


def _one(path: str, **more: Any) -> Callable[[CountyInSmall, str], Asked]:
    def ask(county: CountyInSmall, relation: str) -> Asked:
        agreement_id, enrolment_id = _place(county, relation)
        body = {"agreement_id": agreement_id, "enrolment_id": enrolment_id}
        return Asked(f"/api/v1/advances/{path}", body | more)

    return ask


def _lines(
    path: str, line: Mapping[str, Any], **more: Any
) -> Callable[[CountyInSmall, str], Asked]:
    def ask(county: CountyInSmall, relation: str) -> Asked:
        agreement_id, enrolment_id = _place(county, relation)
        body = {
            "agreement_id": agreement_id,
            "lines": [{"enrolment_id": enrolment_id, **line}],
        }
        return Asked(f"/api/v1/advances/{path}", body | more)

    return ask


def _cohort(path: str) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(
        f"/api/v1/agreements/{county.agreements[relation]}/{path}"
    )


def _issued(county: CountyInSmall, relation: str) -> Asked:
    agreement_id, enrolment_id = _place(county, relation)
    path = f"/api/v1/agreements/{agreement_id}/advance-forms/papers"
    return Asked(path, {"enrolment_ids": [enrolment_id]})


def _ranked(county: CountyInSmall, relation: str) -> Asked:
    body = {"agreement_id": county.agreements[relation], **DOCUMENT}
    return Asked("/api/v1/advances/proposals", body)


def _step(name: str, reach: Reach, ask: Callable[[CountyInSmall, str], Asked]) -> Any:
    return ("POST", f"api_advances.{name}"), Endpoint(reach, ask, LEARNERS)


ADVANCES: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_advances.get_advances"): Endpoint(COHORT, _cohort("advances"), COHORTS),
    ("GET", "api_advances.get_advance_forms"): Endpoint(COHORT, _cohort("advance-forms"), COHORTS),
    ("GET", "api_advances.get_advance_ranking"): Endpoint(
        COHORT, _cohort("advance-ranking"), COHORTS
    ),
    ("GET", "api_advances.get_learner_advances"): Endpoint(
        SEE, learner("/api/v1/learners/{}/advances"), LEARNERS
    ),
    ("POST", "api_papers.post_advance_forms"): Endpoint(REGISTRAR, _issued, LEARNERS),
    ("POST", "api_advances.post_proposals"): Endpoint(
        {Role.APPROVER: frozenset({AGREED, LEFT}), **COLLEGE}, _ranked, COHORTS
    ),
    ("POST", "api_advances.post_advance_withdrawal"): Endpoint(
        dict.fromkeys(
            (*FAMILY, Role.REGISTRAR, Role.APPROVER, Role.COLLEGE, Role.COUNTY), frozenset()
        ),
        lambda _county, _relation: Asked(
            "/api/v1/advances/withdrawals", {"advance_move_id": 2_000_000_000, "reason": "核对"}
        ),
        (ABSENT,),
    ),
} | dict(
    [
        _step("post_qualifications", APPROVER, _many("qualifications")),
        _step(
            "post_assessments",
            REGISTRAR,
            _lines("assessments", {"passed": True, "results": []}, **DOCUMENT),
        ),
        _step("post_notices", APPROVER, _many("notices")),
        _step("post_appeal", {**FAMILY, **REGISTRAR}, _one("appeals", reason="漏计")),
        _step(
            "post_appeal_ruling",
            APPROVER,
            _one("appeal-rulings", reason="属实", granted=True, **DOCUMENT),
        ),
        _step("post_filings", APPROVER, _many("filings")),
        _step(
            "post_scores",
            {**REGISTRAR, **COLLEGE},
            _lines("scores", {"scores": [{"part": "skill_test", "points": "80"}]}),
        ),
        _step(
            "post_admission_decisions",
            COLLEGE,
            _lines("admission-decisions", {"admitted": True}, **DOCUMENT),
        ),
        _step("post_admissions", COLLEGE, _lines("admissions", {"admission_no": "L1"})),
        _step("post_second_attempts", APPROVER, _many("second-attempts")),
        _step("post_exam_registrations", REGISTRAR, _many("exam-registrations")),
        _step("post_give_up", {**FAMILY, **REGISTRAR}, _one("give-ups")),
        _step(
            "post_disqualifications",
            {**APPROVER, Role.COUNTY: EVERY_MEMBER},
            _many("disqualifications", reason="作弊"),
        ),
    ]
)
