"""Who reads the timeline, the looks and the links of a record; see authorization.py."""

from __future__ import annotations

from collections.abc import Mapping

from creditbank.domain.permissions import Role
from tests.factories.county import ABSENT, OWN, CountyInSmall
from tests.factories.county_changes import NOBODY
from tests.functional.reaches import (
    LEARNERS,
    NOTHING_NAMED,
    PUBLIC,
    SEE,
    Asked,
    Endpoint,
    Reach,
    learner,
    plain,
)

FAMILY: Reach = dict.fromkeys((Role.STUDENT, Role.GUARDIAN), frozenset({OWN}))
NO_LINK: Reach = dict.fromkeys((Role.STUDENT, Role.GUARDIAN), frozenset())
"""A link that there is not: see tests/functional/web/test_paper_shares.py for those there are."""
OPENS_NOTHING: Reach = dict.fromkeys(Role, frozenset())
"""A token that is nobody's answers everybody the same."""
TOKEN = "x" * 43


def _shared(county: CountyInSmall, relation: str) -> Asked:
    path = f"/api/v1/learners/{county.learners[relation]}/paper-shares"
    return Asked(path, {"issued_paper_id": county.papers[OWN], "days": 7})


OWN_RECORDS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "web.learner_timeline"): Endpoint(SEE, learner("/learners/{}/timeline"), LEARNERS),
    ("GET", "api_looks.get_looks"): Endpoint(
        FAMILY, learner("/api/v1/learners/{}/looks"), LEARNERS
    ),
    ("GET", "api_paper_shares.get_paper_shares"): Endpoint(
        FAMILY, learner("/api/v1/learners/{}/paper-shares"), LEARNERS
    ),
    ("POST", "api_paper_shares.post_paper_share"): Endpoint(FAMILY, _shared, LEARNERS),
    ("POST", "api_paper_shares.post_paper_share_withdrawal"): Endpoint(
        NO_LINK, plain(f"/api/v1/paper-shares/{NOBODY}/withdrawals", {}), (ABSENT,)
    ),
    ("GET", "web.looks"): Endpoint(FAMILY, learner("/learners/{}/looks"), LEARNERS),
    ("GET", "web.paper_shares"): Endpoint(FAMILY, learner("/learners/{}/shares"), LEARNERS),
    ("POST", "web.make_share"): Endpoint(FAMILY, learner("/learners/{}/shares", {}), LEARNERS),
    ("POST", "web.withdraw_paper_share"): Endpoint(
        NO_LINK, plain(f"/shares/{NOBODY}/withdrawals", {}), (ABSENT,)
    ),
    ("GET", "web.shared_paper"): Endpoint(
        OPENS_NOTHING, plain(f"/shared/{TOKEN}"), (NOTHING_NAMED,)
    ),
    ("GET", "web.shared_file"): Endpoint(
        OPENS_NOTHING, plain(f"/shared/{TOKEN}/file"), (NOTHING_NAMED,)
    ),
    ("GET", "web.shared_document"): Endpoint(
        OPENS_NOTHING, plain(f"/shared/{TOKEN}/document"), (NOTHING_NAMED,)
    ),
    ("GET", "web.manifest"): Endpoint(PUBLIC, plain("/manifest.webmanifest")),
    ("GET", "web.service_worker"): Endpoint(PUBLIC, plain("/service-worker.js")),
    ("GET", "web.offline"): Endpoint(PUBLIC, plain("/offline")),
}
