"""Who may hand in, see, review and object to claims; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import OTHER, OWN, CountyInSmall
from tests.functional.reaches import (
    APPROVER_ONLY,
    CASES,
    EVERYBODY,
    LEARNERS,
    MINE,
    ONCE,
    REGISTRAR_ONLY,
    STAFF,
    Asked,
    Endpoint,
    Reach,
    learner,
    plain,
)

FAMILY = (Role.STUDENT, Role.GUARDIAN)
SEE_OF_LEARNER: Reach = {
    **dict.fromkeys(FAMILY, frozenset({OWN})),
    **dict.fromkeys((Role.REGISTRAR, Role.APPROVER), MINE),
    Role.COUNTY: EVERYBODY,
}
HAND_IN: Reach = dict.fromkeys(FAMILY, frozenset({OWN}))
NOT_OWN: Reach = dict.fromkeys(FAMILY, frozenset())
"""The claims of the table are a schoolmate's: nothing for the student to see or to change."""
SEE_ONE: Reach = {
    **NOT_OWN,
    **dict.fromkeys((Role.REGISTRAR, Role.APPROVER), frozenset({OWN})),
    Role.COUNTY: frozenset({OWN, OTHER}),
}
REVIEW: Reach = {Role.REGISTRAR: frozenset({OWN})}
CONFIRM: Reach = {Role.APPROVER: frozenset({OWN})}
NOTICES: Reach = dict.fromkeys((*FAMILY, *STAFF), ONCE)
OBJECT: Reach = dict.fromkeys((*FAMILY, *STAFF), frozenset({OWN}))
DRAFT = {"kind": "volunteering", "category": "volunteering", "title": "x"}


def _claim(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.claims.waiting[relation]), body)


def _hanging(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.claims.hanging[relation]), body)


def _file(path: str) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(
        path.format(county.claims.waiting[relation], county.claims.files[relation])
    )


def _opened(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/api/v1/claims", {**DRAFT, "learner_id": county.learners[relation]})


def _confirmed(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/api/v1/claims/confirmations", {"claim_ids": [county.claims.waiting[relation]]})


CLAIMS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_claims.get_claims"): Endpoint(
        SEE_OF_LEARNER, learner("/api/v1/learners/{}/claims"), LEARNERS
    ),
    ("GET", "api_claims.get_claim"): Endpoint(SEE_ONE, _claim("/api/v1/claims/{}"), CASES),
    ("GET", "api_claims.get_claim_page"): Endpoint(
        SEE_ONE, _file("/api/v1/claims/{}/files/{}/1"), CASES
    ),
    ("POST", "api_claims.post_claim"): Endpoint(HAND_IN, _opened, LEARNERS),
    ("POST", "api_claims.post_claim_statement"): Endpoint(
        NOT_OWN, _claim("/api/v1/claims/{}/statements", DRAFT), CASES
    ),
    ("POST", "api_claims.post_claim_file"): Endpoint(
        NOT_OWN, _claim("/api/v1/claims/{}/files", {"content": "AAAA"}), CASES
    ),
    ("POST", "api_claims.post_claim_move"): Endpoint(
        NOT_OWN, _claim("/api/v1/claims/{}/moves", {"kind": "withdraw"}), CASES
    ),
    ("GET", "api_claim_reviews.get_claim_reviews"): Endpoint(
        REGISTRAR_ONLY, plain("/api/v1/claims/reviews")
    ),
    ("POST", "api_claim_reviews.post_claim_review"): Endpoint(
        REVIEW, _claim("/api/v1/claims/{}/reviews", {"kind": "return"}), CASES
    ),
    ("GET", "api_claim_reviews.get_claim_confirmations"): Endpoint(
        APPROVER_ONLY, plain("/api/v1/claims/confirmations")
    ),
    ("POST", "api_claim_reviews.post_claim_confirmation"): Endpoint(CONFIRM, _confirmed, CASES),
    ("POST", "api_claim_reviews.post_claim_return"): Endpoint(
        CONFIRM, _claim("/api/v1/claims/{}/returns", {"kind": "return"}), CASES
    ),
    ("GET", "api_claim_reviews.get_claim_notices"): Endpoint(
        NOTICES, plain("/api/v1/claims/notices")
    ),
    ("POST", "api_claim_reviews.post_claim_objection"): Endpoint(
        OBJECT, _hanging("/api/v1/claims/{}/objections", {}), CASES
    ),
    ("GET", "api_claim_reviews.get_claim_objections"): Endpoint(
        APPROVER_ONLY, plain("/api/v1/claims/objections")
    ),
    ("POST", "api_claim_reviews.post_claim_ruling"): Endpoint(
        CONFIRM, _hanging("/api/v1/claims/{}/rulings", {"kind": "dismiss", "about": 1}), CASES
    ),
    ("GET", "web.claims"): Endpoint(SEE_OF_LEARNER, learner("/learners/{}/claims"), LEARNERS),
    ("GET", "web.new_claim"): Endpoint(
        HAND_IN, learner("/learners/{}/claims/new?kind=award"), LEARNERS
    ),
    ("POST", "web.claim_value"): Endpoint(
        HAND_IN, learner("/learners/{}/claims/value", {"kind": "award"}), LEARNERS
    ),
    ("POST", "web.begin_claim"): Endpoint(
        HAND_IN, learner("/learners/{}/claims", {"kind": "award", "title": "x"}), LEARNERS
    ),
    ("GET", "web.claim"): Endpoint(SEE_ONE, _claim("/claims/{}"), CASES),
    ("GET", "web.edit_claim"): Endpoint(NOT_OWN, _claim("/claims/{}/edit"), CASES),
    ("POST", "web.save_claim"): Endpoint(NOT_OWN, _claim("/claims/{}/edit", {"title": "x"}), CASES),
    ("POST", "web.withdraw_claim"): Endpoint(NOT_OWN, _claim("/claims/{}/withdrawal", {}), CASES),
    ("GET", "web.claim_page"): Endpoint(SEE_ONE, _file("/claims/{}/files/{}/1"), CASES),
    # Of a picture there is no document to hand out: hidden from everybody.
    ("GET", "web.claim_original"): Endpoint(
        dict.fromkeys(SEE_ONE, frozenset()), _file("/claims/{}/files/{}"), CASES
    ),
    ("GET", "web.claim_reviews"): Endpoint(REGISTRAR_ONLY, plain("/claims/reviews")),
    ("POST", "web.review_claim"): Endpoint(
        REVIEW, _claim("/claims/{}/reviews", {"do": "return"}), CASES
    ),
    ("GET", "web.claim_confirmations"): Endpoint(APPROVER_ONLY, plain("/claims/confirmations")),
    ("POST", "web.confirm_claims"): Endpoint(APPROVER_ONLY, plain("/claims/confirmations", {})),
    ("POST", "web.return_claim"): Endpoint(CONFIRM, _claim("/claims/{}/returns", {}), CASES),
    ("POST", "web.rule_on_claim_objection"): Endpoint(
        CONFIRM, _hanging("/claims/{}/rulings", {}), CASES
    ),
    ("GET", "web.claim_notice"): Endpoint(NOTICES, plain("/claims/notice")),
    ("POST", "web.object_to_claim"): Endpoint(
        OBJECT, _hanging("/claims/{}/objections", {"reason": ""}), CASES
    ),
}
