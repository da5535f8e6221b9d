"""Who may see and lead the advance on its pages; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, LEFT, OTHER, SAME, CountyInSmall
from tests.functional.reaches import (
    AGREEMENTS,
    COHORT,
    COHORTS,
    LEARNERS,
    SEE,
    Asked,
    Endpoint,
    Reach,
    plain,
)

OWN_COHORTS = frozenset({AGREED, LEFT})
APPROVES: Reach = {Role.APPROVER: OWN_COHORTS}
ASSESSES: Reach = {Role.REGISTRAR: OWN_COHORTS}
SCORES: Reach = {Role.REGISTRAR: OWN_COHORTS, Role.COLLEGE: frozenset({AGREED})}
RANKS: Reach = {Role.APPROVER: OWN_COHORTS, Role.COLLEGE: frozenset({AGREED})}
ADMITS: Reach = {Role.COLLEGE: frozenset({AGREED})}
DISQUALIFIES: Reach = {
    Role.APPROVER: OWN_COHORTS, Role.COUNTY: frozenset({AGREED, LEFT, OTHER}),
}  # fmt: skip
MEMBERS = frozenset({AGREED, LEFT, SAME})
"""Learners of the first school who are or were in a class that goes on to a college."""
OF_FAMILY: Reach = {
    Role.STUDENT: frozenset(), Role.GUARDIAN: frozenset(), Role.REGISTRAR: MEMBERS,
}  # fmt: skip
"""The family's own learner is in no such class; theirs is in web/test_advances.py."""
ON_NOTICE: Reach = {**COHORT, Role.STUDENT: frozenset(), Role.GUARDIAN: frozenset()}
"""As above; the class's own families are in web/advances/test_notices.py."""
ANSWERS: Reach = {Role.APPROVER: MEMBERS}
TAKES_BACK: Reach = dict.fromkeys(
    (Role.STUDENT, Role.GUARDIAN, Role.REGISTRAR, Role.APPROVER, Role.COLLEGE, Role.COUNTY),
    frozenset[str](),
)
"""Of a step that nobody took; taking one back is in web/test_advances.py."""


def _page(slug: str = "", body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    def ask(county: CountyInSmall, relation: str) -> Asked:
        return Asked(f"/agreements/{county.agreements[relation]}/advance{slug}", body)

    return ask


def _conditions(county: CountyInSmall, relation: str) -> Asked:
    first, second = county.schools
    members = {
        AGREED: first.pupils[2].enrolment_id,
        LEFT: first.pupils[1].enrolment_id,
        OTHER: second.pupils[1].enrolment_id,
    }
    number = members.get(relation, 2_000_000_000)
    return Asked(f"/agreements/{county.agreements[relation]}/advance/conditions/{number}")


def _one(slug: str, kind: str) -> Callable[[CountyInSmall, str], Asked]:
    def ask(county: CountyInSmall, relation: str) -> Asked:
        pupils = {item.learner_id: item for school in county.schools for item in school.pupils}
        learner_id = county.learners[relation]
        number = pupils[learner_id].enrolment_id if learner_id in pupils else 1_999_999_999
        agreement = county.agreements[LEFT if relation == SAME else AGREED]
        body = {"kind": kind, "enrolment_id": str(number), "agreement_id": str(agreement)}
        return Asked(f"/learners/{learner_id}/advance/{slug}", body | {"reason": "核对"})

    return ask


def _taken_back(county: CountyInSmall, relation: str) -> Asked:
    body = {"advance_move_id": "999999999", "withdrawal_reason": "核对"}
    return Asked(f"/learners/{county.learners[relation]}/advance/withdrawals", body)


def _step(kind: str, slug: str, reach: Reach) -> dict[tuple[str, str], Endpoint]:
    return {
        ("GET", f"web.show_{kind}"): Endpoint(reach, _page(f"/{slug}"), COHORTS),
        ("POST", f"web.take_{kind}"): Endpoint(
            reach, _page(f"/{slug}", {"document_no": "测1号", "reason": "核对"}), COHORTS
        ),
    }


ADVANCE_PAGES: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "web.advance"): Endpoint(COHORT, _page(), COHORTS),
    ("GET", "web.advance_conditions"): Endpoint(COHORT, _conditions, COHORTS),
    ("GET", "web.advance_forms_file"): Endpoint(COHORT, _page("/forms"), COHORTS),
    ("GET", "web.advance_forms_to_issue"): Endpoint(ASSESSES, _page("/issued-forms"), COHORTS),
    ("POST", "web.issue_forms"): Endpoint(ASSESSES, _page("/issued-forms", {}), COHORTS),
    ("GET", "web.advance_public_list"): Endpoint(ON_NOTICE, _page("/public-list"), COHORTS),
    ("GET", "web.advance_overview"): Endpoint(AGREEMENTS, plain("/agreements/advances")),
    **_step("qualify", "qualification", APPROVES),
    **_step("announce", "notice", APPROVES),
    **_step("file", "filing", APPROVES),
    **_step("retry", "retry", APPROVES),
    **_step("register_exam", "exam", ASSESSES),
    **_step("disqualify", "disqualification", DISQUALIFIES),
    ("GET", "web.advance_assessments"): Endpoint(ASSESSES, _page("/assessments"), COHORTS),
    ("POST", "web.record_advance_assessments"): Endpoint(
        ASSESSES, _page("/assessments", {"document_no": "测1号"}), COHORTS
    ),
    ("GET", "web.advance_scores"): Endpoint(SCORES, _page("/scores"), COHORTS),
    ("GET", "web.advance_score_template"): Endpoint(SCORES, _page("/scores/template"), COHORTS),
    ("POST", "web.upload_advance_scores"): Endpoint(SCORES, _page("/scores/file", {}), COHORTS),
    ("POST", "web.record_advance_scores"): Endpoint(SCORES, _page("/scores", {}), COHORTS),
    ("GET", "web.advance_ranking"): Endpoint(RANKS, _page("/ranking"), COHORTS),
    ("POST", "web.propose_by_advance_ranking"): Endpoint(
        RANKS, _page("/ranking", {"document_no": "测1号"}), COHORTS
    ),
    ("GET", "web.advance_admissions"): Endpoint(ADMITS, _page("/admissions"), COHORTS),
    ("POST", "web.decide_advance_admissions"): Endpoint(
        ADMITS, _page("/admissions", {"document_no": "测1号"}), COHORTS
    ),
    ("GET", "web.advance_returns"): Endpoint(ADMITS, _page("/returns"), COHORTS),
    ("GET", "web.advance_return_template"): Endpoint(ADMITS, _page("/returns/template"), COHORTS),
    ("POST", "web.upload_advance_returns"): Endpoint(ADMITS, _page("/returns/file", {}), COHORTS),
    ("POST", "web.record_advance_returns"): Endpoint(ADMITS, _page("/returns", {}), COHORTS),
    ("GET", "web.learner_advance"): Endpoint(
        SEE,
        lambda county, relation: Asked(f"/learners/{county.learners[relation]}/advance"),
        LEARNERS,
    ),
    ("POST", "web.appeal_advance"): Endpoint(OF_FAMILY, _one("appeals", "appeal"), LEARNERS),
    ("POST", "web.give_up_advance"): Endpoint(OF_FAMILY, _one("giving-up", "give_up"), LEARNERS),
    ("POST", "web.answer_advance_appeal"): Endpoint(
        ANSWERS, _one("appeal-answers", "dismiss_appeal"), LEARNERS
    ),
    ("POST", "web.withdraw_advance_step"): Endpoint(TAKES_BACK, _taken_back, LEARNERS),
}
