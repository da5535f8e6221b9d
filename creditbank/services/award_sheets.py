"""Lists of awards and certificates as files: previewed by cell, posted all or nothing.

When to use: for files, after creditbank.exchange has read them. The rows go by the rules of pasted
ones (services.pasted_awards). What stands in the ledger exactly as the row says is left out, so
that the same file again posts nothing; what stands otherwise is a problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.exc import OperationalError

from creditbank.domain.access import Actor
from creditbank.domain.errors import BusyError, InvalidInputError, Message, Problem, refused
from creditbank.domain.evidence import innovation_evidence_key, same_award
from creditbank.domain.ledger import EntryKind
from creditbank.domain.sheets import ListedRow, ListedTable
from creditbank.services.commands import (
    BatchReport,
    PostCompetitionCredit,
    PostCredit,
    PostInnovationCredit,
    evidence_number,
)
from creditbank.services.credits import BATCH_MAX, post_many
from creditbank.services.grade_imports import TAKEN_BACK
from creditbank.services.pasted_rows import FoundRows, award_rows, check_rows
from creditbank.services.pasted_table import PastedRow
from creditbank.services.uploads import FILE_NAME_MAX, UploadedFile, find_upload, school_of
from creditbank.store.grade_imports import (
    ListedLearner,
    StoredImport,
    keep_preview,
    listed_learners,
    lock_file,
    note_posted,
    replace_rows,
)
from creditbank.store.ledger import entries_of, reversed_seqs
from creditbank.store.unit_of_work import UnitOfWork

_PROBLEMS_KEPT = 500


@dataclass(frozen=True, slots=True)
class AwardPreview:
    """What a list would post. problems: if there are any, nothing of it can be posted.

    booked: rows that stand already. learners: of whom it speaks, by id; whoever shows them logs it.
    """

    import_id: str
    file_name: str
    rows: tuple[ListedRow, ...]
    columns: Mapping[str, str]
    booked: frozenset[int]
    new_count: int
    problems: tuple[Problem, ...]
    learners: Mapping[int, ListedLearner]
    posted_at: datetime | None = None
    reversed_at: datetime | None = None


def preview_award_sheet(
    uow: UnitOfWork,
    actor: Actor,
    file: UploadedFile,
    *,
    kind: str,
    found: ListedTable,
    now: datetime,
) -> str:
    """Check a list of one kind (competition, innovation) and keep it; returns its key."""
    read = _read(uow, actor, kind, found, now=now)
    key = file.key
    keep_preview(
        uow.connection,
        StoredImport(
            import_id=key,
            institution_id=school_of(actor, kind),
            account_id=actor.account_id,
            file_name=file.file_name[-FILE_NAME_MAX:],
            file_hash=file.file_hash,
            rows=_documents(found, read),
            problems=read.problems[:_PROBLEMS_KEPT],
            posted_at=None,
            kind=kind,
            source=file.source.document if file.source else None,
        ),
        now=now,
    )
    return key


def find_award_sheet(
    uow: UnitOfWork, actor: Actor, kind: str, import_id: str, *, now: datetime
) -> AwardPreview:
    """An earlier preview as the ledger sees it now. Raises ForbiddenError or NotFoundError."""
    item = find_upload(uow, actor, kind, import_id)
    head, *rows = item.rows or [{"columns": {}}]
    learner_ids = {row["learner_id"] for row in rows if row["learner_id"]}
    problems, booked = item.problems, frozenset(row["row"] for row in rows if row["is_booked"])
    new_count = len(rows) - len(booked)
    if item.posted_at is None and rows:
        read = _read(uow, actor, kind, _table(item), now=now)
        asked = tuple(problem for problem in item.problems if problem.row is None)
        kept = tuple(problem for problem in item.problems if problem.code in _OF_FILE)
        problems = tuple(dict.fromkeys((*asked, *kept, *read.problems)))
        booked, new_count = read.booked, len(read.commands)
    return AwardPreview(
        import_id=item.import_id,
        file_name=item.file_name,
        rows=tuple(ListedRow(row["row"], row["cells"]) for row in rows),
        columns=head["columns"],
        booked=booked,
        new_count=new_count,
        problems=problems,
        learners=listed_learners(uow.connection, item.institution_id, learner_ids),
        posted_at=item.posted_at,
        reversed_at=item.reversed_at,
    )


_OF_FILE = frozenset(
    {"digits_lost", "formula_without_value", "error_value", "not_finite", "merged",
     "columns_unclear"}
)  # fmt: skip
"""Codes of what was wrong with the file itself, which the rows no longer show."""


def post_award_sheet(
    uow: UnitOfWork, actor: Actor, kind: str, import_id: str, *, now: datetime
) -> BatchReport:
    """Post a previewed list, all or nothing; without entries where all of it stands already.

    Raises ForbiddenError, NotFoundError, BusyError, or InvalidInputError whose problems name the
    cells.
    """
    try:
        item = find_upload(uow, actor, kind, import_id, for_change=True)
        lock_file(uow.connection, item.institution_id, item.file_hash)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "55P03":
            raise
        raise BusyError(_BUSY) from error
    if item.reversed_at is not None:
        raise refused(TAKEN_BACK)
    if item.posted_at is not None:
        return BatchReport(batch_id=item.batch_id or "", entries=(), replayed=True)
    if item.problems:
        raise _refusal(item.problems)
    table = _table(item)
    read = _read(uow, actor, kind, table, now=now)
    if read.problems:
        raise _refusal(read.problems)
    if not read.commands:
        note_posted(uow.connection, import_id, now=now)
        return BatchReport(batch_id="", entries=(), replayed=True)
    report = post_many(
        uow, actor, read.commands, idempotency_key=f"award-sheet-{import_id}", now=now
    )
    made = {row: entry.ledger_seq for row, entry in zip(read.made_of, report.entries, strict=True)}
    documents = _documents(table, read)
    replace_rows(
        uow.connection,
        import_id,
        [documents[0], *(row | {"ledger_seq": made.get(row["row"])} for row in documents[1:])],
    )
    note_posted(uow.connection, import_id, now=now, batch_id=report.batch_id)
    return report


@dataclass(frozen=True, slots=True)
class _Read:
    """Commands of new rows, rows that stand already, what is wrong; learner by row."""

    commands: tuple[PostCredit, ...]
    made_of: tuple[int, ...]
    booked: frozenset[int]
    problems: tuple[Problem, ...]
    learner_ids: Mapping[int, int]


def _read(uow: UnitOfWork, actor: Actor, kind: str, table: ListedTable, *, now: datetime) -> _Read:
    institution_id = school_of(actor, kind)
    rows = [PastedRow(row.row, row.cells, table.columns) for row in table.rows]
    if len(rows) > BATCH_MAX:
        return _Read((), (), frozenset(), (_too_many(len(rows)),), {})
    found = award_rows(uow, institution_id, rows, EntryKind(kind))
    standing = _standing(uow)
    booked = {
        row.row for command, row in found.made if _is_booked(command, standing(command.learner_id))
    }
    new = FoundRows([item for item in found.made if item[1].row not in booked], found.problems)
    checked = check_rows(uow, actor, new, now=now)
    return _Read(
        commands=checked.commands,
        made_of=checked.rows,
        booked=frozenset(booked),
        problems=(*table.problems, *checked.problems),
        learner_ids={row.row: command.learner_id for command, row in found.made},
    )


def _standing(uow: UnitOfWork) -> Any:  # noqa: ANN401 (a cached function)
    @cache
    def entries(learner_id: int) -> list[dict[str, Any]]:
        rows = entries_of(uow.connection, learner_id)
        gone = reversed_seqs(rows)
        return [row for row in rows if row["ledger_seq"] not in gone]

    return entries


def _is_booked(command: PostCredit, standing: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an entry says just what this command says."""
    match command:
        case PostCompetitionCredit():
            return any(
                same_award(row, command.event, command.level, command.earned_on)
                and row["detail"]["rank"] == command.rank.value
                and row["detail"]["team_role"] == command.team_role.value
                and (row["evidence_no"] or "") == evidence_number(command)
                for row in standing
            )
        case PostInnovationCredit():
            key = innovation_evidence_key(
                command.category,
                command.title,
                evidence_number(command),
                command.earned_on.isoformat(),
                0,
            )
            return any(
                row["evidence_key"].rpartition("|r")[0] == key.rpartition("|r")[0]
                and row["detail"]["quantity"] == command.quantity
                and row["detail"]["certificate_level"] == command.certificate_level.value
                and row["earned_on"] == command.earned_on
                for row in standing
                if row["kind"] == EntryKind.INNOVATION
            )
        case _:
            return False


def _documents(table: ListedTable, read: _Read) -> list[dict[str, Any]]:
    """The head, and each row with whom it is about; the first column stands for all of a row."""
    column = next(iter(table.columns.values()), "A")
    return [
        {"columns": dict(table.columns)},
        *(
            {
                "row": row.row,
                "column": column,
                "cells": dict(row.cells),
                "learner_id": read.learner_ids.get(row.row, 0),
                "is_booked": row.row in read.booked,
            }
            for row in table.rows
        ),
    ]


def _table(item: StoredImport) -> ListedTable:
    head, *rows = item.rows or [{"columns": {}}]
    return ListedTable(
        rows=tuple(ListedRow(row["row"], row["cells"]) for row in rows), columns=head["columns"]
    )


def _too_many(count: int) -> Problem:
    return Problem(
        "row_count",
        Message(
            f"文件有{count}行,一次最多{BATCH_MAX}行,请分成几个文件上传。",
            f"The file has {count} rows, at most {BATCH_MAX} at once; upload it in parts.",
        ),
    )


def _refusal(problems: Sequence[Problem]) -> InvalidInputError:
    count = len(problems)
    return InvalidInputError(
        Message(
            f"共有{count}处问题,全部未入账;请改正后再入账。",
            f"{count} problems; nothing was posted. Mend them and post again.",
        ),
        problems=tuple(problems),
    )


_BUSY = Message(
    "同一文件正在入账,请稍候刷新查看结果。",
    "The same file is being posted at this moment; look again shortly.",
)
