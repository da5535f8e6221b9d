"""Who may issue, open, take back and verify papers; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import OTHER, OWN, CountyInSmall
from tests.factories.school import CLASS_NAME
from tests.functional.reaches import (
    CASES,
    EVERYBODY,
    LEARNERS,
    MINE,
    PUBLIC,
    REGISTER,
    REGISTRAR_ONLY,
    Asked,
    Endpoint,
    Reach,
    learner,
    plain,
)

SEE_PAPERS: Reach = {
    Role.STUDENT: frozenset({OWN}),
    Role.GUARDIAN: frozenset({OWN}),
    Role.REGISTRAR: MINE,
    Role.COUNTY: EVERYBODY,
}
OPEN_PAPER: Reach = {
    **dict.fromkeys((Role.STUDENT, Role.GUARDIAN, Role.REGISTRAR), frozenset({OWN})),
    Role.COUNTY: frozenset({OWN, OTHER}),
}
REVOKE: Reach = {Role.REGISTRAR: frozenset({OWN})}
LAYOUTS: Reach = {Role.REGISTRAR: frozenset({OWN})}
TOKEN = "x" * 22


def _paper(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.papers[relation]), body)


def _change(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.changes[relation]), body)


def _certified(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/api/v1/papers", {"learner_ids": [county.learners[relation]]})


def _changes_printed(county: CountyInSmall, relation: str) -> Asked:
    ids = [county.changes[relation]]
    return Asked("/api/v1/status-changes/papers", {"status_change_ids": ids})


def _ticked_printed(county: CountyInSmall, relation: str) -> Asked:
    ticked = {"status_change_id": str(county.changes[relation])}
    return Asked("/status-changes/papers", ticked)


def _opened(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/api/v1/papers/files", {"issued_paper_ids": [county.papers[relation]]})


def _part(county: CountyInSmall, relation: str) -> Asked:
    asked = {"kind": "transcript", "rest": str(county.learners[relation])}
    return Asked("/papers/parts", asked)


def _layout(path: str) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.layouts[relation]))


def _started(county: CountyInSmall, relation: str) -> Asked:
    number = str(county.layouts[relation])
    asked = {"paper_layout_id": number, "starts_on": "2999-01-01"}
    return Asked("/paper-layouts/transcript/starts", asked)


def _ticked(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/papers", {"learner_id": str(county.learners[relation])})


PAPERS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "api_papers.get_papers"): Endpoint(
        SEE_PAPERS, learner("/api/v1/learners/{}/papers"), LEARNERS
    ),
    ("POST", "api_papers.post_papers"): Endpoint(REGISTER, _certified, LEARNERS),
    ("POST", "api_papers.post_class_audit"): Endpoint(
        REGISTRAR_ONLY,
        plain("/api/v1/class-audits", {"class_name": CLASS_NAME, "entry_year": 2025}),
    ),
    ("POST", "api_papers.post_change_form"): Endpoint(
        REVOKE, _change("/api/v1/status-changes/{}/papers", {}), CASES
    ),
    ("POST", "api_papers.post_revocation"): Endpoint(
        REVOKE, _paper("/api/v1/papers/{}/revocations", {"reason": "核对"}), CASES
    ),
    ("GET", "api_papers.get_paper_file"): Endpoint(
        OPEN_PAPER, _paper("/api/v1/papers/{}/file"), CASES
    ),
    ("POST", "api_papers.post_paper_files"): Endpoint(OPEN_PAPER, _opened, CASES),
    ("GET", "web.paper_file"): Endpoint(OPEN_PAPER, _paper("/papers/{}/file"), CASES),
    ("GET", "web.paper_files"): Endpoint(OPEN_PAPER, _paper("/papers/files?ids={}"), CASES),
    ("POST", "web.issue_paper"): Endpoint(REGISTER, learner("/learners/{}/papers", {}), LEARNERS),
    ("POST", "web.revoke_paper"): Endpoint(REVOKE, _paper("/papers/{}/revocations", {}), CASES),
    ("POST", "web.print_change_form"): Endpoint(
        REVOKE, _change("/status-changes/{}/papers", {}), CASES
    ),
    ("POST", "api_papers.post_change_forms"): Endpoint(REVOKE, _changes_printed, CASES),
    ("POST", "web.print_change_forms"): Endpoint(REVOKE, _ticked_printed, CASES),
    ("GET", "web.class_papers"): Endpoint(REGISTRAR_ONLY, plain("/papers")),
    ("POST", "web.issue_class_papers"): Endpoint(REGISTER, _ticked, LEARNERS),
    ("POST", "web.issue_part"): Endpoint(REGISTER, _part, LEARNERS),
    ("POST", "web.issue_class_list"): Endpoint(
        REGISTRAR_ONLY,
        plain("/papers/class-audits", {"class_name": CLASS_NAME, "entry_year": "2025"}),
    ),
    ("GET", "api_paper_layouts.get_paper_layouts"): Endpoint(
        REGISTRAR_ONLY, plain("/api/v1/paper-layouts")
    ),
    ("GET", "api_paper_layouts.get_paper_layout"): Endpoint(
        LAYOUTS, _layout("/api/v1/paper-layouts/{}"), CASES
    ),
    ("GET", "web.paper_layouts"): Endpoint(REGISTRAR_ONLY, plain("/paper-layouts")),
    ("GET", "web.kind_layouts"): Endpoint(REGISTRAR_ONLY, plain("/paper-layouts/transcript")),
    ("POST", "web.upload_layout"): Endpoint(
        REGISTRAR_ONLY, plain("/paper-layouts/transcript", {"note": ""})
    ),
    ("GET", "web.layout_version"): Endpoint(LAYOUTS, _layout("/paper-layouts/versions/{}"), CASES),
    ("GET", "web.layout_file"): Endpoint(
        LAYOUTS, _layout("/paper-layouts/versions/{}/file"), CASES
    ),
    ("GET", "web.standard_layout_file"): Endpoint(
        REGISTRAR_ONLY, plain("/paper-layouts/transcript/standard")
    ),
    ("GET", "web.layout_picture"): Endpoint(
        REGISTRAR_ONLY, plain("/paper-layouts/transcript/picture")
    ),
    ("POST", "web.start_kind_layout"): Endpoint(LAYOUTS, _started, CASES),
    ("GET", "web.verify"): Endpoint(PUBLIC, plain("/verify")),
    ("GET", "web.verify_token"): Endpoint(PUBLIC, plain(f"/verify/{TOKEN}")),
    ("POST", "web.verify_number"): Endpoint(PUBLIC, plain("/verify", {"number": "", "proof": ""})),
}
