"""County indicators read: counts by school, major and cohort on a day. Names nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.county_figures import (
    AdvanceCount,
    CohortCount,
    CountyFigures,
    Flow,
    FlowCount,
    Place,
    ProgressCounted,
    month_before,
    month_of,
)
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.monthly_reports import ReportDay
from creditbank.domain.permissions import Action
from creditbank.domain.policies import Policy
from creditbank.store.academic_progress import count_progress
from creditbank.store.policies import COUNTY_ALONE, policy_for
from creditbank.store.unit_of_work import UnitOfWork

MONTHS = 13
"""How many months of what happens are read: a year, and the month a year before the last one."""
# Who left by an application left on its day. Of others, who were taken over from another system as
# such, nobody knows it: graduates did in the summer that the plan has, today at the latest, and who
# withdrew was never in school here.
_COHORTS = text("""
WITH lives AS (
  SELECT e.*, i.kind, p.years, CASE WHEN NOT e.is_open THEN coalesce(
    (SELECT max(c.takes_effect_on) FROM status_change_executions x
      JOIN status_changes c USING (status_change_id) WHERE x.enrolment_id = e.enrolment_id),
    CASE WHEN e.status IN ('07', '08') THEN least(make_date(e.entry_year + p.years, 7, 1), :today)
      ELSE e.entered_on END) END AS closed_on,
    EXISTS (SELECT FROM suspensions s WHERE s.enrolment_id = e.enrolment_id
      AND s.starts_on <= :day AND coalesce(s.resumed_on > :day, true)) AS is_away
  FROM enrolments e JOIN institutions i USING (institution_id) JOIN program_plans p USING (plan_id)
  WHERE e.entered_on <= :day AND i.kind IN ('vocational_school', 'general_high_school'))
SELECT institution_id, kind, major_code, entry_year,
  count(*) FILTER (WHERE began_on IS NULL) AS entrants,
  count(*) FILTER (WHERE coalesce(closed_on > :day, true)) AS enrolled,
  count(*) FILTER (WHERE coalesce(closed_on > :day, true) AND is_away) AS away,
  count(*) FILTER (WHERE coalesce(closed_on > :day, true) AND NOT is_away
    AND study_mode <> 'full_time') AS part_time,
  count(*) FILTER (WHERE status NOT IN ('10', '11')) AS cohort,
  count(*) FILTER (WHERE status = '07' AND closed_on <= :day
    AND closed_on <= make_date(entry_year + years, 8, 31)) AS on_time,
  bool_and(make_date(entry_year + years, 7, 31) <= :day) AS is_due
FROM lives GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4
""")
_PROGRESS = text("""
SELECT * FROM progress_counts
WHERE noted_on = (SELECT max(noted_on) FROM progress_counts WHERE noted_on <= :day)
""")
_ADVANCES = text("""
SELECT e.institution_id, e.major_code, e.entry_year,
  a.entry_year + (a.pre_years_tenths + 9) / 10 AS finishing_year, count(*) AS members,
  count(*) FILTER (WHERE EXISTS (SELECT FROM standing_advance_moves m WHERE m.kind = 'admit'
    AND (m.agreement_id, m.enrolment_id) = (a.agreement_id, e.enrolment_id)
    AND m.decided_on <= :day)) AS advanced
FROM articulation_agreements a JOIN agreement_members s USING (agreement_id)
  JOIN enrolments e USING (enrolment_id)
WHERE s.left_on IS NULL AND make_date(a.entry_year + (a.pre_years_tenths + 9) / 10, 7, 1) <= :day
GROUP BY 1, 2, 3, 4
""")
_TRANSFERS = text("""
SELECT c.institution_id, e.major_code, e.entry_year,
  date_trunc('month', c.takes_effect_on)::date AS month, count(*) AS count
FROM status_change_states s JOIN status_changes c USING (status_change_id)
  JOIN enrolments e ON e.enrolment_id = c.enrolment_id
  JOIN institutions i ON i.institution_id = c.institution_id
  JOIN institutions t ON t.institution_id = c.to_institution_id AND t.kind <> i.kind
WHERE s.state = 'executed' AND c.takes_effect_on >= :first AND c.takes_effect_on <= :day
GROUP BY 1, 2, 3, 4
""")
# A pair of entries is one use; the negative one says what was used.
_USES = text("""
SELECT l.institution_id, e.major_code, e.entry_year, l.kind,
  date_trunc('month', l.recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
  count(DISTINCT (l.learner_id, l.source_seq)) AS count
FROM ledger_entries l JOIN LATERAL (SELECT e.major_code, e.entry_year FROM enrolments e
    WHERE e.learner_id = l.learner_id AND e.institution_id = l.institution_id
    ORDER BY e.is_open DESC, e.entered_on DESC LIMIT 1) e ON true
WHERE l.kind IN ('recognition', 'substitution') AND l.units < 0
  AND (l.recorded_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN :first AND :day
  AND NOT EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = l.learner_id
    AND r.kind = 'reversal' AND r.source_seq = l.ledger_seq)
GROUP BY 1, 2, 3, 4, 5
""")
_GRADUATIONS = text("""
SELECT e.institution_id, e.major_code, e.entry_year,
  date_trunc('month', d.decided_on)::date AS month, count(*) AS count
FROM standing_decisions d JOIN enrolments e USING (enrolment_id)
WHERE d.subject_kind = 'graduation' AND d.decided_on BETWEEN :first AND :day
GROUP BY 1, 2, 3, 4
""")
_MONTHLY_PROGRESS = text("""
SELECT c.* FROM progress_counts c JOIN (SELECT max(noted_on) AS noted_on FROM progress_counts
  WHERE noted_on BETWEEN :first AND :day GROUP BY date_trunc('month', noted_on)) m USING (noted_on)
""")
# A school may have several agreements for one major.
_AGREED_MAJORS = text("""
SELECT count(DISTINCT e.major_code) FILTER (WHERE a.post_level = 'higher_voc'),
  count(DISTINCT e.major_code) FILTER (WHERE a.post_level = 'bachelor')
FROM articulation_agreements a JOIN agreement_members m USING (agreement_id)
  JOIN enrolments e USING (enrolment_id)
WHERE :day BETWEEN a.valid_from AND a.valid_to AND m.joined_on <= :day
  AND coalesce(m.left_on > :day, true) AND e.is_open
""")
_BUREAU = text("""
SELECT coalesce(min(name), '') FROM institutions WHERE kind = 'bureau'
""")
_NAMES = text("""
SELECT i.institution_id, i.name, i.name_en, i.kind FROM institutions i
WHERE i.kind IN ('vocational_school', 'general_high_school') ORDER BY i.institution_id
""")
_MAJORS = text("""
SELECT DISTINCT e.institution_id, e.major_code, coalesce(m.name, e.major_code) AS name
FROM enrolments e LEFT JOIN majors m
  ON m.code = e.major_code AND m.catalogue_year = e.catalogue_year
ORDER BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class Names:
    """What schools are called (name, English name, kind), majors by school and code, the bureau."""

    schools: Mapping[int, tuple[str, str, InstitutionKind]]
    majors: Mapping[tuple[int, str], str]
    bureau: str


def county_figures(uow: UnitOfWork, actor: Actor, *, day: date, now: datetime) -> CountyFigures:
    """The counts of a day, and of the months until then. Raises ForbiddenError."""
    decide(actor, Action.SEE_INDICATORS)
    connection = uow.connection
    first, today = month_before(month_of(day), MONTHS - 1), local_date(now)
    asked = {"day": day, "first": first, "today": today}
    return CountyFigures(
        day=day,
        cohorts=tuple(_cohorts(connection, asked)),
        progress=_progress(connection, day, today),
        advances=tuple(
            AdvanceCount(
                place=_place(row),
                finishing_year=row.finishing_year,
                members=row.members,
                advanced=row.advanced,
            )
            for row in connection.execute(_ADVANCES, asked)
        ),
        flows=tuple(_flows(connection, asked)),
    )


def progress_by_month(uow: UnitOfWork, actor: Actor, *, day: date) -> tuple[ProgressCounted, ...]:
    """The last counts of each month until a day."""
    decide(actor, Action.SEE_INDICATORS)
    asked = {"day": day, "first": month_before(month_of(day), MONTHS - 1)}
    return tuple(map(_counted, uow.connection.execute(_MONTHLY_PROGRESS, asked)))


def figure_names(uow: UnitOfWork, actor: Actor) -> Names:
    """Of every school and major that is counted."""
    decide(actor, Action.SEE_INDICATORS)
    schools = {
        row.institution_id: (row.name, row.name_en, InstitutionKind(row.kind))
        for row in uow.connection.execute(_NAMES)
    }
    rows = uow.connection.execute(_MAJORS)
    majors = {(row.institution_id, row.major_code): row.name for row in rows}
    return Names(schools, majors, uow.connection.execute(_BUREAU).scalar_one())


def report_day(uow: UnitOfWork, actor: Actor, *, day: date, now: datetime) -> ReportDay:
    """The figures of a day, with the majors that lead on. Raises ForbiddenError."""
    figures = county_figures(uow, actor, day=day, now=now)
    to_college, to_bachelor = uow.connection.execute(_AGREED_MAJORS, {"day": day}).one()
    return ReportDay(figures, (to_college, to_bachelor))


def county_targets(uow: UnitOfWork, actor: Actor, *, day: date) -> Policy:
    """The rules of the county on a day, targets among them. Raises ForbiddenError."""
    decide(actor, Action.SEE_INDICATORS)
    return policy_for(uow.connection, COUNTY_ALONE, day)


def _place(row: Any) -> Place:  # noqa: ANN401 (a row)
    return Place(
        institution_id=row.institution_id, major_code=row.major_code, entry_year=row.entry_year
    )


def _cohorts(connection: Connection, asked: Mapping[str, date]) -> Iterator[CohortCount]:
    for row in connection.execute(_COHORTS, asked):
        yield CohortCount(
            place=_place(row),
            kind=InstitutionKind(row.kind),
            entrants=row.entrants,
            enrolled=row.enrolled,
            away=row.away,
            part_time=row.part_time,
            cohort=row.cohort,
            on_time=row.on_time,
            is_due=row.is_due,
        )


def _counted(row: Any) -> ProgressCounted:  # noqa: ANN401 (a row)
    return ProgressCounted(
        place=_place(row),
        noted_on=row.noted_on,
        learners=row.learners,
        expected_units=row.expected_units,
        earned_units=row.earned_units,
        yellow=row.yellow,
        red=row.red,
    )


def _progress(connection: Connection, day: date, today: date) -> tuple[ProgressCounted, ...]:
    """As it was noted; before the first round has been made, as it is today."""
    rows = connection.execute(_PROGRESS, {"day": day}).all()
    if rows or day < today:
        return tuple(map(_counted, rows))
    return count_progress(connection, on=day)


def _flows(connection: Connection, asked: Mapping[str, date]) -> Iterator[FlowCount]:
    kinds = {"recognition": Flow.RECOGNITIONS, "substitution": Flow.SUBSTITUTIONS}
    found = [
        *((Flow.TRANSFERS, row) for row in connection.execute(_TRANSFERS, asked)),
        *((kinds[row.kind], row) for row in connection.execute(_USES, asked)),
        *((Flow.GRADUATIONS, row) for row in connection.execute(_GRADUATIONS, asked)),
    ]
    for flow, row in found:
        yield FlowCount(place=_place(row), month=row.month, flow=flow, count=row[-1])
