"""Marks that are being entered, as rows: sheets, their cells, their steps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term, semester_no
from creditbank.domain.grade_drafts import STATE_AFTER, DraftState, DraftStep
from creditbank.store.plans import load_plan


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """One sheet. change_no: of its last save; course_codes: its columns."""

    grade_draft_id: int
    institution_id: int
    class_name: str
    entry_year: int
    term: Term
    exam_kind: ExamKind
    course_codes: tuple[str, ...]
    state: DraftState
    change_no: int


class SheetKey(NamedTuple):
    """Of which class, term and kind of exam a sheet is."""

    institution_id: int
    class_name: str
    entry_year: int
    term: Term
    exam_kind: ExamKind


class DraftSeat(NamedTuple):
    """A row of the sheet: who sits in the class."""

    enrolment_id: int
    learner_id: int
    student_no: str
    name: str


class DraftCell(NamedTuple):
    """What is written in a cell, and who wrote it when. version: counts its changes."""

    enrolment_id: int
    course_code: str
    written: str
    version: int
    change_no: int
    writer_id: int
    changed_by: str
    changed_at: datetime


class CellEdit(NamedTuple):
    """What somebody writes into a cell. version: the one that they saw, 0 for none."""

    enrolment_id: int
    course_code: str
    version: int
    written: str


class KeptStep(NamedTuple):
    """One step. taken_by: who, None of what follows by itself; name: what they are called."""

    step: DraftStep
    reason: str
    marks: int
    taken_by: int | None
    name: str
    taken_at: datetime


# As in queries.classes: the plan of most of the class.
_PLAN = text("""
SELECT mode() WITHIN GROUP (ORDER BY plan_id) FROM enrolments
WHERE institution_id = :school AND class_name = :class_name AND entry_year = :entry_year
  AND is_open
""")
_COLUMNS = """grade_draft_id, institution_id, class_name, entry_year, term_code, exam_kind,
  course_codes, state, change_no"""
_OPEN = text(f"""
INSERT INTO grade_drafts (institution_id, class_name, entry_year, term_code, exam_kind,
  course_codes, state, change_no, changed_by, changed_at)
VALUES (:school, :class_name, :entry_year, :term, :exam_kind, :courses, 'draft', 0, :by, :now)
ON CONFLICT (institution_id, class_name, entry_year, term_code, exam_kind)
  WHERE state IN ('draft', 'submitted', 'returned') DO NOTHING
RETURNING {_COLUMNS}
""")  # noqa: S608 (put together from our own constants)
_FIND_OPEN = text(f"""
SELECT {_COLUMNS} FROM grade_drafts
WHERE institution_id = :school AND class_name = :class_name AND entry_year = :entry_year
  AND term_code = :term AND exam_kind = :exam_kind AND state IN ('draft', 'submitted', 'returned')
""")  # noqa: S608 (as above)
_READ = f"SELECT {_COLUMNS} FROM grade_drafts WHERE grade_draft_id = :draft"  # noqa: S608 (as above)
# Saves of one sheet wait for each other here, so that their numbers are in the order of commits.
_NEXT = text("""
UPDATE grade_drafts SET change_no = change_no + 1, changed_by = :by, changed_at = :now
WHERE grade_draft_id = :draft RETURNING change_no
""")
_SEATS = text("""
SELECT e.enrolment_id, e.learner_id, e.student_no, l.name
FROM enrolments e JOIN learners l USING (learner_id)
WHERE e.institution_id = :school AND e.class_name = :class_name AND e.entry_year = :entry_year
  AND (e.is_open OR EXISTS (SELECT FROM grade_draft_cells c WHERE c.grade_draft_id = :draft
    AND c.enrolment_id = e.enrolment_id AND c.written <> ''))
ORDER BY e.student_no, e.enrolment_id LIMIT :limit
""")
_CELLS = text("""
SELECT c.enrolment_id, c.course_code, c.written, c.version, c.change_no, c.changed_by,
  a.display_name, c.changed_at
FROM grade_draft_cells c JOIN accounts a ON a.account_id = c.changed_by
WHERE c.grade_draft_id = :draft AND c.change_no > :after
ORDER BY c.enrolment_id, c.course_code
""")
# Where the version is another one by now the row stays, and is not returned.
_WRITE = text("""
INSERT INTO grade_draft_cells (grade_draft_id, enrolment_id, course_code, institution_id, written,
  version, change_no, changed_by, changed_at)
SELECT :draft, s.enrolment_id, s.course_code, :school, s.written, s.version + 1, :change_no, :by,
  :now
FROM unnest(cast(:enrolments AS int[]), cast(:courses AS text[]), cast(:written AS text[]),
  cast(:versions AS int[])) AS s (enrolment_id, course_code, written, version)
ORDER BY s.enrolment_id, s.course_code
ON CONFLICT (grade_draft_id, enrolment_id, course_code) DO UPDATE
  SET written = excluded.written, version = excluded.version, change_no = excluded.change_no,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at
  WHERE grade_draft_cells.version = excluded.version - 1
RETURNING enrolment_id, course_code
""")
_STEPS = text("""
SELECT s.step, s.reason, s.marks, s.taken_by, coalesce(a.display_name, ''), s.taken_at
FROM grade_draft_steps s LEFT JOIN accounts a ON a.account_id = s.taken_by
WHERE s.grade_draft_id = :draft ORDER BY s.grade_draft_step_id
""")
_ADD_STEP = text("""
INSERT INTO grade_draft_steps (grade_draft_id, institution_id, step, reason, marks, taken_by,
  taken_at)
VALUES (:draft, :school, :step, :reason, :marks, :by, :now) RETURNING grade_draft_step_id
""")
# Whoever saves one of them meanwhile has it: it is looked at again tomorrow.
_UNTOUCHED = text(f"""
SELECT {_COLUMNS}, changed_by, t.touched_at, t.told_at FROM grade_drafts d
  CROSS JOIN LATERAL (SELECT greatest(d.changed_at, max(s.taken_at)
      FILTER (WHERE s.taken_by IS NOT NULL)) AS touched_at,
    max(s.taken_at) FILTER (WHERE s.step = 'ageing') AS told_at
    FROM grade_draft_steps s WHERE s.grade_draft_id = d.grade_draft_id) t
WHERE d.state IN ('draft', 'returned') AND d.changed_at < :before
ORDER BY d.changed_at LIMIT :limit FOR UPDATE OF d SKIP LOCKED
""")  # noqa: S608 (as above)
_WRITERS = text("""
SELECT DISTINCT changed_by FROM grade_draft_cells WHERE grade_draft_id = :draft
UNION SELECT taken_by FROM grade_draft_steps WHERE grade_draft_id = :draft AND step = 'submitted'
""")


def courses_of_class(connection: Connection, which: SheetKey) -> tuple[str, ...] | None:
    """The courses that the class's plan places in the term; None for no such class."""
    asked = {
        "school": which.institution_id, "class_name": which.class_name,
        "entry_year": which.entry_year,
    }  # fmt: skip
    plan_id = connection.execute(_PLAN, asked).scalar_one()
    if plan_id is None:
        return None
    semester = semester_no(entry_year=which.entry_year, term=which.term)
    return tuple(
        course.course_code
        for course in load_plan(connection, plan_id).courses
        if course.semester_no == semester
    )


def open_draft_row(
    connection: Connection,
    which: SheetKey,
    course_codes: Sequence[str],
    *,
    by: int,
    now: datetime,
) -> tuple[KeptDraft, bool]:
    """The open sheet of a class, term and kind; a new one where there is none, which is said."""
    asked: dict[str, Any] = {
        "school": which.institution_id, "class_name": which.class_name,
        "entry_year": which.entry_year, "term": which.term.code,
        "exam_kind": which.exam_kind.value,
    }  # fmt: skip
    values = asked | {"courses": list(course_codes), "by": by, "now": now}
    made = connection.execute(_OPEN, values).first()
    if made is not None:
        return _draft(made), True
    return _draft(connection.execute(_FIND_OPEN, asked).one()), False


def read_draft(
    connection: Connection, grade_draft_id: int, *, for_update: bool = False
) -> KeptDraft | None:
    """One sheet within the reach; for_update: nobody else saves or steps until the end."""
    query = text(f"{_READ} FOR UPDATE" if for_update else _READ)
    row = connection.execute(query, {"draft": grade_draft_id}).first()
    return None if row is None else _draft(row)


def _draft(row: Row[Any]) -> KeptDraft:
    return KeptDraft(
        grade_draft_id=row.grade_draft_id,
        institution_id=row.institution_id,
        class_name=row.class_name,
        entry_year=row.entry_year,
        term=Term.parse(row.term_code),
        exam_kind=ExamKind(row.exam_kind),
        course_codes=tuple(row.course_codes),
        state=DraftState(row.state),
        change_no=row.change_no,
    )


def seats_of(connection: Connection, draft: KeptDraft, *, limit: int) -> list[DraftSeat]:
    """Who is in the class, by number; and who has left it with a mark still in the sheet."""
    asked = {
        "school": draft.institution_id, "class_name": draft.class_name,
        "entry_year": draft.entry_year, "draft": draft.grade_draft_id, "limit": limit,
    }  # fmt: skip
    return [DraftSeat(*row) for row in connection.execute(_SEATS, asked)]


def cells_of(connection: Connection, grade_draft_id: int, *, after: int = 0) -> list[DraftCell]:
    """What is written, empty cells that were cleared included; after: only by later saves."""
    rows = connection.execute(_CELLS, {"draft": grade_draft_id, "after": after})
    return [DraftCell(*row) for row in rows]


def next_change(connection: Connection, grade_draft_id: int, *, by: int, now: datetime) -> int:
    """The number of a save that begins; locks the sheet until the transaction ends."""
    values = {"draft": grade_draft_id, "by": by, "now": now}
    number: int = connection.execute(_NEXT, values).scalar_one()
    return number


def write_cells(
    connection: Connection,
    draft: KeptDraft,
    edits: Sequence[CellEdit],
    *,
    change_no: int,
    by: int,
    now: datetime,
) -> set[tuple[int, str]]:
    """Write cells whose version is the one that was seen; which of them were written."""
    values = {
        "draft": draft.grade_draft_id, "school": draft.institution_id, "change_no": change_no,
        "by": by, "now": now,
        "enrolments": [edit.enrolment_id for edit in edits],
        "courses": [edit.course_code for edit in edits],
        "written": [edit.written for edit in edits],
        "versions": [edit.version for edit in edits],
    }  # fmt: skip
    return {(row[0], row[1]) for row in connection.execute(_WRITE, values)}


def set_courses(connection: Connection, grade_draft_id: int, codes: Collection[str]) -> None:
    """Other columns, in this order."""
    query = text("UPDATE grade_drafts SET course_codes = :codes WHERE grade_draft_id = :draft")
    connection.execute(query, {"draft": grade_draft_id, "codes": list(codes)})


def steps_of(connection: Connection, grade_draft_id: int) -> list[KeptStep]:
    """What was done with a sheet, oldest first."""
    rows = connection.execute(_STEPS, {"draft": grade_draft_id})
    return [KeptStep(DraftStep(row[0]), *row[1:]) for row in rows]


def add_step(  # noqa: PLR0913 (a step is its kind, its reason and its count)
    connection: Connection,
    draft: KeptDraft,
    step: DraftStep,
    *,
    reason: str = "",
    marks: int = 0,
    by: int | None,
    now: datetime,
) -> int:
    """Make a step, and put the sheet into the state that follows. by: None where nobody made it."""
    values = {
        "draft": draft.grade_draft_id, "school": draft.institution_id, "step": step.value,
        "reason": reason, "marks": marks, "by": by, "now": now,
    }  # fmt: skip
    number: int = connection.execute(_ADD_STEP, values).scalar_one()
    connection.execute(
        text("UPDATE grade_drafts SET state = :state WHERE grade_draft_id = :draft"),
        {"state": STATE_AFTER.get(step, draft.state).value, "draft": draft.grade_draft_id},
    )
    return number


@dataclass(frozen=True, slots=True)
class UntouchedDraft:
    """A sheet, who saved in it last, since when nobody has touched it, when that was told."""

    draft: KeptDraft
    changed_by: int
    touched_at: datetime
    told_at: datetime | None


def untouched_drafts(
    connection: Connection, *, before: datetime, limit: int
) -> list[UntouchedDraft]:
    """Open sheets that nobody has saved in since, locked; one that is worked on is left out."""
    rows = connection.execute(_UNTOUCHED, {"before": before, "limit": limit})
    return [
        UntouchedDraft(_draft(row), row.changed_by, row.touched_at, row.told_at) for row in rows
    ]


def writers_of(connection: Connection, grade_draft_id: int) -> set[int]:
    """The accounts that wrote in a sheet or submitted it."""
    return set(connection.execute(_WRITERS, {"draft": grade_draft_id}).scalars())
