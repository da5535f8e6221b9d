"""Grade sheets that are read in the background: kept as they came, then read and checked there.

What belongs here: the road of exchange.uploads for files that are too long to wait for. Their cells
are mended in the file, not on the page; their columns are asked about like everybody's.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from creditbank.domain.access import Actor
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import NotFoundError
from creditbank.domain.jobs import JobKind, Phase
from creditbank.domain.sheets import GradeSheet
from creditbank.domain.uploads import Upload
from creditbank.exchange.grade_sheets import read_matched_grades
from creditbank.exchange.limits import FILE_BYTES_MAX
from creditbank.exchange.matched_uploads import matched_upload, sheets_with_tables
from creditbank.exchange.refusals import Refusal, refusal
from creditbank.exchange.uploads import begin_upload, keep_sheets
from creditbank.exchange.workbooks import ParsedFile, read_workbook
from creditbank.services.grade_imports import MARKS_AT_ONCE, find_preview, preview_grade_sheet
from creditbank.services.jobs import put_in_line
from creditbank.services.uploads import (
    FILE_NAME_MAX,
    UploadedFile,
    find_upload,
    keep_unclear,
    school_of,
)
from creditbank.store.grade_imports import GRADES, StoredImport, add_import, content_of
from creditbank.store.unit_of_work import UnitOfWork

BYTES_AT_ONCE = 64 * 1024
"""Larger files are read in the background; of smaller ones, those that hold as much."""
_CELLS_AT_ONCE = 20_000
_ROWS_ASKED_ABOUT = 60
TellPhase = Callable[[Phase, int, int], None]


def begin_grade_upload(  # noqa: PLR0913 (a file is its name, its content and what it says)
    uow: UnitOfWork,
    actor: Actor,
    *,
    file_name: str,
    content: bytes,
    parsed: ParsedFile,
    chosen: Mapping[str, object],
    now: datetime,
) -> str:
    """Check a file of few bytes at once; put it in line where much comes out of it.

    Returns the upload's key. Raises as begin_upload.
    """
    upload = Upload(parsed.sheets, chosen)
    table, _courses = matched_upload(uow, actor, GRADES, upload)
    if _is_long(upload, read_matched_grades(table) if table.is_clear else None):
        return begin_large_upload(
            uow, actor, file_name=file_name, content=content, chosen=chosen, now=now
        )
    return begin_upload(
        uow, actor, GRADES, file_name=file_name, parsed=parsed, chosen=chosen, now=now
    )


def begin_large_upload(
    uow: UnitOfWork,
    actor: Actor,
    *,
    file_name: str,
    content: bytes,
    chosen: Mapping[str, object],
    now: datetime,
) -> str:
    """Keep a file and put its reading in line; returns the upload's key.

    Raises ForbiddenError, and InvalidInputError for a file that is larger than any.
    """
    institution_id = school_of(actor, GRADES)
    if len(content) > FILE_BYTES_MAX:
        raise refusal(Refusal.FILE_TOO_BIG)
    item = StoredImport(
        import_id=str(uuid.uuid4()),
        institution_id=institution_id,
        account_id=actor.account_id,
        file_name=file_name[-FILE_NAME_MAX:],
        file_hash=hashlib.sha256(content).hexdigest(),
        rows=[],
        problems=(),
        posted_at=None,
        source=Upload((), chosen).document,
        is_large=True,
    )
    add_import(uow.connection, item, now=now, content=content)
    put_in_line(
        uow,
        actor,
        JobKind.CHECK_GRADES,
        subject=item.import_id,
        title=item.file_name,
        details={},
        now=now,
    )
    return item.import_id


def check_large_upload(
    uow: UnitOfWork, actor: Actor, import_id: str, *, tell: TellPhase, now: datetime
) -> int:
    """Read a kept file and keep its preview, or what is to be asked; returns how many are new.

    One that is not so large after all becomes an upload like others. Raises NotFoundError, and
    InvalidInputError for a file that is not read.
    """
    item = find_upload(uow, actor, GRADES, import_id, for_change=True)
    content = content_of(uow.connection, import_id, item.institution_id)
    if content is None or item.source is None:
        raise NotFoundError
    tell(Phase.READING, 0, 0)
    parsed = read_workbook(content, is_large=True)
    upload = replace(Upload.kept(item.source), sheets=parsed.sheets)
    tell(Phase.CHECKING, 0, _row_count(upload))
    parts = sheets_with_tables(uow, actor, GRADES, upload)
    if len(parts) > 1:
        if any(_is_long(replace(upload, sheets=(sheet,)), None) for sheet in parts):
            raise refusal(Refusal.LONG_SHEETS, "、".join(sheet.name for sheet in parts))
        keep_sheets(
            uow, actor, _file(item, upload, is_large=False), parts, now=item.created_at or now
        )
        return find_preview(uow, actor, import_id).counts.new
    table, _courses = matched_upload(uow, actor, GRADES, upload)
    sheet = read_matched_grades(table) if table.is_clear else None
    file = _file(item, upload, is_large=_is_long(upload, sheet))
    if sheet is None:
        keep_unclear(uow, actor, GRADES, file, now=now)
        return 0
    chosen = upload.chosen
    return preview_grade_sheet(
        uow,
        actor,
        file_name=item.file_name,
        file_hash=item.file_hash,
        source=None if file.is_large else upload,
        import_id=import_id,
        sheet=sheet,
        term=Term.parse(chosen["term"]) if chosen.get("term") else None,
        exam_kind=ExamKind(chosen["exam_kind"]) if chosen.get("exam_kind") else None,
        now=now,
        is_large=file.is_large,
        tell=partial(tell, Phase.CHECKING),
    ).counts.new


def _row_count(upload: Upload) -> int:
    return sum(len(sheet.rows) for sheet in upload.sheets)


def _is_long(upload: Upload, sheet: GradeSheet | None) -> bool:
    """Whether more comes out of a file than is checked, shown and posted while a page waits.

    sheet: None while its columns are asked about.
    """
    cells = sum(len(row) for found in upload.sheets for row in found.rows)
    marks = sum(len(row.marks) for row in sheet.rows) if sheet else 0
    return max(_row_count(upload), marks) > MARKS_AT_ONCE or cells > _CELLS_AT_ONCE


def _file(item: StoredImport, upload: Upload, *, is_large: bool) -> UploadedFile:
    """What is kept of the file: all of a short one, the beginning of a long one for questions."""
    beginning = replace(
        upload,
        sheets=tuple(
            replace(sheet, rows=sheet.rows[:_ROWS_ASKED_ABOUT], faults=(), merged=())
            for sheet in upload.sheets
        ),
    )
    return UploadedFile(
        item.file_name,
        item.file_hash,
        item.import_id,
        beginning if is_large else upload,
        is_large=is_large,
    )
