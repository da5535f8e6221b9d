"""A county in small: two schools, a college with agreements, a key for every role.

`make_county(owner_engine)` fills an empty, migrated database and commits. The learners are told
apart by what they are to the school staff, the student and the college of the first school.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, insert, select
from sqlmodel import col

from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.permissions import Role
from creditbank.domain.plan_exceptions import ExceptionKind
from creditbank.services.accounts import create_api_key
from creditbank.services.commands import EnterException, PostCompetitionCredit, PostCourseCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import evaluate_and_store
from creditbank.services.paper_commands import IssueCertificates
from creditbank.services.papers import issue_certificates
from creditbank.services.plan_exceptions import enter_exception
from creditbank.store.ledger import lock_head
from creditbank.store.reviews import head_verdict_id, insert_decision
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.accounts import Account, AccountLearner
from creditbank.tables.agreements import AgreementMember, ArticulationAgreement
from creditbank.tables.decisions import ReviewCase
from creditbank.tables.imports import GradeImport
from creditbank.tables.institutions import Institution
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
from tests.factories.county_credentials import add_credential
from tests.factories.school import MAJOR, Pupil, School, make_school
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
    of its own; the exceptions wait for a ruling, the changes for the first office.

    other_keys: the key of a second registrar. college, other_college: whose computers sign with
    signer and other_signer; the other one has nothing to do with the first school. Every learner
    has one course entry (1) and one award (2), which are in the tree.
    """

    schools: tuple[School, School]
    decisions: Mapping[str, int]
    reviews: Mapping[str, int]
    exceptions: Mapping[str, int]
    changes: Mapping[str, int]
    transfers: Mapping[str, int]
    papers: Mapping[str, int]
    credentials: Mapping[str, int]
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
    signer: Signer
    other_signer: Signer


def make_county(owner: Engine) -> CountyInSmall:
    """Fill an empty database."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        connection = uow.connection
        first = make_school(connection, number=1, pupils=7)
        second = make_school(connection, number=2, pupils=6)
        college = _institution(connection, "4137010001", "college")
        other_college = _institution(connection, "4137010002", "college")
        bureau = _institution(connection, "3637010999", "bureau")
        pupils = dict(zip((OWN, SAME, AGREED, LEFT), first.pupils, strict=False))
        pupils[OTHER] = second.pupils[0]
        agreements = {
            AGREED: _agreement(connection, first.institution_id, college, 2025),
            LEFT: _agreement(connection, first.institution_id, college, 2019, date(2022, 7, 31)),
            OTHER: _agreement(connection, second.institution_id, other_college, 2025),
            ABSENT: NOBODY,
        }
        _join(connection, agreements[AGREED], pupils[AGREED].enrolment_id)
        _join(connection, agreements[AGREED], pupils[LEFT].enrolment_id, left=date(2026, 3, 1))
        _join(connection, agreements[LEFT], pupils[SAME].enrolment_id)
        _join(connection, agreements[OTHER], second.pupils[1].enrolment_id)
        accounts = _accounts(connection, first, pupils[OWN].learner_id, college, bureau)
        second_college = college_actor(
            _account(connection, "college2", Role.COLLEGE, other_college), other_college
        )
        first_college = college_actor(accounts[Role.COLLEGE], college)
        imports = {OWN: _import(connection, first), OTHER: _import(connection, second)}
        lists = {
            OWN: _import(connection, first, "learners"),
            OTHER: _import(connection, second, "learners"),
        }
    _post(owner, first, tuple(pupil for relation, pupil in pupils.items() if relation != OTHER))
    _post(owner, second, second.pupils)
    plant_tree(owner)
    reviewed = {OWN: _review(owner, first, 4), OTHER: _review(owner, second, 2)}
    return CountyInSmall(
        schools=(first, second),
        decisions={name: found[0] for name, found in reviewed.items()} | {ABSENT: NOBODY},
        reviews={name: found[1] for name, found in reviewed.items()} | {ABSENT: NOBODY},
        exceptions={
            OWN: _exception(owner, first, 4),
            OTHER: _exception(owner, second, 2),
            ABSENT: NOBODY,
        },
        changes={
            OWN: add_change(owner, first, 5),
            OTHER: add_change(owner, second, 1),
            ABSENT: NOBODY,
        },
        transfers=add_transfers(owner, first, second),
        papers={OWN: _paper(owner, first), OTHER: _paper(owner, second), ABSENT: NOBODY},
        credentials={
            OWN: add_credential(owner, first),
            OTHER: add_credential(owner, second),
            ABSENT: NOBODY,
        },
        learners={name: pupil.learner_id for name, pupil in pupils.items()} | {ABSENT: NOBODY},
        names={relation: pupil.name for relation, pupil in pupils.items()},
        accounts=_account_numbers(owner, pupils),
        numbers={name: pupil.student_no for name, pupil in pupils.items()} | {ABSENT: "19990101"},
        lists={**lists, ABSENT: str(uuid4())},
        imports={**imports, ABSENT: str(uuid4())},
        account_ids=accounts,
        agreements=agreements,
        keys={role: _key(owner, _USERNAMES.get(role, role.value)) for role in accounts},
        other_keys={Role.REGISTRAR: _key(owner, "registrar2")},
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
        found[role] = _account(connection, role.value, role, school.institution_id)
    for role in (Role.STUDENT, Role.GUARDIAN):
        found[role] = _account(connection, role.value, role, None)
        connection.execute(
            insert(AccountLearner).values(account_id=found[role], learner_id=learner_id)
        )
    found[Role.COLLEGE] = _account(connection, "college", Role.COLLEGE, college)
    for role in (Role.COUNTY, Role.AUDITOR):
        found[role] = _account(connection, role.value, role, bureau)
    found[Role.SYSADMIN] = _account(connection, "sysadmin", Role.SYSADMIN, None)
    return found


def _import(connection: Connection, school: School, kind: str = "grades") -> str:
    """A previewed sheet without rows."""
    import_id = str(uuid4())
    connection.execute(
        insert(GradeImport).values(
            import_id=import_id,
            institution_id=school.institution_id,
            account_id=school.registrar.account_id,
            kind=kind,
            file_name="成绩.xlsx",
            file_hash="0" * 64,
            rows=[],
            problems=[],
            created_at=NOW,
        )
    )
    return import_id


def _review(owner: Engine, school: School, at: int) -> tuple[int, int]:
    """A decision on a pupil's verdict, and a review of it; what it says does not matter here."""
    pupil = school.pupils[at]
    with UnitOfWork(owner, EVERYWHERE) as uow:
        lock_head(uow.connection, pupil.learner_id)
        finding = evaluate_and_store(uow, pupil.learner_id, now=NOW)[0]
        subject: dict[str, Any] = {
            "institution_id": school.institution_id,
            "learner_id": pupil.learner_id,
            "enrolment_id": pupil.enrolment_id,
            "subject_kind": finding.verdict.subject_kind.value,
            "subject_id": finding.verdict.subject_id,
        }
        verdict_id = head_verdict_id(uow.connection, finding)
        decision_id = insert_decision(
            uow.connection,
            {
                **subject,
                "verdict_id": verdict_id,
                "decided_on": date(2026, 6, 1),
                "document_no": "测〔2026〕1号",
                "decided_by": 1,
                "decided_at": NOW,
            },
        )
        case = uow.connection.execute(
            insert(ReviewCase)
            .values(
                **subject,
                decision_id=decision_id,
                frozen_verdict_id=verdict_id,
                verdict_id=verdict_id,
                findings_hash=finding.findings_hash,
                opened_at=NOW,
            )
            .returning(ReviewCase.review_case_id)  # type: ignore[call-overload]
        )
        return decision_id, int(case.scalar_one())


def _exception(owner: Engine, school: School, at: int) -> int:
    """One that the school's registrar entered."""
    command = EnterException(
        learner_id=school.pupils[at].learner_id,
        kind=ExceptionKind.WAIVE,
        subject="RX",
        reason="因病",
        document_no="测〔2026〕2号",
        decided_on=date(2026, 6, 1),
    )
    with UnitOfWork(owner, EVERYWHERE) as uow:
        made = enter_exception(
            uow, school.registrar, command, idempotency_key=f"exception-{at}", now=NOW
        )
    return made.plan_exception_id


def _paper(owner: Engine, school: School) -> int:
    """A certificate of the school's first pupil."""
    command = IssueCertificates(learner_ids=(school.pupils[0].learner_id,))
    with UnitOfWork(owner, EVERYWHERE) as uow:
        (made,) = issue_certificates(
            uow, school.registrar, command,
            site="https://xuefen.example/verify", idempotency_key="paper", now=NOW,
        ).issued_paper_ids  # fmt: skip
    return made


def _account(connection: Connection, name: str, role: Role, institution_id: int | None) -> int:
    made = connection.execute(
        insert(Account)
        .values(
            username=name,
            display_name=name,
            password_hash="!",
            role=role.value,
            institution_id=institution_id,
        )
        .returning(Account.account_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())


def _institution(connection: Connection, code: str, kind: str) -> int:
    made = connection.execute(
        insert(Institution)
        .values(code=code, name=f"测试机构{code}", kind=kind, area_code="370124")
        .returning(Institution.institution_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())


def _agreement(
    connection: Connection,
    school_id: int,
    college_id: int,
    entry_year: int,
    valid_to: date = date(2032, 7, 31),
) -> int:
    values: dict[str, Any] = {
        "school_id": school_id,
        "college_id": college_id,
        "name": "数控技术贯通培养",
        "document_no": "测〔2025〕1号",
        "entry_year": entry_year,
        "pre_level": "secondary_voc",
        "pre_years_tenths": 30,
        "post_level": "higher_voc",
        "post_years_tenths": 20,
        "pre_major_code": MAJOR[0],
        "pre_catalogue_year": MAJOR[1],
        "post_major_code": "460103",
        "post_catalogue_year": 2021,
        "quota": 40,
        "valid_from": date(entry_year, 9, 1),
        "valid_to": valid_to,
        "hard_conditions": [{"kind": "conduct", "threshold": ""}],
    }
    made = connection.execute(
        insert(ArticulationAgreement).values(**values).returning(ArticulationAgreement.agreement_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())


def _join(
    connection: Connection, agreement_id: int, enrolment_id: int, left: date | None = None
) -> None:
    connection.execute(
        insert(AgreementMember).values(
            agreement_id=agreement_id,
            enrolment_id=enrolment_id,
            joined_on=date(2025, 9, 1),
            left_on=left,
        )
    )


def _post(owner: Engine, school: School, pupils: tuple[Any, ...]) -> None:
    """One course and one award for each, by the school's own registrar."""
    for pupil in pupils:
        with UnitOfWork(owner, EVERYWHERE) as uow:
            for command in (
                PostCourseCredit(
                    learner_id=pupil.learner_id,
                    course_code="GG01",
                    term=school.term,
                    mark="85",
                    earned_on=date(2026, 1, 20),
                ),
                PostCompetitionCredit(
                    learner_id=pupil.learner_id,
                    event="2026年县技能大赛",
                    level=AwardLevel.COUNTY,
                    rank=AwardRank.FIRST,
                    certificate_no=f"XJ2026{pupil.learner_id:05d}",
                    earned_on=date(2026, 5, 20),
                ),
            ):
                post_credit(
                    uow,
                    school.registrar,
                    command,
                    idempotency_key=f"{pupil.learner_id}-{type(command).__name__}",
                    now=NOW,
                )


def _key(owner: Engine, username: str) -> str:
    with UnitOfWork(owner, EVERYWHERE) as uow:
        return create_api_key(uow, username, "tests", now=NOW, days=3650)


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
