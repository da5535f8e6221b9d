"""Who consents, what colleges read by signed calls, who manages keys and webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import ABSENT, AGREED, LEFT, OTHER, OWN, SAME, CountyInSmall
from tests.functional.reaches import (
    COHORTS,
    EVERYBODY,
    LEARNERS,
    MINE,
    NOTHING_NAMED,
    OFFICES,
    Asked,
    Endpoint,
    Reach,
    learner,
    plain,
)

CONSENTS_SEEN: Reach = {
    Role.STUDENT: frozenset({OWN}),
    Role.GUARDIAN: frozenset({OWN}),
    **dict.fromkeys(OFFICES, MINE),
    Role.COUNTY: EVERYBODY,
}
CONSENT: Reach = {Role.STUDENT: frozenset(), Role.GUARDIAN: frozenset()}
"""Of the student who has accounts none is in a class: a consent of theirs is about nothing."""
SIGNED: Reach = {Role.COLLEGE: frozenset({NOTHING_NAMED})}
FOLLOW: Reach = {Role.COLLEGE: frozenset({AGREED})}
MANAGE: Reach = dict.fromkeys((Role.COLLEGE, Role.COUNTY), frozenset({NOTHING_NAMED}))
MANAGE_ONE: Reach = {Role.COLLEGE: frozenset({OWN}), Role.COUNTY: frozenset({OWN, OTHER})}
ENDPOINTS_ASKED = (OWN, OTHER, ABSENT)
EVENT = {"url": "https://college.example/hook", "kinds": ["status.changed"]}


def _cohort(path: str) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.agreements[relation]))


def _member(path: str) -> Callable[[CountyInSmall, str], Asked]:
    """Of the college's own agreement, whoever the learner is."""

    def asked(county: CountyInSmall, relation: str) -> Asked:
        return Asked(path.format(county.agreements[AGREED], county.learners[relation]))

    return asked


def _consented(path: str) -> Callable[[CountyInSmall, str], Asked]:
    def asked(county: CountyInSmall, relation: str) -> Asked:
        body = {"agreement_id": county.agreements[AGREED], "is_given": True}
        return Asked(path.format(county.learners[relation]), body)

    return asked


def _hook(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.webhooks[relation]), body)


def _renewed(county: CountyInSmall, relation: str) -> Asked:
    """A key that no call of the matrix is signed with, and that none ends."""
    return Asked(f"/college-access/keys/{county.spare_keys[relation]}/secrets", {})


def _ended(county: CountyInSmall, relation: str) -> Asked:
    return Asked(f"/college-access/keys/{county.ended_keys[relation]}/revocation", {})


def _looked(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/agreements/looks", {"look": f"{county.agreements[relation]}:1"})


_PAGE = "/college-access/webhooks/{}"
_MEMBER = "/api/v1/college/agreements/{}/learners/{}"
_HOOK = "/api/v1/college/webhooks/{}"
COLLEGES: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_sharing_consents.get_consents"): Endpoint(
        CONSENTS_SEEN, learner("/api/v1/learners/{}/consents"), LEARNERS
    ),
    ("POST", "api_sharing_consents.post_consent"): Endpoint(
        CONSENT, _consented("/api/v1/learners/{}/consents"), LEARNERS
    ),
    ("GET", "api_colleges.get_college_agreements"): Endpoint(
        SIGNED, plain("/api/v1/college/agreements")
    ),
    ("GET", "api_colleges.get_cohort_changes"): Endpoint(
        FOLLOW, _cohort("/api/v1/college/agreements/{}/cohort"), COHORTS
    ),
    ("GET", "api_colleges.get_verified_status"): Endpoint(
        FOLLOW, _member(f"{_MEMBER}/status"), (OWN, SAME, OTHER, AGREED, LEFT, ABSENT)
    ),
    ("GET", "api_colleges.get_shared_transcript"): Endpoint(
        FOLLOW, _member(f"{_MEMBER}/transcript"), LEARNERS
    ),
    ("GET", "api_webhooks.get_webhooks"): Endpoint(MANAGE, plain("/api/v1/college/webhooks")),
    ("POST", "api_webhooks.post_webhook"): Endpoint(
        MANAGE, plain("/api/v1/college/webhooks", EVENT | {"url": "http://refused.example"})
    ),
    ("POST", "api_webhooks.post_webhook_secret"): Endpoint(
        MANAGE_ONE, _hook(f"{_HOOK}/secrets", {}), ENDPOINTS_ASKED
    ),
    ("POST", "api_webhooks.post_webhook_state"): Endpoint(
        MANAGE_ONE, _hook(f"{_HOOK}/state", {"state": "active"}), ENDPOINTS_ASKED
    ),
    ("POST", "api_webhooks.post_webhook_ping"): Endpoint(
        MANAGE_ONE, _hook(f"{_HOOK}/pings", {}), ENDPOINTS_ASKED
    ),
    ("POST", "api_webhooks.post_webhook_replay"): Endpoint(
        MANAGE_ONE,
        _hook(f"{_HOOK}/replays", {"since": "2026-07-01T08:00:00+08:00"}),
        ENDPOINTS_ASKED,
    ),
    ("GET", "api_webhooks.get_webhook_deliveries"): Endpoint(
        MANAGE_ONE, _hook(f"{_HOOK}/deliveries"), ENDPOINTS_ASKED
    ),
    ("POST", "web.change_consent"): Endpoint(
        CONSENT, _consented("/learners/{}/consents"), LEARNERS
    ),
    ("POST", "web.look_at_cohorts"): Endpoint(FOLLOW, _looked, COHORTS),
    ("GET", "web.college_access"): Endpoint(MANAGE, plain("/college-access")),
    ("POST", "web.create_key"): Endpoint(MANAGE, plain("/college-access/keys", {})),
    ("POST", "web.rotate_key"): Endpoint(MANAGE_ONE, _renewed, ENDPOINTS_ASKED),
    ("POST", "web.revoke_key"): Endpoint(MANAGE_ONE, _ended, ENDPOINTS_ASKED),
    ("POST", "web.add_webhook"): Endpoint(MANAGE, plain("/college-access/webhooks", {})),
    ("POST", "web.rotate_webhook"): Endpoint(
        MANAGE_ONE, _hook(f"{_PAGE}/secrets", {}), ENDPOINTS_ASKED
    ),
    ("POST", "web.switch_webhook"): Endpoint(
        MANAGE_ONE, _hook(f"{_PAGE}/state", {"state": "active"}), ENDPOINTS_ASKED
    ),
    ("GET", "web.webhook_deliveries"): Endpoint(
        MANAGE_ONE, _hook(f"{_PAGE}/deliveries"), ENDPOINTS_ASKED
    ),
    ("POST", "web.replay_webhook"): Endpoint(
        MANAGE_ONE, _hook(f"{_PAGE}/replays", {}), ENDPOINTS_ASKED
    ),
}
