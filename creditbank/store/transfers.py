"""What belongs to a transfer, as rows: recognition plan, public notice, arrival, make-up list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, text

from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.plans import PlanCourse
from creditbank.domain.recognition_rules import Relation
from creditbank.eligibility.recognition import Given, Recognised, Source
from creditbank.tables.transfers import (
    MakeupCourse,
    PublicNotice,
    RecognitionPlan,
    TransferArrival,
)

_LATEST = text("""
SELECT * FROM recognition_plans WHERE status_change_id = :id
ORDER BY recognition_plan_id DESC LIMIT 1
""")
_ARRIVAL = text("SELECT * FROM transfer_arrivals WHERE status_change_id = :id")

_MAKEUPS = text("""
SELECT m.course_code, m.name, m.units, m.due_on, coalesce((SELECT sum(l.units) >= m.units
  FROM ledger_entries l JOIN enrolments e USING (learner_id)
  WHERE e.enrolment_id = m.enrolment_id AND l.institution_id = m.institution_id
    AND l.course_code = m.course_code), false) AS is_done
FROM makeup_courses m WHERE m.enrolment_id = :enrolment_id ORDER BY m.course_code
""")
_COURSES = text("""
SELECT ledger_seq, course_code, detail->>'title', units, hours, mark, term_code
FROM ledger_entries WHERE learner_id = :id AND ledger_seq = ANY (:seqs) ORDER BY ledger_seq
""")
_APPLICANT = text("""
SELECT l.name, l.sex, l.born_on, e.student_no, e.class_name, e.entry_year,
  e.entry_year + e.suspended_semesters / 2 AS grade_year, i.name, i.name_en, p.name,
  t.name, t.name_en, q.name
FROM status_changes c JOIN enrolments e USING (enrolment_id)
  JOIN learners l ON l.learner_id = c.learner_id
  JOIN institutions i ON i.institution_id = c.institution_id
  JOIN institutions t ON t.institution_id = c.to_institution_id
  JOIN program_plans p ON p.plan_id = e.plan_id
  JOIN program_plans q ON q.plan_id = c.plan_id
WHERE c.status_change_id = :id
""")
_PAIRS = text("""
SELECT l.source_seq, l.units, l.detail->>'title', l.detail->>'relation', l.detail->>'line',
  l.detail->>'document_no'
FROM ledger_entries l
WHERE l.learner_id = :learner_id AND l.kind = 'recognition' AND l.units > 0
  AND l.detail->>'status_change_id' = cast(:id AS text)
  AND NOT EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = l.learner_id
    AND r.kind = 'reversal' AND r.source_seq = l.ledger_seq)
ORDER BY l.ledger_seq
""")
_GIVEN = text("""
SELECT l.detail->>'line' AS line, sum(l.units) AS units FROM ledger_entries l
WHERE l.learner_id = :learner_id AND l.institution_id = :institution_id
  AND l.kind = 'recognition' AND l.units > 0
  AND NOT EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = l.learner_id
    AND r.kind = 'reversal' AND r.source_seq = l.ledger_seq)
GROUP BY 1
""")
_FORMER = text("""
SELECT DISTINCT i.kind FROM enrolments e JOIN institutions i USING (institution_id)
WHERE e.learner_id = :learner_id AND e.institution_id <> :institution_id
""")
_GUARDIANS = text("""
SELECT a.display_name FROM accounts a JOIN account_learners USING (account_id)
WHERE learner_id = :learner_id AND a.role = 'guardian' AND a.is_active
ORDER BY a.account_id LIMIT 3
""")


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """What the receiving school found and would recognise; fields as in tables.transfers.

    reasons: of the registrar, by code of a line that is not used as proposed.
    """

    recognition_plan_id: int
    passed: bool
    assessed_on: date
    document_no: str
    opinion: str
    class_name: str
    student_no: str
    items: tuple[Recognised, ...]
    declined: tuple[Mapping[str, Any], ...]
    reasons: Mapping[str, str]
    tested: frozenset[str]
    shortfall: int
    best_shortfall: int
    ledger_seq: int
    planned_by: int
    planned_at: datetime


def add_plan(
    connection: Connection,
    values: Mapping[str, Any],
    items: Iterable[Recognised],
    reasons: Mapping[str, str],
) -> int:
    """A new plan; its number. values: the columns but items, and without reasons in declined."""
    made = connection.execute(
        insert(RecognitionPlan)
        .values(
            **{
                **values,
                "items": [_packed(item) for item in items],
                "declined": [
                    *values["declined"],
                    *({"code": code, "reason": reason} for code, reason in reasons.items()),
                ],
            }
        )
        .returning(RecognitionPlan.recognition_plan_id)  # type: ignore[call-overload]
    )
    return int(made.scalar_one())


def latest_plan(connection: Connection, status_change_id: int) -> KeptPlan | None:
    """The plan that speaks, as far as the reach shows."""
    row = connection.execute(_LATEST, {"id": status_change_id}).mappings().first()
    if row is None:
        return None
    found = {name: row[name] for name in KeptPlan.__slots__ if name in row}
    declined = row["declined"]
    return KeptPlan(
        **found
        | {
            "items": tuple(map(_unpacked, row["items"])),
            "declined": tuple(item for item in declined if "reason" not in item),
            "reasons": {item["code"]: item["reason"] for item in declined if "reason" in item},
            "tested": frozenset(row["tested"]),
        }
    )


def _packed(item: Recognised) -> dict[str, Any]:
    return {
        "code": item.code,
        "relation": item.relation.value,
        "reference": item.reference,
        "sources": [[one.ledger_seq, one.title, one.units] for one in item.sources],
        "gives": [[one.course_code, one.block_code, one.name, one.units] for one in item.gives],
    }


def _unpacked(item: Mapping[str, Any]) -> Recognised:
    return Recognised(
        item["code"],
        Relation(item["relation"]),
        item["reference"],
        tuple(Source(*one) for one in item["sources"]),
        tuple(Given(*one) for one in item["gives"]),
    )


def add_notice(
    connection: Connection, status_change_id: int, first: date, last: date, *, now: datetime
) -> None:
    """The public notice of a transfer."""
    connection.execute(
        insert(PublicNotice).values(
            status_change_id=status_change_id, starts_on=first, ends_on=last, published_at=now
        )
    )


def add_arrival(connection: Connection, values: Mapping[str, Any]) -> None:
    """The other side of an executed transfer."""
    connection.execute(insert(TransferArrival).values(**values))


def add_makeups(
    connection: Connection,
    courses: Iterable[PlanCourse],
    *,
    due_on: date,
    of: Mapping[str, int],
) -> None:
    """Courses to make up. of: status_change_id, institution_id, enrolment_id."""
    rows = [
        {
            **of,
            "course_code": course.course_code,
            "name": course.name,
            "units": course.units,
            "due_on": due_on,
        }
        for course in courses
    ]
    if rows:
        connection.execute(insert(MakeupCourse), rows)


@dataclass(frozen=True, slots=True)
class Makeup:
    """A course to make up; is_done: passed there, or recognised since."""

    course_code: str
    name: str
    units: int
    due_on: date
    is_done: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """The other side of an executed transfer; fields as in tables.transfers."""

    enrolment_id: int
    presented: int
    recognised: int
    dropped: tuple[Mapping[str, Any], ...]
    makeups: tuple[Makeup, ...]


def arrival_of(connection: Connection, status_change_id: int) -> Arrival | None:
    """What came of a transfer, None while it is not carried out."""
    row = connection.execute(_ARRIVAL, {"id": status_change_id}).first()
    if row is None:
        return None
    makeups = connection.execute(_MAKEUPS, {"enrolment_id": row.enrolment_id})
    return Arrival(
        row.enrolment_id,
        row.presented,
        row.recognised,
        tuple(row.dropped),
        tuple(Makeup(*found) for found in makeups),
    )


@dataclass(frozen=True, slots=True)
class PresentedCourse:
    """A course passed at the school that is left, as the receiving school reads it."""

    ledger_seq: int
    course_code: str
    title: str
    units: int
    hours: int
    mark: str
    term_code: str


def presented_courses(
    connection: Connection, learner_id: int, ledger_seqs: Iterable[int]
) -> tuple[PresentedCourse, ...]:
    """Entries of the learner's ledger, in its order."""
    found = connection.execute(_COURSES, {"id": learner_id, "seqs": sorted(ledger_seqs)})
    return tuple(PresentedCourse(*row) for row in found)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants to go, and where they are now."""

    name: str
    sex: str
    born_on: date | None
    student_no: str
    class_name: str
    entry_year: int
    grade_year: int
    institution_name: str
    institution_name_en: str
    plan_name: str
    to_institution_name: str
    to_institution_name_en: str
    to_plan_name: str


def applicant_of(connection: Connection, status_change_id: int) -> Applicant:
    """Of a transfer that is there."""
    return Applicant(*connection.execute(_APPLICANT, {"id": status_change_id}).one())


@dataclass(frozen=True, slots=True)
class RecognisedPair:
    """Units of a course as they stand in the receiving school's books.

    relation, line, document_no: of the table, and what it rests on. source_seq: the course's entry.
    """

    source_seq: int
    units: int
    title: str
    relation: str
    line: str
    document_no: str


def recognised_pairs(
    connection: Connection, status_change_id: int, learner_id: int
) -> list[RecognisedPair]:
    """What an executed transfer brought along and is not taken back."""
    asked = {"id": status_change_id, "learner_id": learner_id}
    return [RecognisedPair(*row) for row in connection.execute(_PAIRS, asked)]


def guardians_of(connection: Connection, learner_id: int) -> list[str]:
    """The names of the learner's guardians who have an account, at most three."""
    return list(connection.execute(_GUARDIANS, {"learner_id": learner_id}).scalars())


def given_by_lines(connection: Connection, learner_id: int, institution_id: int) -> dict[str, int]:
    """By line of the table what a school has recognised for the learner before, in hundredths."""
    asked = {"learner_id": learner_id, "institution_id": institution_id}
    return {row.line: int(row.units) for row in connection.execute(_GIVEN, asked)}


def kinds_of_former_schools(
    connection: Connection, learner_id: int, institution_id: int
) -> set[InstitutionKind]:
    """Of the schools, other than one, at which the learner is or was enrolled."""
    asked = {"learner_id": learner_id, "institution_id": institution_id}
    return {InstitutionKind(row.kind) for row in connection.execute(_FORMER, asked)}
