"""Agreements: signed once per major and cohort, amended by further versions, never edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.advance_calendar import AdvanceStep
from creditbank.domain.agreement_terms import ExemptionEffect, ScoreKind, ScorePart
from creditbank.domain.agreements import EducationLevel, HardCondition, HardConditionKind
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role, Section
from creditbank.domain.verdicts import SubjectKind
from creditbank.embedded import ServerUrls
from creditbank.queries.agreement_terms import agreement_file
from creditbank.services.accounts import actor_of
from creditbank.services.advance_calendar import AnnounceDays, StepDays, announce_days
from creditbank.services.agreement_commands import AmendAgreement, TermsKept
from creditbank.services.agreements import amend_agreement
from creditbank.services.evaluations import drain
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database, clone_template
from tests.factories.agreement_desk import (
    NOW,
    TERMS,
    TODAY,
    AgreementDesk,
    make_agreement_desk,
)
from tests.factories.county_parts import join

LATER = date(2026, 9, 1)
NO_SANCTION = HardCondition(HardConditionKind.NO_SANCTION, "3")
AFTER_FILING = datetime(2028, 1, 6, 2, tzinfo=UTC)


_numbers = count()


@pytest.fixture(scope="module")
def empty(
    servers: ServerUrls, database: Database, owner_engine: Engine, engine: Engine
) -> Database:
    for each in (engine, owner_engine):
        each.dispose()
    return clone_template(servers, database.name)


@pytest.fixture
def desk(empty: Database, owner_engine: Engine, engine: Engine) -> AgreementDesk:
    """Schools and colleges of the test's own, beside those of others."""
    return make_agreement_desk(owner_engine, engine, number=next(_numbers))


def refusal(desk: AgreementDesk, what, *args, **fields) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as refused:
        what(*args, **fields)
    assert all(item.message.zh and item.message.en for item in refused.value.problems)
    return {item.code: item.field for item in refused.value.problems}


def test_an_agreement_is_signed_once_with_its_first_version(desk: AgreementDesk) -> None:
    made = desk.sign(key="once")
    assert made == TermsKept(made.agreement_id, 1)
    assert desk.sign(key="once") == replace(made, replayed=True)
    found = desk.terms(made.agreement_id)
    assert found == replace(TERMS, agreement_id=made.agreement_id, version_no=1)
    assert versions(desk, made.agreement_id) == 1


def versions(desk: AgreementDesk, agreement_id: int) -> int:
    query = "SELECT count(*) FROM agreement_terms WHERE agreement_id = :id"
    return int(desk.ask(query, id=agreement_id)[0][0])


def test_a_school_signs_its_own_agreements_only(desk: AgreementDesk) -> None:
    assert refusal(desk, desk.sign, desk.approver(desk.other)) == {"school_unknown": "school_id"}
    made = desk.sign(desk.approver())
    with pytest.raises(NotFoundError):
        desk.amend(made.agreement_id, actor=desk.approver(desk.other), quota=50)
    assert desk.amend(made.agreement_id, actor=desk.approver(), quota=50).version_no == 2


def test_the_section_for_high_schools_answers_for_no_agreement(desk: AgreementDesk) -> None:
    assert refusal(desk, desk.sign, desk.bureau(Section.GENERAL)) == {"section": ""}


def test_others_do_not_sign(desk: AgreementDesk) -> None:
    for role in (Role.REGISTRAR, Role.COLLEGE, Role.AUDITOR, Role.TEACHER):
        with pytest.raises(ForbiddenError):
            desk.sign(Actor(7, role, desk.school.institution_id))


def test_a_major_and_cohort_links_to_one_college_only(desk: AgreementDesk) -> None:
    desk.sign()
    with pytest.raises(InvalidInputError) as refused:
        desk.sign(college_id=desk.university_id)
    (problem,) = refused.value.problems[:1]
    assert (problem.code, problem.field) == ("already_agreed", "pre_major_code")
    assert "测试职业学院" in problem.message.zh
    assert "三二连读" in problem.message.zh
    other = desk.sign(entry_year=2024, terms=replace(TERMS, valid_from=date(2024, 9, 1)))
    assert other.version_no == 1


def test_the_database_refuses_the_second_college_by_itself(desk: AgreementDesk) -> None:
    made = desk.sign()
    copied = (
        "INSERT INTO articulation_agreements (school_id, college_id, name, document_no, entry_year,"
        " pre_level, pre_years_tenths, post_level, post_years_tenths, pre_major_code,"
        " pre_catalogue_year, post_major_code, post_catalogue_year, quota, valid_from, valid_to,"
        " hard_conditions) SELECT school_id, :other, name, document_no, {year}, pre_level,"
        " pre_years_tenths, post_level, post_years_tenths, pre_major_code, pre_catalogue_year,"
        " post_major_code, post_catalogue_year, quota, valid_from, valid_to, hard_conditions"
        " FROM articulation_agreements WHERE agreement_id = :id"
    )
    asked = {"other": desk.university_id, "id": made.agreement_id}
    with desk.owner.begin() as connection:
        connection.execute(text(copied.format(year="2023")), asked)
    with desk.owner.connect() as connection, pytest.raises(DBAPIError, match="uq_articulation"):
        connection.execute(text(copied.format(year="entry_year")), asked)


UNSIGNED = (
    ({"college_id": 999_999}, {"college_unknown": "college_id"}),
    ({"post_major_code": "999999"}, {"major_unknown": "post_major_code"}),
    ({"name": " "}, {"name_missing": "name"}),
    ({"post_years_tenths": 61}, {"years": "post_years_tenths"}),
    ({"post_level": EducationLevel.BACHELOR}, {"major_unknown": "post_major_code"}),
)


def test_what_cannot_be_signed_is_said_by_field(desk: AgreementDesk) -> None:
    for fields, found in UNSIGNED:
        assert refusal(desk, desk.sign, **fields) == found
    query = "SELECT FROM articulation_agreements WHERE school_id = :id"
    assert not desk.ask(query, id=desk.school.institution_id)


SKILL_ALONE = (ScorePart(ScoreKind.SKILL_TEST, 10_000, 100),)


UNSOUND = (
        ({"document_no": " "}, {"document_missing": "document_no"}),
        ({"quota": 0}, {"out_of_range": "quota"}),
        ({"valid_to": date(2025, 9, 1)}, {"validity": "valid_to"}),
        ({"scores": TERMS.scores[:2]}, {"weights": "scores"}),
        ({"scores": (*TERMS.scores, TERMS.scores[0])},
         {"weights": "scores", "score_twice": "scores"}),
        (
            {"scores": SKILL_ALONE, "exemption_effect": ExemptionEffect.SPREAD},
            {"exemption": "exemption_effect", "tie_break_unknown": "tie_breaks"},
        ),
        ({"hard_conditions": (HardCondition(HardConditionKind.YEAR_OF_STUDY, "x"),)},
         {"threshold": "hard_conditions"}),
        ({"hard_conditions": (HardCondition(HardConditionKind.YEAR_OF_STUDY, "4"),)},
         {"year_beyond": "hard_conditions"}),
        ({"hard_conditions": TERMS.hard_conditions * 2}, {"condition_twice": "hard_conditions"}),
    )  # fmt: skip


def test_terms_that_cannot_stand_are_refused_by_field(desk: AgreementDesk) -> None:
    for fields, found in UNSOUND:
        assert refusal(desk, desk.sign, terms=replace(TERMS, **fields)) == found


def test_the_latest_version_in_force_speaks(desk: AgreementDesk) -> None:
    number = desk.sign().agreement_id
    assert desk.amend(number, in_force_from=LATER, quota=55).version_no == 2
    assert [desk.terms(number, as_of=day).quota for day in (TODAY, LATER)] == [40, 55]
    desk.amend(number, of=2, in_force_from=LATER, quota=60)
    assert desk.terms(number, as_of=LATER).version_no == 3
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        found = agreement_file(uow, desk.bureau(), number, now=NOW)
    assert [item.terms.version_no for item in found.versions] == [3, 2, 1]
    assert [item.is_in_force for item in found.versions] == [False, False, True]
    assert found.line.agreement.quota == 40
    assert found.finishing_year == 2028


BACKWARD: tuple[tuple[dict[str, Any], dict[str, str]], ...] = (
    ({"in_force_from": TODAY - timedelta(days=1), "quota": 50}, {"day_past": "in_force_from"}),
    ({}, {"unchanged": ""}),
    ({"reason": " ", "quota": 50}, {"reason_missing": "reason"}),
    ({"valid_from": date(2026, 9, 1)}, {"begun": "valid_from"}),
    ({"valid_to": TODAY - timedelta(days=2)}, {"ended_before": "valid_to"}),
    ({"of": 7, "quota": 50}, {"version_behind": "of_version_no"}),
)


def test_a_version_that_reaches_back_is_refused(desk: AgreementDesk) -> None:
    number = desk.sign().agreement_id
    for fields, found in BACKWARD:
        assert refusal(desk, desk.amend, number, **fields) == found
    assert versions(desk, number) == 1


def test_a_version_does_not_begin_before_one_that_waits(desk: AgreementDesk) -> None:
    number = desk.sign().agreement_id
    desk.amend(number, in_force_from=LATER, quota=55)
    assert refusal(desk, desk.amend, number, of=2, quota=60) == {
        "day_before_latest": "in_force_from"
    }


def test_what_was_filed_is_counted_as_it_was_agreed(desk: AgreementDesk) -> None:
    """Nobody has filed: the days that the county has announced close the terms by themselves."""
    number = desk.sign().agreement_id
    announced = AnnounceDays(
        finishing_year=2028,
        post_level=EducationLevel.HIGHER_VOCATIONAL,
        days=(StepDays(AdvanceStep.FILED, date(2028, 1, 1), date(2028, 1, 5)),),
        document_no="平教体字〔2027〕8号",
    )
    desk.use(announce_days, desk.bureau(), announced)
    before = AFTER_FILING - timedelta(days=2)
    assert desk.amend(number, now=before, pass_total=5_500).version_no == 2
    kept: dict[str, Any] = {"pass_total": 5_500, "now": AFTER_FILING, "of": 2}
    assert refusal(desk, desk.amend, number, **{**kept, "pass_total": 6_500}) == {
        "filed": "pass_total"
    }
    assert refusal(desk, desk.amend, number, **kept, appeal_days=3) == {"filed": "appeal_days"}
    assert refusal(desk, desk.amend, number, **kept, quota=39) == {"filed": "quota"}
    assert desk.amend(number, **kept, quota=41).version_no == 3


def test_a_new_version_marks_the_learners_of_the_cohort_and_is_what_they_are_judged_by(
    desk: AgreementDesk,
) -> None:
    number = desk.sign().agreement_id
    desk.join(number)
    drain(lambda: UnitOfWork(desk.engine, EVERYWHERE), now=NOW)
    assert not desk.ask("SELECT * FROM pending_evaluations")
    desk.amend(number, hard_conditions=(NO_SANCTION,))
    marks = desk.ask("SELECT learner_id, cause FROM pending_evaluations ORDER BY 1")
    pupils = [pupil.learner_id for pupil in desk.school.pupils[:2]]
    assert [tuple(row) for row in marks] == [(one, "fact:agreement_terms") for one in pupils]
    assert _conditions(desk, pupils[0]) == ["no_sanction"]
    drain(lambda: UnitOfWork(desk.engine, EVERYWHERE), now=NOW)
    pinned = desk.ask(
        "SELECT p.document->>'document_no' FROM verdicts v JOIN pinned_documents p"
        " ON p.sha256 = v.agreement_hash WHERE v.learner_id = :one ORDER BY v.verdict_id",
        one=pupils[0],
    )
    assert [row[0] for row in pinned] == ["测合〔2025〕1号", "测合〔2026〕2号"]


def test_without_the_trigger_the_learners_would_not_be_marked(desk: AgreementDesk) -> None:
    number = desk.sign().agreement_id
    desk.join(number)
    drain(lambda: UnitOfWork(desk.engine, EVERYWHERE), now=NOW)
    switched = "ALTER TABLE agreement_terms {} TRIGGER note_facts_insert"
    with desk.owner.begin() as connection:
        connection.execute(text(switched.format("DISABLE")))
    desk.amend(number, hard_conditions=(NO_SANCTION,))
    with desk.owner.begin() as connection:
        connection.execute(text(switched.format("ENABLE")))
    assert not desk.ask("SELECT * FROM pending_evaluations")


def test_a_version_that_waits_is_judged_by_from_its_day_on(desk: AgreementDesk) -> None:
    number = desk.sign().agreement_id
    desk.join(number, pupils=1)
    desk.amend(number, in_force_from=LATER, hard_conditions=(NO_SANCTION,))
    pupil = desk.school.pupils[0].learner_id
    assert _conditions(desk, pupil) == ["conduct"]
    assert _conditions(desk, pupil, day=LATER) == ["no_sanction"]


def _conditions(desk: AgreementDesk, learner_id: int, day: date = TODAY) -> list[str]:
    now = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        found = fresh_verdicts(uow, learner_id, as_of=day, now=now)
        return [
            item.code
            for verdict in found
            if verdict.verdict.subject_kind is SubjectKind.ARTICULATION
            for item in verdict.verdict.conditions
        ]


def test_an_agreement_that_is_ended_closes_to_the_college_at_once(desk: AgreementDesk) -> None:
    number = desk.sign().agreement_id
    desk.ask(
        "INSERT INTO accounts (username, display_name, password_hash, role, institution_id,"
        " is_active, section) VALUES ('college', '院校', '!', 'college', :id, true, '')"
        " RETURNING account_id",
        id=desk.college_id,
    )
    account_id = desk.ask("SELECT account_id FROM accounts WHERE username = 'college'")[0][0]
    with UnitOfWork(desk.engine, "") as uow:
        assert actor_of(uow, account_id, as_of=TODAY).actor.agreement_ids == {number}
    desk.amend(number, valid_to=TODAY - timedelta(days=1))
    with UnitOfWork(desk.engine, "") as uow:
        assert actor_of(uow, account_id, as_of=TODAY).actor.agreement_ids == set()


def test_joining_is_consent_only_where_the_transaction_says_so(desk: AgreementDesk) -> None:
    """Whatever else comes to write a member, and forgets to say it, shows nobody to the college."""
    number = desk.sign().agreement_id
    desk.join(number, pupils=1)
    said = "SELECT learner_id FROM sharing_consents WHERE agreement_id = :id"
    assert not desk.ask(said, id=number)
    with UnitOfWork(desk.owner, EVERYWHERE) as uow:
        join(uow.connection, number, desk.school.pupils[1].enrolment_id)
    assert [row[0] for row in desk.ask(said, id=number)] == [desk.school.pupils[1].learner_id]


def test_versions_and_days_are_never_changed_even_by_the_owner(
    desk: AgreementDesk,
) -> None:
    desk.sign()
    with desk.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO advance_calendar_days (finishing_year, post_level, step, starts_on,"
                " ends_on, document_no, reason, decided_by, decided_at) VALUES (2028, 'bachelor',"
                " 'filed', '2028-01-01', '2028-01-05', '测', '', 1, now())"
            )
        )
    for table in ("agreement_terms", "advance_calendar_days"):
        for change in ("UPDATE {} SET document_no = 'x'", "DELETE FROM {}", "TRUNCATE {}"):
            for engine, said in ((desk.owner, "inserts only"), (desk.engine, "permission denied")):
                with engine.connect() as connection, pytest.raises(DBAPIError, match=said):
                    connection.execute(text(change.format(table)))


def test_the_database_checks_what_the_service_has_checked(
    desk: AgreementDesk,
) -> None:
    number = desk.sign().agreement_id
    given = {"version_no": "2", "in_force_from": "'2026-01-20'", "scores": "scores"}
    copied = (
        "INSERT INTO agreement_terms (agreement_id, version_no, in_force_from, document_no, reason,"
        " quota, valid_from, valid_to, hard_conditions, scores, pass_total, tie_breaks,"
        " exemption_level, exemption_effect, assessment_dimensions, notice_days, appeal_days,"
        " attempts_max, allows_parallel_exam, decided_by, decided_at) SELECT agreement_id,"
        " {version_no}, {in_force_from}, '测', '改', quota, valid_from, valid_to, hard_conditions,"
        " {scores}, pass_total, tie_breaks, exemption_level, exemption_effect,"
        " assessment_dimensions, notice_days, appeal_days, attempts_max, allows_parallel_exam, 1,"
        f" '2026-01-20 02:00Z' FROM agreement_terms WHERE agreement_id = {number}"
    )
    for column, value, said in (
        ("version_no", "3", "without a gap"),
        ("in_force_from", "'2026-01-19'", "reaches back"),
        ("scores", '\'[{"kind": "quality", "weight": 99}]\'', "add up to 100"),
    ):
        chosen = given | {column: value}
        with desk.owner.connect() as connection, pytest.raises(DBAPIError, match=said):
            connection.exec_driver_sql(copied.format(**chosen))
    with desk.owner.begin() as connection:
        connection.execute(text(copied.format(**given)))


def test_a_school_writes_no_version_of_another_ones_agreement(desk: AgreementDesk) -> None:
    """The second wall, with the first one taken away."""
    number = desk.sign().agreement_id
    bureau = desk.bureau()
    reach = str(desk.other.institution_id)
    command = AmendAgreement(
        agreement_id=number, of_version_no=1,
        terms=replace(TERMS, in_force_from=TODAY, reason="改", quota=50),
    )  # fmt: skip
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        UnitOfWork(desk.engine, reach) as uow,
    ):
        amend_agreement(uow, bureau, command, idempotency_key="wall", now=NOW)
    assert desk.amend(number, quota=50).version_no == 2
