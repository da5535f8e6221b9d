"""Who may register learners, for good and for a term; see authorization.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import ABSENT, CountyInSmall
from tests.factories.county_changes import NOBODY
from tests.functional.reaches import (
    BUREAU_ONLY,
    EVERYBODY,
    IMPORTS,
    LEARNERS,
    LISTS,
    OFFICES,
    ONCE,
    REGISTER,
    REGISTRAR_ONLY,
    Asked,
    Endpoint,
    Reach,
    plain,
)

ENROLMENT = {
    "student_no": "2025019999",
    "class_name": "25数控1班",
    "major_code": "660103",
    "catalogue_year": 2021,
    "entry_year": 2025,
    "entered_on": "2025-09-01",
}
TERM = "2025-2026-2"
NAMES: Reach = dict.fromkeys(OFFICES, ONCE)
NUMBERS: Reach = {**NAMES, **BUREAU_ONLY}


def _list(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    return lambda county, relation: Asked(path.format(county.lists[relation]), body)


def _enrolled(county: CountyInSmall, relation: str) -> Asked:
    """By a school that knows the person: whom, is told by name and account."""
    path = f"/api/v1/learners/{county.learners[relation]}/enrolments"
    proof = {
        "name": county.names.get(relation, "查无此人"),
        "account_no": county.accounts[relation],
    }
    return Asked(path, proof | {"enrolment": ENROLMENT})


def _enrolment_id(county: CountyInSmall, relation: str) -> int:
    pupils = (pupil for school in county.schools for pupil in school.pupils)
    found = {pupil.learner_id: pupil.enrolment_id for pupil in pupils}
    return found.get(county.learners[relation], 2_000_000_000)


def _for_term(county: CountyInSmall, relation: str) -> Asked:
    line = {"enrolment_id": _enrolment_id(county, relation), "state": "1"}
    return Asked("/api/v1/term-registrations", {"term": TERM, "day": "2026-06-30", "lines": [line]})


def _chosen(county: CountyInSmall, relation: str) -> Asked:
    number = _enrolment_id(county, relation)
    form = {"term": TERM, "day": "2026-06-30", "enrolment_id": str(number), f"state_{number}": "2"}
    return Asked("/term-registrations", form | {"idempotency_key": f"term-{number}"})


NO_BATCH: Reach = {Role.REGISTRAR: frozenset()}
"""A batch that there is not: see tests/integration/test_term_undoing.py for those there are."""

REGISTRATIONS: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "api_registration.post_learner"): Endpoint(
        REGISTRAR_ONLY, plain("/api/v1/learners", {"name": "王1"})
    ),
    ("POST", "api_registration.post_enrolment"): Endpoint(
        {Role.REGISTRAR: EVERYBODY}, _enrolled, LEARNERS
    ),
    ("GET", "web.registration"): Endpoint(REGISTRAR_ONLY, plain("/registration")),
    ("POST", "web.register"): Endpoint(REGISTRAR_ONLY, plain("/registration", {"name": ""})),
    ("GET", "web.class_lists"): Endpoint(REGISTRAR_ONLY, plain("/registration/class-lists")),
    ("GET", "web.class_list_file"): Endpoint(
        REGISTRAR_ONLY, plain("/registration/class-lists/template")
    ),
    ("GET", "web.class_roster_sheet"): Endpoint(
        REGISTRAR_ONLY, plain("/registration/class-lists/roster.xlsx?class=2025-25数控1班")
    ),
    ("POST", "web.upload_class_list"): Endpoint(
        REGISTRAR_ONLY, plain("/registration/class-lists", {})
    ),
    ("GET", "web.class_list"): Endpoint(LISTS, _list("/registration/class-lists/{}"), IMPORTS),
    ("POST", "web.register_class_list"): Endpoint(
        LISTS, _list("/registration/class-lists/{}/registration", {}), IMPORTS
    ),
    ("GET", "api_term_registrations.get_term_numbers"): Endpoint(
        NUMBERS, plain("/api/v1/term-registrations")
    ),
    ("GET", "api_term_registrations.get_term_learners"): Endpoint(
        NAMES, plain("/api/v1/term-registrations/learners")
    ),
    ("POST", "api_term_registrations.post_term_registration"): Endpoint(
        REGISTER, _for_term, LEARNERS
    ),
    ("GET", "api_term_registrations.get_term_batches"): Endpoint(
        REGISTRAR_ONLY, plain("/api/v1/term-registrations/batches")
    ),
    ("POST", "api_term_registrations.post_term_undoing"): Endpoint(
        NO_BATCH,
        plain(f"/api/v1/term-registrations/{NOBODY}/withdrawals", {"reason": "登记有误"}),
        (ABSENT,),
    ),
    ("GET", "web.term_batches"): Endpoint(REGISTRAR_ONLY, plain("/term-registrations/batches")),
    ("POST", "web.withdraw_term_batch"): Endpoint(
        NO_BATCH, plain(f"/term-registrations/{NOBODY}/withdrawals", {"reason": "x"}), (ABSENT,)
    ),
    ("GET", "web.term_registrations"): Endpoint(NUMBERS, plain("/term-registrations")),
    ("POST", "web.register_class_term"): Endpoint(REGISTER, _chosen, LEARNERS),
    ("GET", "web.unregistered"): Endpoint(NAMES, plain("/term-registrations/unregistered")),
    ("GET", "web.unregistered_sheet"): Endpoint(
        NAMES, plain("/term-registrations/unregistered.xlsx")
    ),
}
