"""Who may look for what from any page; see authorization.py."""

from __future__ import annotations

from collections.abc import Mapping

from creditbank.domain.permissions import Role
from tests.factories.county import CountyInSmall
from tests.functional.reaches import (
    BUREAU_ONLY,
    FIND,
    LEARNERS,
    MINE,
    OFFICES,
    ONCE,
    SIGNED_IN,
    Asked,
    Endpoint,
    Reach,
    plain,
)

PALETTE: Reach = {role: FIND.get(role, frozenset()) for role in Role if role is not Role.ANONYMOUS}
"""Everybody finds pages; learners only who may search for them."""


WARNINGS: Reach = dict.fromkeys(OFFICES, ONCE)
CONTACTS: Reach = dict.fromkeys((Role.ADVISOR, Role.REGISTRAR), MINE)


def _searched(county: CountyInSmall, relation: str) -> Asked:
    return Asked("/palette", {"words": county.numbers[relation]})


def _contact(county: CountyInSmall, relation: str) -> Asked:
    pupils = (pupil for school in county.schools for pupil in school.pupils)
    found = {pupil.learner_id: pupil.enrolment_id for pupil in pupils}
    number = found.get(county.learners[relation], 900_000_000)
    form = {"contacted_on": "2026-06-30", "with_whom": "guardian", "note": "约定补考"}
    key = f"contact-{number}"
    return Asked(
        "/academic-progress/contacts",
        form | {"enrolment_id": str(number), "idempotency_key": key},
    )


HOMES: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "web.palette"): Endpoint(SIGNED_IN, plain("/palette")),
    ("POST", "web.find_from_palette"): Endpoint(PALETTE, _searched, LEARNERS, finds=True),
    ("GET", "web.academic_progress"): Endpoint(WARNINGS, plain("/academic-progress")),
    ("GET", "web.academic_progress_sheet"): Endpoint(WARNINGS, plain("/academic-progress.xlsx")),
    ("GET", "web.monthly_report"): Endpoint(BUREAU_ONLY, plain("/indicators/report.pdf")),
    ("GET", "web.monthly_report_sheet"): Endpoint(BUREAU_ONLY, plain("/indicators/report.xlsx")),
    ("POST", "web.note_warning_contact"): Endpoint(CONTACTS, _contact, LEARNERS),
}
