"""A small school in the database: a class, its courses and plan, a registrar. For any test.

`make_school(connection)` under the owner's login or the application's; the caller commits.
Everything is synthetic and the same on every call; `number` makes a second school beside the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pypinyin import lazy_pinyin
from sqlalchemy import Connection, insert, select, text
from sqlmodel import SQLModel, col

from creditbank.domain.access import Actor
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import Term
from creditbank.domain.permissions import Role
from creditbank.tables.accounts import Account
from creditbank.tables.courses import Course
from creditbank.tables.enrolments import Enrolment
from creditbank.tables.institutions import Institution
from creditbank.tables.learners import Learner
from creditbank.tables.majors import Major
from creditbank.tables.plans import CohortPlan, ProgramPlan
from creditbank.tables.terms import AcademicTerm

COURSES = (
    ("GG01", "思想政治", 800),
    ("GG02", "语文", 1100),
    ("GG03", "数学", 800),
    ("GG04", "英语", 800),
    ("GG05", "历史", 400),
    ("GG06", "信息技术", 600),
    ("GG07", "体育与健康", 800),
    ("GG08", "艺术", 200),
)
"""Code, name and units; all are required and fill the block that the code begins with."""
_BLOCKS = {"GG": ("公共基础必修", "Common required"), "ZY": ("专业核心课", "Major")}

TERMS = (
    (Term(2025, 1), date(2025, 9, 1), date(2026, 1, 31)),
    (Term(2025, 2), date(2026, 2, 1), date(2026, 8, 31)),
    (Term(2026, 1), date(2026, 9, 1), date(2027, 1, 31)),
)
MAJOR = ("660103", 2021)
CLASS_NAME = "25数控1班"
_FAMILY = "王李张刘陈杨赵黄周吴"
_GIVEN = ("晨", "雨桐", "浩然", "一诺", "子墨", "欣怡", "宇航", "思远", "佳琪", "明轩")


@dataclass(frozen=True, slots=True)
class Pupil:
    """One learner of the class with one open enrolment."""

    learner_id: int
    enrolment_id: int
    student_no: str
    name: str


@dataclass(frozen=True, slots=True)
class School:
    """What was made. courses: (code, name); term: one that has ended on 2026-06-30."""

    institution_id: int
    plan_id: int
    registrar: Actor
    pupils: tuple[Pupil, ...]
    courses: tuple[tuple[str, str], ...]
    class_name: str = CLASS_NAME
    term: Term = TERMS[0][0]


def agree(connection: Connection) -> None:
    """Until the transaction ends, who joins the class of an agreement consents by that."""
    connection.execute(text("SELECT set_config('creditbank.sharing_consent', 'joining', true)"))


def make_school(
    connection: Connection,
    *,
    number: int = 1,
    pupils: int = 50,
    kind: str = "vocational_school",
    courses: Sequence[tuple[str, str, int]] = COURSES,
    electives: int = 200,
    class_name: str = CLASS_NAME,
    semesters: Mapping[str, int] | None = None,
) -> School:
    """Insert a school with one class; the caller commits.

    semesters: of courses that are not taught in the first, by code.

    The plan: a block for each kind of course, block RX with free electives that awards may fill.
    """
    connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
    _make_calendar_and_major(connection)
    institution_id = _add(
        connection,
        Institution,
        Institution.institution_id,
        code=f"363701{number:04d}",
        name=f"第{number}测试职业学校",
        kind=kind,
        area_code="370124",
    )
    for code, name, units in courses:
        connection.execute(
            insert(Course).values(
                institution_id=institution_id,
                code=code,
                name=name,
                units=units,
                theory_hours=units * 18 // 100,
                practice_hours=0,
                nature="1",
            )
        )
    plan_id = _make_plan(connection, institution_id, courses, electives, semesters or {})
    account_id = _add(
        connection,
        Account,
        Account.account_id,
        username=f"registrar{number}",
        display_name=f"教务员{number}",
        password_hash="!",
        role=Role.REGISTRAR.value,
        institution_id=institution_id,
    )
    return School(
        institution_id=institution_id,
        plan_id=plan_id,
        registrar=Actor(
            account_id=account_id,
            role=Role.REGISTRAR,
            institution_id=institution_id,
            display_name=f"教务员{number}",
        ),
        pupils=tuple(
            add_pupil(connection, institution_id, plan_id, class_name, (number, at))
            for at in range(1, pupils + 1)
        ),
        courses=tuple((code, name) for code, name, _ in courses),
        class_name=class_name,
    )


def _make_calendar_and_major(connection: Connection) -> None:
    """What schools share; a second school finds it there."""
    if connection.execute(select(col(Major.code)).where(col(Major.code) == MAJOR[0])).first():
        return
    code, year = MAJOR
    connection.execute(
        insert(Major).values(
            code=code,
            catalogue_year=year,
            name="数控技术应用",
            level=EducationLevel.SECONDARY_VOCATIONAL.value,
        )
    )
    for term, starts_on, ends_on in TERMS:
        connection.execute(
            insert(AcademicTerm).values(code=term.code, starts_on=starts_on, ends_on=ends_on)
        )


def _make_plan(
    connection: Connection,
    institution_id: int,
    courses: Sequence[tuple[str, str, int]],
    electives: int,
    semesters: Mapping[str, int],
) -> int:
    total = {
        kind: sum(units for code, _, units in courses if code.startswith(kind)) for kind in _BLOCKS
    }
    plan_id = _add(
        connection,
        ProgramPlan,
        ProgramPlan.plan_id,
        institution_id=institution_id,
        code="SK",
        version=1,
        name="数控技术应用",
        major_code=MAJOR[0],
        catalogue_year=MAJOR[1],
        years=3,
        units_min=sum(total.values()) + electives,
        document={
            "blocks": [
                *(
                    _block(kind, *_BLOCKS[kind], "1", units, "none")
                    for kind, units in total.items()
                    if units
                ),
                _block("RX", "任选课", "Free electives", "3", electives, "automatic"),
            ],
            "courses": [
                {
                    "course_code": code,
                    "name": name,
                    "block_code": code[:2],
                    "credits": credits_text(units),
                    "theory_hours": units * 18 // 100,
                    "practice_hours": 0,
                    "semester_no": semesters.get(code, 1),
                    "is_required": True,
                    "also_counts_in": [],
                }
                for code, name, units in courses
            ],
            "conditions": ["conduct", "internship"],
            "required_pass_exams": [],
        },
    )
    connection.execute(
        insert(CohortPlan).values(
            institution_id=institution_id, plan_code="SK", entry_year=2025, plan_id=plan_id
        )
    )
    return plan_id


def _block(
    code: str, name: str, name_en: str, nature: str, units: int, substitution: str
) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "name_en": name_en,
        "nature": nature,
        "credits_min": credits_text(units),
        "substitution": substitution,
        "is_major_core": False,
    }


def add_pupil(
    connection: Connection,
    institution_id: int,
    plan_id: int,
    class_name: str,
    place: tuple[int, int],
) -> Pupil:
    number, at = place
    name = _FAMILY[at % len(_FAMILY)] + _GIVEN[at // len(_FAMILY) % len(_GIVEN)]
    syllables = lazy_pinyin(name)
    learner_id = _add(
        connection,
        Learner,
        Learner.learner_id,
        account_no=f"TEST{number:02d}{at:04d}",
        name=name,
        sort_key=" ".join(syllables),
        initials="".join(syllable[0].upper() for syllable in syllables),
        sex="1" if at % 2 else "2",
        born_on=date(2010, 1 + at % 12, 1 + at % 28),
    )
    student_no = f"2025{number:02d}01{at:02d}"
    enrolment_id = _add(
        connection,
        Enrolment,
        Enrolment.enrolment_id,
        institution_id=institution_id,
        learner_id=learner_id,
        student_no=student_no,
        plan_id=plan_id,
        major_code=MAJOR[0],
        catalogue_year=MAJOR[1],
        class_name=class_name,
        entry_year=2025,
        entered_on=date(2025, 9, 1),
        study_mode="full_time",
        status="01",
        is_open=True,
    )
    return Pupil(learner_id, enrolment_id, student_no, name)


def _add(connection: Connection, table: type[SQLModel], key: Any, **values: Any) -> int:
    """Insert one row and return the key the database gave it."""
    return int(connection.execute(insert(table).values(**values).returning(key)).scalar_one())
