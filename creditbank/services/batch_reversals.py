"""Taking a posted file back: reversals for all of its entries, together or not at all.

When to use: for what was posted by mistake as a whole. Where something was built on one of the
entries (a substitution, a recognition), nothing is taken back and the row is named: who built it
takes that back first. Entries that were reversed one by one before are left as they are.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import BusyError, InvalidInputError, Message, NotFoundError, Problem
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import problem_at
from creditbank.services.books import Books, open_books
from creditbank.services.commands import ReverseEntry
from creditbank.services.grounds import check_reason
from creditbank.services.holders import lock_numbers, move_holders
from creditbank.services.reversals import built_on, take_back
from creditbank.services.school_rules import SchoolRules
from creditbank.services.uploads import find_upload
from creditbank.services.waits import posting
from creditbank.store.grade_imports import GRADES, StoredImport, lock_file, note_reversed
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import entry_of, lock_head
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many entries were reversed; is_replayed: that was done before."""

    count: int
    is_replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Posted:
    """One entry of the batch and the cell that it came from."""

    row: int
    column: str
    learner_id: int
    ledger_seq: int


def take_back_import(
    uow: UnitOfWork, actor: Actor, kind: str, import_id: str, *, reason: str, now: datetime
) -> TakenBack:
    """Reverse every entry that an upload posted and that still stands.

    Raises NotFoundError, ForbiddenError, BusyError, or InvalidInputError: no reason, not posted, or
    rows on whose entries something rests; then nothing was reversed.
    """
    try:
        item = find_upload(uow, actor, kind, import_id, for_change=True, with_all_rows=True)
        lock_file(uow.connection, item.institution_id, item.file_hash)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "55P03":
            raise
        raise BusyError(_BUSY) from error
    if item.reversed_at is not None:
        return TakenBack(0, is_replayed=True)
    check_reason(reason)
    by_learner = _posted(item)
    if item.posted_at is None or not by_learner:
        raise InvalidInputError(_NOTHING, problems=(Problem("nothing_posted", _NOTHING),))
    with posting():
        # Marks have no certificate number, and there may be a hundred thousand of them.
        numbers = set[str]() if kind == GRADES else _numbers(uow, by_learner)
        count = _take_back(uow, actor, by_learner, numbers, reason, now=now)
    note_reversed(uow.connection, import_id, now=now)
    return TakenBack(count)


def _posted(item: StoredImport) -> dict[int, list[_Posted]]:
    """The entries by learner, the youngest first: a resit goes before what it repeats."""
    found: dict[int, list[_Posted]] = defaultdict(list)
    for row in item.rows:
        if row.get("ledger_seq"):  # not the head of a list, nor what stood before
            posted = _Posted(row["row"], row["column"], row["learner_id"], row["ledger_seq"])
            found[posted.learner_id].append(posted)
    for entries in found.values():
        entries.sort(key=lambda posted: -posted.ledger_seq)
    return found


def _take_back(
    uow: UnitOfWork,
    actor: Actor,
    by_learner: Mapping[int, Sequence[_Posted]],
    numbers: set[str],
    reason: str,
    *,
    now: datetime,
) -> int:
    """Locks in the order of everywhere: numbers as text, then heads by id."""
    for learner_id in by_learner:
        key = learner_key(uow.connection, learner_id, as_of=local_date(now))
        decide(actor, Action.REVERSE_ENTRY, key)
    others = lock_numbers(uow.connection, numbers) - set(by_learner)
    for learner_id in sorted({*by_learner, *others}):
        lock_head(uow.connection, learner_id)
    batch_id, rules = str(uuid.uuid4()), SchoolRules(uow.connection)
    count, problems, opened = 0, list[Problem](), list[Books]()
    with uow.everywhere():
        for learner_id in sorted(by_learner):
            books = open_books(uow, actor, learner_id, now=now, rules=rules, batch_id=batch_id)
            opened.append(books)
            for posted in by_learner[learner_id]:
                count += _take_back_one(books, posted, reason, problems)
        if problems:
            raise _refusal(problems)
        for books in opened:
            books.write(cause="reversal")
    move_holders(uow.connection, others, now=now)
    return count


def _numbers(uow: UnitOfWork, by_learner: Mapping[int, Sequence[_Posted]]) -> set[str]:
    entries = (
        entry_of(uow.connection, posted.learner_id, posted.ledger_seq)
        for found in by_learner.values()
        for posted in found
    )
    return {entry["evidence_no"] for entry in entries if entry and entry["evidence_no"]}


def _take_back_one(books: Books, posted: _Posted, reason: str, problems: list[Problem]) -> int:
    entry = _as_it_stands(books, posted.ledger_seq)
    if entry is None:
        return 0
    if built_on(books, entry):
        problems.append(problem_at("something_rests", _RESTS, row=posted.row, column=posted.column))
        return 0
    take_back(
        books,
        ReverseEntry(learner_id=posted.learner_id, ledger_seq=entry["ledger_seq"], reason=reason),
    )
    return 1


def _as_it_stands(books: Books, ledger_seq: int) -> dict[str, Any] | None:
    """The entry, or what it was restated as since; None where it was taken back."""
    found = next((row for row in books.rows if row["ledger_seq"] == ledger_seq), None)
    if found is None:
        raise NotFoundError
    while found is not None and found["ledger_seq"] in books.reversed_seqs:
        seq = str(found["ledger_seq"])
        found = next((row for row in books.rows if row["detail"].get("restates") == seq), None)
    return found


def _refusal(problems: list[Problem]) -> InvalidInputError:
    count = len(problems)
    return InvalidInputError(
        Message(
            f"有{count}行的学分已被使用,整批没有冲销;请先撤销所列各行上的替代或认定。",
            f"The credits of {count} rows are in use, nothing was taken back; undo what rests on "
            "these rows first.",
        ),
        problems=tuple(problems),
    )


_RESTS = Message(
    "这笔学分已用于替代或认定,不能冲销;请先撤销那一笔。",
    "these credits were used in a substitution or recognition; undo that first.",
)
_NOTHING = Message(
    "这份文件没有入账的记录,无可冲销。",
    "Nothing of this file was posted; there is nothing to undo.",
)
_BUSY = Message(
    "同一文件正在处理,请稍候再试。", "The same file is being worked on; try again in a moment."
)
