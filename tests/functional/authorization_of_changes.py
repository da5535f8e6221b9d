"""Who may apply for, answer, take back, see status changes, be told; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.factories.county import CountyInSmall
from tests.functional.authorization_of_messages import MESSAGES
from tests.functional.reaches import (
    ANSWER,
    APPLY,
    APPROVE,
    APPROVER_ONLY,
    ASSESS,
    BUREAU_ONLY,
    CASES,
    LEARNERS,
    OFFICE_LISTS,
    PUBLIC,
    SEE_CHANGE,
    SEE_CHANGES,
    SEE_TRANSFER,
    TAKE_BACK,
    TRANSFERS,
    Asked,
    Endpoint,
    learner,
    plain,
)

APPLICATION = {"kind": "12", "takes_effect_on": "2026-07-01"}
REFUSAL = {"agrees": False}
NOBODYS = {"status_change_ids": [2_000_000_000]}
FAILED = {"passed": False, "assessed_on": "2026-07-01"}


def _change(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.changes[relation]), body)


def _transfer(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.transfers[relation]), body)


def _graduating(county: CountyInSmall, relation: str) -> Asked:
    body = {"takes_effect_on": "2026-07-01", "document_no": "测1号"}
    return Asked("/api/v1/class-graduations", body | {"learner_ids": [county.learners[relation]]})


def _ticked(county: CountyInSmall, relation: str) -> Asked:
    body = {"takes_effect_on": "2026-07-01", "document_no": "测1号", "idempotency_key": "ticked"}
    return Asked("/graduations", body | {"learner_id": str(county.learners[relation])})


STATUS_CHANGES: Mapping[tuple[str, str], Endpoint] = {
    **MESSAGES,
    ("GET", "api_status_changes.get_status_changes"): Endpoint(
        SEE_CHANGES, learner("/api/v1/learners/{}/status-changes"), LEARNERS
    ),
    ("POST", "api_status_changes.post_status_change"): Endpoint(
        APPLY, learner("/api/v1/learners/{}/status-changes", APPLICATION), LEARNERS
    ),
    ("GET", "api_status_changes.get_waiting_changes"): Endpoint(
        OFFICE_LISTS, plain("/api/v1/status-changes")
    ),
    ("GET", "api_status_changes.get_status_change"): Endpoint(
        SEE_CHANGE, _change("/api/v1/status-changes/{}"), CASES
    ),
    ("POST", "api_status_changes.post_opinion"): Endpoint(
        ANSWER, _change("/api/v1/status-changes/{}/opinions", REFUSAL), CASES
    ),
    ("POST", "api_status_changes.post_opinions"): Endpoint(
        OFFICE_LISTS, plain("/api/v1/status-changes/opinions", NOBODYS)
    ),
    ("POST", "web.agree_to_ticked"): Endpoint(
        OFFICE_LISTS, plain("/status-changes/opinions", {"status_change_id": "2000000000"})
    ),
    ("POST", "api_status_changes.post_taking_back"): Endpoint(
        TAKE_BACK, _change("/api/v1/status-changes/{}/withdrawals", {}), CASES
    ),
    ("GET", "api_transfers.get_transfer"): Endpoint(
        SEE_TRANSFER, _transfer("/api/v1/transfers/{}"), TRANSFERS
    ),
    ("POST", "api_transfers.post_recognition_plan"): Endpoint(
        ASSESS, _transfer("/api/v1/transfers/{}/recognition-plans", FAILED), TRANSFERS
    ),
    ("GET", "web.transfer"): Endpoint(SEE_TRANSFER, _transfer("/transfers/{}"), TRANSFERS),
    ("POST", "web.plan_transfer"): Endpoint(
        ASSESS, _transfer("/transfers/{}/recognition-plans", {"passed": "no"}), TRANSFERS
    ),
    ("POST", "api_class_graduations.post_class_graduation"): Endpoint(
        APPROVE, _graduating, LEARNERS
    ),
    ("GET", "web.graduations"): Endpoint(APPROVER_ONLY, plain("/graduations")),
    ("POST", "web.graduate_chosen"): Endpoint(APPROVE, _ticked, LEARNERS),
    ("GET", "api_status_changes.get_deadlines"): Endpoint(OFFICE_LISTS, plain("/api/v1/deadlines")),
    ("GET", "api_notices.get_notices"): Endpoint(PUBLIC, plain("/api/v1/notices")),
    ("GET", "web.notices"): Endpoint(PUBLIC, plain("/notices")),
    ("GET", "api_transfer_numbers.get_transfer_numbers"): Endpoint(
        BUREAU_ONLY, plain("/api/v1/transfer-numbers")
    ),
    ("GET", "web.transfer_overview"): Endpoint(BUREAU_ONLY, plain("/transfers")),
    ("GET", "web.status_changes"): Endpoint(OFFICE_LISTS, plain("/status-changes")),
    ("GET", "web.deadlines"): Endpoint(OFFICE_LISTS, plain("/deadlines")),
    ("GET", "web.status_change_panel"): Endpoint(
        APPLY, learner("/learners/{}/status-changes/11"), LEARNERS
    ),
    ("POST", "web.apply_for_change"): Endpoint(
        APPLY, learner("/learners/{}/status-changes/11", {"note": ""}), LEARNERS
    ),
    ("POST", "web.give_opinion"): Endpoint(
        ANSWER, _change("/status-changes/{}/opinions", {"agrees": "no"}), CASES
    ),
    ("POST", "web.take_back_change"): Endpoint(
        TAKE_BACK, _change("/status-changes/{}/withdrawals", {}), CASES
    ),
}
