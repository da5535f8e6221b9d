"""Uploaded grade sheets, and what they are compared with: learners, courses, terms, bookings."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    CollectionAggregate,
    Connection,
    Text,
    any_,
    case,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlmodel import col

from creditbank.domain.errors import Message, Problem
from creditbank.tables.courses import Course
from creditbank.tables.enrolments import Enrolment
from creditbank.tables.imports import GradeImport
from creditbank.tables.learners import Learner

GRADES, LEARNERS = "grades", "learners"
COMPETITION, INNOVATION = "competition", "innovation"
"""What was uploaded: a grade sheet, a list of new learners, of awards, of certificates."""
NATIONAL_SHEET = "national"
"""The sheet of the national 学籍 system."""
NATIONAL = "national_student_no"
SHOWN_MAX = 200
"""Marks of a large upload that are shown."""
_SHOWN_FROM, _PACKED_FAST = 2_000, 1
_HEAVY = frozenset({"content", "packed_rows"})
_COLUMNS = [
    column
    for column in GradeImport.__table__.columns  # type: ignore[attr-defined]
    if column.name not in _HEAVY
]
_COLUMNS_WITH_ALL = [*_COLUMNS, col(GradeImport.packed_rows)]


class EnrolledLearner(NamedTuple):
    """Whom a student number of one school stands for."""

    learner_id: int
    name: str
    is_open: bool


class ListedLearner(NamedTuple):
    """How a learner is shown in a class list."""

    student_no: str
    name: str


class TaughtCourse(NamedTuple):
    """A course of one school."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class StoredImport:
    """A previewed upload. rows: as the service wrote them; problems as the reader saw them.

    source: the sheets as read and what was chosen, see domain.uploads; None once it is posted, or
    where nothing can be mended. batch_id, reversed_at: of what was posted. is_large, summary: see
    tables.imports; of a large one rows are the first ones unless all were asked for.
    """

    import_id: str
    institution_id: int
    account_id: int
    file_name: str
    file_hash: str
    rows: Sequence[Mapping[str, Any]]
    problems: tuple[Problem, ...]
    posted_at: datetime | None
    kind: str = GRADES
    source: Mapping[str, Any] | None = None
    batch_id: str | None = None
    reversed_at: datetime | None = None
    is_large: bool = False
    summary: Mapping[str, int] | None = None
    created_at: datetime | None = None


def learners_by_student_no(
    connection: Connection, institution_id: int, numbers: Collection[str]
) -> dict[str, EnrolledLearner]:
    """The learners of one school by 学号; numbers nobody has are left out."""
    rows = connection.execute(
        select(
            col(Enrolment.student_no),
            col(Enrolment.learner_id),
            col(Learner.name),
            col(Enrolment.is_open),
        )
        .join(Learner, col(Learner.learner_id) == col(Enrolment.learner_id))
        .where(
            col(Enrolment.institution_id) == institution_id,
            col(Enrolment.student_no) == _any_of(numbers),
        )
    )
    return {row[0]: EnrolledLearner(*row[1:]) for row in rows}


def learners_by_number(
    connection: Connection, institution_id: int, identity: str, numbers: Collection[str]
) -> dict[str, EnrolledLearner]:
    """The learners of one school by what the numbers are; those that nobody has are left out.

    identity: student_no, national_student_no or citizen_id. Of several enrolments the open one.
    """
    if identity == "student_no":
        return learners_by_student_no(connection, institution_id, numbers)
    column = col(Learner.national_student_no if identity == NATIONAL else Learner.citizen_id)
    rows = connection.execute(
        select(column, col(Enrolment.learner_id), col(Learner.name), col(Enrolment.is_open))
        .join(Enrolment, col(Learner.learner_id) == col(Enrolment.learner_id))
        .where(
            col(Enrolment.institution_id) == institution_id,
            column == _any_of(number.upper() for number in numbers),
        )
        .order_by(col(Enrolment.is_open))
    )
    found = {row[0]: EnrolledLearner(*row[1:]) for row in rows}
    return {number: found[number.upper()] for number in numbers if number.upper() in found}


def _any_of(numbers: Iterable[str]) -> CollectionAggregate[bool]:
    """One value for all: a list of five thousand takes longer to write out than to look up."""
    return any_(literal(sorted(numbers), ARRAY(Text)))


def listed_learners(
    connection: Connection, institution_id: int, learner_ids: Collection[int]
) -> dict[int, ListedLearner]:
    """Number and name of these learners at one school, by learner_id."""
    rows = connection.execute(
        select(col(Enrolment.learner_id), col(Enrolment.student_no), col(Learner.name))
        .join(Learner, col(Learner.learner_id) == col(Enrolment.learner_id))
        .where(
            col(Enrolment.institution_id) == institution_id,
            col(Enrolment.learner_id).in_(sorted(learner_ids)),
        )
        .order_by(col(Enrolment.enrolment_id))
    )
    return {row[0]: ListedLearner(*row[1:]) for row in rows}


def courses_of(connection: Connection, institution_id: int) -> tuple[TaughtCourse, ...]:
    """All courses of one school, by code."""
    rows = connection.execute(
        select(col(Course.code), col(Course.name))
        .where(col(Course.institution_id) == institution_id)
        .order_by(col(Course.code))
    )
    return tuple(TaughtCourse(*row) for row in rows)


def add_import(
    connection: Connection, item: StoredImport, *, now: datetime, content: bytes | None = None
) -> None:
    """Keep an upload. content: the file, where it is read in the background."""
    connection.execute(
        insert(GradeImport).values(
            import_id=item.import_id,
            institution_id=item.institution_id,
            account_id=item.account_id,
            kind=item.kind,
            file_name=item.file_name,
            file_hash=item.file_hash,
            problems=[_problem_document(problem) for problem in item.problems],
            source=None if item.source is None else dict(item.source),
            is_large=item.is_large,
            summary=item.summary and dict(item.summary),
            content=content,
            **_kept_rows(item.rows, is_large=item.is_large),
            posted_at=None,
            created_at=now,
        )
    )


def keep_preview(connection: Connection, item: StoredImport, *, now: datetime) -> None:
    """Keep a previewed upload: a new one, or what a mended one says now. A posted one stays.

    The file of one that is not large after all is let go.
    """
    changed = connection.execute(
        update(GradeImport)
        .where(
            col(GradeImport.import_id) == item.import_id,
            col(GradeImport.institution_id) == item.institution_id,
            col(GradeImport.posted_at).is_(None),
        )
        .values(
            file_name=item.file_name,
            problems=[_problem_document(problem) for problem in item.problems],
            source=None if item.source is None else dict(item.source),
            is_large=item.is_large,
            summary=item.summary and dict(item.summary),
            **({} if item.is_large else {"content": None}),
            **_kept_rows(item.rows, is_large=item.is_large),
        )
    )
    if not changed.rowcount:
        add_import(connection, item, now=now)


def find_import(
    connection: Connection,
    import_id: str,
    institution_id: int,
    *,
    kind: str = GRADES,
    for_posting: bool = False,
    with_all_rows: bool = False,
) -> StoredImport | None:
    """An upload of this school and kind, or None. for_posting locks it to the end.

    with_all_rows: of a large one too, which takes a moment.
    """
    query = select(*(_COLUMNS_WITH_ALL if with_all_rows else _COLUMNS)).where(
        col(GradeImport.import_id) == import_id,
        col(GradeImport.institution_id) == institution_id,
        col(GradeImport.kind) == kind,
    )
    row = connection.execute(query.with_for_update() if for_posting else query).first()
    if row is None:
        return None
    return StoredImport(
        import_id=row.import_id,
        institution_id=row.institution_id,
        account_id=row.account_id,
        file_name=row.file_name,
        file_hash=row.file_hash,
        rows=_all_rows(row) if with_all_rows else row.rows,
        problems=tuple(_problem(document) for document in row.problems),
        posted_at=row.posted_at,
        kind=row.kind,
        source=row.source,
        batch_id=row.batch_id,
        reversed_at=row.reversed_at,
        is_large=row.is_large,
        summary=row.summary,
        created_at=row.created_at,
    )


def content_of(connection: Connection, import_id: str, institution_id: int) -> bytes | None:
    """The file of an upload that is read in the background; None once it is not needed."""
    found: bytes | None = connection.execute(
        select(col(GradeImport.content)).where(
            col(GradeImport.import_id) == import_id,
            col(GradeImport.institution_id) == institution_id,
        )
    ).scalar()
    return found


def keep_source(connection: Connection, import_id: str, source: Mapping[str, Any]) -> None:
    """Keep what was answered about an upload that is looked at again in the background."""
    connection.execute(
        update(GradeImport)
        .where(col(GradeImport.import_id) == import_id)
        .values(source=dict(source), problems=[])
    )


def drop_content(connection: Connection, import_id: str) -> None:
    """Let go of the file of an upload that nobody wants any more."""
    connection.execute(
        update(GradeImport).where(col(GradeImport.import_id) == import_id).values(content=None)
    )


def lock_file(connection: Connection, institution_id: int, file_hash: str) -> None:
    """Let one posting of a file go on at a time, until the transaction ends."""
    digest = hashlib.sha256(f"{institution_id}|{file_hash}".encode()).digest()
    key = int.from_bytes(digest[:8], signed=True)
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def note_posted(
    connection: Connection, import_id: str, *, now: datetime, batch_id: str | None = None
) -> None:
    """Note when an upload was posted, and as which batch; the first time stays.

    Of the file as read nothing is kept then; of marks and awards, what was mended.
    """
    source = col(GradeImport.source)
    mended = case(
        (
            col(GradeImport.kind).in_((GRADES, COMPETITION, INNOVATION)) & source.is_not(None),
            func.jsonb_build_object("edits", source["edits"]),
        ),
        else_=None,
    )
    connection.execute(
        update(GradeImport)
        .where(col(GradeImport.import_id) == import_id, col(GradeImport.posted_at).is_(None))
        .values(posted_at=now, batch_id=batch_id, source=mended, content=None)
    )


def note_reversed(connection: Connection, import_id: str, *, now: datetime) -> None:
    """Note when what an upload posted was taken back."""
    connection.execute(
        update(GradeImport)
        .where(col(GradeImport.import_id) == import_id, col(GradeImport.reversed_at).is_(None))
        .values(reversed_at=now)
    )


def replace_rows(
    connection: Connection,
    import_id: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    is_large: bool = False,
) -> None:
    """Keep of a posted upload only what these rows say."""
    connection.execute(
        update(GradeImport)
        .where(col(GradeImport.import_id) == import_id)
        .values(**_kept_rows(rows, is_large=is_large))
    )


def _kept_rows(rows: Sequence[Mapping[str, Any]], *, is_large: bool) -> dict[str, Any]:
    """Columns for rows: as they are, or the first of them and all of them packed."""
    if not is_large:
        return {"rows": [dict(row) for row in rows], "packed_rows": None}
    first = sorted(rows[:_SHOWN_FROM], key=lambda row: row["row"])[:SHOWN_MAX]
    packed = zlib.compress(orjson.dumps(rows), _PACKED_FAST)
    return {"rows": first, "packed_rows": packed}


def _all_rows(row: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 (a row of the select)
    if row.packed_rows is None:
        rows: Sequence[Mapping[str, Any]] = row.rows
        return rows
    unpacked: list[dict[str, Any]] = orjson.loads(zlib.decompress(row.packed_rows))
    return unpacked


def _problem_document(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "zh": problem.message.zh,
        "en": problem.message.en,
        "field": problem.field,
        "row": problem.row,
    }


def _problem(document: Mapping[str, Any]) -> Problem:
    message = Message(document["zh"], document["en"])
    return Problem(document["code"], message, field=document["field"], row=document["row"])
