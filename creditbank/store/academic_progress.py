"""学业预警 as rows: what learners have earned by block, the level they were warned of, contacts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from creditbank.domain.academic_progress import (
    GRACE_DAYS,
    Due,
    Progress,
    Shares,
    WarningLevel,
    expected_by_block,
    level_of,
    next_count,
    progress_against,
    semesters_passed,
)
from creditbank.domain.county_figures import Place, ProgressCounted
from creditbank.domain.plans import Plan
from creditbank.domain.school_calendar import TermDays
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for
from creditbank.store.terms import terms_by_code
from creditbank.tables.academic_warnings import AcademicWarning, ProgressCount, WarningContact

LEARNERS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Standing:
    """One open enrolment with a verdict. warned, warned_on: as it was last noted.

    major_name: "" where the catalogue has none.
    """

    enrolment_id: int
    learner_id: int
    institution_id: int
    name: str
    student_no: str
    class_name: str
    entry_year: int
    major_code: str
    progress: Progress
    warned: WarningLevel
    warned_on: date | None
    academic_warning_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Of which school and class, or one learner; None for all.

    Those who are suspended are left out.
    """

    institution_id: int | None = None
    class_name: str | None = None
    entry_year: int | None = None
    learner_id: int | None = None


# By the verdict that stands: what counts there, however the engine placed it.
_EARNED = text("""
SELECT e.enrolment_id, e.learner_id, e.institution_id, l.name, e.student_no, e.class_name,
  e.entry_year, e.major_code, e.plan_id, e.suspended_semesters,
  coalesce((SELECT jsonb_object_agg(b->>'code', (b->>'earned')::int + (b->>'substituted')::int
      + (b->>'recognised')::int + coalesce((b->>'shared')::int, 0))
    FROM jsonb_array_elements(v.findings->'blocks') AS b), '{}') AS earned,
  w.level, w.noted_on, w.academic_warning_id
FROM enrolments e JOIN learners l USING (learner_id)
  JOIN verdict_heads h ON h.enrolment_id = e.enrolment_id AND h.subject_kind = 'graduation'
  JOIN verdicts v USING (verdict_id)
  LEFT JOIN LATERAL (SELECT * FROM academic_warnings a WHERE a.enrolment_id = e.enrolment_id
    ORDER BY a.noted_on DESC LIMIT 1) w ON true
WHERE e.is_open AND e.status NOT IN ('02', '04', '12')
  AND (cast(:institution_id AS int) IS NULL OR e.institution_id = :institution_id)
  AND (cast(:class_name AS text) IS NULL OR e.class_name = :class_name)
  AND (cast(:entry_year AS int) IS NULL OR e.entry_year = :entry_year)
  AND (cast(:learner_id AS int) IS NULL OR e.learner_id = :learner_id)
ORDER BY e.institution_id, e.entry_year DESC, e.class_name, l.sort_key, e.enrolment_id
LIMIT :limit
""")
# Learners who stand alike make one row: of a county some thousand.
_COUNTED = text("""
SELECT e.institution_id, e.major_code, e.entry_year, e.plan_id, e.suspended_semesters, b.earned,
  count(*) AS learners
FROM enrolments e
  JOIN verdict_heads h ON h.enrolment_id = e.enrolment_id AND h.subject_kind = 'graduation'
  JOIN verdicts v USING (verdict_id)
  CROSS JOIN LATERAL (SELECT coalesce(sum((b->>'earned')::int + (b->>'substituted')::int
      + (b->>'recognised')::int + coalesce((b->>'shared')::int, 0)), 0)::int AS earned
    FROM jsonb_array_elements(v.findings->'blocks') AS b) b
WHERE e.is_open AND e.status NOT IN ('02', '04', '12')
GROUP BY 1, 2, 3, 4, 5, 6
""")
_SEAT = text("""
SELECT e.learner_id, e.institution_id, (SELECT max(w.academic_warning_id)
  FROM academic_warnings w WHERE w.enrolment_id = e.enrolment_id)
FROM enrolments e WHERE e.enrolment_id = :enrolment_id AND e.is_open
""")
_CONTACTS = text("""
SELECT DISTINCT ON (enrolment_id) enrolment_id, contacted_on, with_whom, note,
  count(*) OVER (PARTITION BY enrolment_id) AS contacts
FROM warning_contacts WHERE enrolment_id = ANY (:ids)
ORDER BY enrolment_id, contacted_on DESC, warning_contact_id DESC
""")
_ALL_CONTACTS = text("""
SELECT c.contacted_on, c.with_whom, c.note, a.display_name
FROM warning_contacts c JOIN accounts a ON a.account_id = c.noted_by
WHERE c.enrolment_id = :enrolment_id
ORDER BY c.contacted_on DESC, c.warning_contact_id DESC LIMIT :limit
""")
_TELL = text("""
WITH told AS (SELECT academic_warning_id, learner_id, institution_id, level
  FROM academic_warnings WHERE academic_warning_id = ANY (:ids))
INSERT INTO messages (account_id, academic_warning_id, kind, office, learners, created_at)
SELECT a.account_id, t.academic_warning_id, 'warning', '', 1, :now
FROM told t JOIN account_learners l USING (learner_id) JOIN accounts a USING (account_id)
WHERE a.is_active AND a.role IN ('student', 'guardian')
UNION ALL
SELECT a.account_id, f.academic_warning_id, 'warning', '', f.learners, :now
FROM (SELECT institution_id, min(academic_warning_id) AS academic_warning_id, count(*) AS learners
    FROM told GROUP BY institution_id) f JOIN accounts a USING (institution_id)
WHERE a.is_active AND a.role = 'advisor'
ON CONFLICT DO NOTHING
""")


def standings(connection: Connection, whom: Whom, *, on: date) -> Iterator[Standing]:
    """Where each stands on a day, by school, class and pinyin; who has no verdict yet is left out.

    In a school's rules of the day; at most LEARNERS_MAX.
    """
    return (standing for standing, _due in _reckoned(connection, whom, on, _Reckoning.nothing))


def outlooks(
    connection: Connection, learner_id: int, *, on: date
) -> Iterator[tuple[Standing, Due | None]]:
    """The same of one learner, each with when more is expected; None where nobody knows."""
    return _reckoned(connection, Whom(learner_id=learner_id), on, _Reckoning.due)


def _reckoned(
    connection: Connection, whom: Whom, on: date, due: Callable[..., Due | None]
) -> Iterator[tuple[Standing, Due | None]]:
    asked = {**asdict(whom), "limit": LEARNERS_MAX}
    rows = connection.execute(_EARNED, asked).all()
    if not rows:
        return
    plans = load_plans(connection, {row.plan_id for row in rows})
    reckoning = _Reckoning(connection, on)
    for row in rows:
        plan = plans[row.plan_id]
        standing = Standing(
            row.enrolment_id,
            row.learner_id,
            row.institution_id,
            row.name,
            row.student_no,
            row.class_name,
            row.entry_year,
            row.major_code,
            reckoning.progress(row, plan),
            WarningLevel(row.level or WarningLevel.NONE),
            row.noted_on,
            row.academic_warning_id,
        )
        yield standing, due(reckoning, row, plan)


def count_progress(connection: Connection, *, on: date) -> tuple[ProgressCounted, ...]:
    """What standings would say one by one, counted by school, major and cohort."""
    rows = connection.execute(_COUNTED).all()
    plans = load_plans(connection, {row.plan_id for row in rows})
    reckoning = _Reckoning(connection, on)
    sums: dict[Place, Counter[str]] = defaultdict(Counter)
    for row in rows:
        expected = sum(reckoning.to_date(row, plans[row.plan_id]))
        level = level_of(row.earned, expected, reckoning.shares(row.institution_id))
        place = Place(
            institution_id=row.institution_id, major_code=row.major_code, entry_year=row.entry_year
        )
        sums[place]["learners"] += row.learners
        sums[place]["expected_units"] += row.learners * expected
        sums[place]["earned_units"] += row.learners * min(row.earned, expected)
        if level is not WarningLevel.NONE:
            sums[place][level.value] += row.learners
    names = ("learners", "expected_units", "earned_units", "yellow", "red")
    return tuple(
        ProgressCounted(place=place, noted_on=on, **{name: found[name] for name in names})
        for place, found in sums.items()
    )


class _Reckoning:
    """Calendar and rules of a day; what holds for many learners is reckoned once."""

    def __init__(self, connection: Connection, on: date) -> None:
        self._connection, self._on = connection, on
        self._terms: Mapping[str, TermDays] = terms_by_code(connection)
        self._rules: dict[int, tuple[Shares, int]] = {}
        self._semesters: dict[tuple[int, int, int, date], int] = {}
        self._to_date: dict[tuple[int, int], tuple[int, ...]] = {}

    def progress(
        self,
        row: Any,  # noqa: ANN401 (a row)
        plan: Plan,
        on: date | None = None,
    ) -> Progress:
        shares, semesters = self.shares(row.institution_id), self._semesters_of(row, on or self._on)
        to_date = self.to_date(row, plan, on)
        return progress_against(plan, to_date, row.earned, semesters=semesters, shares=shares)

    def due(self, row: Any, plan: Plan) -> Due | None:  # noqa: ANN401 (as above)
        grace_days = self._rules_of(row.institution_id)[1]
        coming = next_count(self._terms, on=self._on, grace_days=grace_days)
        return Due(coming, self.progress(row, plan, coming).expected) if coming else None

    def nothing(self, _row: Any, _plan: Plan) -> None:  # noqa: ANN401 (as above)
        return None

    def to_date(
        self,
        row: Any,  # noqa: ANN401 (as above)
        plan: Plan,
        on: date | None = None,
    ) -> tuple[int, ...]:
        key = row.plan_id, self._semesters_of(row, on or self._on)
        if key not in self._to_date:
            self._to_date[key] = expected_by_block(plan, key[1])
        return self._to_date[key]

    def shares(self, institution_id: int) -> Shares:
        return self._rules_of(institution_id)[0]

    def _semesters_of(self, row: Any, on: date) -> int:  # noqa: ANN401 (as above)
        key = row.institution_id, row.entry_year, row.suspended_semesters, on
        if key not in self._semesters:
            self._semesters[key] = semesters_passed(
                self._terms,
                entry_year=row.entry_year,
                suspended=row.suspended_semesters,
                on=on,
                grace_days=self._rules_of(row.institution_id)[1],
            )
        return self._semesters[key]

    def _rules_of(self, institution_id: int) -> tuple[Shares, int]:
        if institution_id not in self._rules:
            policy = policy_for(self._connection, institution_id, self._on)
            self._rules[institution_id] = Shares.of(policy), policy.integer(GRACE_DAYS)
        return self._rules[institution_id]


@dataclass(frozen=True, slots=True)
class WarnedSeat:
    """Whose an open enrolment is, and the warning that a contact would be about, if any."""

    learner_id: int
    institution_id: int
    academic_warning_id: int | None


def warned_seat(connection: Connection, enrolment_id: int) -> WarnedSeat | None:
    """None for an enrolment that is not open, or not the reach's."""
    row = connection.execute(_SEAT, {"enrolment_id": enrolment_id}).first()
    return None if row is None else WarnedSeat(*row)


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact. by: what the account is called that noted it."""

    contacted_on: date
    with_whom: str
    note: str
    by: str


def contacts_of(connection: Connection, enrolment_id: int, *, limit: int) -> list[Contact]:
    """Those about one enrolment, the latest first."""
    asked = {"enrolment_id": enrolment_id, "limit": limit}
    return [Contact(*row) for row in connection.execute(_ALL_CONTACTS, asked)]


@dataclass(frozen=True, slots=True)
class LastContact:
    """The latest contact about one enrolment, and how many there were."""

    contacted_on: date
    with_whom: str
    note: str
    contacts: int


def last_contacts(connection: Connection, enrolment_ids: Sequence[int]) -> dict[int, LastContact]:
    """By enrolment, of those that there were any about."""
    rows = connection.execute(_CONTACTS, {"ids": [*enrolment_ids]})
    return {row[0]: LastContact(*row[1:]) for row in rows}


def is_noted(connection: Connection, on: date) -> bool:
    """Whether the round of a day has been made."""
    query = text("SELECT EXISTS (SELECT FROM progress_counts WHERE noted_on = :on)")
    found: bool = connection.execute(query, {"on": on}).scalar_one()
    return found


def waits_for_verdicts(connection: Connection) -> bool:
    """Whether more than a hundredth of the learners waits to be evaluated: no time to judge."""
    query = text("""
        SELECT 100 * (SELECT count(DISTINCT learner_id) FROM pending_evaluations)
          > (SELECT count(*) FROM enrolments WHERE is_open)""")
    found: bool = connection.execute(query).scalar_one()
    return found


def add_warnings(
    connection: Connection, found: Sequence[Standing], *, on: date, now: datetime
) -> dict[int, int]:
    """Note the level of each; the numbers of the new rows by enrolment."""
    if not found:
        return {}
    table = AcademicWarning.__table__  # type: ignore[attr-defined]
    rows = connection.execute(
        insert(AcademicWarning).returning(table.c.enrolment_id, table.c.academic_warning_id),
        [
            {
                "institution_id": item.institution_id,
                "learner_id": item.learner_id,
                "enrolment_id": item.enrolment_id,
                "level": item.progress.level.value,
                "semesters": item.progress.semesters,
                "expected_units": item.progress.expected,
                "earned_units": item.progress.earned,
                "noted_on": on,
                "noted_at": now,
            }
            for item in found
        ],
    )
    return {row.enrolment_id: row.academic_warning_id for row in rows}


def add_counts(connection: Connection, found: Iterable[ProgressCounted]) -> None:
    """The counts of a day."""
    rows = [asdict(item) for item in found]
    if rows:
        connection.execute(insert(ProgressCount), [row.pop("place") | row for row in rows])


def tell_of_warnings(connection: Connection, ids: Sequence[int], *, now: datetime) -> None:
    """A message for each family, and one for each advisor of a school for all of its new ones."""
    connection.execute(_TELL, {"ids": list(ids), "now": now})


def add_contact(connection: Connection, values: Mapping[str, Any]) -> int:
    """One contact; its number."""
    table = WarningContact.__table__  # type: ignore[attr-defined]
    statement = insert(WarningContact).values(**values).returning(table.c.warning_contact_id)
    found: int = connection.execute(statement).scalar_one()
    return found
