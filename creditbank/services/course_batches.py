"""The marks of one file, checked and posted together by the rules of single ones.

Most marks of a file are plain: an enrolled learner's first attempt at a course. What such a mark is
recorded as does not depend on whose it is, so it is asked once for all who have the same one
(services.entries.row_of). Whoever has an entry for one of the courses, or two marks for one of them
in the file, or has left the school, is looked at with books of their own.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.causes import CauseKind
from creditbank.domain.courses import ExamKind
from creditbank.domain.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.permissions import Action
from creditbank.services.books import NO_ENROLMENT, Books, books_of
from creditbank.services.commands import PostCourseCredit
from creditbank.services.course_entries import came_later
from creditbank.services.entries import row_of
from creditbank.services.school_rules import SchoolRules
from creditbank.services.staged_entries import (
    EntryForm,
    Tell,
    portions,
    tell_nobody,
    write_staged,
)
from creditbank.services.waits import posting
from creditbank.store.course_batches import (
    KnownLearner,
    course_rows,
    known_learners,
    read_heads,
    who_took,
)
from creditbank.store.learner_keys import keys_to_post
from creditbank.store.ledger import Head
from creditbank.store.unit_of_work import UnitOfWork


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
    done = 0
    for learner_ids in portions(batch.by_learner):
        batch.look_at(learner_ids, read_heads(uow.connection, learner_ids))
        done += sum(len(batch.by_learner[learner_id]) for learner_id in learner_ids)
        tell(done, len(commands))
    return sorted(batch.problems, key=lambda problem: problem.row or 0)


def post_marks(
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCourseCredit],
    *,
    now: datetime,
    tell: Tell = tell_nobody,
) -> PostedMarks:
    """Post all of them or none. InvalidInputError.problems names rows from 1."""
    batch = _Batch(uow, actor, commands, now=now, batch_id=str(uuid.uuid4()))
    with posting():
        heads = write_staged(
            uow.connection,
            {learner_id: len(indexes) for learner_id, indexes in batch.by_learner.items()},
            batch.look_at,
            batch.raise_problems,
            cause=CauseKind.CREDIT,
            now=now,
            tell=tell,
        )
    ledger_seqs = [0] * len(commands)
    for learner_id, indexes in batch.by_learner.items():
        for seq, index in enumerate(indexes, heads[learner_id].ledger_seq + 1):
            ledger_seqs[index] = seq
    return PostedMarks(batch.batch_id, tuple(ledger_seqs))


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
        self._rules = SchoolRules(uow.connection)
        self._codes = {command.course_code for command in commands}
        self.by_learner: dict[int, list[int]] = defaultdict(list)
        for index, command in enumerate(commands):
            self.by_learner[command.learner_id].append(index)
        self._plain: dict[tuple[object, ...], EntryForm | Problem] = {}
        # When a learner entered matters to marks of the terms before, which are refused.
        self._came_later = cache(came_later)

    def look_at(
        self, learner_ids: list[int], heads: Mapping[int, Head]
    ) -> dict[int, list[EntryForm]]:
        """What each learner's marks are recorded as, in their order; faults go to the problems."""
        connection = self._uow.connection
        keys = keys_to_post(connection, learner_ids)
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
        return found

    def raise_problems(self) -> None:
        """Refuse the commands if any was found to be at fault."""
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
            for index in self.by_learner[learner_id]
        ]

    def _is_plain(self, learner: KnownLearner) -> bool:
        indexes = self.by_learner[learner.learner_id]
        codes = {self._commands[index].course_code for index in indexes}
        return learner.is_open and len(codes) == len(indexes)

    def _plain_forms(self, learner: KnownLearner) -> list[EntryForm]:
        forms = []
        for index in self.by_learner[learner.learner_id]:
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
    ) -> list[EntryForm]:
        books = self._books(learner, head, rows)
        forms = []
        for index in self.by_learner[learner.learner_id]:
            row = row_of(self._commands[index], books)
            if isinstance(row, Problem):
                self.problems.append(replace(row, row=index + 1))
            else:
                forms.append(self._form(books.add(row)))
        return forms

    def _form(self, row: Mapping[str, Any]) -> EntryForm:
        """How a row is written; a check writes nothing and asks for none."""
        return EntryForm(row) if self.batch_id else _UNWRITTEN

    def _books(self, learner: KnownLearner, head: Head, rows: list[dict[str, Any]]) -> Books:
        books = books_of(
            self._uow, self._actor, learner, head, rows, now=self._now, rules=self._rules
        )
        books.batch_id = self.batch_id
        return books


_UNWRITTEN = object.__new__(EntryForm)
