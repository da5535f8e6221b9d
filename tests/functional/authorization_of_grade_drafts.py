"""Who may enter and review marks in a sheet; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import OWN, CountyInSmall
from tests.functional.reaches import (
    CASES,
    REGISTRAR_ONLY,
    WAITING,
    Asked,
    Endpoint,
    Reach,
    plain,
)

ENTER: Reach = {Role.REGISTRAR: frozenset({OWN})}
REVIEW: Reach = dict.fromkeys((Role.REGISTRAR, Role.APPROVER), frozenset({OWN}))


def _draft(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(
        f"/grade-drafts/{county.grade_drafts[relation]}{path}", body
    )


GRADE_DRAFTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "web.grade_drafts"): Endpoint(WAITING, plain("/grade-drafts")),
    ("POST", "web.open_grade_draft"): Endpoint(REGISTRAR_ONLY, plain("/grade-drafts", {})),
    ("GET", "web.grade_draft"): Endpoint(REVIEW, _draft(""), CASES),
    ("GET", "web.grade_draft_cells"): Endpoint(REVIEW, _draft("/cells"), CASES),
    ("POST", "web.save_grade_draft_cells"): Endpoint(ENTER, _draft("/cells", {}), CASES),
    ("POST", "web.change_grade_draft_courses"): Endpoint(
        ENTER, _draft("/courses", {"course_code": "XX99"}), CASES
    ),
    ("POST", "web.submit_grade_draft"): Endpoint(ENTER, _draft("/submission", {}), CASES),
    ("POST", "web.post_grade_draft"): Endpoint(ENTER, _draft("/posting", {}), CASES),
    ("POST", "web.take_back_grade_draft"): Endpoint(ENTER, _draft("/withdrawal", {}), CASES),
    ("POST", "web.review_grade_draft"): Endpoint(REVIEW, _draft("/review", {}), CASES),
    ("GET", "web.grade_draft_outcomes"): Endpoint(REVIEW, _draft("/outcomes"), CASES),
    ("POST", "web.discard_grade_draft"): Endpoint(ENTER, _draft("/discarding", {}), CASES),
}
