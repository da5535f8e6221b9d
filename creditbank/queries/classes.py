"""The classes of a school: for a list to choose from, and for a grade sheet to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, TextClause, text

from creditbank.domain.access import Actor, decide
from creditbank.domain.enrolments import Term, semester_no
from creditbank.domain.errors import ForbiddenError, Message, NotFoundError, Problem, refused
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Action
from creditbank.domain.staged_modes import staged_mode_of, unstaged_mode
from creditbank.store.access_log import record_access
from creditbank.store.plans import load_plan
from creditbank.store.unit_of_work import UnitOfWork

LEARNERS_MAX = 500
"""How many learners of one class are listed."""


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """One class with open enrolments; plan_id: of most of them."""

    class_name: str
    entry_year: int
    plan_id: int
    learner_count: int


@dataclass(frozen=True, slots=True)
class ClassSheet:
    """Who is in a class (学号, 姓名) and what is taught in a term (code, name)."""

    class_name: str
    learners: tuple[tuple[str, str], ...]
    courses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One learner of a class. years: of the plan.

    staged_mode: 分段培养方式, "" where the national system has no label for it.
    """

    name: str
    sex: str
    class_name: str
    student_no: str
    study_mode: str
    entered_on: date
    major_name: str
    years: int
    staged_mode: str


_CLASSES = text("""
SELECT class_name, entry_year, mode() WITHIN GROUP (ORDER BY plan_id) AS plan_id,
  count(*) AS learner_count
FROM enrolments WHERE institution_id = :school AND is_open
GROUP BY class_name, entry_year ORDER BY entry_year DESC, class_name LIMIT 500
""")
_LEARNERS = text("""
SELECT e.student_no, l.name, l.learner_id FROM enrolments e JOIN learners l USING (learner_id)
WHERE e.institution_id = :school AND e.class_name = :class_name AND e.entry_year = :entry_year
  AND e.is_open
ORDER BY e.student_no LIMIT :limit
""")

# Of a learner who was in two classes, the one that is not left speaks.
_ROSTER = text("""
SELECT e.learner_id, l.name, l.sex, e.class_name, e.student_no, e.study_mode, e.entered_on,
  coalesce(m.name, p.name) AS major_name, p.years, i.kind,
  a.pre_level, a.pre_years_tenths, a.post_level, a.post_years_tenths
FROM enrolments e JOIN learners l USING (learner_id) JOIN program_plans p USING (plan_id)
  JOIN institutions i ON i.institution_id = e.institution_id
  LEFT JOIN majors m ON m.code = e.major_code AND m.catalogue_year = e.catalogue_year
  LEFT JOIN LATERAL (SELECT a.* FROM agreement_members s
    JOIN articulation_agreements a USING (agreement_id)
    WHERE s.enrolment_id = e.enrolment_id AND s.left_on IS NULL
    ORDER BY s.joined_on DESC LIMIT 1) a ON true
WHERE e.institution_id = :school AND e.class_name = :class_name AND e.entry_year = :entry_year
  AND e.is_open
ORDER BY e.student_no LIMIT :limit
""")


def class_roster(
    uow: UnitOfWork, actor: Actor, class_name: str, entry_year: int, *, now: datetime
) -> tuple[RosterLine, ...]:
    """Who is in a class of the actor's school, as the national system lists them.

    Without identity numbers, which stand on papers alone. Raises NotFoundError for a class that is
    none of the school's, InvalidInputError for one of more than LEARNERS_MAX.
    """
    grant = decide(actor, Action.REGISTER_LEARNER)
    asked = {"school": _school(actor), "class_name": class_name, "entry_year": entry_year}
    rows = _whole(uow, _ROSTER, asked)
    if not rows:
        raise NotFoundError
    learner_ids = [row.learner_id for row in rows]
    record_access(uow.connection, actor, Action.REGISTER_LEARNER, grant.mask, learner_ids, now)
    return tuple(RosterLine(*(*row[1:9], _staged_mode(row))) for row in rows)


def _staged_mode(row: Row[Any]) -> str:
    """Where there is no agreement by the plan, at a school whose learners the column is for."""
    if row.pre_level is None:
        return unstaged_mode(row.years) if row.kind == InstitutionKind.VOCATIONAL_SCHOOL else ""
    return staged_mode_of(
        row.pre_level, row.pre_years_tenths, row.post_level, row.post_years_tenths
    )


def school_classes(uow: UnitOfWork, actor: Actor) -> tuple[SchoolClass, ...]:
    """The classes of the actor's school, the youngest first; names no learner."""
    decide(actor, Action.IMPORT_GRADES)
    rows = uow.connection.execute(_CLASSES, {"school": _school(actor)})
    return tuple(SchoolClass(**row) for row in rows.mappings())


def class_sheet(
    uow: UnitOfWork, actor: Actor, class_name: str, term: Term, *, now: datetime
) -> ClassSheet:
    """The learners of one class by number and the plan's courses of one term.

    Raises NotFoundError for a class that the actor's school does not have, InvalidInputError for
    one of more than LEARNERS_MAX.
    """
    grant = decide(actor, Action.IMPORT_GRADES)
    found = [item for item in school_classes(uow, actor) if item.class_name == class_name]
    if not found:
        raise NotFoundError
    chosen = found[0]
    asked = {
        "school": _school(actor), "class_name": class_name, "entry_year": chosen.entry_year,
    }  # fmt: skip
    rows = _whole(uow, _LEARNERS, asked)
    record_access(
        uow.connection, actor, Action.IMPORT_GRADES, grant.mask,
        [row.learner_id for row in rows], now,
    )  # fmt: skip
    semester = semester_no(entry_year=chosen.entry_year, term=term)
    plan = load_plan(uow.connection, chosen.plan_id)
    return ClassSheet(
        class_name=class_name,
        learners=tuple((row.student_no, row.name) for row in rows),
        courses=tuple(
            (course.course_code, course.name)
            for course in plan.courses
            if course.semester_no == semester
        ),
    )


def _whole(
    uow: UnitOfWork, query: TextClause, asked: dict[str, Any]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """A class is listed whole, or not at all: nobody is left out without a word."""
    rows = uow.connection.execute(query, asked | {"limit": LEARNERS_MAX + 1}).all()
    if len(rows) > LEARNERS_MAX:
        raise refused(_TOO_MANY)
    return rows


def _school(actor: Actor) -> int:
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id


_TOO_MANY = Problem(
    "class_too_large",
    Message(
        f"该班在籍学生超过{LEARNERS_MAX}人,不能列全,所以没有导出;请先核对班级名称,"
        "把学生分到实际的班级后再导出。",
        f"The class has more than {LEARNERS_MAX} learners, too many to be listed whole: nothing"
        " was exported; check its name, and put the learners into the classes that they are in.",
    ),
    "class_name",
)
