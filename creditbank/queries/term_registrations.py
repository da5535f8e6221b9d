"""学期注册 read: numbers by school and class, a class by name, and one learner's own terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import refused
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.term_registrations import NO_TERM
from creditbank.store.access_log import record_access
from creditbank.store.term_registrations import TermBatch, term_batches
from creditbank.store.terms import terms_by_code
from creditbank.store.unit_of_work import UnitOfWork

_EARLY = timedelta(days=60)
_TERMS_MAX = 12
_BATCHES_MAX = 20


@dataclass(frozen=True, slots=True)
class TermNumbers:
    """How many stand where. class_name: "" where the line is about the whole school.

    away: suspended or not admitted yet, of whom nothing is recorded; not_yet: anybody else.
    """

    institution_id: int
    institution_name: str
    institution_name_en: str
    class_name: str
    entry_year: int
    registered: int
    reported: int
    absent: int
    away: int
    not_yet: int


@dataclass(frozen=True, slots=True)
class TermLearner:
    """One enrolment in a term. standing: a TermStanding; day None where nothing is recorded."""

    enrolment_id: int
    learner_id: int
    name: str
    student_no: str
    class_name: str
    entry_year: int
    is_open: bool
    standing: str
    day: date | None
    reason: str
    on_leave: bool


@dataclass(frozen=True, slots=True)
class BatchLearner:
    """Of whom a record of a batch is."""

    name: str
    student_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Whom to list of a school. missing: only those who are not registered."""

    class_name: str | None = None
    entry_year: int | None = None
    missing: bool = False
    limit: int = 500


@dataclass(frozen=True, slots=True)
class OwnTerm:
    """What is recorded of one enrolment for one term."""

    enrolment_id: int
    term_code: str
    standing: str
    day: date


_AWAY = "WITH away AS MATERIALIZED (SELECT * FROM away_on(:day))"
"""Found once, not once for each number that is counted."""
# Who has left by now is counted in the terms for which something is recorded.
_STANDINGS = """
FROM enrolments e JOIN learners l USING (learner_id) JOIN institutions i USING (institution_id)
  LEFT JOIN LATERAL (SELECT * FROM standing_term_registrations t
    WHERE (t.enrolment_id, t.term_code) = (e.enrolment_id, :term) LIMIT 1) r ON true
  CROSS JOIN LATERAL (SELECT coalesce(r.state, CASE WHEN e.enrolment_id IN (
    SELECT a.enrolment_id FROM away a) THEN 'away' ELSE 'not_yet' END) AS standing) s
WHERE (cast(:school AS int) IS NULL OR e.institution_id = :school)
  AND e.entered_on <= :ends_on AND (e.is_open OR r.state IS NOT NULL)
"""
_COUNTED = ", ".join(
    f"count(*) FILTER (WHERE s.standing = '{standing}') AS {name}"
    for name, standing in (
        ("registered", "1"), ("reported", "2"), ("absent", "9"), ("away", "away"),
        ("not_yet", "not_yet"),
    )
)  # fmt: skip
_NUMBERS = text(f"""
{_AWAY}
SELECT institution_id, institution_name, institution_name_en, class_name, entry_year, {_COUNTED}
FROM (SELECT e.institution_id, i.name AS institution_name, i.name_en AS institution_name_en,
  s.standing,
  CASE WHEN :by_class THEN e.class_name ELSE '' END AS class_name,
  CASE WHEN :by_class THEN e.entry_year ELSE 0 END AS entry_year {_STANDINGS}) s
GROUP BY institution_id, institution_name, institution_name_en, class_name, entry_year
ORDER BY institution_id, entry_year DESC, class_name LIMIT 1000
""")  # noqa: S608 (nothing of it comes from outside)
_LEARNERS = text(f"""
{_AWAY}
SELECT e.enrolment_id, e.learner_id, l.name, e.student_no, e.class_name, e.entry_year, e.is_open,
  s.standing, r.day, coalesce(r.reason, '') AS reason, coalesce(r.on_leave, false) AS on_leave
{_STANDINGS}
  AND (cast(:class_name AS text) IS NULL OR e.class_name = :class_name)
  AND (cast(:entry_year AS int) IS NULL OR e.entry_year = :entry_year)
  AND (NOT :missing OR s.standing <> '1')
ORDER BY e.entry_year DESC, e.class_name, l.sort_key, e.enrolment_id LIMIT :limit
""")
# What was recorded together, in the order in which it was.
_OF_BATCH = text("""
SELECT l.name, e.student_no, e.learner_id FROM term_registrations f JOIN term_registrations r
  ON (r.institution_id, r.term_code, r.recorded_by, r.recorded_at)
    = (f.institution_id, f.term_code, f.recorded_by, f.recorded_at)
  JOIN enrolments e ON e.enrolment_id = r.enrolment_id JOIN learners l USING (learner_id)
WHERE f.term_registration_id = :number AND f.institution_id = :school
ORDER BY r.term_registration_id LIMIT 500
""")
_OWN = text("""
SELECT enrolment_id, term_code, state AS standing, day FROM standing_term_registrations
WHERE enrolment_id = ANY (:ids) ORDER BY term_code
""")


def registration_terms(uow: UnitOfWork, *, now: datetime) -> tuple[Term, ...]:
    """Terms that have begun or soon will, the latest first: what can be chosen from."""
    soon = local_date(now) + _EARLY
    begun = [code for code, days in terms_by_code(uow.connection).items() if days.starts_on <= soon]
    return tuple(Term.parse(code) for code in sorted(begun, reverse=True)[:_TERMS_MAX])


def present_term(uow: UnitOfWork, *, now: datetime) -> Term:
    """The term of today; between two terms the one that was."""
    today = local_date(now)
    begun = [
        code for code, days in terms_by_code(uow.connection).items() if days.starts_on <= today
    ]
    return Term.parse(max(begun)) if begun else Term.containing(today)


def term_numbers(
    uow: UnitOfWork, actor: Actor, term: Term, *, school: int | None = None, now: datetime
) -> tuple[TermNumbers, ...]:
    """By class of the actor's school, or of the school that the bureau asks for; else by school.

    Raises ForbiddenError, or InvalidInputError for a term that the calendar does not have.
    """
    grant = decide(actor, Action.SEE_TERM_NUMBERS)
    asked = school if grant.scope is Scope.COUNTY else actor.institution_id
    rows = uow.connection.execute(
        _NUMBERS, _days(uow, term, now) | {"school": asked, "by_class": asked is not None}
    )
    return tuple(TermNumbers(**row) for row in rows.mappings())


def term_learners(
    uow: UnitOfWork, actor: Actor, term: Term, chosen: Chosen, *, now: datetime
) -> tuple[TermLearner, ...]:
    """Who stands where at the actor's school, by class and pinyin. Raises as term_numbers does."""
    grant = decide(actor, Action.SEE_TERM_REGISTRATIONS)
    asked = asdict(chosen) | {"school": actor.institution_id}
    rows = uow.connection.execute(_LEARNERS, _days(uow, term, now) | asked).mappings()
    found = tuple(TermLearner(**row) for row in rows)
    shown = [item.learner_id for item in found]
    record_access(uow.connection, actor, Action.SEE_TERM_REGISTRATIONS, grant.mask, shown, now)
    return found


def own_terms(uow: UnitOfWork, enrolment_ids: Sequence[int]) -> tuple[OwnTerm, ...]:
    """What is recorded of enrolments, by term; the caller has decided and noted the access."""
    rows = uow.connection.execute(_OWN, {"ids": [*enrolment_ids]}).mappings()
    return tuple(OwnTerm(**row) for row in rows)


def _days(uow: UnitOfWork, term: Term, now: datetime) -> dict[str, object]:
    """day: on which it is asked who is suspended: today, or the last one of a term that is over."""
    days = terms_by_code(uow.connection).get(term.code)
    if days is None:
        raise refused(NO_TERM)
    day = min(max(local_date(now), days.starts_on), days.ends_on)
    return {"term": term.code, "day": day, "ends_on": days.ends_on}


def own_batches(uow: UnitOfWork, actor: Actor, term: Term) -> list[TermBatch]:
    """What was recorded together at the actor's school, the last first. Raises ForbiddenError."""
    decide(actor, Action.REGISTER_TERM)
    school = actor.institution_id or 0
    return term_batches(uow.connection, school, term.code, limit=_BATCHES_MAX)


def batch_learners(
    uow: UnitOfWork, actor: Actor, number: int, *, now: datetime
) -> tuple[BatchLearner, ...]:
    """Of whom a batch is, in its rows' order; one line in the access log. Raises ForbiddenError."""
    grant = decide(actor, Action.REGISTER_TERM)
    asked = {"number": number, "school": actor.institution_id}
    rows = uow.connection.execute(_OF_BATCH, asked).all()
    seen = [row.learner_id for row in rows]
    record_access(uow.connection, actor, Action.REGISTER_TERM, grant.mask, seen, now)
    return tuple(BatchLearner(row.name, row.student_no) for row in rows)
