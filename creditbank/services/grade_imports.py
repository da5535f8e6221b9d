"""Grade sheets: previewed with every problem named by cell, then posted all or nothing.

When to use: for files, after creditbank.exchange has read them. Pasted rows are in
services.pasted_rows. Uploading the same file again, at once or a year later, posts nothing twice:
what already stands is left out, and what stands with another mark is a problem.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    BusyError,
    ForbiddenError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import GradeSheet
from creditbank.domain.uploads import Upload
from creditbank.services.commands import PostCourseCredit
from creditbank.services.course_batches import check_marks, post_marks
from creditbank.services.grade_resolution import ResolvedMark, resolve_sheet
from creditbank.services.kept_marks import kept_marks, mark_document
from creditbank.services.school_rules import SchoolRules
from creditbank.services.second_person import hold_to_second_person
from creditbank.services.staged_entries import Tell, tell_nobody
from creditbank.store.booked_marks import BookedMark, MarkKey, booked_marks
from creditbank.store.grade_imports import (
    SHOWN_MAX,
    ListedLearner,
    StoredImport,
    find_import,
    keep_preview,
    listed_learners,
    lock_file,
    note_posted,
    replace_rows,
)
from creditbank.store.unit_of_work import UnitOfWork

MARKS_MAX = 100_000
"""Marks in one file."""
MARKS_AT_ONCE = 2_000
"""Up to here a file is checked and posted while the page waits."""
_PROBLEMS_KEPT = 500
_FILE_NAME_MAX = 120

ALREADY_POSTED = Message(
    "已经全部入账,没有新内容。", "All of it is in the ledger already; there is nothing new."
)
"""What to say when post_grade_import answers that it was posted before."""


@dataclass(frozen=True, slots=True)
class PostedImport:
    """What a posting did. replayed: everything stood already, nothing was posted."""

    batch_id: str
    count: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How many marks are new, stand already or are blank, and how many learners have new ones."""

    new: int
    booked: int
    blank: int
    learners: int


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an upload would do. problems: if there are any, nothing of it can be posted.

    new: marks that would be posted; booked: marks that stand already, left out. learners: number
    and name of whom it is about, by learner_id; whoever shows them logs the access. posted_at: set
    once the upload was posted. Of a large one all of this is the first part, counts are of all;
    is_checked: once it was read.
    """

    import_id: str
    file_name: str
    new: tuple[ResolvedMark, ...]
    booked: tuple[ResolvedMark, ...]
    problems: tuple[Problem, ...]
    learners: Mapping[int, ListedLearner]
    counts: ImportCounts
    posted_at: datetime | None = None
    reversed_at: datetime | None = None
    is_large: bool = False
    is_checked: bool = True


def preview_grade_sheet(  # noqa: PLR0913 (a file is its name, its hash and its content)
    uow: UnitOfWork,
    actor: Actor,
    *,
    file_name: str,
    file_hash: str,
    source: Upload | None = None,
    import_id: str = "",
    sheet: GradeSheet,
    term: Term | None,
    exam_kind: ExamKind | None,
    now: datetime,
    is_large: bool = False,
    tell: Tell = tell_nobody,
) -> ImportPreview:
    """Check a sheet against school and ledger, and keep it for posting. Posts nothing.

    file_hash: SHA-256 hex of the file. source, import_id: the upload as it can be mended, and its
    key where it is looked at again, see services.uploads. term, exam_kind: as chosen beside the
    upload, None for "as the sheet says". is_large: it is shown in part and posted in the
    background; tell hears how far the check is. Raises ForbiddenError.
    """
    institution_id = _school_of(actor)
    resolution = resolve_sheet(
        uow.connection,
        institution_id,
        sheet,
        term=term,
        exam_kind=exam_kind,
        today=local_date(now),
    )
    new, booked, conflicts = against_ledger(uow, institution_id, resolution.marks)
    problems = [*resolution.problems, *conflicts]
    if len(new) > MARKS_MAX:
        problems.append(_too_many(len(new)))
    elif new:
        problems += placed(check_marks(uow, actor, _commands(new), now=now, tell=tell), new)
    rows = [mark_document(mark) for mark in (*new, *booked)]
    counts = ImportCounts(
        len(new), len(booked), sheet.blank_count, len({mark.command.learner_id for mark in new})
    )
    shown = resolution.marks[:SHOWN_MAX] if is_large else resolution.marks
    preview = ImportPreview(
        import_id=import_id or str(uuid.uuid4()),
        file_name=file_name[-_FILE_NAME_MAX:],
        new=tuple(new),
        booked=tuple(booked),
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)[:_PROBLEMS_KEPT]),
        learners=_listed(uow, institution_id, shown),
        counts=counts,
        is_large=is_large,
    )
    keep_preview(
        uow.connection,
        StoredImport(
            import_id=preview.import_id,
            institution_id=institution_id,
            account_id=actor.account_id,
            file_name=preview.file_name,
            file_hash=file_hash,
            rows=rows,
            problems=preview.problems,
            posted_at=None,
            source=source.document if source else None,
            is_large=is_large,
            summary=asdict(counts) if is_large else None,
        ),
        now=now,
    )
    return preview


def find_preview(uow: UnitOfWork, actor: Actor, import_id: str) -> ImportPreview:
    """An earlier preview as the ledger sees it now. Raises ForbiddenError or NotFoundError."""
    institution_id = _school_of(actor)
    item = find_import(uow.connection, import_id, institution_id)
    if item is None:
        raise NotFoundError
    marks = kept_marks(item.rows)
    new, booked, conflicts = against_ledger(uow, institution_id, marks)
    counts = ImportCounts(len(new), len(booked), 0, len({mark.command.learner_id for mark in new}))
    if item.is_large:
        conflicts = []  # found in the first part alone; the posting looks at all of them
        counts = ImportCounts(**(item.summary or asdict(counts)))
    return ImportPreview(
        import_id=item.import_id,
        file_name=item.file_name,
        new=tuple(new),
        booked=tuple(booked),
        problems=(*item.problems, *conflicts),
        learners=_listed(uow, institution_id, marks),
        counts=counts,
        posted_at=item.posted_at,
        reversed_at=item.reversed_at,
        is_large=item.is_large,
        is_checked=not item.is_large or item.summary is not None,
    )


def post_grade_import(
    uow: UnitOfWork,
    actor: Actor,
    import_id: str,
    *,
    now: datetime,
    tell: Tell = tell_nobody,
) -> PostedImport:
    """Post a previewed sheet, all or nothing.

    What stands already is left out, so a second posting finds nothing to do: the lock of the file
    and the natural keys need no other answer to be kept. Raises ForbiddenError, NotFoundError,
    BusyError, or InvalidInputError whose problems name the cells.
    """
    institution_id = _school_of(actor)
    try:
        item = find_import(
            uow.connection, import_id, institution_id, for_posting=True, with_all_rows=True
        )
        if item is None:
            raise NotFoundError
        lock_file(uow.connection, institution_id, item.file_hash)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "55P03":
            raise
        raise BusyError(_BUSY) from error
    if item.reversed_at is not None:
        raise refused(TAKEN_BACK)
    marks = kept_marks(item.rows)
    new, booked, conflicts = against_ledger(uow, institution_id, marks)
    if item.problems or conflicts:
        raise _refusal((*item.problems, *conflicts))
    if not new:
        note_posted(uow.connection, import_id, now=now)
        return PostedImport(batch_id=import_id, count=0, replayed=True)
    commands = _commands(new)
    hold_to_second_person(uow, institution_id, commands, now=now)
    try:
        posted = post_marks(uow, actor, commands, now=now, tell=tell)
    except InvalidInputError as error:
        raise _refusal(placed(error.problems, new)) from error
    rows = _posted_rows(item, new, booked, posted.ledger_seqs)
    replace_rows(uow.connection, import_id, rows, is_large=item.is_large)
    note_posted(uow.connection, import_id, now=now, batch_id=posted.batch_id)
    return PostedImport(posted.batch_id, len(new))


def _posted_rows(
    item: StoredImport,
    new: Sequence[ResolvedMark],
    booked: Sequence[ResolvedMark],
    ledger_seqs: Sequence[int],
) -> list[dict[str, Any]]:
    """The rows with the entry that each of them made, so that the batch can be taken back."""
    kept = {(row["row"], row["column"]): row for row in item.rows}
    made = [
        {**kept[mark.row, mark.column], "ledger_seq": ledger_seq}
        for mark, ledger_seq in zip(new, ledger_seqs, strict=True)
    ]
    stand = [{"ledger_seq": None, **kept[mark.row, mark.column]} for mark in booked]
    return made + stand


def _school_of(actor: Actor) -> int:
    decide(actor, Action.IMPORT_GRADES)
    if actor.institution_id is None:
        raise ForbiddenError
    return actor.institution_id


def against_ledger(
    uow: UnitOfWork, institution_id: int, marks: Sequence[ResolvedMark]
) -> tuple[list[ResolvedMark], list[ResolvedMark], list[Problem]]:
    """Which marks are new, which stand already, and which stand with another mark.

    Of a sheet in a file and of one that is entered on a page (services.grade_drafts).
    """
    standing = _booked(uow, institution_id, marks)
    rules = SchoolRules(uow.connection)

    new: list[ResolvedMark] = []
    booked: list[ResolvedMark] = []
    conflicts: list[Problem] = []
    for mark in marks:
        entry = standing.get(mark.key) if standing else None
        if entry is None or entry.ledger_seq is None:
            new.append(mark)
            continue
        found = rules.mark(institution_id, mark.command)
        # What can't be read is new, so that the check of the commands says what is wrong with it.
        if isinstance(found, Problem):
            new.append(mark)
        elif found.text == entry.mark:
            booked.append(mark)
        else:
            conflicts.append(mark.problem("already_booked", _OTHER_MARK_STANDS))
    return new, booked, conflicts


def _listed(
    uow: UnitOfWork, institution_id: int, marks: Sequence[ResolvedMark]
) -> Mapping[int, ListedLearner]:
    learner_ids = {mark.command.learner_id for mark in marks}
    return listed_learners(uow.connection, institution_id, learner_ids)


def _booked(
    uow: UnitOfWork, institution_id: int, marks: Sequence[ResolvedMark]
) -> Mapping[MarkKey, BookedMark]:
    return booked_marks(
        uow.connection,
        institution_id,
        learner_ids={mark.command.learner_id for mark in marks},
        terms={mark.command.term for mark in marks},
        course_codes={mark.command.course_code for mark in marks},
    )


def _commands(marks: Sequence[ResolvedMark]) -> list[PostCourseCredit]:
    return [mark.command for mark in marks]


def placed(problems: Sequence[Problem], marks: Sequence[ResolvedMark]) -> list[Problem]:
    """Problems of commands (rows from 1) as problems of the cells they came from."""
    return [
        problem
        if problem.row is None
        else marks[problem.row - 1].problem(problem.code, problem.message)
        for problem in problems
    ]


def _too_many(count: int) -> Problem:
    return Problem(
        "row_count",
        Message(
            f"文件中有{count}个成绩,一次最多{MARKS_MAX}个,请分成几个文件上传。",
            f"The file holds {count} marks, at most {MARKS_MAX} at once; upload it in parts.",
        ),
    )


def _refusal(problems: Sequence[Problem]) -> InvalidInputError:
    count = len(problems)
    return InvalidInputError(
        Message(
            f"共有{count}处问题,全部未入账;请在表中修改后重新上传。",
            f"{count} problems; nothing was posted. Mend the sheet and upload it again.",
        ),
        problems=tuple(problems),
    )


TAKEN_BACK = Problem(
    "taken_back",
    Message(
        "这一批已经整批冲销;如需重新入账,请重新上传文件。",
        "This batch was taken back; upload the file again to post it anew.",
    ),
)
_OTHER_MARK_STANDS = Message(
    "账中已有这次考试的另一成绩;如需更正,请先冲销原记录再重新上传。",
    "another mark for this exam is in the ledger; to correct it, reverse that entry first.",
)
_BUSY = Message(
    "同一文件正在入账,请稍候刷新查看结果。",
    "The same file is being posted at this moment; look again shortly.",
)
