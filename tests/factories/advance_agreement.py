"""An agreement of a whole class with a college, and its terms. For tests of the advance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, insert

from creditbank.domain.access import Actor
from creditbank.domain.agreement_terms import (
    AgreementTerms,
    AssessmentDimension,
    ScoreKind,
    ScorePart,
    TieBreak,
)
from creditbank.domain.agreements import HardCondition, HardConditionKind
from creditbank.domain.awards import AwardLevel
from creditbank.store.agreement_terms import insert_terms
from creditbank.tables.accounts import Account, AccountLearner
from creditbank.tables.agreements import AgreementMember, ArticulationAgreement
from creditbank.tables.institutions import Institution
from tests.factories.school import MAJOR, School, agree

AGREEMENT = 7
SCORES = (
    ScorePart(ScoreKind.KNOWLEDGE_TEST, 10_000, 50),
    ScorePart(ScoreKind.SKILL_TEST, 10_000, 30, 6_000),
    ScorePart(ScoreKind.QUALITY, 10_000, 20),
)
TERMS: dict[str, Any] = {
    "agreement_id": AGREEMENT,
    "version_no": 1,
    "in_force_from": date(2025, 9, 1),
    "document_no": "测〔2025〕1号",
    "quota": 3,
    "valid_from": date(2025, 9, 1),
    "valid_to": date(2032, 7, 31),
    "hard_conditions": (
        HardCondition(HardConditionKind.IN_CLASS_SINCE_ENTRY),
        HardCondition(HardConditionKind.NO_SANCTION, "3"),
        HardCondition(HardConditionKind.CERTIFICATE, "intermediate"),
    ),
    "scores": SCORES,
    "pass_total": 6_000,
    "tie_breaks": (TieBreak.SKILL_TEST,),
    "exemption_level": AwardLevel.PROVINCE,
    "assessment_dimensions": tuple(AssessmentDimension),
    "notice_days": 5,
    "appeal_days": 3,
    "attempts_max": 2,
    "allows_parallel_exam": True,
}


def add_agreement(connection: Connection, school: School, **terms: Any) -> int:
    """A college, an agreement of the whole class with it, and its terms; the college's id."""
    college_id = connection.execute(
        insert(Institution)
        .values(code="4137010099", name="济南测试学院", kind="college", area_code="370100")
        .returning(Institution.institution_id)  # type: ignore[call-overload]
    ).scalar_one()
    connection.execute(
        insert(ArticulationAgreement).values(
            agreement_id=AGREEMENT,
            school_id=school.institution_id,
            college_id=college_id,
            name="数控技术贯通培养",
            document_no="测〔2025〕1号",
            entry_year=2025,
            pre_level="secondary_voc",
            pre_years_tenths=30,
            post_level="higher_voc",
            post_years_tenths=20,
            pre_major_code=MAJOR[0],
            pre_catalogue_year=MAJOR[1],
            post_major_code="460103",
            post_catalogue_year=2021,
            quota=3,
            valid_from=date(2025, 9, 1),
            valid_to=date(2032, 7, 31),
            hard_conditions=[],
        )
    )
    agree(connection)
    for pupil in school.pupils:
        connection.execute(
            insert(AgreementMember).values(
                agreement_id=AGREEMENT,
                enrolment_id=pupil.enrolment_id,
                joined_on=date(2025, 9, 1),
            )
        )
    version = AgreementTerms(**{**TERMS, **terms})
    insert_terms(connection, version, decided_by=1, now=datetime(2025, 9, 1, 1, tzinfo=UTC))
    return int(college_id)


def open_accounts(connection: Connection, people: Iterable[Actor]) -> None:
    """An account for each, so that they can be told."""
    for who in people:
        connection.execute(
            insert(Account).values(
                account_id=who.account_id,
                username=f"u{who.account_id}",
                display_name=who.role.value,
                password_hash="!",
                role=who.role.value,
                institution_id=who.institution_id,
            )
        )
        for learner_id in who.learner_ids:
            connection.execute(
                insert(AccountLearner).values(account_id=who.account_id, learner_id=learner_id)
            )
