"""Three small schools over many years: courses few enough that a learner can finish and go on."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count

from sqlalchemy import Connection, Engine, insert, text

from creditbank.domain.enrolments import Term
from creditbank.store.paired_schools import Pair, add_pair
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.plans import CohortPlan
from creditbank.tables.terms import AcademicTerm
from tests.factories.change_desk import NEXT_CLASS, NOW, OTHER_CLASS, SECOND_MAJOR
from tests.factories.graduates import let_awards_fill
from tests.factories.school import TERMS, Pupil, School, add_pupil, make_school
from tests.factories.transfer_desk import GENERAL_CLASS, TransferDesk

YEARS = range(2026, 2037)
"""Beside 2025: those for which there are terms, and plans of those who enter."""
NEXT_GENERAL_CLASS = "高一2班"
_VOCATIONAL = (
    ("GG02", "语文", 1100), ("GG03", "数学", 800), ("GG04", "英语", 800),
    ("ZY01", "机械制图", 400), ("ZY02", "数控编程", 600),
)  # fmt: skip
_GENERAL = (
    ("GG02", "语文", 1100), ("GG03", "数学", 800), ("GG04", "外语", 800), ("GG08", "音乐", 200),
)  # fmt: skip
_numbers = count(1000)


def make_enrolment_county(owner: Engine, engine: Engine) -> TransferDesk:
    """Fill an empty database: two classes in each school, in the first a second major and a 3+2."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        connection = uow.connection
        vocational, another = (
            make_school(connection, number=number, pupils=pupils, courses=_VOCATIONAL)
            for number, pupils in ((1, 3), (3, 2))
        )
        general = make_school(
            connection, number=2, pupils=2, kind="general_high_school", courses=_GENERAL,
            class_name=GENERAL_CLASS,
        )  # fmt: skip
        first, second, third = (pupil.enrolment_id for pupil in vocational.pupils)
        asked = {
            "plan_id": vocational.plan_id, "first": first, "second": second, "third": third,
            "school": vocational.institution_id,
        }  # fmt: skip
        for statement in SECOND_MAJOR:
            connection.execute(text(statement), asked)
        for school, class_name in ((another, NEXT_CLASS), (general, NEXT_GENERAL_CLASS)):
            connection.execute(
                text("UPDATE enrolments SET class_name = :name WHERE enrolment_id = :id"),
                {"name": class_name, "id": school.pupils[1].enrolment_id},
            )
        _lengthen(connection)
        pair = Pair(
            vocational.institution_id, general.institution_id, date(2026, 1, 1), None, "测结1号"
        )
        add_pair(connection, pair, decided_by=1, now=NOW)
    for school in (vocational, general, another):
        let_awards_fill(owner, school)
    desk = TransferDesk(engine, vocational, general, another)
    desk.drain(NOW)
    return desk


def _lengthen(connection: Connection) -> None:
    """Terms and cohorts of the years to come."""
    known = {term for term, _, _ in TERMS}
    for year in YEARS:
        for term, starts_on, ends_on in (
            (Term(year, 1), date(year, 9, 1), date(year + 1, 1, 31)),
            (Term(year, 2), date(year + 1, 2, 1), date(year + 1, 8, 31)),
        ):
            if term not in known:
                connection.execute(
                    insert(AcademicTerm).values(
                        code=term.code, starts_on=starts_on, ends_on=ends_on
                    )
                )
    cohorts = connection.execute(
        text("SELECT institution_id, plan_code, plan_id FROM cohort_plans")
    )
    rows = [dict(row) | {"entry_year": year} for row in cohorts.mappings() for year in YEARS]
    connection.execute(insert(CohortPlan), rows)


def enrol_somebody(
    owner: Engine, school: School, *, reserved: bool, adult: bool, joins: bool
) -> Pupil:
    """A new learner of the first class. reserved: the place only; joins: the 3+2 class."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        pupil = add_pupil(
            uow.connection, school.institution_id, school.plan_id, school.class_name,
            (school.institution_id, next(_numbers)),
        )  # fmt: skip
        asked = {"learner": pupil.learner_id, "enrolment": pupil.enrolment_id}
        if reserved:
            uow.connection.execute(
                text("UPDATE enrolments SET status = '12' WHERE enrolment_id = :enrolment"), asked
            )
        if adult:
            uow.connection.execute(
                text("UPDATE learners SET born_on = '2007-05-20' WHERE learner_id = :learner"),
                asked,
            )
        if joins:
            uow.connection.execute(
                text(
                    "INSERT INTO agreement_members (agreement_id, enrolment_id, joined_on,"
                    " left_reason) SELECT agreement_id, :enrolment, '2025-09-01', ''"
                    " FROM articulation_agreements WHERE school_id = (SELECT institution_id"
                    " FROM enrolments WHERE enrolment_id = :enrolment)"
                ),
                asked,
            )
    return pupil


def classes_of(desk: TransferDesk, school: School) -> tuple[str, ...]:
    """All classes of a school, whatever their major."""
    if school is desk.general:
        return (GENERAL_CLASS, NEXT_GENERAL_CLASS)
    own = (OTHER_CLASS,) if school is desk.vocational else ()
    return (school.class_name, NEXT_CLASS, *own)


def moment(day: date) -> datetime:
    """Ten in the morning of a day."""
    return NOW.replace(year=day.year, month=day.month, day=day.day)
