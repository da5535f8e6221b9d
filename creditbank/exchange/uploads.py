"""An upload from its sheets to its preview: columns matched, asked or answered, cells mended.

What belongs here: the road that grade sheets, class lists and lists of awards have in common. What
they mean is told by the service of each kind, which is called anew whenever something was mended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from creditbank.domain.access import Actor
from creditbank.domain.columns import IGNORED, Column, MatchedTable, course_in
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import NotFoundError, Problem
from creditbank.domain.jobs import JobKind
from creditbank.domain.sheets import ParsedSheet
from creditbank.domain.uploads import Upload
from creditbank.exchange.class_lists import matched_class_list
from creditbank.exchange.grade_sheets import read_matched_grades
from creditbank.exchange.headed_tables import matched_list
from creditbank.exchange.heading_words import heading_words, mark_words
from creditbank.exchange.matched_uploads import matched_upload, sheets_with_tables, stated_term
from creditbank.exchange.national_sheets import match_national, sheet_versions
from creditbank.exchange.refusals import Refusal, refusal
from creditbank.exchange.workbooks import ParsedFile
from creditbank.services.award_sheets import preview_award_sheet
from creditbank.services.class_lists import enrolment_of, preview_class_list
from creditbank.services.grade_imports import preview_grade_sheet
from creditbank.services.jobs import put_in_line
from creditbank.services.mends import suggested_text
from creditbank.services.national_sheets import preview_national_sheet
from creditbank.services.uploads import (
    SchoolCourses,
    UploadedFile,
    course_text,
    find_upload,
    is_answer,
    keep_unclear,
    remember_columns,
)
from creditbank.store.grade_imports import (
    COMPETITION,
    GRADES,
    INNOVATION,
    LEARNERS,
    NATIONAL_SHEET,
    StoredImport,
    keep_source,
)
from creditbank.store.unit_of_work import UnitOfWork

Cells = Mapping[tuple[int, str], str]
"""Text by row and letters of the column."""


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """An upload that can still be mended: as kept, as read, and what its columns mean."""

    item: StoredImport
    upload: Upload
    table: MatchedTable
    courses: SchoolCourses | None

    @property
    def fields(self) -> Mapping[str, str]:
        """What a column may be asked to be: fields with their headings; of the national none."""
        if self.item.kind == NATIONAL_SHEET:
            return {}
        words = heading_words(self.item.kind)
        return {field: words.heading_of(field) for field in words.fields}

    @property
    def lacks_term(self) -> bool:
        """Whether neither the page nor the sheet says of which term these marks are."""
        if self.item.kind != GRADES or "term" in self.table.places:
            return False
        return stated_term(self.upload, self.table) is None

    def text(self, row: int, letters: str) -> str:
        """What stands in a cell now."""
        return self.table.sheet.text(row, column_number(letters))


def begin_upload(  # noqa: PLR0913 (a file is its name, its hash and its content)
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    *,
    file_name: str,
    parsed: ParsedFile,
    chosen: Mapping[str, object],
    now: datetime,
) -> str:
    """Look at a file that was read, and keep its preview or what is to be asked; returns its key.

    Of several sheets with a table each becomes an upload of its own; the key is of the first.
    chosen: what was chosen beside it, as the kind needs it. Raises InvalidInputError where there is
    no table, and ForbiddenError.
    """
    upload = Upload(parsed.sheets, chosen)
    file = UploadedFile(file_name, parsed.file_hash, source=upload)
    parts = sheets_with_tables(uow, actor, kind, upload)
    if len(parts) > 1:
        return keep_sheets(uow, actor, file, parts, kind=kind, now=now)
    return _check(uow, actor, kind, file, upload, now=now)


def keep_sheets(
    uow: UnitOfWork,
    actor: Actor,
    file: UploadedFile,
    sheets: Sequence[ParsedSheet],
    *,
    kind: str = GRADES,
    now: datetime,
) -> str:
    """Look at each sheet of a file as an upload of its own; returns the first one's key."""
    keys: list[str] = []
    for at, sheet in enumerate(sheets):
        upload = Upload((sheet,), file.source.chosen if file.source else {})
        part = UploadedFile(
            f"{file.file_name} · {sheet.name} ({at + 1}/{len(sheets)})",
            file.file_hash,
            "" if keys else file.import_id,
            upload,
        )
        moment = now + timedelta(microseconds=at)  # so that they are listed in their order
        keys.append(_check(uow, actor, kind, part, upload, now=moment))
    return keys[0]


def open_upload(
    uow: UnitOfWork, actor: Actor, kind: str, import_id: str, *, for_change: bool = False
) -> OpenUpload | None:
    """An upload that can still be mended; None once it is posted. Raises NotFoundError."""
    item = find_upload(uow, actor, kind, import_id, for_change=for_change)
    if item.source is None or item.posted_at is not None or not item.source["sheets"]:
        return None
    upload = Upload.kept(item.source)
    table, courses = matched_upload(uow, actor, kind, upload)
    return OpenUpload(item, upload, table, courses)


def mend_cells(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    import_id: str,
    cells: Cells,
    *,
    now: datetime,
) -> None:
    """Put other texts into cells and look at the whole again.

    Raises NotFoundError for an upload or a cell that there is not, or that is posted.
    """
    opened = _opened(uow, actor, kind, import_id)
    if opened.item.is_large:
        raise NotFoundError
    upload = opened.upload
    try:
        for (row, letters), text in cells.items():
            upload = upload.with_edit(opened.table.sheet, row, column_number(letters), text)
    except IndexError as error:
        raise NotFoundError from error
    _check_again(uow, actor, opened, upload, now=now)


def answer_columns(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    import_id: str,
    said: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    """Take what columns (by letters) mean, remember it for the school's next file, and look again.

    A column such as 期末, which is of another course in each file, is answered for this one alone.
    Raises NotFoundError, or InvalidInputError for a meaning that there is not.
    """
    opened = _opened(uow, actor, kind, import_id)
    columns = {column.letters: column for column in opened.table.columns}
    answers: dict[str, str] = {}
    for letters, meaning in said.items():
        column = columns.get(letters)
        if column is None or not is_answer(opened.fields, opened.courses, meaning):
            raise NotFoundError
        answers[column.key] = meaning
    kept = {key: meaning for key, meaning in answers.items() if _is_of_every_file(key, meaning)}
    remember_columns(uow, actor, kind, opened.table, kept, now=now)
    upload = replace(opened.upload, answers={**opened.upload.answers, **answers})
    _check_again(uow, actor, opened, upload, now=now)


def choose_term(
    uow: UnitOfWork,
    actor: Actor,
    import_id: str,
    *,
    term: Term | None,
    exam_kind: ExamKind | None,
    now: datetime,
) -> None:
    """Say of which term and kind of exam a grade sheet is, where its head does not; look again.

    None: as the sheet says. Raises NotFoundError, InvalidInputError.
    """
    opened = _opened(uow, actor, GRADES, import_id)
    said = {"term": term.code if term else "", "exam_kind": exam_kind.value if exam_kind else ""}
    upload = replace(opened.upload, chosen={**opened.upload.chosen, **said})
    _check_again(uow, actor, opened, upload, now=now)


def suggestions(opened: OpenUpload, problems: tuple[Problem, ...]) -> Cells:
    """What the cells of these problems were probably meant to say, by row and column."""
    columns = {column.letters: column for column in opened.table.columns}
    courses = [course_text(course) for course in opened.courses.likely] if opened.courses else []
    found: dict[tuple[int, str], str] = {}
    for problem in problems:
        column = columns.get(problem.field)
        if problem.row is None or column is None:
            continue
        text = suggested_text(
            problem,
            meaning=_word(column),
            text=opened.text(problem.row, column.letters),
            row=_row(opened, problem.row),
            courses=courses,
            words=_words(opened, column),
        )
        if text:
            found.setdefault((problem.row, column.letters), text)
    return found


def skipped_rows(opened: OpenUpload) -> tuple[int, ...]:
    """Rows of a grade sheet that sum up or say something, and are read as no learner's."""
    if opened.item.kind != GRADES or not opened.table.is_clear:
        return ()
    return read_matched_grades(opened.table).skipped_rows


def column_number(letters: str) -> int:
    """The number of a column from its letters: A is 1, AA is 27; 0 for anything else."""
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - 64
    return number


def _word(column: Column) -> str:
    return "" if course_in(column.meaning) is not None else column.meaning


def _words(opened: OpenUpload, column: Column) -> Sequence[str]:
    """The words that a column of the national sheet takes."""
    if opened.item.kind != NATIONAL_SHEET:
        return ()
    version = sheet_versions()[opened.item.rows[0]["version"]]
    heading = version.heading_of.get(column.meaning, column.meaning)
    return version.lists.get(heading, ())


def _row(opened: OpenUpload, row: int) -> dict[str, str]:
    return {
        column.meaning: opened.table.sheet.text(row, column.number)
        for column in opened.table.columns
        if column.meaning
    }


def _opened(uow: UnitOfWork, actor: Actor, kind: str, import_id: str) -> OpenUpload:
    opened = open_upload(uow, actor, kind, import_id, for_change=True)
    if opened is None:
        raise NotFoundError
    return opened


def _is_of_every_file(key: str, meaning: str) -> bool:
    parts = mark_words().totals | mark_words().components | {""}
    return key not in parts or (meaning != IGNORED and course_in(meaning) is None)


def _check_again(
    uow: UnitOfWork, actor: Actor, opened: OpenUpload, upload: Upload, *, now: datetime
) -> None:
    item = opened.item
    if item.is_large:
        keep_source(uow.connection, item.import_id, upload.document)
        put_in_line(
            uow,
            actor,
            JobKind.CHECK_GRADES,
            subject=item.import_id,
            title=item.file_name,
            details={},
            now=now,
        )
        return
    file = UploadedFile(item.file_name, item.file_hash, item.import_id, upload)
    _check(uow, actor, item.kind, file, upload, now=now)


def _check(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    file: UploadedFile,
    upload: Upload,
    *,
    now: datetime,
) -> str:
    table, _courses = matched_upload(uow, actor, kind, upload)
    if not table.is_clear:
        return keep_unclear(uow, actor, kind, file, now=now)
    return _CHECKS[kind](uow, actor, file, table, now=now)


def _check_national(
    uow: UnitOfWork, actor: Actor, file: UploadedFile, table: MatchedTable, *, now: datetime
) -> str:
    version, _ = match_national((table.sheet,))
    meanings = {column.meaning for column in table.columns} - {IGNORED}
    found = matched_list(table, {meaning: meaning for meaning in meanings}, ("name", "student_no"))
    if not found.rows and not found.problems:
        raise refusal(Refusal.NO_LEARNERS)
    return preview_national_sheet(uow, actor, file, version=version, found=found, now=now)


def _check_grades(
    uow: UnitOfWork, actor: Actor, file: UploadedFile, table: MatchedTable, *, now: datetime
) -> str:
    chosen = file.source.chosen if file.source else {}
    return preview_grade_sheet(
        uow,
        actor,
        file_name=file.file_name,
        file_hash=file.file_hash,
        source=file.source,
        import_id=file.import_id,
        sheet=read_matched_grades(table),
        term=Term.parse(chosen["term"]) if chosen.get("term") else None,
        exam_kind=ExamKind(chosen["exam_kind"]) if chosen.get("exam_kind") else None,
        now=now,
    ).import_id


def _check_learners(
    uow: UnitOfWork, actor: Actor, file: UploadedFile, table: MatchedTable, *, now: datetime
) -> str:
    chosen = file.source.chosen if file.source else {}
    return preview_class_list(
        uow,
        actor,
        file_name=file.file_name,
        file_hash=file.file_hash,
        source=file.source,
        import_id=file.import_id,
        found=matched_class_list(table),
        enrolment=enrolment_of(chosen),
        now=now,
    ).import_id


def _check_awards(
    uow: UnitOfWork, actor: Actor, file: UploadedFile, table: MatchedTable, *, now: datetime
) -> str:
    kind = str(file.source.chosen["kind"]) if file.source else COMPETITION
    words = heading_words(kind)
    found = matched_list(table, {field: field for field in words.fields}, words.identities)
    if not found.rows and not found.problems:
        raise refusal(Refusal.NO_AWARDS)
    return preview_award_sheet(uow, actor, file, kind=kind, found=found, now=now)


_Check = Callable[..., str]
_CHECKS: Mapping[str, _Check] = {
    GRADES: _check_grades,
    LEARNERS: _check_learners,
    NATIONAL_SHEET: _check_national,
    COMPETITION: _check_awards,
    INNOVATION: _check_awards,
}
