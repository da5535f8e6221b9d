"""A learner of the small school who has all that its plan asks for."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count

from sqlalchemy import Engine, insert

from creditbank.domain.awards import InnovationCategory
from creditbank.domain.enrolments import Term
from creditbank.services.commands import PostCourseCredit, PostInnovationCredit
from creditbank.services.credits import post_credit
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.facts import ConductEvaluation, InternshipAppraisal
from creditbank.tables.policies import SchoolPolicyValue
from tests.factories.school import COURSES, Pupil, School

_keys = count()


def course(learner_id: int, code: str, mark: str = "85") -> PostCourseCredit:
    """Taken in the first semester."""
    return PostCourseCredit(
        learner_id=learner_id,
        course_code=code,
        term=Term(2025, 1),
        mark=mark,
        earned_on=date(2026, 1, 20),
    )


def let_awards_fill(owner: Engine, school: School) -> None:
    """What the plan's elective block asks may come from awards alone."""
    with UnitOfWork(owner, EVERYWHERE) as uow:
        uow.connection.execute(
            insert(SchoolPolicyValue).values(
                institution_id=school.institution_id,
                key="substitution.share_percent",
                value={"value": 100},
                effective_from=date(2025, 9, 1),
                reference="测教〔2025〕1号",
            )
        )


def fulfil(
    owner: Engine,
    engine: Engine,
    school: School,
    pupil: Pupil,
    *,
    now: datetime,
    failed: str = "",
    posted: str = "",
) -> None:
    """Conduct, internship, every course and three awards.

    failed, posted: the code of a course that is failed, or in the books already.
    """
    with UnitOfWork(owner, EVERYWHERE) as uow:
        uow.connection.execute(
            insert(ConductEvaluation).values(
                enrolment_id=pupil.enrolment_id,
                term_code="2027-2028-2",
                result="passed",
                recorded_at=now,
            )
        )
        uow.connection.execute(
            insert(InternshipAppraisal).values(
                enrolment_id=pupil.enrolment_id,
                started_on=date(2027, 9, 1),
                result="passed",
                recorded_at=now,
            )
        )
    practices = [
        PostInnovationCredit(
            learner_id=pupil.learner_id,
            category=InnovationCategory.SOCIAL_PRACTICE,
            title=title,
            quantity=5,
            earned_on=date(2026, 6, 1),
        )
        for title in ("社会实践一", "社会实践二", "社会实践三")
    ]
    courses = [
        course(pupil.learner_id, code, "40" if code == failed else "85")
        for code, _, _ in COURSES
        if code != posted
    ]
    commands: list[PostCourseCredit | PostInnovationCredit] = [*courses, *practices]
    for command in commands:
        with UnitOfWork(engine, str(school.institution_id)) as uow:
            post_credit(uow, school.registrar, command, idempotency_key=f"g{next(_keys)}", now=now)
