"""Registering learners and opening enrolments on real books: numbers read, duplicates found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from creditbank.domain.errors import (
    AlreadyRegisteredError,
    CreditbankError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
)
from creditbank.domain.identifiers import check_character
from creditbank.services.fresh_verdicts import fresh_verdicts
from creditbank.services.registration import open_enrolment, register_learner
from creditbank.services.registration_commands import (
    NewEnrolment,
    OpenEnrolment,
    RegisteredLearner,
    RegisterLearner,
)
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.agreements import ArticulationAgreement
from tests.databases import Database
from tests.factories.school import MAJOR, School, make_school

NOW = datetime(2026, 6, 30, 8, tzinfo=UTC)
BOY = "370124201003150011"
BOY = BOY[:17] + check_character(BOY[:17])
GIRL = "37012420100316002" + check_character("37012420100316002")
ENROLMENT = NewEnrolment(
    student_no="2025010199",
    class_name="25数控1班",
    major_code=MAJOR[0],
    catalogue_year=MAJOR[1],
    entry_year=2025,
    entered_on=date(2025, 9, 1),
)
PERSON = RegisterLearner(name="欧阳娜娜", citizen_id=GIRL, enrolment=ENROLMENT)


class Desk:
    """Two schools, each with a registrar who registers."""

    def __init__(self, engine: Engine, schools: tuple[School, School]) -> None:
        self.engine, self.schools = engine, schools

    def reach(self, school: int = 0) -> UnitOfWork:
        return UnitOfWork(self.engine, str(self.schools[school].institution_id))

    def register(
        self, command: RegisterLearner, *, school: int = 0, key: str = "", now: datetime = NOW
    ) -> RegisteredLearner:
        with self.reach(school) as uow:
            return register_learner(
                uow, self.schools[school].registrar, command,
                idempotency_key=key or str(uuid4()), now=now,
            )  # fmt: skip

    def enrol(self, command: OpenEnrolment, *, school: int = 0) -> RegisteredLearner:
        with self.reach(school) as uow:
            return open_enrolment(
                uow, self.schools[school].registrar, command,
                idempotency_key=str(uuid4()), now=NOW,
            )  # fmt: skip

    def row(self, statement: str, **values: Any) -> Any:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return uow.connection.execute(text(statement), values).one()

    def refused(self, command: RegisterLearner, *, school: int = 0) -> dict[str, str]:
        with pytest.raises(CreditbankError) as caught:
            self.register(command, school=school)
        return {problem.field: problem.code for problem in caught.value.problems}


@pytest.fixture
def desk(clean_database: Database, engine: Engine, owner_engine: Engine) -> Desk:
    with owner_engine.begin() as connection:
        schools = (
            make_school(connection, number=1, pupils=2),
            make_school(connection, number=2, pupils=1),
        )
    return Desk(engine, schools)


def with_enrolment(**changed: Any) -> RegisterLearner:
    return replace(PERSON, enrolment=replace(ENROLMENT, **changed))


def opening(made: RegisteredLearner, **changed: Any) -> OpenEnrolment:
    values: dict[str, Any] = {
        "learner_id": made.learner_id, "name": PERSON.name, "account_no": made.account_no,
        "citizen_id": GIRL, "enrolment": ENROLMENT,
    }  # fmt: skip
    return OpenEnrolment(**values | changed)


def test_a_learner_is_registered_with_an_enrolment_and_judged_at_once(desk):
    made = desk.register(PERSON)
    row = desk.row("SELECT * FROM learners WHERE learner_id = :id", id=made.learner_id)
    assert (row.sort_key, row.initials) == ("ouyang nana 欧阳娜娜", "OYNN")
    assert (row.sex, row.born_on, row.citizen_id) == ("2", date(2010, 3, 16), GIRL)
    assert made.account_no == f"XY370124{made.learner_id:07d}"
    with desk.reach() as uow:
        verdicts = fresh_verdicts(uow, made.learner_id, as_of=NOW.date(), now=NOW)
    assert [item.verdict.enrolment_id for item in verdicts] == [made.enrolment_id]
    mark = desk.row(
        "SELECT cause FROM pending_evaluations WHERE learner_id = :id", id=made.learner_id
    )
    assert mark.cause == "fact:enrolments"


def test_an_account_needs_neither_enrolment_nor_identity_number(desk):
    made = desk.register(RegisterLearner(name="阿依古丽·买买提", sex="2"))
    assert made.enrolment_id is None
    row = desk.row("SELECT citizen_id, born_on FROM learners WHERE learner_id = :id",
                   id=made.learner_id)  # fmt: skip
    assert (row.citizen_id, row.born_on) == (None, None)


def test_the_same_key_registers_once_and_refuses_another_person(desk):
    first = desk.register(PERSON, key="one")
    again = desk.register(PERSON, key="one")
    assert again == replace(first, replayed=True)
    with pytest.raises(IdempotencyKeyReusedError):
        desk.register(replace(PERSON, name="王晨"), key="one")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"citizen_id": "370124200903150016"}, {"citizen_id": "identity_check"}),
        ({"citizen_id": "370124200902300018"}, {"citizen_id": "identity_date"}),
        ({"sex": "1"}, {"sex": "sex_mismatch"}),
        ({"born_on": date(2010, 3, 17)}, {"born_on": "born_on_mismatch"}),
        ({"sex": "3"}, {"sex": "sex"}),
        ({"name": ""}, {"name": "name"}),
        ({"name": "王1"}, {"name": "name"}),
        ({"citizen_id": "", "born_on": date(2026, 7, 1)}, {"born_on": "born_on"}),
        (
            {"name": "", "sex": "1", "citizen_id": GIRL},
            {"name": "name", "sex": "sex_mismatch"},
        ),
    ],
)
def test_a_person_who_contradicts_the_number_is_refused_by_field(desk, changed, expected):
    assert desk.refused(replace(PERSON, enrolment=None, **changed)) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"student_no": "学号1"}, {"student_no": "student_no_shape"}),
        ({"student_no": "20250101"}, {"student_no": "student_no_taken"}),
        ({"class_name": " "}, {"class_name": "class_name"}),
        ({"major_code": "999999"}, {"major_code": "unknown_major"}),
        ({"entry_year": 2024}, {"major_code": "no_cohort_plan"}),
        (
            {"entered_on": date(2028, 9, 1)},
            {"entered_on": "entered_on", "entry_year": "entry_year"},
        ),
        ({"plan_code": "ZZ"}, {"major_code": "no_cohort_plan"}),
        ({"agreement_id": 77}, {"agreement_id": "unknown_agreement"}),
        (
            {"national_student_no": f"G{BOY}"},
            {"national_student_no": "national_student_no_mismatch"},
        ),
        (
            {"national_student_no": "J370124201003170012"},
            {"national_student_no": "national_student_no_mismatch"},
        ),
        ({"national_student_no": "G1"}, {"national_student_no": "national_student_no_shape"}),
    ],
)
def test_an_enrolment_that_cannot_be_opened_is_refused_by_field(desk, changed, expected):
    if changed.get("student_no") == "20250101":
        changed = {"student_no": desk.schools[0].pupils[0].student_no}
    assert desk.refused(with_enrolment(**changed)) == expected


def test_the_same_student_number_is_free_at_another_school(desk):
    taken = desk.schools[0].pupils[0].student_no
    made = desk.register(with_enrolment(student_no=taken), school=1)
    assert made.enrolment_id is not None


def test_a_person_known_in_the_county_is_found_from_another_school(desk):
    made = desk.register(replace(PERSON, enrolment=None), school=1)
    with pytest.raises(AlreadyRegisteredError) as caught:
        desk.register(PERSON)
    (problem,) = caught.value.problems
    assert (problem.code, problem.field) == ("known_person", "account_no")
    assert made.account_no in problem.message.zh
    assert made.account_no in problem.message.en


def test_whose_number_it_is_is_not_told_to_who_does_not_know_the_name(desk):
    made = desk.register(replace(PERSON, enrolment=None), school=1)
    with pytest.raises(AlreadyRegisteredError) as caught:
        desk.register(replace(PERSON, name="王晨"))
    (problem,) = caught.value.problems
    assert problem.code == "known_number"
    assert made.account_no not in problem.message.zh


def test_somebody_without_a_number_is_recognised_by_name_and_birthday(desk):
    nobody = RegisterLearner(name="王晨", sex="1", born_on=date(2010, 5, 1))
    desk.register(nobody)
    assert desk.refused(nobody, school=1) == {"account_no": "same_person"}
    assert desk.register(replace(nobody, born_on=date(2010, 5, 2))).learner_id


def test_an_account_is_enrolled_by_who_knows_name_account_and_number(desk):
    made = desk.register(replace(PERSON, enrolment=None), school=1)
    enrolled = desk.enrol(
        opening(made, enrolment=replace(ENROLMENT, national_student_no=f"g{GIRL}"))
    )
    assert enrolled.learner_id == made.learner_id
    row = desk.row("SELECT national_student_no FROM learners WHERE learner_id = :id",
                   id=made.learner_id)  # fmt: skip
    assert row.national_student_no == f"G{GIRL}"


@pytest.mark.parametrize(
    "wrong",
    [{"name": "王晨"}, {"account_no": "XY1"}, {"citizen_id": BOY}, {"citizen_id": ""},
     {"learner_id": 1}, {"learner_id": 1_999_999_999}],
)  # fmt: skip
def test_a_wrong_guess_is_answered_like_nobody(desk, wrong):
    made = desk.register(replace(PERSON, enrolment=None), school=1)
    with pytest.raises(NotFoundError):
        desk.enrol(opening(made, **wrong))


def test_one_person_has_one_open_full_time_enrolment(desk):
    made = desk.register(PERSON, school=1)
    with pytest.raises(AlreadyRegisteredError) as caught:
        desk.enrol(opening(made))
    assert [item.code for item in caught.value.problems] == ["enrolled_already"]
    part_time = replace(ENROLMENT, study_mode=type(ENROLMENT.study_mode).PART_TIME)
    assert desk.enrol(opening(made, enrolment=part_time)).enrolment_id


def test_who_has_died_is_not_enrolled_again(desk, owner_engine):
    made = desk.register(PERSON, school=1)
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(text("UPDATE enrolments SET status = '11', is_open = false"))
    with pytest.raises(InvalidInputError) as caught:
        desk.enrol(opening(made))
    assert [item.code for item in caught.value.problems] == ["died"]


def test_the_database_itself_keeps_it_to_one(desk):
    made = desk.register(PERSON)
    with pytest.raises(IntegrityError, match="uq_enrolments_one_open_full_time"):
        desk.row(
            "INSERT INTO enrolments (institution_id, learner_id, student_no, plan_id, major_code,"
            " catalogue_year, class_name, entry_year, entered_on, study_mode, status, is_open,"
            " suspended_semesters) SELECT institution_id, learner_id, 'X', plan_id, major_code,"
            " catalogue_year, class_name, entry_year, entered_on, study_mode, status, is_open, 0"
            " FROM enrolments WHERE learner_id = :id RETURNING enrolment_id",
            id=made.learner_id,
        )


@pytest.mark.parametrize("change", ["sex = '1'", "born_on = '2010-03-17'"])
def test_the_database_refuses_a_number_that_is_somebody_elses(desk, owner_engine, change):
    made = desk.register(PERSON)
    statement = text(f"UPDATE learners SET {change} WHERE learner_id = :id")
    with (
        owner_engine.connect() as connection,
        pytest.raises(IntegrityError, match="ck_learners_identity"),
    ):
        connection.execute(statement, {"id": made.learner_id})


def test_a_national_student_number_is_kept_for_life(desk):
    made = desk.register(with_enrolment(national_student_no=f"G{GIRL}"))
    with pytest.raises(ProgrammingError, match="kept for life"):
        desk.row(
            "UPDATE learners SET national_student_no = NULL WHERE learner_id = :id RETURNING 1",
            id=made.learner_id,
        )


def test_a_learner_joins_the_class_of_an_agreement_with_the_enrolment(desk, owner_engine):
    agreement_id = agreement(owner_engine, desk.schools[0])
    made = desk.register(with_enrolment(agreement_id=agreement_id))
    row = desk.row("SELECT * FROM agreement_members WHERE enrolment_id = :id",
                   id=made.enrolment_id)  # fmt: skip
    assert (row.agreement_id, row.joined_on) == (agreement_id, date(2025, 9, 1))
    assert row.recorded_by == desk.schools[0].registrar.account_id


def test_another_cohort_or_school_cannot_join_it(desk, owner_engine):
    late = agreement(owner_engine, desk.schools[0], entry_year=2023)
    assert desk.refused(with_enrolment(agreement_id=late)) == {"agreement_id": "other_class"}
    assert desk.refused(with_enrolment(agreement_id=late), school=1) == {
        "agreement_id": "unknown_agreement"
    }


def test_what_is_wrong_anywhere_leaves_nothing_behind(desk):
    with pytest.raises(InvalidInputError):
        desk.register(with_enrolment(major_code="999999"))
    assert desk.row("SELECT count(*) AS n FROM learners WHERE name = :n", n=PERSON.name).n == 0


def test_a_teacher_registers_nobody(desk):
    teacher = replace(desk.schools[0].registrar, role="teacher")
    with desk.reach() as uow, pytest.raises(ForbiddenError):
        register_learner(uow, teacher, PERSON, idempotency_key="k", now=NOW)


def agreement(owner: Engine, school: School, entry_year: int = 2025) -> int:
    with owner.begin() as connection:
        connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
        made = connection.execute(
            insert(ArticulationAgreement)
            .values(
                school_id=school.institution_id, college_id=school.institution_id, name="贯通",
                document_no="测1号", entry_year=entry_year, pre_level="secondary_voc",
                pre_years_tenths=30, post_level="higher_voc", post_years_tenths=20,
                pre_major_code=MAJOR[0], pre_catalogue_year=MAJOR[1], post_major_code="460103",
                post_catalogue_year=2021, quota=40, valid_from=date(entry_year, 9, 1),
                valid_to=date(2032, 7, 31), hard_conditions=[],
            )
            .returning(ArticulationAgreement.agreement_id)  # type: ignore[call-overload]
        )  # fmt: skip
        return int(made.scalar_one())


@pytest.mark.parametrize(
    ("entered_on", "day", "is_late"),
    [
        (date(2025, 9, 1), date(2025, 11, 19), False),
        (date(2025, 9, 1), date(2025, 11, 20), False),
        (date(2025, 9, 1), date(2025, 11, 21), True),
        (date(2026, 2, 23), date(2026, 4, 19), False),
        (date(2026, 2, 23), date(2026, 4, 20), False),
        (date(2026, 2, 23), date(2026, 4, 21), True),
    ],
)
def test_after_the_cut_off_a_registration_stands_with_a_warning(desk, entered_on, day, is_late):
    now = datetime(day.year, day.month, day.day, 15, 59, tzinfo=UTC)
    command = with_enrolment(entered_on=entered_on)
    made = desk.register(command, key="late", now=now)
    assert made.enrolment_id is not None
    assert [warning.code for warning in made.warnings] == ["after_cutoff"] * is_late
    assert desk.register(command, key="late", now=now) == replace(made, replayed=True)
    for warning in made.warnings:
        assert f"{entered_on.year}-" in warning.message.zh
        assert "Registration of this intake ended" in warning.message.en


def test_a_general_high_school_has_no_cut_off(desk, owner_engine):
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE institutions SET kind = 'general_high_school'"))
    assert desk.register(PERSON).warnings == ()
