"""What papers made from the books look at beside the ledger: the catalogue, and facts in force."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, text

_COURSES = text("""
SELECT code, name_en, theory_hours + practice_hours AS hours FROM courses
WHERE institution_id = :institution_id AND code = ANY (:codes)
""")
_CONDUCT = text("""
SELECT DISTINCT ON (term_code) term_code, result, grade FROM conduct_evaluations
WHERE enrolment_id = :id ORDER BY term_code, recorded_at DESC, conduct_evaluation_id DESC
""")
_LATEST_CONDUCT = text("""
SELECT term_code, result, grade FROM conduct_evaluations WHERE enrolment_id = :id
ORDER BY recorded_at DESC, conduct_evaluation_id DESC LIMIT 1
""")
_INTERNSHIP = text("""
SELECT organisation, started_on, ended_on, result FROM internship_appraisals
WHERE enrolment_id = :id ORDER BY recorded_at DESC, internship_appraisal_id DESC LIMIT 1
""")
_SANCTIONS = text("""
SELECT s.level, s.decided_on FROM sanctions s LEFT JOIN sanction_liftings l USING (sanction_id)
WHERE s.enrolment_id = :id AND s.decided_on <= :as_of
  AND coalesce(s.lifted_on, l.lifted_on, 'infinity'::date) > :as_of
ORDER BY s.decided_on, s.sanction_id
""")
_LEFT_ON = text("""
SELECT max(c.takes_effect_on) FROM status_change_executions x JOIN status_changes c
  USING (status_change_id) WHERE x.enrolment_id = :id
""")
_CLASS = text("""
SELECT learner_id, enrolment_id FROM (
  SELECT DISTINCT ON (learner_id) learner_id, enrolment_id, student_no FROM enrolments
  WHERE institution_id = :institution_id AND class_name = :class_name
    AND entry_year = :entry_year AND (is_open OR status IN ('07', '08'))
  ORDER BY learner_id, is_open DESC, entered_on DESC, enrolment_id DESC) e
ORDER BY student_no LIMIT :most
""")


class CatalogueCourse(NamedTuple):
    """What the school's catalogue says of a course. name_en: "" where it has none."""

    name_en: str
    hours: int


class TermConduct(NamedTuple):
    """操行 of a semester. grade: "" where only the result was recorded."""

    term_code: str
    result: str
    grade: str


class LatestInternship(NamedTuple):
    """The appraisal of an internship that speaks."""

    organisation: str
    started_on: date
    ended_on: date | None
    result: str


class SanctionInForce(NamedTuple):
    """A sanction that has not been lifted."""

    level: str
    decided_on: date


def catalogue_courses(
    connection: Connection, institution_id: int, codes: Collection[str]
) -> dict[str, CatalogueCourse]:
    """By code, of the courses that the school has."""
    asked = {"institution_id": institution_id, "codes": sorted(codes)}
    rows = connection.execute(_COURSES, asked)
    return {row.code: CatalogueCourse(row.name_en, row.hours) for row in rows}


def conduct_by_term(connection: Connection, enrolment_id: int) -> list[TermConduct]:
    """The latest evaluation of each semester, the first semester first."""
    return [TermConduct(*row) for row in connection.execute(_CONDUCT, {"id": enrolment_id})]


def latest_conduct(connection: Connection, enrolment_id: int) -> TermConduct | None:
    """The evaluation that speaks."""
    row = connection.execute(_LATEST_CONDUCT, {"id": enrolment_id}).first()
    return None if row is None else TermConduct(*row)


def latest_internship(connection: Connection, enrolment_id: int) -> LatestInternship | None:
    """The appraisal that speaks."""
    row = connection.execute(_INTERNSHIP, {"id": enrolment_id}).first()
    return None if row is None else LatestInternship(*row)


def sanctions_in_force(
    connection: Connection, enrolment_id: int, *, as_of: date
) -> list[SanctionInForce]:
    """Those of the enrolment on a day, the earliest first."""
    rows = connection.execute(_SANCTIONS, {"id": enrolment_id, "as_of": as_of})
    return [SanctionInForce(*row) for row in rows]


def left_on(connection: Connection, enrolment_id: int) -> date | None:
    """The day of the last change that was carried out; None without any."""
    found: date | None = connection.execute(_LEFT_ON, {"id": enrolment_id}).scalar()
    return found


def class_enrolments(
    connection: Connection, institution_id: int, class_name: str, entry_year: int, *, most: int
) -> list[tuple[int, int]]:
    """(learner_id, enrolment_id) of who is enrolled in a class or has finished there."""
    asked = {
        "institution_id": institution_id, "class_name": class_name, "entry_year": entry_year,
        "most": most,
    }  # fmt: skip
    return [(row.learner_id, row.enrolment_id) for row in connection.execute(_CLASS, asked)]
