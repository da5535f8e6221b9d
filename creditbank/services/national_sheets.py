"""The national sheet read: new learners registered, and what it says besides kept with each.

When to use: for files that exchange.national_sheets has recognised. Whoever is in the school
already as the row says is not registered again; what the row says otherwise besides is kept as of
today. A preview registers everybody and takes it back, as that of a class list does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor
from creditbank.domain.errors import (
    AlreadyRegisteredError,
    InvalidInputError,
    Message,
    Problem,
)
from creditbank.domain.national_sheets import SheetVersion
from creditbank.domain.sheets import ListedRow, ListedTable
from creditbank.services.national_rows import NationalRows, placed_at, read_national_rows
from creditbank.services.registration import register_many
from creditbank.services.uploads import FILE_NAME_MAX, UploadedFile, find_upload, school_of
from creditbank.store.exports import NewDetails, add_details
from creditbank.store.grade_imports import (
    NATIONAL_SHEET,
    StoredImport,
    keep_preview,
    lock_file,
    note_posted,
    replace_rows,
)
from creditbank.store.unit_of_work import UnitOfWork

_PROBLEMS_KEPT = 500


@dataclass(frozen=True, slots=True)
class NationalPreview:
    """What a sheet would do: register these rows, keep other details of those, nothing of the rest.

    After posting the counts say what was done.
    """

    import_id: str
    file_name: str
    version: str
    rows: tuple[ListedRow, ...]
    columns: Mapping[str, str]
    problems: tuple[Problem, ...]
    new_count: int
    changed_count: int
    same_count: int
    posted_at: datetime | None = None


def preview_national_sheet(
    uow: UnitOfWork,
    actor: Actor,
    file: UploadedFile,
    *,
    version: SheetVersion,
    found: ListedTable,
    now: datetime,
) -> str:
    """Check a sheet and keep it for registering; returns its key."""
    read = read_national_rows(uow, actor, version, found)
    problems = [*found.problems, *read.problems]
    if not read.problems:
        problems += _tried(uow, actor, read, now=now)
    key = file.key
    keep_preview(
        uow.connection,
        StoredImport(
            import_id=key,
            institution_id=school_of(actor, NATIONAL_SHEET),
            account_id=actor.account_id,
            file_name=file.file_name[-FILE_NAME_MAX:],
            file_hash=file.file_hash,
            rows=[
                {
                    "version": version.version,
                    "columns": dict(found.columns),
                    "new": len(read.new),
                    "changed": len(read.changed),
                    "same": read.same_count,
                },
                *({"row": row.row, "cells": dict(row.cells)} for row in found.rows),
            ],
            problems=tuple(sorted(problems, key=lambda item: item.row or 0)[:_PROBLEMS_KEPT]),
            posted_at=None,
            kind=NATIONAL_SHEET,
            source=file.source.document if file.source else None,
        ),
        now=now,
    )
    return key


def find_national_sheet(uow: UnitOfWork, actor: Actor, import_id: str) -> NationalPreview:
    """An earlier preview, as it was. Raises ForbiddenError or NotFoundError."""
    item = find_upload(uow, actor, NATIONAL_SHEET, import_id)
    head, *rows = item.rows
    return NationalPreview(
        import_id=item.import_id,
        file_name=item.file_name,
        version=head["version"],
        rows=tuple(ListedRow(row["row"], row["cells"]) for row in rows),
        columns=head["columns"],
        problems=item.problems,
        new_count=head["new"],
        changed_count=head["changed"],
        same_count=head["same"],
        posted_at=item.posted_at,
    )


def post_national_sheet(
    uow: UnitOfWork, actor: Actor, import_id: str, *, version: SheetVersion, now: datetime
) -> tuple[int, ...]:
    """Register everybody who is new and keep what is new of the others, or nothing.

    Returns whom it concerns. Raises ForbiddenError, NotFoundError, or InvalidInputError whose
    problems name the cells.
    """
    item = find_upload(uow, actor, NATIONAL_SHEET, import_id, for_change=True)
    lock_file(uow.connection, item.institution_id, item.file_hash)
    if item.posted_at is not None:
        return ()
    head, *rows = item.rows
    found = ListedTable(
        rows=tuple(ListedRow(row["row"], row["cells"]) for row in rows), columns=head["columns"]
    )
    problems: Sequence[Problem] = item.problems
    read = read_national_rows(uow, actor, version, found)
    problems = [*problems, *read.problems]
    if problems:
        raise _refusal(problems)
    made, refused = register_many(uow, actor, [new.command for new in read.new], now=now)
    if refused:
        raise _refusal(_placed(refused, read))
    details = [
        NewDetails(person.enrolment_id, new.details)
        for person, new in zip(made, read.new, strict=True)
        if person.enrolment_id is not None
    ]
    add_details(
        uow.connection,
        [*details, *(NewDetails(kept.enrolment_id, kept.details) for kept in read.changed)],
        institution_id=item.institution_id,
        version=version.version,
        recorded_by=actor.account_id,
        now=now,
    )
    counts = {"new": len(made), "changed": len(read.changed), "same": read.same_count}
    replace_rows(uow.connection, import_id, [{**head, **counts}])
    note_posted(uow.connection, import_id, now=now)
    return (*(person.learner_id for person in made), *(kept.learner_id for kept in read.changed))


def _tried(uow: UnitOfWork, actor: Actor, read: NationalRows, *, now: datetime) -> list[Problem]:
    """What registering would say: it is done and taken back."""
    try:
        with uow.undone():
            _, found = register_many(uow, actor, [new.command for new in read.new], now=now)
    except AlreadyRegisteredError as error:
        found = list(error.problems)
    return _placed(found, read)


def _placed(problems: Sequence[Problem], read: NationalRows) -> list[Problem]:
    return [
        problem
        if problem.row is None
        else placed_at(read.new[problem.row - 1].row, read.columns, problem)
        for problem in problems
    ]


def _refusal(problems: Sequence[Problem]) -> InvalidInputError:
    count = len(problems)
    return InvalidInputError(
        Message(
            f"共有{count}处问题,没有登记任何人;请改正后再登记。",
            f"{count} problems; nobody was registered. Mend them and try again.",
        ),
        problems=tuple(problems),
    )
