"""What runs out at a school or in the county: suspensions, the longest time of study, intakes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action, Role
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.registry.deadlines import deadlines
from creditbank.registry.intakes import intake_deadlines
from creditbank.store.access_log import record_access
from creditbank.store.lives import lives_of
from creditbank.store.policies import policy_for
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """One warning, and whose it is. on: the day itself; is_over: whether it has passed."""

    on: date
    enrolment_id: int
    kind: str
    is_over: bool
    learner_id: int
    name: str
    student_no: str
    class_name: str
    institution_name: str
    institution_name_en: str


@dataclass(frozen=True, slots=True)
class IntakeLine:
    """One warning about a class: how many who entered on a day have no national number yet."""

    on: date
    kind: str
    is_over: bool
    count: int
    entered_on: date
    institution_id: int
    institution_name: str
    institution_name_en: str
    class_name: str


_SCHOOLS = text("""
SELECT DISTINCT institution_id FROM enrolments
WHERE is_open AND (cast(:school AS int) IS NULL OR institution_id = :school) ORDER BY 1
""")
# Whoever is near at all: suspensions only push the longest time of study back.
_NEAR = text("""
SELECT e.enrolment_id, e.institution_id, e.learner_id, l.name, e.student_no, e.class_name,
  i.name AS institution_name, i.name_en AS institution_name_en
FROM enrolments e JOIN learners l USING (learner_id) JOIN institutions i USING (institution_id)
  JOIN program_plans p USING (plan_id)
  JOIN unnest(cast(:schools AS int[]), cast(:late AS int[]), cast(:ahead AS int[]))
    AS r (institution_id, late, ahead) ON r.institution_id = e.institution_id
WHERE e.is_open AND (e.status = '02'
  OR coalesce(e.began_on, e.entered_on) + make_interval(years => p.years + r.late)
    <= cast(:day AS date) + make_interval(days => r.ahead + 1))
""")
_INTAKES = text("""
SELECT e.institution_id, i.name AS institution_name, i.name_en AS institution_name_en,
  e.class_name, e.entered_on, count(*) AS learners
FROM enrolments e JOIN learners l USING (learner_id) JOIN institutions i USING (institution_id)
WHERE e.is_open AND l.national_student_no IS NULL AND i.kind = 'vocational_school'
  AND (cast(:school AS int) IS NULL OR e.institution_id = :school)
GROUP BY e.institution_id, i.name, i.name_en, e.class_name, e.entered_on
ORDER BY e.entered_on, e.institution_id, e.class_name LIMIT 500
""")


def list_intakes(uow: UnitOfWork, actor: Actor, *, now: datetime) -> tuple[IntakeLine, ...]:
    """New learners without a national number, by class, near or over; names nobody.

    The earliest day first, at most two of 500 classes.
    """
    decide(actor, Action.SEE_DEADLINES)
    connection, today = uow.connection, local_date(now)
    school = None if actor.role is Role.COUNTY else actor.institution_id
    calendar = school_calendar(connection)
    found = [
        IntakeLine(
            item.on, item.kind.value, item.is_over, row.learners, row.entered_on,
            row.institution_id, row.institution_name, row.institution_name_en, row.class_name,
        )
        for row in connection.execute(_INTAKES, {"school": school}).all()
        for item in intake_deadlines(
            row.entered_on, policy_for(connection, row.institution_id, today), calendar, today
        )
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda line: line.on))


def list_deadlines(
    uow: UnitOfWork, actor: Actor, *, now: datetime, limit: int = 50, cursor: str = ""
) -> Page[DeadlineLine]:
    """All that are near or over at the actor's school or in the county, the earliest first.

    Raises ForbiddenError or InvalidInputError for a foreign cursor.
    """
    grant = decide(actor, Action.SEE_DEADLINES)
    after = decode_cursor(cursor, (str, int, str))
    found = near_deadlines(uow, actor, now=now)
    later = [line for line in found if after is None or _place(line) > tuple(after)]
    page = page_of(later, clamp(limit), _place)
    seen = [line.learner_id for line in page.items]
    record_access(uow.connection, actor, Action.SEE_DEADLINES, grant.mask, seen, now)
    return page


def near_deadlines(uow: UnitOfWork, actor: Actor, *, now: datetime) -> list[DeadlineLine]:
    """The same, all of them, for who has decided and names nobody, or notes the access."""
    connection, today = uow.connection, local_date(now)
    school = None if actor.role is Role.COUNTY else actor.institution_id
    schools = list(connection.execute(_SCHOOLS, {"school": school}).scalars())
    policies = {number: policy_for(connection, number, today) for number in schools}
    asked = {
        "schools": schools,
        "late": [policies[at].integer("duration.years_late_max") for at in schools],
        "ahead": [policies[at].integer("warning.longest_time_days") for at in schools],
        "day": today,
    }
    near = {row.enrolment_id: row for row in connection.execute(_NEAR, asked)}
    return sorted(
        (
            DeadlineLine(
                item.on,
                number,
                item.kind.value,
                item.is_over,
                near[number].learner_id,
                near[number].name,
                near[number].student_no,
                near[number].class_name,
                near[number].institution_name,
                near[number].institution_name_en,
            )
            for number, kept in lives_of(connection, list(near)).items()
            for item in deadlines(kept.life, policies[near[number].institution_id], today)
        ),
        key=_place,
    )


def _place(line: DeadlineLine) -> tuple[str, int, str]:
    return line.on.isoformat(), line.enrolment_id, line.kind
