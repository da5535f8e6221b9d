"""Who is known in the county, and the rows of a registration. Nothing here decides.

What looks for duplicates needs a reach of all institutions: a person is known wherever enrolled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, text
from sqlmodel import col

from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.sharing_consents import JoiningConsent
from creditbank.domain.staged_modes import staged_mode_of
from creditbank.store.name_keys import name_keys
from creditbank.tables.agreements import AgreementMember
from creditbank.tables.enrolments import Enrolment
from creditbank.tables.learners import Learner


class KnownPerson(NamedTuple):
    """A person who has an account."""

    learner_id: int
    account_no: str
    name: str
    sex: str
    born_on: date | None
    citizen_id: str | None
    national_student_no: str | None


class PlanChoice(NamedTuple):
    """The plan of a cohort and major."""

    plan_id: int
    plan_code: str
    name: str
    years: int


class ClassAgreement(NamedTuple):
    """What joining the class of an agreement depends on: what no version of its terms changes.

    staged_mode: 分段培养方式 of the class, "" where the national system has no label for it.
    """

    agreement_id: int
    school_id: int
    pre_major_code: str
    pre_catalogue_year: int
    entry_year: int
    staged_mode: str


_PERSON = """
SELECT learner_id, account_no, name, sex, born_on, citizen_id, national_student_no FROM learners
"""
_COHORT_PLANS = text("""
SELECT p.plan_id, c.plan_code, p.name, p.years
FROM cohort_plans c JOIN program_plans p USING (plan_id)
WHERE c.institution_id = :institution_id AND c.entry_year = :entry_year
  AND p.major_code = :major_code AND p.catalogue_year = :catalogue_year
ORDER BY c.plan_code
""")


def lock_person(connection: Connection, number: str) -> None:
    """Let one registration of an identity number go on at a time."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:number, 5))"), {"number": number}
    )


def person(connection: Connection, learner_id: int) -> KnownPerson | None:
    """One person, as far as the reach shows."""
    return _person(connection, "learner_id = :value", learner_id)


def person_by_citizen_id(connection: Connection, citizen_id: str) -> KnownPerson | None:
    """Who has this identity number."""
    return _person(connection, "citizen_id = :value", citizen_id)


def person_by_account(connection: Connection, account_no: str) -> KnownPerson | None:
    """Whose account this is."""
    return _person(connection, "account_no = :value", account_no)


def person_by_national_no(connection: Connection, number: str) -> KnownPerson | None:
    """Who has this 学籍号."""
    return _person(connection, "national_student_no = :value", number)


def _person(connection: Connection, condition: str, value: object) -> KnownPerson | None:
    row = connection.execute(text(f"{_PERSON} WHERE {condition}"), {"value": value}).first()
    return None if row is None else KnownPerson(*row)


def people_without_number(
    connection: Connection, name: str, born_on: date
) -> list[tuple[int, str]]:
    """(learner_id, account_no) of who has this name and birthday and no identity number."""
    rows = connection.execute(
        text(
            "SELECT learner_id, account_no FROM learners WHERE initials = :initials"
            " AND name = :name AND born_on = :born_on AND citizen_id IS NULL ORDER BY learner_id"
        ),
        {"initials": name_keys(name).initials, "name": name, "born_on": born_on},
    )
    return [(row.learner_id, row.account_no) for row in rows]


def add_learner(connection: Connection, area_code: str, values: Mapping[str, Any]) -> KnownPerson:
    """A new account; name keys and account number are made here.

    The number comes first: the wall does not show a school the row that it has just written.
    """
    learner_id: int = connection.execute(
        text("SELECT nextval(pg_get_serial_sequence('learners', 'learner_id'))")
    ).scalar_one()
    keys = name_keys(values["name"])
    account_no = f"XY{area_code}{learner_id:07d}"
    connection.execute(
        insert(Learner).values(
            learner_id=learner_id,
            account_no=account_no,
            sort_key=keys.sort_key,
            initials=keys.initials,
            national_student_no=None,
            **values,
        )
    )
    return KnownPerson(
        learner_id=learner_id, account_no=account_no, national_student_no=None, **values
    )


def give_national_no(connection: Connection, learner_id: int, number: str) -> None:
    """Note the 学籍号 of a learner who has none yet; it is kept for life."""
    connection.execute(
        text(
            "UPDATE learners SET national_student_no = :number"
            " WHERE learner_id = :id AND national_student_no IS NULL"
        ),
        {"number": number, "id": learner_id},
    )


def kind_of(connection: Connection, institution_id: int) -> InstitutionKind:
    """What an institution is."""
    found = connection.execute(
        text("SELECT kind FROM institutions WHERE institution_id = :id"), {"id": institution_id}
    )
    return InstitutionKind(found.scalar_one())


def area_of(connection: Connection, institution_id: int) -> str:
    """The area code of an institution, GB/T 2260."""
    area: str = connection.execute(
        text("SELECT area_code FROM institutions WHERE institution_id = :id"),
        {"id": institution_id},
    ).scalar_one()
    return area


def major_name(connection: Connection, code: str, catalogue_year: int) -> str | None:
    """What a catalogue calls this major; None where it has none of the code."""
    name: str | None = connection.execute(
        text("SELECT name FROM majors WHERE code = :code AND catalogue_year = :year"),
        {"code": code, "year": catalogue_year},
    ).scalar()
    return name


def cohort_plans(
    connection: Connection,
    institution_id: int,
    *,
    entry_year: int,
    major_code: str,
    catalogue_year: int,
) -> list[PlanChoice]:
    """The plans that a school's cohort of a major follows; usually one."""
    rows = connection.execute(
        _COHORT_PLANS,
        {
            "institution_id": institution_id,
            "entry_year": entry_year,
            "major_code": major_code,
            "catalogue_year": catalogue_year,
        },
    )
    return [PlanChoice(*row) for row in rows]


def student_no_is_taken(connection: Connection, institution_id: int, student_no: str) -> bool:
    """Whether somebody at the school has, or had, this 学号."""
    found = connection.execute(
        text("SELECT 1 FROM enrolments WHERE institution_id = :id AND student_no = :number"),
        {"id": institution_id, "number": student_no},
    )
    return found.first() is not None


class EnrolledPerson(NamedTuple):
    """Whom a student number of a school stands for, as a class list says it."""

    name: str
    citizen_id: str | None
    class_name: str
    learner_id: int
    enrolment_id: int


def enrolled_by_number(
    connection: Connection, institution_id: int, numbers: Collection[str]
) -> dict[str, EnrolledPerson]:
    """Who has these student numbers at a school."""
    rows = connection.execute(
        select(
            col(Enrolment.student_no),
            col(Learner.name),
            col(Learner.citizen_id),
            col(Enrolment.class_name),
            col(Enrolment.learner_id),
            col(Enrolment.enrolment_id),
        )
        .join(Learner, col(Learner.learner_id) == col(Enrolment.learner_id))
        .where(
            col(Enrolment.institution_id) == institution_id,
            col(Enrolment.student_no).in_(sorted(numbers)),
        )
    )
    return {
        row.student_no: EnrolledPerson(
            row.name, row.citizen_id, row.class_name, row.learner_id, row.enrolment_id
        )
        for row in rows
    }


class CohortMajor(NamedTuple):
    """A cohort of a major at a school, with the plan it follows."""

    entry_year: int
    plan_code: str
    major_code: str
    catalogue_year: int
    major_name: str
    years: int


_COHORT_MAJORS = text("""
SELECT c.entry_year, c.plan_code, p.major_code, p.catalogue_year,
  coalesce(m.name, p.name) AS major_name, p.years
FROM cohort_plans c JOIN program_plans p USING (plan_id)
  LEFT JOIN majors m ON m.code = p.major_code AND m.catalogue_year = p.catalogue_year
WHERE c.institution_id = :school ORDER BY c.entry_year DESC, p.major_code, c.plan_code
""")


def cohort_majors(connection: Connection, institution_id: int) -> tuple[CohortMajor, ...]:
    """All cohorts of a school, the latest first."""
    rows = connection.execute(_COHORT_MAJORS, {"school": institution_id})
    return tuple(CohortMajor(*row) for row in rows)


class SchoolAgreement(NamedTuple):
    """The class of an agreement, by what the national sheet says of it."""

    agreement_id: int
    major_code: str
    entry_year: int
    staged_mode: str


_SCHOOL_AGREEMENTS = text("""
SELECT agreement_id, pre_major_code, entry_year, pre_level, pre_years_tenths, post_level,
  post_years_tenths
FROM articulation_agreements WHERE school_id = :school ORDER BY agreement_id
""")


def school_agreements(connection: Connection, institution_id: int) -> tuple[SchoolAgreement, ...]:
    """The classes of all agreements of a school."""
    rows = connection.execute(_SCHOOL_AGREEMENTS, {"school": institution_id})
    return tuple(
        SchoolAgreement(
            row.agreement_id,
            row.pre_major_code,
            row.entry_year,
            staged_mode_of(
                row.pre_level, row.pre_years_tenths, row.post_level, row.post_years_tenths
            ),
        )
        for row in rows
    )


def has_open_full_time(connection: Connection, learner_id: int) -> bool:
    """Whether the person is enrolled full-time anywhere in the county."""
    found = connection.execute(
        text(
            "SELECT 1 FROM enrolments WHERE learner_id = :id AND is_open"
            " AND study_mode = 'full_time'"
        ),
        {"id": learner_id},
    )
    return found.first() is not None


def has_died(connection: Connection, learner_id: int) -> bool:
    """Whether a death is on record, at whichever school."""
    found = connection.execute(
        text("SELECT 1 FROM enrolments WHERE learner_id = :id AND status = '11'"),
        {"id": learner_id},
    )
    return found.first() is not None


def add_enrolment(connection: Connection, values: Mapping[str, Any]) -> int:
    """A new enrolment; its learner is marked by the trigger."""
    made = connection.execute(
        insert(Enrolment).values(**values).returning(Enrolment.enrolment_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())


def class_agreement(connection: Connection, agreement_id: int) -> ClassAgreement | None:
    """One agreement."""
    row = connection.execute(
        text(
            "SELECT agreement_id, school_id, pre_major_code, pre_catalogue_year, entry_year,"
            " pre_level, pre_years_tenths, post_level, post_years_tenths"
            " FROM articulation_agreements WHERE agreement_id = :id"
        ),
        {"id": agreement_id},
    ).first()
    return None if row is None else ClassAgreement(*(*row[:5], staged_mode_of(*row[5:])))


def is_member(connection: Connection, agreement_id: int, enrolment_id: int) -> bool:
    """Whether the enrolment is, or was, in the class of the agreement."""
    found = connection.execute(
        text("SELECT 1 FROM agreement_members WHERE agreement_id = :a AND enrolment_id = :e"),
        {"a": agreement_id, "e": enrolment_id},
    )
    return found.first() is not None


def add_member(
    connection: Connection, values: Mapping[str, Any], *, consent: JoiningConsent
) -> None:
    """A place in the class of an agreement; the learner is marked by the trigger.

    consent: whether joining is consent to be shown to the college, which a trigger then records.
    """
    connection.execute(
        text("SELECT set_config('creditbank.sharing_consent', :consent, true)"),
        {"consent": consent},
    )
    connection.execute(insert(AgreementMember).values(**values))
