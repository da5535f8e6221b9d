"""Uploads that can be mended where they are: found, answered, kept again. They post nothing.

When to use: between reading a file (exchange) and the service of its kind: grade_imports,
class_lists, award_sheets. Whoever may post a kind may mend and answer; another school's upload is
not found.
"""

from __future__ import annotations

import difflib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import OperationalError

from creditbank.domain.access import Actor, decide
from creditbank.domain.columns import MatchedTable, course_in
from creditbank.domain.errors import BusyError, ForbiddenError, Message, NotFoundError, Problem
from creditbank.domain.permissions import Action
from creditbank.domain.uploads import Upload
from creditbank.services.course_headings import CourseBook
from creditbank.services.named_learners import folded
from creditbank.services.written_marks import RefusedCellError
from creditbank.store.column_answers import (
    add_column_answer,
    answers_of_signature,
    column_answers,
)
from creditbank.store.grade_imports import (
    COMPETITION,
    GRADES,
    INNOVATION,
    LEARNERS,
    NATIONAL_SHEET,
    StoredImport,
    TaughtCourse,
    courses_of,
    find_import,
    keep_preview,
)
from creditbank.store.unit_of_work import UnitOfWork

ACTIONS: Mapping[str, Action] = {
    GRADES: Action.IMPORT_GRADES,
    LEARNERS: Action.REGISTER_LEARNER,
    NATIONAL_SHEET: Action.REGISTER_LEARNER,
    COMPETITION: Action.POST_CREDIT,
    INNOVATION: Action.POST_CREDIT,
}
"""Who may upload what."""
FILE_NAME_MAX = 120
_NEAR = 0.5
_NUMBERED = re.compile(r"\(?(?:[0-9]|[一二三四五六]|i{1,3}|iv|v|[上下]册?)\)?$")
_LOCKED = "55P03"
_BUSY = Message(
    "同一文件正在处理,请稍候再试。", "The same file is being worked on; try again in a moment."
)

COLUMNS_UNCLEAR = Problem(
    "columns_unclear",
    Message(
        "有的列还不知道是什么,请先选定。",
        "Some columns are not known yet; say what they are first.",
    ),
)


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """Which file. import_id: of an upload that is looked at again, "" for a new one.

    source: as it will be kept, None where nothing of it can be mended. is_large: read in the
    background, of which source holds the beginning.
    """

    file_name: str
    file_hash: str
    import_id: str = ""
    source: Upload | None = None
    is_large: bool = False

    @property
    def key(self) -> str:
        """The upload's own number, new for a new one."""
        return self.import_id or str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class SchoolCourses:
    """The courses of one school as headings may name them."""

    courses: tuple[TaughtCourse, ...]
    book: CourseBook = field(repr=False)
    planned: frozenset[str] = frozenset()
    """Codes of those that the file's learners are taught in its term, where that is known."""

    @property
    def likely(self) -> tuple[TaughtCourse, ...]:
        """Those of the plans, or all where no plan is known."""
        planned = tuple(course for course in self.courses if course.code in self.planned)
        return planned or self.courses

    def written(self, heading: str) -> str | None:
        """How the course is written that a heading names; None where it names none or several.

        A heading that contradicts itself, such as 数学(GG01), stays as it is, so that whoever reads
        the marks says so. Of courses with one name, or with numbers behind it, the planned one is
        meant.
        """
        try:
            course = self.book.find(heading)
        except RefusedCellError as error:
            if error.code not in {"unknown_course", "course_ambiguous"}:
                return heading
            name = folded(heading)
            named = [
                course
                for course in self.courses
                if course.code in self.planned and name in _names(course)
            ]
            return course_text(named[0]) if len(named) == 1 else None
        return course_text(course)

    def guess(self, text: str) -> str | None:
        """The course that a heading or a title may well mean."""
        within = [course for course in self.likely if course.name in text]
        if within:
            return course_text(max(within, key=lambda course: len(course.name)))
        names = {course.name: course for course in self.likely}
        near = difflib.get_close_matches(text, names, n=2, cutoff=_NEAR)
        # Of 语文1 and 语文2 neither is nearer, and a wrong guess is worse than none.
        ratios = [difflib.SequenceMatcher(None, name, text).ratio() for name in near]
        is_one = bool(near) and len(set(ratios)) == len(ratios)
        return course_text(names[near[0]]) if is_one else None


def _names(course: TaughtCourse) -> frozenset[str]:
    """A course's name, and the same without the number of its term: 语文3 is 语文."""
    name = folded(course.name)
    return frozenset({name, _NUMBERED.sub("", name)})


def course_text(course: TaughtCourse) -> str:
    """A course as a heading names it without doubt."""
    return f"{course.name}({course.code})"


def school_of(actor: Actor, kind: str) -> int:
    """The school whose upload this is. Raises ForbiddenError."""
    decide(actor, ACTIONS[kind])
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id


def school_courses(uow: UnitOfWork, actor: Actor) -> SchoolCourses:
    """The courses of the actor's school."""
    courses = courses_of(uow.connection, school_of(actor, GRADES))
    return SchoolCourses(courses, CourseBook(courses))


def earlier_answers(
    uow: UnitOfWork, actor: Actor, kind: str, signature: str = ""
) -> dict[str, str]:
    """What the school has said of headings; what it said of a file like this one goes above."""
    institution_id = school_of(actor, kind)
    found = column_answers(uow.connection, institution_id, kind)
    if signature:
        found |= answers_of_signature(uow.connection, institution_id, kind, signature)
    return found


def remember_columns(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    table: MatchedTable,
    answers: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    """Keep what the school said of this file's columns for the next one like it."""
    if answers:
        add_column_answer(
            uow.connection,
            institution_id=school_of(actor, kind),
            kind=kind,
            signature=table.signature,
            columns=answers,
            answered_by=actor.account_id,
            now=now,
        )


def is_answer(kind_fields: Mapping[str, object], courses: SchoolCourses | None, said: str) -> bool:
    """Whether a meaning can be one: a field of the kind, a course of the school, or nothing."""
    course = course_in(said)
    if course is not None:
        return courses is not None and courses.written(course) == course
    return said == "-" or said in kind_fields


def find_upload(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    import_id: str,
    *,
    for_change: bool = False,
    with_all_rows: bool = False,
) -> StoredImport:
    """An upload of this kind and school. Raises ForbiddenError, NotFoundError or BusyError."""
    institution_id = school_of(actor, kind)
    try:
        item = find_import(
            uow.connection,
            import_id,
            institution_id,
            kind=kind,
            for_posting=for_change,
            with_all_rows=with_all_rows,
        )
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != _LOCKED:
            raise
        raise BusyError(_BUSY) from error
    if item is None:
        raise NotFoundError
    return item


def keep_unclear(
    uow: UnitOfWork, actor: Actor, kind: str, file: UploadedFile, *, now: datetime
) -> str:
    """Keep an upload whose columns are to be asked about; it cannot be posted. Returns its key."""
    key = file.key
    keep_preview(
        uow.connection,
        StoredImport(
            import_id=key,
            institution_id=school_of(actor, kind),
            account_id=actor.account_id,
            file_name=file.file_name[-FILE_NAME_MAX:],
            file_hash=file.file_hash,
            rows=[],
            problems=(COLUMNS_UNCLEAR,),
            posted_at=None,
            kind=kind,
            source=file.source.document if file.source else None,
            is_large=file.is_large,
        ),
        now=now,
    )
    return key
