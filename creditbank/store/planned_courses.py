"""Which courses the plans of some learners place in a term: what a heading then means."""

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
