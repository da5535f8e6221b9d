"""Posting credits: one or many, all or nothing, once for each idempotency key.

When to use: every road a credit comes by (API, form, pasted rows, Excel) ends here.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import (
    AlreadyBookedError,
    CreditbankError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.permissions import Action
from creditbank.services.books import Books, open_books
from creditbank.services.commands import (
    BatchReport,
    PostClaimedCredit,
    PostCredit,
    PostedEntry,
    evidence_number,
)
from creditbank.services.entries import ALREADY_BOOKED, row_of
from creditbank.services.holders import lock_numbers, move_holders
from creditbank.services.posting_warnings import with_warnings
from creditbank.services.school_rules import SchoolRules
from creditbank.services.second_person import hold_to_second_person
from creditbank.services.waits import posting
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import key_to_post
from creditbank.store.ledger import lock_head
from creditbank.store.unit_of_work import UnitOfWork

BATCH_MAX = 1_000
IMPORT_MAX = 20_000
PROBLEMS_MAX = 1_000
"""How many problems an answer names; as many as a batch has rows."""


def post_credit(
    uow: UnitOfWork,
    actor: Actor,
    command: PostCredit | PostClaimedCredit,
    *,
    idempotency_key: str,
    now: datetime,
) -> PostedEntry:
    """Post one credit. The answer may be sent once the unit of work has ended well.

    Raises NotFoundError, ForbiddenError, AlreadyBookedError, InvalidInputError with the field or
    because a second person is to review marks (services.second_person), IdempotencyKeyMissingError
    or IdempotencyKeyReusedError; then nothing was posted.
    """
    report = _post(
        uow, actor, [command], idempotency_key, now=now, batch_id=None, action=Action.POST_CREDIT
    )
    return replace(report.entries[0], replayed=report.replayed)


def post_batch(
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCredit],
    *,
    idempotency_key: str,
    now: datetime,
) -> BatchReport:
    """Post up to 1,000 credits, all or nothing. InvalidInputError.problems names rows from 1."""
    return _post_many(
        uow, actor, commands, idempotency_key, now=now, limit=BATCH_MAX, action=Action.POST_CREDIT
    )


def post_many(
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCredit],
    *,
    idempotency_key: str,
    now: datetime,
    action: Action = Action.POST_CREDIT,
) -> BatchReport:
    """Post the rows of one file, up to 20,000, all or nothing.

    action: what the actor must be allowed for each learner; a second person reviews and posts.
    """
    return _post_many(
        uow, actor, commands, idempotency_key, now=now, limit=IMPORT_MAX, action=action
    )


def check_many(
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCredit],
    *,
    now: datetime,
    action: Action = Action.POST_CREDIT,
) -> tuple[Problem, ...]:
    """What would refuse these commands if they were posted now; posts nothing.

    Locks the learners' heads until the unit of work ends, so keep that short.
    """
    prepared = _prepare(uow, actor, commands, now=now, batch_id=None, action=action)
    return tuple(prepared.problems)


def _post_many(  # noqa: PLR0913 (who reviews posts under an action of their own)
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCredit],
    key: str,
    *,
    now: datetime,
    limit: int,
    action: Action,
) -> BatchReport:
    if not 0 < len(commands) <= limit:
        message = Message(
            f"一次可提交1到{limit}行,收到{len(commands)}行,请分批提交。",
            f"Between 1 and {limit} rows at once; {len(commands)} came. Send them in parts.",
        )
        raise refused(Problem("row_count", message))
    batch_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"creditbank:{actor.account_id}:{key}"))
    return _post(uow, actor, commands, key, now=now, batch_id=batch_id, action=action)


def _post(  # noqa: PLR0913 (as above)
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCredit | PostClaimedCredit],
    key: str,
    *,
    now: datetime,
    batch_id: str | None,
    action: Action,
) -> BatchReport:
    decide(actor, action)
    hashed = request_hash(*commands)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, key, hashed)
        if answer is not None:
            return _replayed(answer)
        prepared = _prepare(uow, actor, commands, now=now, batch_id=batch_id, action=action)
        if prepared.problems:
            raise _refusal(prepared.problems, single=batch_id is None)
        if action is Action.POST_CREDIT:  # who reviews is the second person
            books = prepared.opened[0][0]
            hold_to_second_person(uow, books.institution_id, commands, now=now, rules=books.rules)
        entries = _write(prepared.opened)
        move_holders(uow.connection, prepared.others, now=now)
        if batch_id is None:
            school_id = prepared.opened[0][0].institution_id
            entries = [with_warnings(uow, entries[0], institution_id=school_id, now=now)]
    report = BatchReport(batch_id=batch_id or "", entries=tuple(entries))
    keep_answer(uow.connection, actor.account_id, key, hashed, asdict(report), now)
    return report


@dataclass(slots=True)
class _Prepared:
    """Books that are open, each with the indexes of its commands; others: whose books move too."""

    others: frozenset[int]
    opened: list[tuple[Books, list[int]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def _prepare(
    uow: UnitOfWork,
    actor: Actor,
    commands: Sequence[PostCredit | PostClaimedCredit],
    *,
    now: datetime,
    batch_id: str | None,
    action: Action,
) -> _Prepared:
    """Lock in one order everywhere (evidence, then learners), then check row by row."""
    holders = lock_numbers(uow.connection, map(evidence_number, commands))
    by_learner: dict[int, list[int]] = defaultdict(list)
    for index, command in enumerate(commands):
        by_learner[command.learner_id].append(index)
    rules = SchoolRules(uow.connection)
    prepared = _Prepared(others=holders - set(by_learner))
    for learner_id in sorted({*by_learner, *holders}):
        if learner_id in prepared.others:
            lock_head(uow.connection, learner_id)
            continue
        indexes = by_learner[learner_id]
        try:
            decide(actor, action, key_to_post(uow.connection, learner_id))
            books = open_books(uow, actor, learner_id, now=now, rules=rules, batch_id=batch_id)
        except (NotFoundError, InvalidInputError) as error:
            if batch_id is None:
                raise
            prepared.problems += [_refused_learner(error, index) for index in indexes]
            continue
        prepared.opened.append((books, indexes))
        for index in indexes:
            row = row_of(commands[index], books)
            if isinstance(row, Problem):
                prepared.problems.append(replace(row, row=index + 1))
            else:
                books.add(row)
    prepared.problems.sort(key=lambda problem: problem.row or 0)
    return prepared


def _refused_learner(error: CreditbankError, index: int) -> Problem:
    return Problem(error.code, error.message, field="learner_id", row=index + 1)


def _refusal(problems: list[Problem], *, single: bool) -> CreditbankError:
    if single:
        only = replace(problems[0], row=None)
        kind = AlreadyBookedError if only.code == ALREADY_BOOKED else InvalidInputError
        return kind(only.message, problems=(only,))
    count = len(problems)
    return InvalidInputError(
        Message(
            f"共有{count}处问题,全部未入账;请按行修改后重新提交。",
            f"{count} problems; nothing was posted. Mend the rows and send them again.",
        ),
        problems=tuple(problems[:PROBLEMS_MAX]),
    )


def _write(opened: Sequence[tuple[Books, list[int]]]) -> list[PostedEntry]:
    """Write every learner's rows; the entries come back in the order of the commands."""
    entries: dict[int, PostedEntry] = {}
    for books, indexes in opened:
        written = books.write(cause="credit")
        entries.update(zip(indexes, map(posted_entry, written), strict=True))
    return [entries[index] for index in sorted(entries)]


def posted_entry(row: Mapping[str, Any]) -> PostedEntry:
    """What a posting answers for one row of the ledger."""
    return PostedEntry(
        learner_id=row["learner_id"],
        ledger_seq=row["ledger_seq"],
        units=row["units"],
        entry_hash=row["entry_hash"].hex(),
        mark=row["mark"] or "",
        passed=row["passed"],
        earns_nothing=row["units"] == 0,
    )


def _replayed(answer: Mapping[str, Any]) -> BatchReport:
    return BatchReport(
        batch_id=answer["batch_id"],
        entries=tuple(PostedEntry.kept(entry) for entry in answer["entries"]),
        replayed=True,
    )
