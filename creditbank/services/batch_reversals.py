"""Taking a posted file back: reversals for all of its entries, together or not at all.

When to use: for what was posted by mistake as a whole. Where something was built on one of the
entries (a substitution, a recognition), nothing is taken back and the row is named: who built it
takes that back first. Entries that were reversed one by one before are left as they are.

Most entries of a file of marks are plain: nothing else in the learner's books speaks of the
course. What reverses such a one does not depend on whose it is, so that is asked once for all that
are alike (services.reversals.take_back). Whoever has more is looked at with books of their own.
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
from creditbank.domain.causes import CauseKind
from creditbank.domain.errors import (
    BusyError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import problem_at
from creditbank.services.books import NO_ENROLMENT, Books, books_of
from creditbank.services.commands import ReverseEntry
from creditbank.services.grounds import check_reason
from creditbank.services.holders import lock_numbers, move_holders
from creditbank.services.reversals import built_on, take_back
from creditbank.services.school_rules import SchoolRules
from creditbank.services.staged_entries import EntryForm, Tell, tell_nobody, write_staged
from creditbank.services.uploads import find_upload
from creditbank.services.waits import posting
from creditbank.store.batch_reversals import SpeakingEntry, rows_by_learner, speaking_entries
from creditbank.store.course_batches import KnownLearner, known_learners
from creditbank.store.grade_imports import GRADES, StoredImport, lock_file, note_reversed
from creditbank.store.learner_keys import learner_keys
from creditbank.store.ledger import Head, entry_of
from creditbank.store.unit_of_work import UnitOfWork

_BOOKS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many entries were reversed; is_replayed: that was done before."""

    count: int
    is_replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Posted:
    """One entry of the batch and the cell that it came from. course_code: "" for an award."""

    row: int
    column: str
    learner_id: int
    ledger_seq: int
    course_code: str


def take_back_import(  # noqa: PLR0913 (which upload, by whom, why, when, and who is told)
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    import_id: str,
    *,
    reason: str,
    now: datetime,
    tell: Tell = tell_nobody,
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
    batch = _Batch(uow, actor, item, by_learner, reason=reason, now=now)
    with posting():
        # Marks have no certificate number, and there may be a hundred thousand of them.
        numbers = set[str]() if kind == GRADES else _numbers(uow, by_learner)
        batch.take_back(numbers, tell)
    note_reversed(uow.connection, import_id, now=now)
    return TakenBack(batch.count)


def _posted(item: StoredImport) -> dict[int, list[_Posted]]:
    """The entries by learner, the youngest first: a resit goes before what it repeats."""
    found: dict[int, list[_Posted]] = defaultdict(list)
    for row in item.rows:
        if row.get("ledger_seq"):  # not the head of a list, nor what stood before
            posted = _Posted(
                row["row"],
                row["column"],
                row["learner_id"],
                row["ledger_seq"],
                row.get("course_code", ""),
            )
            found[posted.learner_id].append(posted)
    for entries in found.values():
        entries.sort(key=lambda posted: -posted.ledger_seq)
    return found


def _numbers(uow: UnitOfWork, by_learner: Mapping[int, Sequence[_Posted]]) -> set[str]:
    entries = (
        entry_of(uow.connection, posted.learner_id, posted.ledger_seq)
        for found in by_learner.values()
        for posted in found
    )
    return {entry["evidence_no"] for entry in entries if entry and entry["evidence_no"]}


class _Batch:
    """What is taken back, learner by learner."""

    def __init__(
        self,
        uow: UnitOfWork,
        actor: Actor,
        item: StoredImport,
        by_learner: Mapping[int, Sequence[_Posted]],
        *,
        reason: str,
        now: datetime,
    ) -> None:
        keys = learner_keys(uow.connection, list(by_learner), as_of=local_date(now))
        for learner_id in by_learner:
            if learner_id not in keys:
                raise NotFoundError
            decide(actor, Action.REVERSE_ENTRY, keys[learner_id])
        self._uow, self._actor, self._now, self._reason = uow, actor, now, reason
        self._institution_id, self._by_learner = item.institution_id, by_learner
        self._batch_id, self._rules = str(uuid.uuid4()), SchoolRules(uow.connection)
        self._counts: dict[int, int] = {}
        self._problems: list[Problem] = []
        self._plain: dict[tuple[object, ...], EntryForm] = {}

    @property
    def count(self) -> int:
        """How many entries were taken back."""
        return sum(self._counts.values())

    def take_back(self, numbers: set[str], tell: Tell) -> None:
        """Locks in the order of everywhere: numbers as text, then heads by id."""
        others = lock_numbers(self._uow.connection, numbers) - set(self._by_learner)
        with self._uow.everywhere():
            write_staged(
                self._uow.connection,
                {learner_id: len(posted) for learner_id, posted in self._by_learner.items()},
                self._look_at,
                self._raise_problems,
                cause=CauseKind.REVERSAL,
                now=self._now,
                tell=tell,
                others=others,
            )
        move_holders(self._uow.connection, others, now=self._now)

    def _raise_problems(self) -> None:
        if self._problems:
            raise _refusal(self._problems)

    def _look_at(
        self, learner_ids: list[int], heads: Mapping[int, Head]
    ) -> dict[int, list[EntryForm]]:
        """What takes each learner's entries back; where something rests on one, a problem."""
        connection = self._uow.connection
        known = known_learners(connection, self._institution_id, learner_ids)
        if len(known) < len(learner_ids):
            raise refused(NO_ENROLMENT)
        found = {
            learner_id: [self._plain_form(known[learner_id], mark) for mark in marks]
            for learner_id, marks in self._plain_marks(learner_ids).items()
        }
        self._counts.update({learner_id: len(forms) for learner_id, forms in found.items()})
        others = [learner_id for learner_id in learner_ids if learner_id not in found]
        for first in range(0, len(others), _BOOKS_AT_ONCE):
            rows = rows_by_learner(connection, others[first : first + _BOOKS_AT_ONCE])
            for learner_id, entries in rows.items():
                books = self._books(known[learner_id], heads[learner_id], entries)
                found[learner_id] = self._own_forms(books)
        return found

    def _plain_marks(self, learner_ids: list[int]) -> dict[int, list[SpeakingEntry]]:
        """The entries of those in whose books nothing else speaks of their courses."""
        posted = {
            learner_id: {item.ledger_seq: item.course_code for item in self._by_learner[learner_id]}
            for learner_id in learner_ids
        }
        codes = {code for found in posted.values() for code in found.values()} - {""}
        seqs = {seq for found in posted.values() for seq in found}
        speaking: dict[int, list[SpeakingEntry]] = defaultdict(list)
        for entry in speaking_entries(self._uow.connection, learner_ids, codes, seqs):
            own = posted[entry.learner_id]
            if entry.source_seq in own or entry.course_code in own.values():
                speaking[entry.learner_id].append(entry)
        return {
            learner_id: entries
            for learner_id, entries in speaking.items()
            if self._are_plain(entries, posted[learner_id])
        }

    def _are_plain(self, entries: Sequence[SpeakingEntry], own: Mapping[int, str]) -> bool:
        """Whether these are the learner's own of the batch, each the only one for its course."""
        return len(entries) == len(own) == len({entry.course_code for entry in entries}) and all(
            entry.ledger_seq in own
            and entry.kind == EntryKind.COURSE
            and entry.institution_id == self._institution_id
            for entry in entries
        )

    def _plain_form(self, learner: KnownLearner, mark: SpeakingEntry) -> EntryForm:
        key = mark[1:]
        form = self._plain.get(key)
        if form is None:
            row = {**mark._asdict(), "detail": {"title": mark.title}}
            books = self._books(learner, Head(0, 0, b""), [row])
            take_back(books, self._command(learner.learner_id, mark.ledger_seq))
            (reversal,) = books.coming
            form = self._plain[key] = EntryForm(reversal)
        return form

    def _own_forms(self, books: Books) -> list[EntryForm]:
        count = 0
        for posted in self._by_learner[books.learner_id]:
            entry = _as_it_stands(books, posted.ledger_seq)
            if entry is None:
                continue
            if built_on(books, entry):
                self._problems.append(
                    problem_at("something_rests", _RESTS, row=posted.row, column=posted.column)
                )
                continue
            take_back(books, self._command(books.learner_id, entry["ledger_seq"]))
            count += 1
        self._counts[books.learner_id] = count
        return [EntryForm(row) for row in books.coming]

    def _command(self, learner_id: int, ledger_seq: int) -> ReverseEntry:
        return ReverseEntry(learner_id=learner_id, ledger_seq=ledger_seq, reason=self._reason)

    def _books(self, learner: KnownLearner, head: Head, rows: list[dict[str, Any]]) -> Books:
        books = books_of(
            self._uow, self._actor, learner, head, rows, now=self._now, rules=self._rules
        )
        books.batch_id = self._batch_id
        return books


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
