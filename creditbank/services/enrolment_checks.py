"""Whether an enrolment can be opened as it is asked for: numbers, major, plan, class, agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, Problem
from creditbank.domain.identifiers import (
    clean_identifier,
    read_national_student_no,
    read_student_no,
    student_no_contradicts,
)
from creditbank.domain.sheets import clean_text
from creditbank.services.named_learners import folded
from creditbank.services.registration_commands import NewEnrolment
from creditbank.services.registration_words import STUDENT_NO_TAKEN
from creditbank.store import registration as rows
from creditbank.store.facts import OwnEnrolment

CLASS_MAX = 40
_AHEAD_MAX = timedelta(days=120)
"""A new intake is registered in summer for September, not a year before."""


@dataclass(frozen=True, slots=True)
class ReadEnrolment:
    """An enrolment that may be opened. row: columns of enrolments; the rest goes elsewhere."""

    row: dict[str, Any]
    national_student_no: str
    agreement_id: int | None


def read_enrolment(
    connection: Connection,
    institution_id: int,
    asked: NewEnrolment,
    person: rows.KnownPerson | None,
    *,
    now: datetime,
) -> ReadEnrolment | tuple[Problem, ...]:
    """The enrolment, or every field that is wrong. person: None while the person is not right."""
    problems: list[Problem] = []
    student_no = read_student_no(asked.student_no)
    if isinstance(student_no, Problem):
        problems.append(student_no)
    elif rows.student_no_is_taken(connection, institution_id, student_no):
        problems.append(STUDENT_NO_TAKEN)
    national_no = _national_no(asked, person)
    if isinstance(national_no, Problem):
        problems.append(national_no)
    class_name = clean_text(asked.class_name)
    if not 0 < len(class_name) <= CLASS_MAX:
        problems.append(_CLASS)
    problems += _days(asked, now)
    plan = enrolled_plan(connection, institution_id, asked)
    if isinstance(plan, Problem):
        problems.append(plan)
    if asked.agreement_id is not None:
        problems += agreement_faults(connection, institution_id, asked.agreement_id, asked)
    if problems or isinstance(plan, Problem) or isinstance(national_no, Problem):
        return tuple(problems)
    return ReadEnrolment(
        {
            "student_no": student_no,
            "plan_id": plan.plan_id,
            "major_code": asked.major_code,
            "catalogue_year": asked.catalogue_year,
            "class_name": class_name,
            "entry_year": asked.entry_year,
            "entered_on": asked.entered_on,
            "study_mode": asked.study_mode.value,
        },
        national_no,
        asked.agreement_id,
    )


def agreement_faults(
    connection: Connection,
    institution_id: int,
    agreement_id: int,
    enrolled: NewEnrolment | OwnEnrolment,
) -> list[Problem]:
    """Why an enrolment cannot be in the class of an agreement: other school, major or cohort."""
    found = rows.class_agreement(connection, agreement_id)
    if found is None or found.school_id != institution_id:
        return [_NO_AGREEMENT]
    asked = (enrolled.major_code, enrolled.catalogue_year, enrolled.entry_year)
    if asked != (found.pre_major_code, found.pre_catalogue_year, found.entry_year):
        return [_OTHER_CLASS]
    return []


def _national_no(asked: NewEnrolment, person: rows.KnownPerson | None) -> str | Problem:
    """The 学籍号 in its one form; "" where none is given. It is kept for life."""
    if not clean_identifier(asked.national_student_no):
        return ""
    citizen_id = (person.citizen_id if person else None) or ""
    number = read_national_student_no(asked.national_student_no, citizen_id=citizen_id)
    if isinstance(number, Problem):
        return number
    if person is None:
        return number
    if person.national_student_no and person.national_student_no != number:
        return _OTHER_NATIONAL_NO
    if number.startswith("G") and not person.citizen_id:
        return _IDENTITY_MISSING
    return student_no_contradicts(number, person.born_on) or number


def _days(asked: NewEnrolment, now: datetime) -> list[Problem]:
    problems = []
    if asked.entered_on > local_date(now) + _AHEAD_MAX:
        problems.append(_TOO_EARLY)
    if asked.entered_on.year not in {asked.entry_year, asked.entry_year + 1}:
        problems.append(_ENTRY_YEAR)
    return problems


def check_major(written: str, chosen: str) -> Problem | None:
    """Whether what a list says of somebody's major is the one chosen for all, as far as it goes."""
    major, name = folded(written), folded(chosen)
    if not major or major in name or name in major:
        return None
    message = Message(
        f"专业与所选的“{chosen}”不一致;请按专业分开上传,或改正这一格。",
        f"the major is not {chosen}, which was chosen for the list; upload each major by itself, "
        "or mend this cell.",
    )
    return Problem("major_differs", message, "major")


def enrolled_plan(
    connection: Connection, institution_id: int, asked: NewEnrolment
) -> rows.PlanChoice | Problem:
    """The plan that the cohort follows: it is chosen by the school beforehand, never here."""
    if rows.major_name(connection, asked.major_code, asked.catalogue_year) is None:
        return _NO_MAJOR
    found = rows.cohort_plans(
        connection,
        institution_id,
        entry_year=asked.entry_year,
        major_code=asked.major_code,
        catalogue_year=asked.catalogue_year,
    )
    chosen = [plan for plan in found if asked.plan_code in {"", plan.plan_code}]
    if not chosen:
        return _NO_PLAN
    if len(chosen) > 1:
        codes = "、".join(plan.plan_code for plan in chosen)
        message = Message(
            f"该年级该专业有多个培养方案({codes}),请写明方案代码。",
            f"This cohort of the major has several plans ({codes}); say which.",
        )
        return Problem("several_plans", message, "plan_code")
    return chosen[0]


_CLASS = Problem(
    "class_name",
    Message("请填写班级(1-40字)。", "Give the class (1 to 40 characters)."),
    "class_name",
)
_TOO_EARLY = Problem(
    "entered_on",
    Message("入学日期太远,请核对。", "The day of entry is too far ahead; check it."),
    "entered_on",
)
_ENTRY_YEAR = Problem(
    "entry_year",
    Message(
        "入学日期应在入学年份当年或次年(春季),请核对。",
        "The day of entry lies in the year of entry or, in spring, the next; check both.",
    ),
    "entry_year",
)
_NO_MAJOR = Problem(
    "unknown_major",
    Message(
        "专业目录中没有这个代码和目录年份,请核对。",
        "No catalogue of that year has this major code; check both.",
    ),
    "major_code",
)
_NO_PLAN = Problem(
    "no_cohort_plan",
    Message(
        "本校该年级还没有这个专业的培养方案,请先由学校确定方案。",
        "Your school has no plan for this cohort of the major yet; choose one first.",
    ),
    "major_code",
)
_OTHER_NATIONAL_NO = Problem(
    "national_student_no_differs",
    Message(
        "该生已有另一个学籍号,学籍号终身不变,请核对。",
        "This person has another national student number, which is kept for life; check it.",
    ),
    "national_student_no",
)
_IDENTITY_MISSING = Problem(
    "identity_missing",
    Message(
        "G开头的学籍号含身份证号,请同时填写身份证号。",
        "A number that begins with G holds the identity number: give that, too.",
    ),
    "citizen_id",
)
_NO_AGREEMENT = Problem(
    "unknown_agreement",
    Message("本校没有这份贯通培养协议。", "Your school has no such agreement."),
    "agreement_id",
)
_OTHER_CLASS = Problem(
    "other_class",
    Message(
        "该协议面向另一专业或年级,请核对。",
        "The agreement is for another major or cohort; check it.",
    ),
    "agreement_id",
)
