"""The marks of one file, checked and posted together by the rules of single ones.

Most marks of a file are plain: an enrolled learner's first attempt at a course. What such a mark is
recorded as does not depend on whose it is, so it is asked once for all who have the same one
(services.entries.row_of). Whoever has an entry for one of the courses, or two marks for one of them
in the file, or has left the school, is looked at with books of their own.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.courses import ExamKind
from creditbank.domain.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.ledger import canonical_text
from creditbank.domain.permissions import Action
from creditbank.services.books import NO_ENROLMENT, Books
from creditbank.services.commands import PostCourseCredit
from creditbank.services.course_entries import came_later
from creditbank.services.entries import row_of
from creditbank.services.school_rules import SchoolRules
from creditbank.services.waits import posting
from creditbank.store.course_batches import (
    KnownLearner,
    append_staged,
    begin_staging,
    course_rows,
    known_learners,
    lock_heads,
    move_heads,
    read_heads,
    stage,
    staged_text,
    unstage,
    who_took,
)
from creditbank.store.learner_keys import learner_keys
from creditbank.store.ledger import COLUMNS, Head, entry_content
from creditbank.store.unit_of_work import UnitOfWork

LEARNERS_AT_ONCE = 1_000
Tell = Callable[[int, int], None]
"""Told how many of how many marks are done; may raise to break off."""


def tell_nobody(_done: int, _total: int) -> None:
    """For whoever does not ask how far it is."""


@dataclass(frozen=True, slots=True)
class PostedMarks:
    """What was posted: of each command the number of its entry, in the commands' order."""

    batch_id: str
    ledger_seqs: tuple[int, ...]


def check_marks(
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCourseCredit],
    *,
    now: datetime,
    tell: Tell = tell_nobody,
) -> list[Problem]:
    """What would refuse these commands, each with its row from 1. Posts and locks nothing."""
    batch = _Batch(uow, actor, commands, now=now, batch_id="")
    for learner_ids in batch.portions():
        batch.look_at(learner_ids, read_heads(uow.connection, learner_ids))
        tell(batch.done, len(commands))
    return sorted(batch.problems, key=lambda problem: problem.row or 0)


def post_marks(
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCourseCredit],
    *,
    now: datetime,
    tell: Tell = tell_nobody,
) -> PostedMarks:
    """Post all of them or none. InvalidInputError.problems names rows from 1.

    Everything is made ready first; the heads are locked for the last statements alone, and whose
    books moved meanwhile is made ready anew.
    """
    batch = _Batch(uow, actor, commands, now=now, batch_id=str(uuid.uuid4()))
    with posting():
        begin_staging(uow.connection)
        for learner_ids in batch.portions():
            batch.make_ready(learner_ids, read_heads(uow.connection, learner_ids))
            tell(batch.done // 2, len(commands))
        batch.lock_and_write(tell)
    return PostedMarks(batch.batch_id, tuple(batch.ledger_seqs))


class _Batch:
    """The commands of one file against one school."""

    def __init__(
        self,
        uow: UnitOfWork,
        actor: Actor,
        commands: Sequence[PostCourseCredit],
        *,
        now: datetime,
        batch_id: str,
    ) -> None:
        decide(actor, Action.POST_CREDIT)
        if actor.institution_id is None:
            raise ForbiddenError
        self._uow, self._actor, self._commands, self._now = uow, actor, commands, now
        self._institution_id = actor.institution_id
        self.batch_id = batch_id
        self.problems: list[Problem] = []
        self.ledger_seqs = [0] * len(commands)
        self.done = 0
        self._rules = SchoolRules(uow.connection)
        self._policy = self._rules.policy_on(self._institution_id, local_date(now))
        self._codes = {command.course_code for command in commands}
        self._by_learner: dict[int, list[int]] = defaultdict(list)
        for index, command in enumerate(commands):
            self._by_learner[command.learner_id].append(index)
        self._plain: dict[tuple[object, ...], _Form | Problem] = {}
        # When a learner entered matters to marks of the terms before, which are refused.
        self._came_later = cache(came_later)
        self._heads: dict[int, Head] = {}
        self._new_heads: dict[int, Head] = {}

    def portions(self) -> Iterator[list[int]]:
        """The learners in the order in which heads are locked, some at a time."""
        learner_ids = sorted(self._by_learner)
        for first in range(0, len(learner_ids), LEARNERS_AT_ONCE):
            yield learner_ids[first : first + LEARNERS_AT_ONCE]

    def look_at(self, learner_ids: list[int], heads: Mapping[int, Head]) -> dict[int, list[_Form]]:
        """What each learner's marks are recorded as, in their order; faults go to the problems."""
        connection = self._uow.connection
        keys = learner_keys(connection, learner_ids, as_of=local_date(self._now))
        known = known_learners(connection, self._institution_id, learner_ids)
        taken = who_took(connection, learner_ids, self._codes)
        plain, others = list[int](), list[int]()
        for learner_id in learner_ids:
            try:
                self._decide(learner_id, keys, known)
            except (NotFoundError, InvalidInputError) as error:
                self._refuse(learner_id, error)
                continue
            is_plain = learner_id not in taken and self._is_plain(known[learner_id])
            (plain if is_plain else others).append(learner_id)
        found = {learner_id: self._plain_forms(known[learner_id]) for learner_id in plain}
        rows = course_rows(connection, others, self._codes)
        for learner_id in others:
            found[learner_id] = self._own_forms(
                known[learner_id], heads[learner_id], rows[learner_id]
            )
        self.done += sum(len(self._by_learner[learner_id]) for learner_id in learner_ids)
        return found

    def make_ready(self, learner_ids: list[int], heads: Mapping[int, Head]) -> None:
        """Stage the entries that follow these heads."""
        found = self.look_at(learner_ids, heads)
        if self.problems:
            return
        self._heads.update(heads)
        stage(self._uow.connection, self._chained(found, heads))

    def lock_and_write(self, tell: Tell) -> None:
        """Lock all heads, make ready anew whose books moved, and write."""
        self._raise_problems()
        connection, total = self._uow.connection, len(self._commands)
        locked: dict[int, Head] = {}
        for learner_ids in self.portions():
            locked |= lock_heads(connection, learner_ids)
        read = self._heads
        moved = [learner_id for learner_id, head in locked.items() if head != read[learner_id]]
        if moved:
            unstage(connection, moved)
            self.make_ready(moved, {learner_id: locked[learner_id] for learner_id in moved})
            self._raise_problems()
        written = 0
        for learner_ids in self.portions():
            append_staged(connection, first=learner_ids[0], last=learner_ids[-1])
            written += sum(len(self._by_learner[learner_id]) for learner_id in learner_ids)
            tell((total + written) // 2, total)
        move_heads(connection, self._new_heads, now=self._now)

    def _raise_problems(self) -> None:
        if self.problems:
            problems = sorted(self.problems, key=lambda problem: problem.row or 0)
            raise InvalidInputError(problems[0].message, problems=tuple(problems))

    def _decide(
        self,
        learner_id: int,
        keys: Mapping[int, LearnerKey],
        known: Mapping[int, KnownLearner],
    ) -> None:
        if learner_id not in keys:
            raise NotFoundError
        decide(self._actor, Action.POST_CREDIT, keys[learner_id])
        if learner_id not in known:
            raise refused(NO_ENROLMENT)

    def _refuse(self, learner_id: int, error: NotFoundError | InvalidInputError) -> None:
        self.problems += [
            Problem(error.code, error.message, field="learner_id", row=index + 1)
            for index in self._by_learner[learner_id]
        ]

    def _is_plain(self, learner: KnownLearner) -> bool:
        indexes = self._by_learner[learner.learner_id]
        codes = {self._commands[index].course_code for index in indexes}
        return learner.is_open and len(codes) == len(indexes)

    def _plain_forms(self, learner: KnownLearner) -> list[_Form]:
        forms = []
        for index in self._by_learner[learner.learner_id]:
            command = self._commands[index]
            kind = command.exam_kind
            key = (
                command.course_code,
                command.mark,
                kind,
                command.scale,
                command.term,
                command.earned_on,
                command.proof_no,
                command.tags,
                self._came_later(command.term, learner.entered_on),
                learner.plan_id if kind is ExamKind.EXEMPT else 0,
            )
            form = self._plain.get(key)
            if form is None:
                books = self._books(learner, Head(0, 0, b""), [])
                row = row_of(command, books)
                form = row if isinstance(row, Problem) else self._form(books.add(row))
                self._plain[key] = form
            if isinstance(form, Problem):
                self.problems.append(replace(form, row=index + 1))
            else:
                forms.append(form)
        return forms

    def _own_forms(
        self, learner: KnownLearner, head: Head, rows: list[dict[str, Any]]
    ) -> list[_Form]:
        books = self._books(learner, head, rows)
        forms = []
        for index in self._by_learner[learner.learner_id]:
            row = row_of(self._commands[index], books)
            if isinstance(row, Problem):
                self.problems.append(replace(row, row=index + 1))
            else:
                forms.append(self._form(books.add(row)))
        return forms

    def _form(self, row: Mapping[str, Any]) -> _Form:
        """How a row is written; a check writes nothing and asks for none."""
        return _Form(row) if self.batch_id else _UNWRITTEN

    def _books(self, learner: KnownLearner, head: Head, rows: list[dict[str, Any]]) -> Books:
        return Books(
            uow=self._uow,
            actor=self._actor,
            learner_id=learner.learner_id,
            institution_id=learner.institution_id,
            enrolment_id=learner.enrolment_id,
            plan_id=learner.plan_id,
            is_open=learner.is_open,
            entered_on=learner.entered_on,
            transferred_on=learner.transferred_on,
            policy=self._policy,
            rules=self._rules,
            head=head,
            now=self._now,
            rows=rows,
            batch_id=self.batch_id,
        )

    def _chained(
        self, found: Mapping[int, list[_Form]], heads: Mapping[int, Head]
    ) -> Iterator[str]:
        """The lines to be staged, each entry with its number and the hash of the one before."""
        for learner_id, forms in found.items():
            head = heads[learner_id]
            seq, previous, hexed = head.ledger_seq, head.head_hash, head.head_hash.hex()
            for index, form in zip(self._by_learner[learner_id], forms, strict=True):
                seq += 1
                self.ledger_seqs[index] = seq
                hashed = hashlib.sha256(
                    previous + form.before + b'%d,"ledger_seq":%d' % (learner_id, seq) + form.after
                )
                before, hexed, previous = hexed, hashed.hexdigest(), hashed.digest()
                yield f"{form.school}{learner_id}\t{seq}{form.line}{before}\t\\\\x{hexed}\n"
            self._new_heads[learner_id] = Head(seq, head.facts_seq, previous)


_LINE_STARTS = ("institution_id", "learner_id", "ledger_seq")


class _Form:
    """An entry without learner, number and hashes: what is written and hashed around these."""

    __slots__ = ("after", "before", "line", "school")

    def __init__(self, row: Mapping[str, Any]) -> None:
        # Keys stand in order, and none lies between these two: see domain.ledger.canonical_text.
        text = canonical_text(entry_content({**row, "learner_id": 0, "ledger_seq": 0}))
        before, after = text.split('"learner_id":0,"ledger_seq":0')
        self.before = f'{before}"learner_id":'.encode()
        self.after = after.encode()
        rest = [_line_value(row, name) for name in COLUMNS[len(_LINE_STARTS) : -2]]
        self.school = f"{row['institution_id']}\t"
        self.line = "\t" + "\t".join(rest) + "\t\\\\x"


_UNWRITTEN = object.__new__(_Form)


def _line_value(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    return staged_text(json.dumps(value, ensure_ascii=False) if name == "detail" else value)
