"""普职互转 in numbers: when applications are taken, who moved where, what was recognised.

Counted by the school year in which a transfer takes effect; it names nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import Term
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_rules import DIRECTIONS, Relation
from creditbank.domain.status_changes import OPEN_STATES, ChangeState
from creditbank.registry.transfer_rules import cohort_windows
from creditbank.store.paired_schools import PairableSchool, pairable_schools
from creditbank.store.policies import COUNTY_ALONE, policy_for
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CohortWindow:
    """First and last day on which a grade may apply at the end of its semester."""

    into: InstitutionKind
    entry_year: int
    semester: int
    opens: date
    closes: date
    is_open: bool


@dataclass(frozen=True, slots=True)
class SchoolNumbers:
    """Transfers of one school; all but moved_in are of learners who leave it, or wanted to."""

    institution_id: int
    name: str
    name_en: str
    kind: str
    moved_in: int
    moved_out: int
    under_way: int
    refused: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """What came along in one direction. presented, recognised: hundredths; courses: 学分互认笔数.

    recognised and courses are what stands in the ledger, courses by relation.
    """

    into: InstitutionKind
    transfers: int
    presented: int
    recognised: int
    courses: Mapping[Relation, int]


@dataclass(frozen=True, slots=True)
class TransferNumbers:
    """All of it for one school year, by its first calendar year. years: those with transfers."""

    school_year: int
    years: tuple[int, ...]
    windows: tuple[CohortWindow, ...]
    schools: tuple[SchoolNumbers, ...]
    recognised: tuple[Recognised, ...]


_RULED = "transfer.window_days_before"
"""Before this has a value, nothing was ruled and there are no windows."""
_COHORTS = text("""
SELECT DISTINCT i.kind, e.entry_year + e.suspended_semesters / 2 AS entry_year
FROM enrolments e JOIN institutions i USING (institution_id)
WHERE e.is_open AND i.kind IN ('vocational_school', 'general_high_school') ORDER BY 1, 2
""")
_ACROSS = """
  JOIN institutions i ON i.institution_id = c.institution_id
  JOIN institutions t ON t.institution_id = c.to_institution_id AND t.kind <> i.kind
"""
_IN_YEAR = f"{_ACROSS} WHERE c.takes_effect_on >= :first AND c.takes_effect_on < :next"
_YEARS = text(f"""
SELECT DISTINCT extract(year FROM c.takes_effect_on - interval '8 months')::int
FROM status_changes c {_ACROSS}
""")  # noqa: S608 (no value in it)
_STATES = text(f"""
SELECT c.institution_id, c.to_institution_id, c.state, count(*) AS transfers
FROM status_change_states c {_IN_YEAR} GROUP BY 1, 2, 3
""")  # noqa: S608 (as above)
_ARRIVED = text(f"""
SELECT t.kind AS into, count(*) AS transfers, sum(a.presented) AS presented
FROM transfer_arrivals a JOIN status_changes c USING (status_change_id) {_IN_YEAR} GROUP BY 1
""")  # noqa: S608 (as above)
_RECOGNISED = text(f"""
SELECT t.kind AS into, l.detail->>'relation' AS relation, -sum(l.units) AS units,
  count(DISTINCT (l.learner_id, l.source_seq)) AS courses
FROM transfer_arrivals a JOIN status_changes c USING (status_change_id)
  JOIN ledger_entries l ON l.learner_id = c.learner_id AND l.kind = 'recognition' AND l.units < 0
    AND (l.detail->>'status_change_id')::bigint = a.status_change_id
    AND NOT EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = l.learner_id
      AND r.kind = 'reversal' AND r.source_seq = l.ledger_seq)
{_IN_YEAR} GROUP BY 1, 2
""")  # noqa: S608 (as above)


def transfer_numbers(
    uow: UnitOfWork, actor: Actor, *, now: datetime, school_year: int | None = None
) -> TransferNumbers:
    """The numbers of a school year, of the present one if none is named. Raises ForbiddenError."""
    decide(actor, Action.SEE_TRANSFER_NUMBERS)
    connection, today = uow.connection, local_date(now)
    present = Term.containing(today).first_year
    year = present if school_year is None else school_year
    span = {"first": date(year, 9, 1), "next": date(year + 1, 9, 1)}
    return TransferNumbers(
        school_year=year,
        years=tuple(sorted({present, *connection.execute(_YEARS).scalars()}, reverse=True)),
        windows=tuple(_windows(connection, today)),
        schools=tuple(_schools(connection, span)),
        recognised=tuple(_recognised(connection, span)),
    )


def _windows(connection: Connection, today: date) -> Iterator[CohortWindow]:
    policy, calendar = policy_for(connection, COUNTY_ALONE, today), school_calendar(connection)
    if _RULED not in policy.values:
        return
    cohorts = list(connection.execute(_COHORTS))
    for into in DIRECTIONS:
        for kind, entry_year in cohorts:
            if kind == into:
                continue
            for semester, opens, closes in cohort_windows(into, entry_year, policy, calendar):
                is_open = opens <= today <= closes
                yield CohortWindow(into, entry_year, semester, opens, closes, is_open)


def _schools(connection: Connection, span: Mapping[str, date]) -> Iterator[SchoolNumbers]:
    rows = connection.execute(_STATES, span).all()
    for school in pairable_schools(connection).values():
        yield _school(school, rows)


def _school(school: PairableSchool, rows: Sequence[Row[Any]]) -> SchoolNumbers:
    number = school.institution_id
    left: Counter[str] = Counter()
    for row in rows:
        left[row.state] += row.transfers * (row.institution_id == number)
    return SchoolNumbers(
        institution_id=number,
        name=school.name,
        name_en=school.name_en,
        kind=school.kind,
        moved_in=sum(
            row.transfers
            for row in rows
            if (row.to_institution_id, row.state) == (number, ChangeState.EXECUTED)
        ),
        moved_out=left[ChangeState.EXECUTED],
        under_way=sum(left[state] for state in OPEN_STATES),
        refused=left[ChangeState.REFUSED],
        withdrawn=left[ChangeState.WITHDRAWN],
    )


def _recognised(connection: Connection, span: Mapping[str, date]) -> Iterator[Recognised]:
    arrived = {row.into: row for row in connection.execute(_ARRIVED, span)}
    rows = connection.execute(_RECOGNISED, span).all()
    for into in DIRECTIONS:
        came, found = arrived.get(into), [row for row in rows if row.into == into]
        yield Recognised(
            into=into,
            transfers=came.transfers if came else 0,
            presented=came.presented if came else 0,
            recognised=sum(row.units for row in found),
            courses={
                relation: sum(row.courses for row in found if row.relation == relation)
                for relation in Relation
                if relation is not Relation.NONE
            },
        )
