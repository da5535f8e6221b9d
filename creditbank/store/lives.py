"""An enrolment as the rules of 学籍 look at it, from rows; and what an execution writes to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, text

from creditbank.domain.causes import Cause, CauseKind
from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus, StudyMode
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.status_changes import ChangeReason, Programme, Suspension
from creditbank.registry.case import Life, Seat
from creditbank.store.paired_schools import pairs_on
from creditbank.tables.status_changes import StatusChangeExecution

_ENROLMENTS = text("""
SELECT e.*, i.kind AS school_kind, i.area_code, p.code AS plan_code, p.years, l.born_on,
  (SELECT a.post_level FROM agreement_members m JOIN articulation_agreements a USING (agreement_id)
    WHERE m.enrolment_id = e.enrolment_id AND m.left_on IS NULL LIMIT 1) AS post_level,
  coalesce((SELECT max(c.takes_effect_on) FROM status_changes c
    JOIN status_change_executions x USING (status_change_id)
    WHERE c.enrolment_id = e.enrolment_id), e.entered_on) AS changed_on,
  (SELECT max(c.takes_effect_on) FROM status_changes c
    JOIN status_change_executions x USING (status_change_id)
    WHERE c.enrolment_id = e.enrolment_id AND x.status_after = '08') AS completed_on,
  d.decision_id,
  EXISTS (SELECT FROM review_cases r WHERE r.decision_id = d.decision_id AND NOT EXISTS
    (SELECT FROM review_resolutions o WHERE o.review_case_id = r.review_case_id)) AS is_in_review
FROM enrolments e JOIN institutions i USING (institution_id) JOIN program_plans p USING (plan_id)
  JOIN learners l USING (learner_id)
  LEFT JOIN standing_decisions d ON d.enrolment_id = e.enrolment_id
    AND d.subject_kind = 'graduation' AND d.subject_id = e.plan_id
WHERE e.enrolment_id IN :ids ORDER BY e.enrolment_id
""").bindparams(bindparam("ids", expanding=True))
_WHICH = text("""
SELECT enrolment_id FROM enrolments
WHERE learner_id = :learner_id
  AND (cast(:institution_id AS int) IS NULL OR institution_id = :institution_id)
ORDER BY is_open DESC, entered_on DESC, enrolment_id DESC LIMIT 1
""")
_SUSPENSIONS = text("""
SELECT enrolment_id, reason, starts_on, until, resumed_on FROM suspensions
WHERE enrolment_id IN :ids ORDER BY enrolment_id, starts_on, status_change_id
""").bindparams(bindparam("ids", expanding=True))
_CLASSES = text("""
SELECT e.class_name, e.major_code, e.catalogue_year, e.entry_year,
  array_agg(DISTINCT m.agreement_id) FILTER (WHERE m.agreement_id IS NOT NULL) AS agreement_ids,
  min(a.post_level) AS post_level
FROM enrolments e
  LEFT JOIN agreement_members m ON m.enrolment_id = e.enrolment_id AND m.left_on IS NULL
  LEFT JOIN articulation_agreements a USING (agreement_id)
WHERE e.institution_id = :institution_id AND e.is_open
GROUP BY e.class_name, e.major_code, e.catalogue_year, e.entry_year ORDER BY e.class_name
""")
_PLANS = text("""
SELECT p.plan_id, p.name, p.code, p.major_code, p.catalogue_year, p.years
FROM cohort_plans c JOIN program_plans p USING (plan_id)
WHERE c.institution_id = :institution_id AND c.entry_year = :entry_year ORDER BY p.name, p.plan_id
""")
_SCHOOL = text("""
SELECT institution_id, name, kind, area_code FROM institutions
WHERE institution_id = :institution_id
""")
_PLAN_CODE = text("SELECT code FROM program_plans WHERE plan_id = :plan_id")
_CAUSE = text("SELECT set_config('creditbank.cause', :cause, true)")
_CHANGE = text("""
UPDATE enrolments SET status = :status, is_open = :is_open, plan_id = :plan_id,
  suspended_semesters = :suspended_semesters, major_code = :major_code,
  catalogue_year = :catalogue_year, class_name = :class_name WHERE enrolment_id = :enrolment_id
""")
# The head goes along and is behind the books until the new verdict is written.
_MOVE_HEAD = text("""
UPDATE verdict_heads SET subject_id = :plan_id WHERE enrolment_id = :enrolment_id
  AND subject_kind = 'graduation' AND subject_id <> :plan_id
""")
_LEAVE = text("""
UPDATE agreement_members SET left_on = :on, left_reason = :reason
WHERE enrolment_id = :enrolment_id AND left_on IS NULL
  AND NOT agreement_id = ANY (cast(:kept AS int[]))
""")


@dataclass(frozen=True, slots=True)
class KeptLife:
    """An enrolment: what rules look at, and its row. changed_on: of the latest executed change."""

    life: Life
    row: Mapping[str, Any]
    changed_on: date

    @property
    def enrolment_id(self) -> int:
        """Whose life it is."""
        return int(self.row["enrolment_id"])


@dataclass(frozen=True, slots=True)
class ClassAtSchool:
    """A class that has learners; agreement_ids: of the through-training that they are in."""

    class_name: str
    major_code: str
    catalogue_year: int
    entry_year: int
    agreement_ids: frozenset[int]
    programme: Programme


@dataclass(frozen=True, slots=True)
class CohortChoice:
    """A plan that a cohort of a school follows."""

    plan_id: int
    name: str
    code: str
    major_code: str
    catalogue_year: int
    years: int


@dataclass(frozen=True, slots=True)
class Destination:
    """A school that a transfer leads to. is_paired: with the one that is left, on that day."""

    institution_id: int
    name: str
    kind: InstitutionKind
    area_code: str
    is_paired: bool


def enrolment_at(connection: Connection, learner_id: int, institution_id: int | None) -> int | None:
    """The learner's enrolment at a school, or anywhere: an open one first, then the latest."""
    asked = {"learner_id": learner_id, "institution_id": institution_id}
    found: int | None = connection.execute(_WHICH, asked).scalar()
    return found


def lives_of(connection: Connection, enrolment_ids: Sequence[int]) -> dict[int, KeptLife]:
    """The lives of enrolments, as far as the reach shows them."""
    if not enrolment_ids:
        return {}
    asked = {"ids": list(enrolment_ids)}
    suspensions: dict[int, list[Suspension]] = {}
    for found in connection.execute(_SUSPENSIONS, asked):
        suspensions.setdefault(found.enrolment_id, []).append(
            Suspension(ChangeReason(found.reason), found.starts_on, found.until, found.resumed_on)
        )
    return {
        row["enrolment_id"]: KeptLife(
            Life(
                seat=_seat(row),
                status=EnrolmentStatus(row["status"]),
                entered_on=row["entered_on"],
                entry_year=row["entry_year"],
                began_on=row["began_on"],
                born_on=row["born_on"],
                suspended_semesters=row["suspended_semesters"],
                suspensions=tuple(suspensions.get(row["enrolment_id"], ())),
                completed_on=row["completed_on"],
                is_approved=row["decision_id"] is not None,
                is_in_review=row["is_in_review"],
            ),
            row,
            row["changed_on"],
        )
        for row in map(dict, connection.execute(_ENROLMENTS, asked).mappings())
    }


def _programme(post_level: str | None) -> Programme:
    """Where the through-training of a class leads to."""
    if post_level is None:
        return Programme.PLAIN
    return Programme.TO_UNIVERSITY if post_level == "bachelor" else Programme.TO_COLLEGE


def _seat(row: Mapping[str, Any]) -> Seat:
    return Seat(
        institution_id=row["institution_id"],
        kind=InstitutionKind(row["school_kind"]),
        area_code=row["area_code"],
        major_code=row["major_code"],
        years=row["years"],
        programme=_programme(row["post_level"]),
        study_mode=StudyMode(row["study_mode"]),
    )


def classes_at(connection: Connection, institution_id: int) -> list[ClassAtSchool]:
    """The classes of a school that have learners."""
    return [
        ClassAtSchool(
            row.class_name,
            row.major_code,
            row.catalogue_year,
            row.entry_year,
            frozenset(row.agreement_ids or ()),
            _programme(row.post_level),
        )
        for row in connection.execute(_CLASSES, {"institution_id": institution_id})
    ]


def plans_at(connection: Connection, institution_id: int, entry_year: int) -> list[CohortChoice]:
    """The plans that the learners who entered in a year follow."""
    asked = {"institution_id": institution_id, "entry_year": entry_year}
    return [CohortChoice(*row) for row in connection.execute(_PLANS, asked)]


def destination_of(
    connection: Connection, institution_id: int | None, *, leaves: int, on: date
) -> Destination | None:
    """A school as a transfer from another one looks at it; None where there is no such school."""
    row = connection.execute(_SCHOOL, {"institution_id": institution_id}).first()
    if row is None:
        return None
    pairs = {frozenset({pair.vocational_id, pair.general_id}) for pair in pairs_on(connection, on)}
    is_paired = frozenset({leaves, row.institution_id}) in pairs
    return Destination(
        row.institution_id, row.name, InstitutionKind(row.kind), row.area_code, is_paired
    )


def plan_code(connection: Connection, plan_id: int) -> str:
    """The code that all versions of a plan share."""
    found: str = connection.execute(_PLAN_CODE, {"plan_id": plan_id}).scalar_one()
    return found


def carry_out(
    connection: Connection, execution: Mapping[str, Any], *, major_code: str, catalogue_year: int
) -> None:
    """Note the execution and change the enrolment by it; triggers mark the learner with it.

    execution: the row; without it the database changes no enrolment.
    """
    connection.execute(insert(StatusChangeExecution).values(**execution))
    cause = Cause(CauseKind.STATUS_CHANGE, str(execution["status_change_id"]))
    connection.execute(_CAUSE, {"cause": str(cause)})
    status = EnrolmentStatus(execution["status_after"])
    changed = {
        "enrolment_id": execution["enrolment_id"],
        "status": status.value,
        "is_open": status in OPEN_STATUSES,
        "plan_id": execution["plan_after"],
        "suspended_semesters": execution["suspended_semesters"],
        "major_code": major_code,
        "catalogue_year": catalogue_year,
        "class_name": execution["class_after"],
    }
    connection.execute(_CHANGE, changed)
    connection.execute(_MOVE_HEAD, changed)


def leave_classes(
    connection: Connection, enrolment_id: int, *, on: date, reason: str, kept: frozenset[int]
) -> None:
    """End the learner's places in through-training but those under the agreements kept."""
    connection.execute(
        _LEAVE,
        {"enrolment_id": enrolment_id, "on": on, "reason": reason, "kept": sorted(kept)},
    )
