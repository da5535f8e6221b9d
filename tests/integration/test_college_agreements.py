"""Agreements from 高职 on: the first stage is a college's, the second one a university's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from creditbank.domain.agreements import EducationLevel
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.verdicts import SubjectKind
from creditbank.queries.agreement_terms import agreement_file
from creditbank.queries.classes import class_roster
from creditbank.services.advance_forms import print_advance_forms
from creditbank.services.agreement_commands import SignAgreement
from creditbank.services.agreements import sign_agreement
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork, reach_of
from tests.databases import Database
from tests.factories.agreement_desk import NOW, TODAY, AgreementDesk, make_agreement_desk
from tests.factories.school import MAJOR, School, make_school


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> AgreementDesk:
    return make_agreement_desk(owner_engine, engine)


@pytest.fixture
def from_college(desk: AgreementDesk) -> tuple[School, SignAgreement]:
    """高职3 + 本科2: a college with learners of its own, and what it signs with the university."""
    with UnitOfWork(desk.owner, EVERYWHERE) as uow:
        college = make_school(uow.connection, number=3, kind="college")
    command = desk.signing(
        school_id=college.institution_id,
        college_id=desk.university_id,
        pre_level=EducationLevel.HIGHER_VOCATIONAL,
        pre_major_code="460103",
        post_level=EducationLevel.BACHELOR,
        post_major_code="080803T",
    )
    return college, command


def test_a_college_s_first_stage_is_signed_checked_and_printed(
    desk: AgreementDesk, from_college: tuple[School, SignAgreement]
) -> None:
    college, command = from_college
    number = desk.use(sign_agreement, desk.approver(college), command).agreement_id
    replace(desk, school=college).join(number)
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        found = fresh_verdicts(uow, college.pupils[0].learner_id, as_of=TODAY, now=NOW)
    assert [
        item.code
        for fresh in found
        if fresh.verdict.subject_kind is SubjectKind.ARTICULATION
        for item in fresh.verdict.conditions
    ] == ["conduct"]
    approver = desk.approver(college)
    with UnitOfWork(desk.engine, reach_of(approver)) as uow:
        assert agreement_file(uow, approver, number, now=NOW).line.staged_mode == ""
        forms = print_advance_forms(uow, approver, number, now=NOW)
        lines = class_roster(uow, college.registrar, college.class_name, 2025, now=NOW)
    name = desk.ask(
        "SELECT name FROM institutions WHERE institution_id = :id", id=approver.institution_id
    )
    assert {form.opinions[0].office for form in forms} == {f"高职（{name[0][0]}）"}
    assert {line.staged_mode for line in lines} == {""}


def test_the_stages_go_up_and_are_taught_at_two_institutions_of_their_level(
    desk: AgreementDesk, from_college: tuple[School, SignAgreement]
) -> None:
    college, command = from_college
    own = desk.school.institution_id
    level = {"post_level": EducationLevel.HIGHER_VOCATIONAL, "post_major_code": "460103"}
    secondary = {"pre_level": EducationLevel.SECONDARY_VOCATIONAL, "pre_major_code": MAJOR[0]}
    for fields, found in (
        ({"college_id": college.institution_id}, {"same_institution": "college_id"}),
        (level | {"college_id": desk.college_id}, {"levels": "post_level"}),
        (secondary, {"school_unknown": "school_id"}),
        (
            {"school_id": desk.university_id, "college_id": desk.college_id},
            {"school_unknown": "school_id"},
        ),
        ({"college_id": own}, {"college_unknown": "college_id"}),
    ):
        asked = replace(command, **fields)
        with pytest.raises(InvalidInputError) as refused:
            desk.use(sign_agreement, desk.bureau(), asked)
        assert {item.code: item.field for item in refused.value.problems} == found
