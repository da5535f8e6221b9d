"""公示 of transfers: what a public notice shows, while it runs, to everybody.

Name, schools, grade, major and days: no number, no date of birth, no marks and no reasons. It is
taken down by itself. Being public, it leaves no line in the access log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Notice:
    """One transfer that is shown for objections. grade_year: when the learner's grade entered."""

    name: str
    institution_name: str
    institution_name_en: str
    to_institution_name: str
    to_institution_name_en: str
    grade_year: int
    to_plan_name: str
    starts_on: date
    ends_on: date


_NOTICES = text("""
SELECT n.status_change_id, l.name, i.name, i.name_en, t.name, t.name_en,
  e.entry_year + e.suspended_semesters / 2, p.name, n.starts_on, n.ends_on
FROM public_notices n JOIN status_change_states s USING (status_change_id)
  JOIN status_changes c USING (status_change_id)
  JOIN enrolments e ON e.enrolment_id = c.enrolment_id
  JOIN learners l ON l.learner_id = c.learner_id
  JOIN institutions i ON i.institution_id = c.institution_id
  JOIN institutions t ON t.institution_id = c.to_institution_id
  JOIN program_plans p ON p.plan_id = c.plan_id
WHERE :today BETWEEN n.starts_on AND n.ends_on AND s.state IN ('waiting', 'agreed')
  AND n.status_change_id > :after
ORDER BY n.status_change_id LIMIT :limit
""")


def list_notices(
    uow: UnitOfWork, actor: Actor, *, now: datetime, limit: int = 50, cursor: str = ""
) -> Page[Notice]:
    """The notices that run today, the oldest application first.

    Raises InvalidInputError for a foreign cursor.
    """
    decide(actor, Action.SEE_NOTICES)
    limit = clamp(limit)
    after = decode_cursor(cursor, (int,)) or [0]
    asked = {"today": local_date(now), "after": after[0], "limit": limit + 1}
    with uow.everywhere():  # who has not signed in reaches no school
        found = [(row[0], Notice(*row[1:])) for row in uow.connection.execute(_NOTICES, asked)]
    page = page_of(found, limit, lambda item: (item[0],))
    return Page(tuple(notice for _, notice in page.items), page.next_cursor)
