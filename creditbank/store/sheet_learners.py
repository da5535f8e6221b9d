"""Whom a sheet lists: what their plans teach in its term, and their numbers by name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, text

from creditbank.domain.enrolments import Term, semester_no
from creditbank.store.grade_imports import learners_by_number
from creditbank.store.plans import load_plans

_PLANS = text("""
SELECT DISTINCT plan_id, entry_year FROM enrolments
WHERE institution_id = :school AND learner_id = any(:learners) AND is_open
""")
_NAMED = text("""
SELECT e.student_no, l.name FROM enrolments e JOIN learners l USING (learner_id)
WHERE e.institution_id = :school AND e.is_open
  AND (cast(:year AS int) IS NULL OR (e.entry_year = :year AND e.class_name = :class_name))
ORDER BY e.student_no
""")


def planned_courses(
    connection: Connection, institution_id: int, identity: str, numbers: Collection[str], term: Term
) -> frozenset[str]:
    """Codes of the courses that are taught to whoever has these numbers in a term.

    identity: what the numbers are: student_no, national_student_no or citizen_id.
    """
    learners = learners_by_number(connection, institution_id, identity, numbers)
    asked = {
        "school": institution_id,
        "learners": [learner.learner_id for learner in learners.values()],
    }
    classes = connection.execute(_PLANS, asked).all()
    plans = load_plans(connection, {plan_id for plan_id, _ in classes})
    return frozenset(
        course.course_code
        for plan_id, entry_year in classes
        for course in plans[plan_id].courses
        if course.semester_no == semester_no(entry_year=entry_year, term=term)
    )


def numbers_by_name(
    connection: Connection, institution_id: int, of_class: tuple[int, str] | None
) -> dict[str, list[str]]:
    """Student numbers by name of a school's open enrolments, or of one class of it."""
    year, name = of_class or (None, None)
    asked = {"school": institution_id, "year": year, "class_name": name}
    found: dict[str, list[str]] = {}
    for student_no, learner in connection.execute(_NAMED, asked):
        found.setdefault(learner, []).append(student_no)
    return found
