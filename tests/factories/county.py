"""A county in small: two schools, a college with agreements, a key for every role.

`make_county(owner_engine)` fills an empty, migrated database and commits. The learners are told
apart by what they are to the school staff, the student and the college of the first school.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sqlalchemy import Connection, Engine, insert, select
from sqlmodel import col

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Role
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.accounts import AccountLearner
from creditbank.tables.learners import Learner
from tests.factories.county_changes import (
    ABSENT,
    COMES,
    LEAVES,
    NOBODY,
    NOW,
    TURNED,
    add_change,
    add_transfers,
)
from tests.factories.county_claims import CountyClaims, add_claims
from tests.factories.county_credentials import add_credential
from tests.factories.county_parts import (
    add_account,
    add_agreement,
    add_exception,
    add_import,
    add_institution,
    add_key,
    add_own_layout,
    add_paper,
    add_review,
    join,
    post_each,
)
from tests.factories.grade_drafts import add_grade_draft
from tests.factories.school import Pupil, School, make_school
from tests.factories.signing import Signer, college_actor, make_access
from tests.factories.tree_desk import plant_tree

OWN, SAME, OTHER, AGREED, LEFT = (
    "own", "same school", "other school", "agreed", "left the class",
)  # fmt: skip
RELATIONS = (OWN, SAME, OTHER, AGREED, LEFT, ABSENT)


@dataclass(frozen=True, slots=True)
class CountyInSmall:
    """Who is in it.

    learners, names, accounts, numbers, agreements, imports, lists: by relation; keys, ids: by
    role.

    decisions, reviews, exceptions, changes, papers, credentials: one of each school, on a learner
    of its own; the exceptions wait for a ruling, the changes for the first office. grade_drafts: a
    sheet of each school's class, in which nothing is written.

    other_keys: the key of a second registrar. college, other_college: whose computers sign with
    signer and other_signer; the other one has nothing to do with the first school. spare_keys,
    ended_keys: keys that nothing is signed with, the latter to be ended. Every learner has one
    course entry (1) and one award (2), which are in the tree.
    """

    schools: tuple[School, School]
    decisions: Mapping[str, int]
    reviews: Mapping[str, int]
    exceptions: Mapping[str, int]
    changes: Mapping[str, int]
    transfers: Mapping[str, int]
    papers: Mapping[str, int]
    layouts: Mapping[str, int]
    credentials: Mapping[str, int]
    grade_drafts: Mapping[str, int]
    claims: CountyClaims
    learners: Mapping[str, int]
    names: Mapping[str, str]
    accounts: Mapping[str, str]
    numbers: Mapping[str, str]
    imports: Mapping[str, str]
    lists: Mapping[str, str]
    account_ids: Mapping[Role, int]
    agreements: Mapping[str, int]
    keys: Mapping[Role, str]
    other_keys: Mapping[Role, str]
    college: Actor
    other_college: Actor
    webhooks: Mapping[str, int]
    spare_keys: Mapping[str, str]
    ended_keys: Mapping[str, str]
    signer: Signer
    other_signer: Signer


def make_county(owner: Engine) -> CountyInSmall:
    """Fill an empty database."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        connection = uow.connection
        first = make_school(connection, number=1, pupils=7)
        second = make_school(connection, number=2, pupils=6)
        college = add_institution(connection, "4137010001", "college")
        other_college = add_institution(connection, "4137010002", "college")
        bureau = add_institution(connection, "3637010999", "bureau")
        pupils = dict(zip((OWN, SAME, AGREED, LEFT), first.pupils, strict=False))
        pupils[OTHER] = second.pupils[0]
        agreements = {
            AGREED: add_agreement(connection, first.institution_id, college, 2025),
            LEFT: add_agreement(connection, first.institution_id, college, 2019, date(2022, 7, 31)),
            OTHER: add_agreement(connection, second.institution_id, other_college, 2025),
            ABSENT: NOBODY,
        }
        join(connection, agreements[AGREED], pupils[AGREED].enrolment_id)
        join(connection, agreements[AGREED], pupils[LEFT].enrolment_id, left=date(2026, 3, 1))
        join(connection, agreements[LEFT], pupils[SAME].enrolment_id)
        join(connection, agreements[OTHER], second.pupils[1].enrolment_id)
        accounts = _accounts(connection, first, pupils[OWN].learner_id, college, bureau)
        second_college = college_actor(
            add_account(connection, "college2", Role.COLLEGE, other_college), other_college
        )
        first_college = college_actor(accounts[Role.COLLEGE], college)
        imports = {OWN: add_import(connection, first), OTHER: add_import(connection, second)}
        lists = {
            OWN: add_import(connection, first, "learners"),
            OTHER: add_import(connection, second, "learners"),
        }
    post_each(owner, first, tuple(pupil for relation, pupil in pupils.items() if relation != OTHER))
    post_each(owner, second, second.pupils)
    plant_tree(owner)
    reviewed = {OWN: add_review(owner, first, 4), OTHER: add_review(owner, second, 2)}
    return CountyInSmall(
        schools=(first, second),
        decisions={name: found[0] for name, found in reviewed.items()} | {ABSENT: NOBODY},
        reviews={name: found[1] for name, found in reviewed.items()} | {ABSENT: NOBODY},
        exceptions={
            OWN: add_exception(owner, first, 4),
            OTHER: add_exception(owner, second, 2),
            ABSENT: NOBODY,
        },
        changes={
            OWN: add_change(owner, first, 5),
            OTHER: add_change(owner, second, 1),
            ABSENT: NOBODY,
        },
        transfers=add_transfers(owner, first, second),
        papers={OWN: add_paper(owner, first), OTHER: add_paper(owner, second), ABSENT: NOBODY},
        layouts={
            OWN: add_own_layout(owner, first),
            OTHER: add_own_layout(owner, second),
            ABSENT: NOBODY,
        },
        credentials={
            OWN: add_credential(owner, first),
            OTHER: add_credential(owner, second),
            ABSENT: NOBODY,
        },
        grade_drafts={
            OWN: add_grade_draft(owner, first),
            OTHER: add_grade_draft(owner, second),
            ABSENT: NOBODY,
        },
        claims=add_claims(owner, {OWN: (first, 5), OTHER: (second, 1)}, ABSENT),
        learners={name: pupil.learner_id for name, pupil in pupils.items()} | {ABSENT: NOBODY},
        names={relation: pupil.name for relation, pupil in pupils.items()},
        accounts=_account_numbers(owner, pupils),
        numbers={name: pupil.student_no for name, pupil in pupils.items()} | {ABSENT: "19990101"},
        lists={**lists, ABSENT: str(uuid4())},
        imports={**imports, ABSENT: str(uuid4())},
        account_ids=accounts,
        agreements=agreements,
        keys={role: add_key(owner, _USERNAMES.get(role, role.value)) for role in accounts},
        other_keys={Role.REGISTRAR: add_key(owner, "registrar2")},
        **make_access(owner, first_college, second_college, names=(OWN, OTHER, ABSENT), now=NOW),
    )


def _account_numbers(owner: Engine, pupils: Mapping[str, Pupil]) -> dict[str, str]:
    with UnitOfWork(owner, EVERYWHERE) as uow:
        rows = uow.connection.execute(select(col(Learner.learner_id), col(Learner.account_no)))
        found = {row[0]: row[1] for row in rows}
    return {name: found[pupil.learner_id] for name, pupil in pupils.items()} | {ABSENT: "XY0"}


_USERNAMES = {Role.REGISTRAR: "registrar1"}


def _accounts(
    connection: Connection, school: School, learner_id: int, college: int, bureau: int
) -> dict[Role, int]:
    """One account for each role, the registrar's being there already."""
    found = {Role.REGISTRAR: school.registrar.account_id}
    for role in (Role.TEACHER, Role.ADVISOR, Role.APPROVER):
        found[role] = add_account(connection, role.value, role, school.institution_id)
    for role in (Role.STUDENT, Role.GUARDIAN):
        found[role] = add_account(connection, role.value, role, None)
        connection.execute(
            insert(AccountLearner).values(account_id=found[role], learner_id=learner_id)
        )
    found[Role.COLLEGE] = add_account(connection, "college", Role.COLLEGE, college)
    for role in (Role.COUNTY, Role.AUDITOR):
        found[role] = add_account(connection, role.value, role, bureau)
    found[Role.SYSADMIN] = add_account(connection, "sysadmin", Role.SYSADMIN, None)
    return found


__all__ = [
    "ABSENT",
    "AGREED",
    "COMES",
    "LEAVES",
    "LEFT",
    "NOW",
    "OTHER",
    "OWN",
    "RELATIONS",
    "SAME",
    "TURNED",
    "CountyInSmall",
    "make_county",
]
