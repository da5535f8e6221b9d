"""The rows that a county in small is made of, one function for each; see county.py."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, insert

from creditbank.domain.awards import AwardLevel, AwardRank
from creditbank.domain.papers import PaperKind
from creditbank.domain.permissions import Role
from creditbank.domain.plan_exceptions import ExceptionKind
from creditbank.papers.layouts import standard_layout
from creditbank.services.accounts import create_api_key
from creditbank.services.commands import EnterException, PostCompetitionCredit, PostCourseCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import evaluate_and_store
from creditbank.services.paper_commands import AddLayout, IssueCertificates
from creditbank.services.paper_layouts import add_layout
from creditbank.services.papers import issue_certificates
from creditbank.services.plan_exceptions import enter_exception
from creditbank.store.ledger import lock_head
from creditbank.store.reviews import head_verdict_id, insert_decision
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.accounts import Account
from creditbank.tables.agreements import AgreementMember, ArticulationAgreement
from creditbank.tables.decisions import ReviewCase
from creditbank.tables.imports import GradeImport
from creditbank.tables.institutions import Institution
from tests.factories.county_changes import NOW
from tests.factories.school import MAJOR, School, agree


def add_import(connection: Connection, school: School, kind: str = "grades") -> str:
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


def add_review(owner: Engine, school: School, at: int) -> tuple[int, int]:
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


def add_exception(owner: Engine, school: School, at: int) -> int:
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


def add_paper(owner: Engine, school: School) -> int:
    """A certificate of the school's first pupil."""
    command = IssueCertificates(learner_ids=(school.pupils[0].learner_id,))
    with UnitOfWork(owner, EVERYWHERE) as uow:
        (made,) = issue_certificates(
            uow, school.registrar, command,
            site="https://xuefen.example/verify", idempotency_key="paper", now=NOW,
        ).issued_paper_ids  # fmt: skip
    return made


def add_own_layout(owner: Engine, school: School) -> int:
    """A layout of the school's own for transcripts, which is not in force."""
    command = AddLayout(
        kind=PaperKind.TRANSCRIPT, source=standard_layout(PaperKind.TRANSCRIPT), note="抬头"
    )
    with UnitOfWork(owner, EVERYWHERE) as uow:
        made = add_layout(uow, school.registrar, command, idempotency_key="layout", now=NOW)
    return made.paper_layout_id


def add_account(connection: Connection, name: str, role: Role, institution_id: int | None) -> int:
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


def add_institution(connection: Connection, code: str, kind: str) -> int:
    made = connection.execute(
        insert(Institution)
        .values(code=code, name=f"测试机构{code}", kind=kind, area_code="370124")
        .returning(Institution.institution_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())


def add_agreement(
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


def join(
    connection: Connection, agreement_id: int, enrolment_id: int, left: date | None = None
) -> None:
    agree(connection)
    connection.execute(
        insert(AgreementMember).values(
            agreement_id=agreement_id,
            enrolment_id=enrolment_id,
            joined_on=date(2025, 9, 1),
            left_on=left,
        )
    )


def post_each(owner: Engine, school: School, pupils: tuple[Any, ...]) -> None:
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


def add_key(owner: Engine, username: str) -> str:
    with UnitOfWork(owner, EVERYWHERE) as uow:
        return create_api_key(uow, username, "tests", now=NOW, days=3650)
