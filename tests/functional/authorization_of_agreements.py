"""Who reads terms of agreements and the advance's year, and who signs and announces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import AGREED, LEFT, OTHER, CountyInSmall
from tests.functional.reaches import (
    AGREEMENTS,
    CHANGE_RULES,
    COHORT,
    COHORTS,
    COUNTY_ONLY,
    Asked,
    Endpoint,
    Reach,
    plain,
)

SIGNERS: Reach = {
    Role.APPROVER: frozenset({AGREED, LEFT}),
    Role.COUNTY: frozenset({AGREED, LEFT, OTHER}),
}
"""Of which agreements a version may be written: of the school's own, or of all."""
TERMS = {
    "document_no": "测合1号",
    "quota": 40,
    "valid_from": "2025-09-01",
    "valid_to": "2032-07-31",
    "hard_conditions": [{"kind": "conduct"}],
}
SIGNED = {
    "school_id": 1,
    "college_id": 3,
    "name": "贯通",
    "entry_year": 2030,
    "staged_mode": "中高职3+2",
    "pre_major_code": "660103",
    "pre_catalogue_year": 2021,
    "post_major_code": "460103",
    "post_catalogue_year": 2021,
    "terms": TERMS,
}
AMENDED = {"of_version_no": 0, "in_force_from": "2030-09-01", "reason": "改", "terms": TERMS}
DAYS = {
    "post_level": "bachelor",
    "days": [{"step": "tests", "starts_on": "2031-01-10", "ends_on": "2031-01-12"}],
    "document_no": "测7号",
}
LINE = {
    "post_level": "bachelor",
    "score": "culture_exam",
    "points": 18_000,
    "full_marks": 32_000,
    "announced_on": "2025-06-25",
    "document_no": "鲁教学函〔2025〕22号",
}


def _agreement(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.agreements[relation]), body)


AGREEMENT_TERMS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_agreement_terms.get_agreement"): Endpoint(
        COHORT, _agreement("/api/v1/agreements/{}"), COHORTS
    ),
    ("POST", "api_agreement_terms.post_agreement"): Endpoint(
        CHANGE_RULES, plain("/api/v1/agreements", SIGNED)
    ),
    ("POST", "api_agreement_terms.post_terms"): Endpoint(
        SIGNERS, _agreement("/api/v1/agreements/{}/terms", AMENDED), COHORTS
    ),
    ("GET", "api_agreement_terms.get_calendar"): Endpoint(
        AGREEMENTS, plain("/api/v1/advance-calendars/2028")
    ),
    ("POST", "api_agreement_terms.post_calendar"): Endpoint(
        COUNTY_ONLY, plain("/api/v1/advance-calendars/2031", DAYS)
    ),
    ("POST", "api_agreement_terms.post_pass_line"): Endpoint(
        COUNTY_ONLY, plain("/api/v1/advance-calendars/2025/pass-lines", LINE)
    ),
    ("GET", "web.agreement_terms"): Endpoint(COHORT, _agreement("/agreements/{}/terms"), COHORTS),
    ("GET", "web.new_agreement"): Endpoint(CHANGE_RULES, plain("/agreements/new")),
    ("POST", "web.sign"): Endpoint(CHANGE_RULES, plain("/agreements", {"name": ""})),
    ("GET", "web.amendment"): Endpoint(SIGNERS, _agreement("/agreements/{}/terms/new"), COHORTS),
    ("POST", "web.amend"): Endpoint(
        SIGNERS, _agreement("/agreements/{}/terms", {"reason": ""}), COHORTS
    ),
    ("GET", "web.advance_calendar_page"): Endpoint(AGREEMENTS, plain("/advance-calendar")),
    ("POST", "web.announce_calendar"): Endpoint(
        COUNTY_ONLY, plain("/advance-calendar", {"year": "2031"})
    ),
    ("POST", "web.announce_line"): Endpoint(
        COUNTY_ONLY, plain("/advance-calendar/pass-lines", {"year": "2031"})
    ),
}
