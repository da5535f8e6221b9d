"""Writing versions of plans and the cohorts that follow them; who did it stays beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update
from sqlmodel import col

from creditbank.domain.plans import Plan
from creditbank.store.plain_documents import document_hash, to_document
from creditbank.store.plans import plan_row
from creditbank.tables.courses import Course
from creditbank.tables.majors import Major
from creditbank.tables.plans import PlanEvent, ProgramPlan

_REVISION_DIGITS = 16
_GIVEN = ("plan_id", "version", "institution_id")
_FOLLOWED = text("""
SELECT EXISTS (SELECT FROM cohort_plans WHERE plan_id = :plan_id) AS in_force,
  EXISTS (SELECT FROM enrolments WHERE plan_id = :plan_id) AS followed
""")
_COHORT = text("""
SELECT plan_id, (SELECT count(*) FROM enrolments e WHERE e.institution_id = c.institution_id
    AND e.entry_year = c.entry_year AND e.plan_id = c.plan_id) AS followers
FROM cohort_plans c WHERE institution_id = :institution_id AND plan_code = :code
  AND entry_year = :entry_year
""")
_RUNNING = text("""
SELECT count(*) FROM enrolments e JOIN program_plans p USING (plan_id)
WHERE e.institution_id = :institution_id AND p.code = :code AND e.entry_year = :entry_year
""")
_MOVABLE = text("""
SELECT e.enrolment_id, e.learner_id, EXISTS (SELECT FROM standing_decisions d
    WHERE d.enrolment_id = e.enrolment_id AND d.subject_kind = 'graduation') AS is_decided
FROM enrolments e WHERE e.institution_id = :institution_id AND e.entry_year = :entry_year
  AND e.plan_id = :plan_id AND e.is_open ORDER BY e.learner_id
""")
_LOCK_HEADS = text("""
SELECT h.learner_id FROM learner_heads h WHERE h.learner_id IN (
  SELECT e.learner_id FROM enrolments e WHERE e.institution_id = :institution_id
    AND e.entry_year = :entry_year AND e.plan_id = :plan_id AND e.is_open)
ORDER BY h.learner_id FOR UPDATE
""")
_ASSIGN = text("""
INSERT INTO cohort_plans (institution_id, plan_code, entry_year, plan_id)
VALUES (:institution_id, :code, :entry_year, :plan_id)
ON CONFLICT (institution_id, plan_code, entry_year) DO UPDATE SET plan_id = excluded.plan_id
""")
_MOVE = text("UPDATE enrolments SET plan_id = :to_id WHERE enrolment_id = ANY (:enrolment_ids)")
# The head goes along and is behind the books until the new verdict is written: one per enrolment.
_MOVE_HEADS = text("""
UPDATE verdict_heads SET subject_id = :to_id WHERE enrolment_id = ANY (:enrolment_ids)
  AND subject_kind = 'graduation' AND subject_id = :from_id
""")
_CAUSE = text("SELECT set_config('creditbank.cause', :cause, true)")


@dataclass(frozen=True, slots=True)
class Cohort:
    """What a cohort follows; followers: its enrolments, closed ones too."""

    plan_id: int
    followers: int


@dataclass(frozen=True, slots=True)
class Movable:
    """An open enrolment of a cohort. is_decided: its graduation is approved under this version."""

    enrolment_id: int
    learner_id: int
    is_decided: bool


def revision_of(plan: Plan) -> str:
    """Sixteen hex digits that name what a version says, whatever its number."""
    document = to_document(plan)
    return document_hash({name: item for name, item in document.items() if name not in _GIVEN})[
        :_REVISION_DIGITS
    ]


def lock_plans(connection: Connection, institution_id: int) -> None:
    """Whoever writes plans of a school waits here until the other one ends."""
    lock = func.hashtextextended(f"plans|{institution_id}", 3)
    connection.execute(select(func.pg_advisory_xact_lock(lock)))


def latest_version(connection: Connection, institution_id: int, code: str) -> int:
    """The highest version of a code; 0 for a new code."""
    found: int | None = connection.execute(
        select(func.max(col(ProgramPlan.version))).where(
            col(ProgramPlan.institution_id) == institution_id, col(ProgramPlan.code) == code
        )
    ).scalar()
    return found or 0


def plan_ids_of(connection: Connection, institution_id: int, code: str) -> list[int]:
    """All versions of a code, the newest first."""
    found = connection.execute(
        select(col(ProgramPlan.plan_id))
        .where(col(ProgramPlan.institution_id) == institution_id, col(ProgramPlan.code) == code)
        .order_by(col(ProgramPlan.version).desc())
    )
    return [plan_id for plan_id in found.scalars() if plan_id is not None]


def is_followed(connection: Connection, plan_id: int) -> bool:
    """Whether a cohort or a learner follows a version: then it never changes again."""
    row = connection.execute(_FOLLOWED, {"plan_id": plan_id}).one()
    return bool(row.in_force or row.followed)


def is_in_force(connection: Connection, plan_id: int) -> bool:
    """Whether some cohort follows a version."""
    return bool(connection.execute(_FOLLOWED, {"plan_id": plan_id}).one().in_force)


def insert_plan(connection: Connection, plan: Plan) -> int:
    """Insert a version; returns its id."""
    row = {name: value for name, value in plan_row(plan).items() if name != "plan_id"}
    made = connection.execute(insert(ProgramPlan).values(**row).returning(col(ProgramPlan.plan_id)))
    return int(made.scalar_one())  # type: ignore[arg-type]


def change_plan(connection: Connection, plan: Plan) -> None:
    """Write a version that nobody follows anew; the database refuses any other."""
    connection.execute(
        update(ProgramPlan).where(col(ProgramPlan.plan_id) == plan.plan_id).values(**plan_row(plan))
    )


def cohort_of(
    connection: Connection, institution_id: int, code: str, entry_year: int
) -> Cohort | None:
    """What a cohort follows; None where nothing was put in force for it."""
    row = connection.execute(
        _COHORT, {"institution_id": institution_id, "code": code, "entry_year": entry_year}
    ).first()
    return None if row is None else Cohort(row.plan_id, row.followers)


def running_count(connection: Connection, institution_id: int, code: str, entry_year: int) -> int:
    """How many enrolments of a year follow any version of a code."""
    found: int = connection.execute(
        _RUNNING, {"institution_id": institution_id, "code": code, "entry_year": entry_year}
    ).scalar_one()
    return found


def movable(
    connection: Connection, institution_id: int, entry_year: int, plan_id: int, *, lock: bool
) -> list[Movable]:
    """The open enrolments of a cohort; lock: nothing is posted to or decided on them meanwhile."""
    where = {"institution_id": institution_id, "entry_year": entry_year, "plan_id": plan_id}
    if lock:
        connection.execute(_LOCK_HEADS, where)
    return [Movable(*row) for row in connection.execute(_MOVABLE, where)]


def assign_cohort(
    connection: Connection, institution_id: int, code: str, entry_year: int, plan_id: int
) -> None:
    """Let a cohort follow a version; the database refuses to move one with learners unseen."""
    connection.execute(
        _ASSIGN,
        {
            "institution_id": institution_id,
            "code": code,
            "entry_year": entry_year,
            "plan_id": plan_id,
        },
    )


def move_enrolments(
    connection: Connection, enrolment_ids: Sequence[int], *, from_id: int, to_id: int, cause: str
) -> None:
    """Move enrolments to another version; a trigger marks their learners with this cause."""
    moved = {"enrolment_ids": list(enrolment_ids), "from_id": from_id, "to_id": to_id}
    connection.execute(_CAUSE, {"cause": cause})
    connection.execute(_MOVE, moved)
    connection.execute(_MOVE_HEADS, moved)
    connection.execute(_CAUSE, {"cause": ""})


def insert_event(connection: Connection, row: dict[str, Any]) -> int:
    """Note who did what; returns the id."""
    made = connection.execute(
        insert(PlanEvent).values(**row).returning(col(PlanEvent.plan_event_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def catalogue_units(connection: Connection, institution_id: int) -> dict[str, int]:
    """The school's courses by code, with their credits in hundredths."""
    rows = connection.execute(
        select(col(Course.code), col(Course.units)).where(
            col(Course.institution_id) == institution_id
        )
    )
    return {row.code: row.units for row in rows}


def has_major(connection: Connection, code: str, catalogue_year: int) -> bool:
    """Whether a catalogue of majors has a code."""
    found = connection.execute(
        select(col(Major.code)).where(
            col(Major.code) == code, col(Major.catalogue_year) == catalogue_year
        )
    ).first()
    return found is not None


def add_courses(connection: Connection, plan: Plan) -> int:
    """Take the courses of a plan that the school does not have into its catalogue; their number."""
    known = catalogue_units(connection, plan.institution_id)
    natures = {block.code: block.nature.value for block in plan.blocks}
    missing = [
        {
            "institution_id": plan.institution_id,
            "code": course.course_code,
            "name": course.name,
            "name_en": "",
            "units": course.units,
            "theory_hours": course.theory_hours,
            "practice_hours": course.practice_hours,
            "nature": natures[course.block_code],
        }
        for course in plan.courses
        if course.course_code not in known
    ]
    if missing:
        connection.execute(insert(Course), missing)
    return len(missing)
