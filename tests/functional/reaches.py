"""Roles and how far each reaches, by hand: the words in which authorization.py is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from creditbank.domain.permissions import Role
from tests.factories.county import (
    ABSENT,
    AGREED,
    COMES,
    LEAVES,
    LEFT,
    OTHER,
    OWN,
    SAME,
    TURNED,
    CountyInSmall,
)
from tests.factories.county_changes import BACK

MINE = frozenset({OWN, SAME, AGREED, LEFT})
"""The learners of the first school."""
EVERYBODY = MINE | {OTHER}
NOTHING_NAMED = "nothing named"
ONCE = frozenset({NOTHING_NAMED})

Reach = Mapping[Role, frozenset[str]]
STAFF = (Role.TEACHER, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER)
BUREAU = (Role.COUNTY, Role.AUDITOR)
SEE: Reach = {
    Role.STUDENT: frozenset({OWN}),
    Role.GUARDIAN: frozenset({OWN}),
    **dict.fromkeys(STAFF, MINE),
    Role.COLLEGE: frozenset({AGREED}),
    **dict.fromkeys(BUREAU, EVERYBODY),
}
FIND: Reach = dict.fromkeys(STAFF, MINE) | dict.fromkeys(BUREAU, EVERYBODY)
REGISTER: Reach = {Role.REGISTRAR: MINE}
CHECK: Reach = {Role.REGISTRAR: MINE, Role.APPROVER: MINE, Role.COUNTY: EVERYBODY}
APPROVE: Reach = {Role.APPROVER: MINE}
APPROVER_ONLY: Reach = {Role.APPROVER: ONCE}
LISTS: Reach = {Role.REGISTRAR: frozenset({OWN})}
WAITING: Reach = dict.fromkeys((Role.REGISTRAR, Role.APPROVER), ONCE)
IMPORT: Reach = {Role.REGISTRAR: frozenset({OWN})}
COHORT: Reach = {
    **dict.fromkeys(STAFF, frozenset({AGREED, LEFT})),
    Role.COLLEGE: frozenset({AGREED}),
    **dict.fromkeys(BUREAU, frozenset({AGREED, LEFT, OTHER})),
}
SIGNED_IN: Reach = dict.fromkeys((role for role in Role if role is not Role.ANONYMOUS), ONCE)
PUBLIC: Reach = dict.fromkeys(Role, ONCE)
REGISTRAR_ONLY: Reach = {Role.REGISTRAR: ONCE}
BUREAU_ONLY: Reach = dict.fromkeys(BUREAU, ONCE)
AGREEMENTS: Reach = dict.fromkeys((*STAFF, Role.COLLEGE, *BUREAU), ONCE)
REVIEWERS = (Role.REGISTRAR, Role.COUNTY)
REVIEW: Reach = {Role.REGISTRAR: frozenset({OWN}), Role.COUNTY: frozenset({OWN, OTHER})}
WITHDRAW: Reach = {Role.APPROVER: frozenset({OWN})}
WRITE_PLAN: Reach = {Role.REGISTRAR: frozenset({OWN})}
ASSIGN: Reach = {Role.APPROVER: frozenset({OWN})}
MIGRATE: Reach = dict.fromkeys((Role.REGISTRAR, Role.APPROVER), frozenset({OWN}))
PLANS_SEEN: Reach = dict.fromkeys(
    (role for role in Role if role is not Role.ANONYMOUS), frozenset({OWN, OTHER})
)
RULES: Reach = dict.fromkeys((*STAFF, *BUREAU), ONCE)
SIMULATE: Reach = dict.fromkeys((Role.REGISTRAR, Role.APPROVER, Role.COUNTY), ONCE)
COUNTY_ONLY: Reach = {Role.COUNTY: ONCE}
CHANGE_RULES: Reach = dict.fromkeys((Role.APPROVER, Role.COUNTY), ONCE)
OFFICES = (Role.ADVISOR, Role.REGISTRAR, Role.APPROVER)
SEE_CHANGES: Reach = {
    Role.STUDENT: frozenset({OWN}),
    Role.GUARDIAN: frozenset({OWN}),
    **dict.fromkeys(OFFICES, MINE),
    Role.COUNTY: EVERYBODY,
}
APPLY: Reach = {
    Role.STUDENT: frozenset({OWN}), Role.GUARDIAN: frozenset({OWN}), Role.REGISTRAR: MINE,
}  # fmt: skip
ANSWER: Reach = dict.fromkeys(OFFICES, frozenset({OWN})) | {Role.COUNTY: frozenset({OWN, OTHER})}
SEE_CHANGE: Reach = {**ANSWER, Role.STUDENT: frozenset(), Role.GUARDIAN: frozenset()}
"""One application: that of a schoolmate is not the student's to see."""
TAKE_BACK: Reach = {
    Role.STUDENT: frozenset(), Role.GUARDIAN: frozenset(), Role.REGISTRAR: frozenset({OWN}),
}  # fmt: skip
OFFICE_LISTS: Reach = dict.fromkeys((*OFFICES, Role.COUNTY), ONCE)
SEE_TRANSFER: Reach = {
    Role.STUDENT: frozenset(), Role.GUARDIAN: frozenset(), Role.ADVISOR: frozenset({LEAVES}),
    **dict.fromkeys((Role.REGISTRAR, Role.APPROVER), frozenset({LEAVES, COMES})),
    Role.COUNTY: frozenset({LEAVES, COMES, TURNED, BACK}),
}  # fmt: skip
"""The receiving school reads the file from the application until that is decided."""
ASSESS: Reach = {Role.REGISTRAR: frozenset({LEAVES, COMES})}
NOT_POSTED: Reach = dict.fromkeys(SEE, frozenset())
"""Nothing to see for who has not pasted anything before."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. body: JSON for the API, a form for pages. shows: what a reached answer holds."""

    path: str
    body: Any = None
    shows: Callable[[CountyInSmall], str] | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Who reaches which relations, and how it is asked. relations: those that can be asked."""

    reach: Reach
    ask: Callable[[CountyInSmall, str], Asked]
    relations: tuple[str, ...] = (NOTHING_NAMED,)
    finds: bool = field(default=False)
    """A search: it answers everybody who may search, and holds only whom they may see."""


LEARNERS = (OWN, SAME, OTHER, AGREED, LEFT, ABSENT)
COHORTS = (AGREED, LEFT, OTHER, ABSENT)
IMPORTS = (OWN, OTHER, ABSENT)
CASES = (OWN, OTHER, ABSENT)
TRANSFERS = (LEAVES, COMES, TURNED, BACK, ABSENT)
PLANS = (OWN, OTHER, ABSENT)


def plain(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    """An address that names nobody."""
    return lambda _county, _relation: Asked(path, body)


def learner(path: str, body: Any = None) -> Callable[[CountyInSmall, str], Asked]:
    """The address of a learner."""
    return lambda county, relation: Asked(path.format(county.learners[relation]), body)
