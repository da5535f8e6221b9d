"""The classes of a school: for a list to choose from, and for a grade sheet to fill in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.enrolments import Term, semester_no
from creditbank.domain.errors import ForbiddenError, NotFoundError
from creditbank.domain.permissions import Action
from creditbank.store.access_log import record_access
from creditbank.store.plans import load_plan
from creditbank.store.unit_of_work import UnitOfWork


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
ORDER BY e.student_no LIMIT 500
""")


def school_classes(uow: UnitOfWork, actor: Actor) -> tuple[SchoolClass, ...]:
    """The classes of the actor's school, the youngest first; names no learner."""
    decide(actor, Action.IMPORT_GRADES)
    rows = uow.connection.execute(_CLASSES, {"school": _school(actor)})
    return tuple(SchoolClass(**row) for row in rows.mappings())


def class_sheet(
    uow: UnitOfWork, actor: Actor, class_name: str, term: Term, *, now: datetime
) -> ClassSheet:
    """The learners of one class by number and the plan's courses of one term.

    Raises NotFoundError for a class that the actor's school does not have.
    """
    grant = decide(actor, Action.IMPORT_GRADES)
    found = [item for item in school_classes(uow, actor) if item.class_name == class_name]
    if not found:
        raise NotFoundError
    chosen = found[0]
    rows = uow.connection.execute(
        _LEARNERS,
        {
            "school": _school(actor),
            "class_name": class_name,
            "entry_year": chosen.entry_year,
        },
    ).all()
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


def _school(actor: Actor) -> int:
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id
