"""Who may sign, fetch, take back and check credentials; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, OTHER, OWN, CountyInSmall
from tests.functional.reaches import (
    CASES,
    EVERYBODY,
    LEARNERS,
    MINE,
    PUBLIC,
    Asked,
    Endpoint,
    Reach,
    learner,
    plain,
)

SIGN: Reach = {
    Role.STUDENT: frozenset({OWN}),
    Role.GUARDIAN: frozenset({OWN}),
    Role.REGISTRAR: MINE,
    Role.COLLEGE: frozenset({AGREED}),
}
SEE_CREDENTIALS: Reach = {**SIGN, Role.COUNTY: EVERYBODY}
OPEN: Reach = {
    **dict.fromkeys((Role.STUDENT, Role.GUARDIAN, Role.REGISTRAR), frozenset({OWN})),
    Role.COLLEGE: frozenset(),
    Role.COUNTY: frozenset({OWN, OTHER}),
}
"""One credential of a learner who is in no class of an agreement."""
REVOKE: Reach = {Role.REGISTRAR: frozenset({OWN})}
ASKED = {"kind": "transcript"}


def _credential(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.credentials[relation]), body)


def _school(path: str) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, _relation: Asked(path.format(county.schools[0].institution_id))


CREDENTIALS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_credentials.get_credentials"): Endpoint(
        SEE_CREDENTIALS, learner("/api/v1/learners/{}/credentials"), LEARNERS
    ),
    ("POST", "api_credentials.post_credential"): Endpoint(
        SIGN, learner("/api/v1/learners/{}/credentials", ASKED), LEARNERS
    ),
    ("POST", "api_credentials.post_credential_revocation"): Endpoint(
        REVOKE, _credential("/api/v1/credentials/{}/revocations", {"reason": "核对"}), CASES
    ),
    ("GET", "api_credentials.get_credential_document"): Endpoint(
        OPEN, _credential("/api/v1/credentials/{}/document"), CASES
    ),
    ("GET", "api_credentials.get_credential_paper"): Endpoint(
        OPEN, _credential("/api/v1/credentials/{}/paper"), CASES
    ),
    ("GET", "web.credential_document"): Endpoint(
        OPEN, _credential("/credentials/{}/document"), CASES
    ),
    ("GET", "web.credential_paper"): Endpoint(OPEN, _credential("/credentials/{}/paper"), CASES),
    ("POST", "web.sign_credential"): Endpoint(
        SIGN, learner("/learners/{}/credentials", ASKED), LEARNERS
    ),
    ("POST", "web.take_back_credential"): Endpoint(
        REVOKE, _credential("/credentials/{}/revocations", {}), CASES
    ),
    ("GET", "web.school_keys"): Endpoint(PUBLIC, _school("/schools/{}/did.json")),
    ("GET", "web.installation_keys"): Endpoint(PUBLIC, plain("/.well-known/did.json")),
    ("GET", "web.status_list"): Endpoint(PUBLIC, _school("/schools/{}/status-lists/1")),
    ("GET", "web.credential_context"): Endpoint(PUBLIC, plain("/contexts/credentials/v1")),
    ("GET", "web.offline_check"): Endpoint(PUBLIC, plain("/verify/offline")),
}
